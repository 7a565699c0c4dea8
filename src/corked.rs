//! A connection that says with one call to the kernel what many tasks have to say on it.
//!
//! A batch of answers wakes a task for each; each puts its answer on its connection and wakes that one's task, which the
//! scheduler runs next, so that nearly every answer would be written by itself; and h2 hands out an answer of more than some
//! hundred bytes by itself in any case. A call into the kernel's network costs more than all else of an answer. So what is
//! written is kept until the tasks that can run now have run; where there are none, it waits for nothing.

use std::{
    io::{self, IoSlice},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker, ready},
};

use bytes::{Buf as _, BytesMut};
use futures::task::AtomicWaker;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    task::yield_now,
};
use tonic::transport::server::Connected;

/// What is written at once in any case, in bytes: then a call into the kernel costs little beside what it does, and a copy
/// would cost more.
const LARGE_BYTES: usize = 8 * 1024;
/// The most that is kept, in bytes.
const KEPT_BYTES_MAX: usize = 64 * 1024;

/// A connection that keeps what is written for a moment. A flush asks for that moment and does not wait for it: whoever
/// flushed is woken then, and what is kept is written with whatever they do with the connection next. So this is for those
/// who read or flush whenever they are woken, as h2 and hyper do.
#[derive(Debug)]
pub struct Corked<C> {
    conn: C,
    /// Whether anything is kept.
    is_in: bool,
    kept: BytesMut,
    /// What is waited for since something is kept.
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
    pub fn new(conn: C) -> Self {
        Self { is_in: true, ..Self::open(conn) }
    }

    /// Without the cork, until it is put in.
    pub fn open(conn: C) -> Self {
        Self { conn, is_in: false, kept: BytesMut::new(), turn: None }
    }

    /// Puts the cork in: whoever speaks here has turned out to say many things at once.
    pub const fn put_in(&mut self) {
        self.is_in = true;
    }

    /// Pending until what can run now has run. Others who wake the writer meanwhile change nothing.
    fn poll_turn(&mut self, context: &Context<'_>) -> Poll<()> {
        let turn = self.turn.get_or_insert_with(Turn::begin);
        // Registered first: a turn that ends in between is seen by the look behind it.
        turn.writer.register(context.waker());
        match turn.is_over.load(Ordering::Acquire) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }

    fn is_due(&self) -> bool {
        self.turn.as_ref().is_some_and(|turn| turn.is_over.load(Ordering::Acquire))
    }
}

impl<C: AsyncWrite + Unpin> Corked<C> {
    /// Writes what is kept.
    fn poll_write_kept(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.kept.is_empty() {
            let written = ready!(Pin::new(&mut self.conn).poll_write(context, &self.kept))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.kept.advance(written);
        }
        // Nor is its memory kept: there may be thousands of connections.
        (self.kept, self.turn) = (BytesMut::new(), None);
        Poll::Ready(Ok(()))
    }

    /// Writes what is kept, and `parts` behind it; answers how much of these.
    fn poll_write_behind(&mut self, context: &mut Context<'_>, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        if self.kept.is_empty() {
            return Pin::new(&mut self.conn).poll_write_vectored(context, parts);
        }
        let mut all = Vec::with_capacity(parts.len() + 1);
        all.push(IoSlice::new(&self.kept));
        all.extend_from_slice(parts);
        let written = ready!(Pin::new(&mut self.conn).poll_write_vectored(context, &all))?;
        let of_kept = written.min(self.kept.len());
        self.kept.advance(of_kept);
        // The rest of what is kept comes first.
        ready!(self.poll_write_kept(context))?;
        match written - of_kept {
            0 => Pin::new(&mut self.conn).poll_write_vectored(context, parts),
            behind => Poll::Ready(Ok(behind)),
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
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let bytes: usize = parts.iter().map(|part| part.len()).sum();
        if !self.is_in || bytes >= LARGE_BYTES || self.kept.len() + bytes > KEPT_BYTES_MAX {
            return self.poll_write_behind(context, parts);
        }
        self.kept.reserve(bytes);
        for part in parts {
            self.kept.extend_from_slice(part);
        }
        Poll::Ready(Ok(bytes))
    }

    fn is_write_vectored(&self) -> bool {
        self.conn.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.kept.is_empty() {
            if self.poll_turn(context).is_pending() {
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_write_kept(context))?;
        }
        Pin::new(&mut self.conn).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_write_kept(context))?;
        Pin::new(&mut self.conn).poll_shutdown(context)
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> AsyncRead for Corked<C> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.is_due()
            && let Poll::Ready(Err(error)) = self.poll_write_kept(context)
        {
            return Poll::Ready(Err(error));
        }
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
                }
                ready!(Pin::new(&mut conn).poll_flush(context)).unwrap();
                if handed.is_ready() {
                    return Pin::new(&mut conn).poll_shutdown(context);
                }
                return Poll::Pending;
            }
        })
        .await
        .unwrap();
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

    /// Whatever fits, and whatever does not.
    #[tokio::test]
    async fn long_and_short_come_in_their_order() {
        let sizes = [10, LARGE_BYTES, 1, LARGE_BYTES - 1, KEPT_BYTES_MAX, 5, KEPT_BYTES_MAX - 10, 20, 3];
        let parts: Vec<Vec<u8>> = (0..).zip(sizes).map(|(nth, size)| vec![nth; size]).collect();
        let (near, mut far) = duplex(1_000);
        let sent = parts.clone();
        tokio::spawn(async move {
            let mut near = Corked::new(near);
            for part in &sent {
                near.write_all(part).await.unwrap();
            }
            near.shutdown().await.unwrap();
        });
        let mut read = Vec::new();
        far.read_to_end(&mut read).await.unwrap();
        assert!(read == parts.concat(), "{} bytes", read.len());
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
