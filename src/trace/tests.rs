use std::sync::{Arc, Mutex};

use http::HeaderValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};

use super::*;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Keeps what is recorded.
#[derive(Debug, Clone, Default)]
struct Recorded(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Recorded {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

impl Recorded {
    fn named(&self, name: &str) -> SpanData {
        self.0.lock().unwrap().iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name}")).clone()
    }
}

/// Recording is on for all tests of this process from the first of these on: they are one.
#[tokio::test]
async fn a_request_is_followed_where_it_is_recorded_and_costs_nothing_where_it_is_not() {
    // Off: nothing is built.
    let untouched = || unreachable!("nobody asks for a name");
    let headers = HeaderMap::from_iter([(
        http::HeaderName::from_static("traceparent"),
        HeaderValue::from_static("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    )]);
    assert!(Span::served(&headers, Trust::Believed, untouched).0.is_none());
    assert!(Span::child(Kind::Client, || unreachable!("nor for this one")).0.is_none());
    let mut passed = HeaderMap::new();
    pass_on(&headers, &mut passed);
    assert_eq!(passed, headers);

    let recorded = Recorded::default();
    let sampling = Sampling::named("parentbased_always_off", None).unwrap();
    let provider =
        SdkTracerProvider::builder().with_simple_exporter(recorded.clone()).with_sampler(sampling.of_roots()).build();
    start(provider.tracer("test"), sampling);

    // Not recorded: its place is passed on, and nothing is built.
    let unseen = Span::served(&HeaderMap::new(), Trust::Believed, untouched);
    let told = unseen
        .around(async {
            assert!(Span::child(Kind::Client, || unreachable!("nor here")).traceparent().is_none());
            let mut told = HeaderMap::new();
            Span::current().inject(&mut told);
            told
        })
        .await;
    assert!(told["traceparent"].to_str().unwrap().ends_with("-00"));
    assert_eq!(unseen.comment("BEGIN"), "BEGIN");
    assert!(Span::shared("batch", [unseen.clone()].iter()).0.is_none());

    // Recorded: the parts know whose they are, and what is shared is linked.
    let first = Span::served(&headers, Trust::Believed, || "first".to_owned());
    let stranger = Span::served(&headers, Trust::Unproven, untouched);
    assert!(!stranger.is_recorded());
    let other = HeaderMap::from_iter([(
        http::HeaderName::from_static("traceparent"),
        HeaderValue::from_static("00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01"),
    )]);
    let second = Span::served(&other, Trust::Believed, || "second".to_owned());
    let batch = Span::shared("batch", [unseen, first.clone(), second.clone()].iter());
    let child = batch.around(async { Span::child(Kind::Client, || "child".into()) }).await;
    assert!(
        child.comment("BEGIN").starts_with(&format!("BEGIN /*traceparent='00-{TRACE}-")),
        "{}",
        child.comment("BEGIN")
    );
    // What somebody kept goes on where it was kept, and is linked with where it is heard of again.
    let kept = first.traceparent();
    let again = second.around(async { Span::continued(kept.as_deref(), Kind::Consumer, || "again".into()) }).await;
    for span in [&child, &batch, &again, &first, &second] {
        span.end();
    }
    let [first, second, batch, child, again] =
        ["first", "second", "batch", "child", "again"].map(|name| recorded.named(name));
    assert_eq!(first.span_context.trace_id().to_string(), TRACE);
    assert_eq!(first.parent_span_id.to_string(), "00f067aa0ba902b7");
    assert_eq!(
        (batch.parent_span_id, child.parent_span_id),
        (first.span_context.span_id(), batch.span_context.span_id())
    );
    let links = |span: &SpanData| span.links.iter().map(|link| link.span_context.span_id()).collect::<Vec<_>>();
    assert_eq!(links(&batch), [second.span_context.span_id()]);
    assert_eq!(links(&first), [batch.span_context.span_id()]);
    assert_eq!(links(&second), [batch.span_context.span_id()]);
    assert_eq!(again.span_context.trace_id().to_string(), TRACE);
    assert_eq!(again.parent_span_id, first.span_context.span_id());
    assert_eq!(links(&again), [second.span_context.span_id()]);
}
