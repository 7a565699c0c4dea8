//! `traceparent` and `tracestate`, as <https://www.w3.org/TR/trace-context/> has them.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context,
    propagation::{Extractor, TextMapPropagator as _},
    trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceState},
};
use opentelemetry_sdk::{
    propagation::TraceContextPropagator,
    trace::{IdGenerator as _, RandomIdGenerator},
};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

struct Sent<'a>(&'a HeaderMap);

impl Extractor for Sent<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct Kept<'a>(&'a str);

impl Extractor for Kept<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        (name == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

/// Where a request comes from; `None` where it does not say so, or makes no sense.
pub(super) fn read(headers: &HeaderMap) -> Option<SpanContext> {
    // Most don't.
    headers.contains_key(TRACEPARENT).then(|| extract(&Sent(headers)))?
}

/// What a `traceparent` alone says.
pub(super) fn parse(traceparent: &str) -> Option<SpanContext> {
    extract(&Kept(traceparent))
}

fn extract(from: &impl Extractor) -> Option<SpanContext> {
    let found = TraceContextPropagator::new().extract_with_context(&Context::new(), from);
    let at = found.span().span_context().clone();
    at.is_valid().then_some(at)
}

/// A place as `traceparent` has it.
pub(super) fn traceparent(at: &SpanContext) -> String {
    format!("00-{}-{}-{:02x}", at.trace_id(), at.span_id(), at.trace_flags() & TraceFlags::SAMPLED)
}

/// Says in `headers` where a call comes from, in place of what they said.
pub(super) fn write(at: &SpanContext, headers: &mut HeaderMap) {
    headers.remove(TRACESTATE);
    if let Ok(value) = HeaderValue::try_from(traceparent(at)) {
        headers.insert(TRACEPARENT, value);
    }
    let state = at.trace_state().header();
    if let (false, Ok(value)) = (state.is_empty(), HeaderValue::try_from(state)) {
        headers.insert(TRACESTATE, value);
    }
}

/// Says in `headers` that the call is a look that nobody asked for and that comes each second: whoever follows their
/// callers records nothing of it.
pub fn of_nobody(headers: &mut HeaderMap) {
    if super::is_on() {
        let ids = RandomIdGenerator::default();
        let (trace, span, flags) = (ids.new_trace_id(), ids.new_span_id(), TraceFlags::default());
        write(&SpanContext::new(trace, span, flags, false, TraceState::default()), headers);
    }
}

/// Lets through what a request said: for who takes no part in traces, but stands between those who do.
pub fn pass_on(sent: &HeaderMap, to: &mut HeaderMap) {
    if super::is_on() {
        return;
    }
    for name in [TRACEPARENT, TRACESTATE] {
        if let Some(value) = sent.get(name) {
            to.insert(name, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_is_read_is_written_again() {
        let mut sent = HeaderMap::new();
        sent.insert(TRACEPARENT, HeaderValue::from_static(AT));
        sent.insert(TRACESTATE, HeaderValue::from_static("vendor=1"));
        let mut told = HeaderMap::new();
        write(&read(&sent).unwrap(), &mut told);
        assert_eq!(told, sent);
        // An older place's state must not stay behind.
        write(&parse(AT).unwrap(), &mut told);
        assert!(!told.contains_key(TRACESTATE));
    }

    #[test]
    fn what_makes_no_sense_is_nowhere() {
        for wrong in ["", "00", "00-0-0-01", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "ff-4bf9-1-1"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(read(&HeaderMap::new()), None);
    }
}
