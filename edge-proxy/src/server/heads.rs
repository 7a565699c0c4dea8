//! The heads of HTTP/1 requests, watched byte by byte for what a proxy before the edge may read otherwise than the edge
//! does (request smuggling): a line that ends without CR, a length given twice, a length beside chunks, an encoding other
//! than chunks. hyper is lenient there, and does not show what came. A byte of such a head is replaced by NUL, which no head
//! may have: hyper then refuses it, in its turn among the answers, and closes the connection. Pure.

/// The first line of HTTP/2. From there on this is none of HTTP/1's business.
const PREFACE: &[u8] = b"PRI * HTTP/2.0";
/// So much of a line is kept; the lines that matter here are shorter, and hyper bounds heads as a whole.
const LINE_BYTES_MAX: usize = 256;

/// Where in the requests of a connection the next byte stands.
#[derive(Debug, Default)]
pub(super) struct Heads {
    at: At,
    /// The line so far, without its end.
    line: Vec<u8>,
    /// Whether the byte before was a CR.
    after_cr: bool,
    /// Whether the connection's first line was read.
    began: bool,
    /// Whether it was that of HTTP/2.
    is_http2: bool,
}

#[derive(Debug)]
enum At {
    /// In a head, and what it says of its body.
    Head(Framing),
    /// In a body; so many bytes are left of it.
    Body(u64),
    /// In the line before a chunk.
    Size,
    /// In a chunk; so many bytes are left, the two at its end included.
    Chunk(u64),
    /// In the lines after the last chunk.
    Trailers,
    /// Nothing is watched any more: this is HTTP/2, or it will be refused.
    Over,
}

#[derive(Debug, Default)]
struct Framing {
    /// Whether the request line was read.
    has_begun: bool,
    length: Option<u64>,
    is_chunked: bool,
}

impl Default for At {
    fn default() -> Self {
        Self::Head(Framing::default())
    }
}

/// The head can be read in two ways.
struct Ambiguous;

impl Heads {
    /// Whether the connection speaks HTTP/2, and there is nothing to watch.
    pub(super) const fn are_of_http2(&self) -> bool {
        self.is_http2
    }

    /// Takes in the next bytes, and spoils what must not be understood.
    pub(super) fn watch(&mut self, bytes: &mut [u8]) {
        let mut rest = bytes;
        while let Some((first, after)) = std::mem::take(&mut rest).split_first_mut() {
            match &mut self.at {
                At::Over => return,
                At::Body(left) | At::Chunk(left) => {
                    // This byte, and as many after it as belong to the same.
                    let skipped = usize::try_from(*left - 1).unwrap_or(usize::MAX).min(after.len());
                    *left -= 1 + skipped as u64;
                    if *left == 0 {
                        self.at = if matches!(self.at, At::Body(_)) { At::default() } else { At::Size };
                    }
                    rest = &mut after[skipped..];
                }
                At::Head(_) | At::Size | At::Trailers => {
                    if self.byte(*first).is_err() {
                        *first = 0;
                        self.at = At::Over;
                    }
                    rest = after;
                }
            }
        }
    }

    fn byte(&mut self, byte: u8) -> Result<(), Ambiguous> {
        let ends_line = std::mem::replace(&mut self.after_cr, byte == b'\r');
        match byte {
            b'\n' if ends_line => {
                let line = std::mem::take(&mut self.line);
                let next = self.line(&line);
                self.line = line;
                self.line.clear();
                next
            }
            b'\n' => Err(Ambiguous),
            // A CR within a line.
            _ if ends_line => Err(Ambiguous),
            b'\r' => Ok(()),
            _ => {
                if self.line.len() < LINE_BYTES_MAX {
                    self.line.push(byte);
                }
                Ok(())
            }
        }
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Ambiguous> {
        if !std::mem::replace(&mut self.began, true) && line == PREFACE {
            self.at = At::Over;
            self.is_http2 = true;
            return Ok(());
        }
        match &mut self.at {
            At::Head(framing) if line.is_empty() => {
                // Empty lines before a request are nothing.
                if framing.has_begun {
                    self.at = match framing {
                        Framing { is_chunked: true, .. } => At::Size,
                        Framing { length: Some(length @ 1..), .. } => At::Body(*length),
                        _ => At::default(),
                    };
                }
            }
            At::Head(framing) if !framing.has_begun => framing.has_begun = true,
            At::Head(framing) => framing.header(line)?,
            At::Size => {
                let digits = line.split(|byte| matches!(byte, b';' | b' ' | b'\t')).next().unwrap_or_default();
                self.at = match parse(digits, 16).and_then(|size| size.checked_add(2)) {
                    Some(2) => At::Trailers,
                    Some(with_end) => At::Chunk(with_end),
                    None => return Err(Ambiguous),
                };
            }
            At::Trailers if line.is_empty() => self.at = At::default(),
            At::Trailers | At::Body(_) | At::Chunk(_) | At::Over => {}
        }
        Ok(())
    }
}

impl Framing {
    fn header(&mut self, line: &[u8]) -> Result<(), Ambiguous> {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return Ok(()) };
        let (name, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            let length = parse(value, 10).filter(|_| self.length.is_none() && !self.is_chunked);
            self.length = Some(length.ok_or(Ambiguous)?);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if self.length.is_some() || self.is_chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Ambiguous);
            }
            self.is_chunked = true;
        }
        Ok(())
    }
}

/// A number that is written in digits and nothing else.
fn parse(digits: &[u8], radix: u32) -> Option<u64> {
    let digits = str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u64::from_str_radix(digits, radix).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is left of the bytes after they came in pieces of that size.
    fn watched(sent: &str, piece: usize) -> Vec<u8> {
        let (mut heads, mut bytes) = (Heads::default(), sent.as_bytes().to_vec());
        bytes.chunks_mut(piece).for_each(|piece| heads.watch(piece));
        bytes
    }

    const PLAIN: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

    #[test]
    fn what_can_be_read_in_one_way_only_passes_untouched() {
        let posted = "POST / HTTP/1.1\r\nhost: x\r\nContent-Length: 4\r\n\r\n{\n\n}";
        let chunks = "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n2;a=b\r\n\n\n\r\nA\r\n0123456\n\n\n\r\n0\r\nx: y\r\n\r\n";
        let none = "POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n";
        let http2 = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\n\n\n";
        for sent in [PLAIN, posted, chunks, none, http2] {
            let twice = format!("\r\n{sent}{sent}{PLAIN}");
            for piece in [1, 2, 3, 7, 1_000] {
                let sent = if sent == http2 { sent } else { &twice };
                assert_eq!(watched(sent, piece), sent.as_bytes(), "{sent:?} by {piece}");
            }
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_can_t_be_read() {
        let head = |lines: &str| format!("POST / HTTP/1.1\r\nhost: x\r\n{lines}\r\n\r\n");
        for sent in [
            "GET / HTTP/1.1\nhost: x\n\n".to_owned(),
            head("x: y\nz: 1"),
            head("x: y\rz: 1"),
            head("content-length: 4\r\ncontent-length: 4"),
            head("content-length: 4\r\ncontent-length: 5"),
            head("content-length: 4, 4"),
            head("content-length: +4"),
            head("content-length: 0x4"),
            head("content-length:"),
            head("content-length : 4\r\ncontent-length: 4"),
            head("content-length: 4\r\ntransfer-encoding: chunked"),
            head("transfer-encoding: chunked\r\ncontent-length: 4"),
            head("transfer-encoding: chunked\r\ntransfer-encoding: chunked"),
            head("transfer-encoding: gzip, chunked"),
            head("transfer-encoding: identity"),
            head("transfer-encoding: xchunked"),
            head("transfer-encoding: chunked\r\n\r\n4\nabcd\r\n0"),
            head("transfer-encoding: chunked\r\n\r\n-4\r\nabcd\r\n0"),
            head("transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n"),
            format!("{PLAIN}{}", head("content-length: 1\r\n\r\nxGET / HTTP/1.1\nhost: x")),
        ] {
            for piece in [1, 2, 3, 7, 1_000] {
                let left = watched(&sent, piece);
                assert_eq!(left.split(|byte| *byte == 0).count(), 2, "{sent:?} by {piece}");
            }
        }
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(sent in "([a-z:0-9 \r\n;]|\r\n|content-length: |transfer-encoding: chunked){0,60}", piece in 1_usize..9) {
            let sent = format!("POST / HTTP/1.1\r\n{sent}");
            prop_assert_eq!(watched(&sent, piece), watched(&sent, 10_000));
        }
    }
}
