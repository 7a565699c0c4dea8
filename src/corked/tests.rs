//! What is written, and when.

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
