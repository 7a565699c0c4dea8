//! Lines of the log, each with the trace and span that it was written in, where it was.

use std::io::{self, Stderr, Write};

use opentelemetry::{Context, trace::TraceContextExt as _};
use tracing_subscriber::fmt::MakeWriter;

/// Standard error, for lines that are JSON objects.
#[derive(Debug)]
pub(super) struct Lines;

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Located<Stderr>;

    fn make_writer(&'a self) -> Self::Writer {
        Located(io::stderr())
    }
}

/// Takes one whole line with each write, in the thread, and so in the span, that wrote it.
#[derive(Debug)]
pub(super) struct Located<W>(W);

impl<W: Write> Write for Located<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let at = Context::map_current(|current| {
            let span = current.span();
            let at = span.span_context();
            at.is_valid().then(|| format!("{{\"trace_id\":\"{}\",\"span_id\":\"{}\",", at.trace_id(), at.span_id()))
        });
        match (at, line.strip_prefix(b"{")) {
            (Some(at), Some(rest)) => self.0.write_all(&[at.as_bytes(), rest].concat())?,
            _ => self.0.write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

    use super::*;

    #[test]
    fn a_line_says_where_it_was_written() {
        let mut out = Located(Vec::new());
        out.write_all(b"{\"level\":\"INFO\"}\n").unwrap();
        let at = SpanContext::new(TraceId::from(1), SpanId::from(2), TraceFlags::SAMPLED, true, TraceState::default());
        let within = Context::new().with_remote_span_context(at).attach();
        out.write_all(b"{\"level\":\"WARN\"}\n").unwrap();
        drop(within);
        let written = String::from_utf8(out.0).unwrap();
        let located: serde_json::Value = serde_json::from_str(written.lines().last().unwrap()).unwrap();
        assert_eq!(located["trace_id"], "00000000000000000000000000000001");
        assert_eq!((&located["span_id"], &located["level"]), (&"0000000000000002".into(), &"WARN".into()));
        assert!(written.starts_with("{\"level\":\"INFO\"}\n"), "{written}");
    }
}
