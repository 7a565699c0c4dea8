//! A connection that says with one call to the kernel what many tasks have to say on it.
//!
//! A batch of answers wakes a task for each; each puts its answer on its connection and wakes that one's task, which the
//! scheduler runs next, so that nearly every answer would be written by itself. A call into the kernel's network costs
//! more than all else of an answer. So a write waits until the tasks that can run now have run; where there are none,
//! it waits for nothing.

use std::{
    io::{self, IoSlice},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker, ready},
};

use futures::task::AtomicWaker;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    task::yield_now,
};
use tonic::transport::server::Connected;

/// A connection, the writes of which wait for each other. For protocols that keep what is to be written until the
/// connection takes it, as h2 and hyper do.
#[derive(Debug)]
pub struct Corked<C> {
    conn: C,
    /// Whether writes wait.
    is_in: bool,
    /// What is waited for since something is to be written.
    turn: Option<Arc<Turn>>,
}

/// Ends when the scheduler has run what could run.
#[derive(Debug, Default)]
struct Turn {
    is_over: AtomicBool,
    writer: AtomicWaker,
}

impl<C> Corked<C> {
    /// Puts the cork in.
    pub const fn new(conn: C) -> Self {
        Self { conn, is_in: true, turn: None }
    }

    /// Without the cork, until it is put in.
    pub const fn open(conn: C) -> Self {
        Self { conn, is_in: false, turn: None }
    }

    /// Puts the cork in: whoever speaks here has turned out to say many things at once.
    pub const fn put_in(&mut self) {
        self.is_in = true;
    }

    /// Pending until what can run now has run. Others who wake the writer meanwhile change nothing.
    fn poll_turn(&mut self, context: &Context<'_>) -> Poll<()> {
        if !self.is_in {
            return Poll::Ready(());
        }
        let turn = self.turn.get_or_insert_with(Turn::begin);
        // Registered first: a turn that ends in between is seen by the look behind it.
        turn.writer.register(context.waker());
        match turn.is_over.load(Ordering::Acquire) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}

impl Turn {
    fn begin() -> Arc<Self> {
        let turn = Arc::new(Self::default());
        let waker = Waker::from(Arc::clone(&turn));
        // Its first poll hands the waker to the scheduler, for when it has run out of work; that is all of it.
        let _ = pin!(yield_now()).poll(&mut Context::from_waker(&waker));
        turn
    }
}

impl Wake for Turn {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_over.store(true, Ordering::Release);
        self.writer.wake();
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for Corked<C> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_turn(context));
        Pin::new(&mut self.conn).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_turn(context));
        Pin::new(&mut self.conn).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.conn.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.conn).poll_flush(context))?;
        // All of it is written: what comes next waits anew.
        self.turn = None;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.conn).poll_shutdown(context)
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for Corked<C> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.conn).poll_read(context, into)
    }
}

impl<C: Connected> Connected for Corked<C> {
    type ConnectInfo = C::ConnectInfo;

    fn connect_info(&self) -> C::ConnectInfo {
        self.conn.connect_info()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, duplex},
        sync::mpsc,
    };

    use super::*;

    /// Notes what is written at once.
    #[derive(Clone, Default)]
    struct Notes(Arc<Mutex<Vec<Vec<u8>>>>);

    impl AsyncWrite for Notes {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            self.0.lock().unwrap().push(bytes.to_vec());
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// A connection's task as h2's is: takes what it is handed whenever it is woken, and writes what it has.
    async fn connection(notes: Notes, mut handed: mpsc::Receiver<u8>) {
        let (mut conn, mut unwritten) = (Corked::new(notes), Vec::new());
        std::future::poll_fn(|context| {
            loop {
                let handed = handed.poll_recv(context);
                if let Poll::Ready(Some(byte)) = handed {
                    unwritten.push(byte);
                    continue;
                }
                if !unwritten.is_empty() {
                    let written = ready!(Pin::new(&mut conn).poll_write(context, &unwritten)).unwrap();
                    unwritten.drain(..written);
                    ready!(Pin::new(&mut conn).poll_flush(context)).unwrap();
                }
                return handed.map(drop);
            }
        })
        .await;
    }

    /// Lets every task run that can, as often as it can.
    async fn behind_all_others() {
        let mut queued = false;
        std::future::poll_fn(|context| match std::mem::replace(&mut queued, true) {
            true => Poll::Ready(()),
            false => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
        })
        .await;
    }

    #[tokio::test]
    async fn what_tasks_have_to_say_one_after_the_other_is_written_at_once() {
        let (notes, (hand, handed)) = (Notes::default(), mpsc::channel(32));
        let conn = tokio::spawn(connection(notes.clone(), handed));
        let says = tokio::spawn(async move {
            for byte in 0..20 {
                hand.send(byte).await.unwrap();
                behind_all_others().await;
            }
        });
        says.await.unwrap();
        conn.await.unwrap();
        let written = notes.0.lock().unwrap().clone();
        assert_eq!(written.concat(), (0..20).collect::<Vec<_>>(), "all of it, in its order");
        assert!(written.len() <= 2, "in {} parts", written.len());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn everything_arrives_whoever_runs_it() {
        let (near, far) = duplex(64);
        let (mut near, mut far) = (Corked::new(near), Corked::new(far));
        let echo = tokio::spawn(async move {
            let mut bytes = [0; 1];
            while far.read_exact(&mut bytes).await.is_ok() {
                far.write_all(&bytes).await.unwrap();
                far.flush().await.unwrap();
            }
        });
        for byte in 0..=255 {
            near.write_all(&[byte]).await.unwrap();
            near.flush().await.unwrap();
            assert_eq!(near.read_u8().await.unwrap(), byte);
        }
        drop(near);
        echo.await.unwrap();
    }
}
