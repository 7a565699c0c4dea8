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
mod tests;
