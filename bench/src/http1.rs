//! A connection of HTTP/1.1 that costs the generator as little as can be: one request under way, written with one call into
//! the kernel, and an answer of which only the status and the length are understood.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Mutex,
};

/// Fields of an answer's head that there is room for.
const FIELDS_MAX: usize = 32;
/// Room for an answer, in bytes; it grows where that is not enough.
const ANSWER_BYTES: usize = 64 * 1024;

/// A connection that opens with its first request, and again after it was closed.
pub struct Http1 {
    authority: String,
    open: Mutex<Option<Open>>,
}

struct Open {
    socket: TcpStream,
    unread: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub struct Answered {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Vec<u8>,
}

impl Http1 {
    /// To the server at `url` (`http://host:port`).
    pub fn new(url: &str) -> Self {
        let authority = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { authority, open: Mutex::default() }
    }

    /// Sends a whole request, and waits for its whole answer.
    pub async fn ask(&self, request: &[u8]) -> Result<Answered, String> {
        let mut open = self.open.lock().await;
        let mut conn = match open.take() {
            Some(conn) => conn,
            None => Open::new(&self.authority).await.map_err(|error| error.to_string())?,
        };
        let answered = conn.ask(request).await?;
        *open = Some(conn);
        Ok(answered)
    }
}

impl Open {
    async fn new(authority: &str) -> std::io::Result<Self> {
        let socket = TcpStream::connect(authority).await?;
        socket.set_nodelay(true)?;
        Ok(Self { socket, unread: Vec::with_capacity(ANSWER_BYTES) })
    }

    async fn ask(&mut self, request: &[u8]) -> Result<Answered, String> {
        self.socket.write_all(request).await.map_err(|error| error.to_string())?;
        self.unread.clear();
        let (mut status, mut end) = (0, None);
        loop {
            if self.socket.read_buf(&mut self.unread).await.map_err(|error| error.to_string())? == 0 {
                return Err("the connection was closed under a request".to_owned());
            }
            if end.is_none()
                && let Some((found, head, body)) = head(&self.unread)?
            {
                (status, end) = (found, Some((head, head + body)));
            }
            if let Some((head, end)) = end.filter(|(_, end)| self.unread.len() >= *end) {
                return Ok(Answered { status, body: self.unread[head..end].to_vec() });
            }
        }
    }
}

/// The status, where the head ends, and how long the body is; `None` while the head is not whole.
fn head(bytes: &[u8]) -> Result<Option<(u16, usize, usize)>, String> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
    let mut answer = httparse::Response::new(&mut fields);
    let httparse::Status::Complete(length) = answer.parse(bytes).map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let body = answer.headers.iter().find(|field| field.name.eq_ignore_ascii_case("content-length"));
    let body = body.and_then(|field| std::str::from_utf8(field.value).ok()?.parse().ok());
    Ok(Some((answer.code.unwrap_or_default(), length, body.ok_or("an answer does not say how long it is")?)))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn an_answer_is_read_whole_however_it_comes() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Http1::new(&format!("http://{}", listener.local_addr().unwrap()));
        let server = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = [0; 4];
            for parts in [
                ["HTTP/1.1 200 OK\r\nContent-Le", "ngth: 5\r\n\r\nab", "cde"],
                ["HTTP/1.1 409 No\r\n", "content-length: 0\r\n", "\r\n"],
            ] {
                socket.read_exact(&mut request).await.unwrap();
                for part in parts {
                    socket.write_all(part.as_bytes()).await.unwrap();
                    tokio::task::yield_now().await;
                }
            }
        });
        let answered = line.ask(b"GET1").await.unwrap();
        assert_eq!((answered.status, answered.body.as_slice()), (200, b"abcde".as_slice()));
        let answered = line.ask(b"GET2").await.unwrap();
        assert_eq!((answered.status, answered.body.len()), (409, 0));
        server.await.unwrap();
        assert!(line.ask(b"GET3").await.is_err(), "closed");
    }
}
