//! Traces as W3C's `traceparent` carries them: a request's way through edge, services, database and provider. Whether one
//! is recorded is decided once, where it enters, before anything is built. Where telemetry is off, and where nothing is
//! recorded, a [`Span`] is empty, and all of this costs a branch.

mod sampling;
mod wire;

pub use sampling::Trust;
pub use wire::{of_nobody, pass_on};

use std::{
    borrow::Cow,
    pin::Pin,
    sync::OnceLock,
    task::{Context as TaskContext, Poll},
};

use http::HeaderMap;
use opentelemetry::{
    Context, KeyValue,
    trace::{
        Link, Span as _, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt as _, TraceFlags, Tracer as _,
    },
};
use opentelemetry_sdk::trace::SdkTracer;
use pin_project_lite::pin_project;

pub(crate) use sampling::Sampling;

/// The most requests that work they share is linked with, and that are linked with it: as many as a span has room for.
const LINKS_MAX: usize = 128;

/// What records spans. Set once, at the start of a process that was told where to send them.
static TRACING: OnceLock<Tracing> = OnceLock::new();

#[derive(Debug)]
struct Tracing {
    /// Decides about what begins here; of all else it records what it is asked to.
    tracer: SdkTracer,
    sampling: Sampling,
}

/// Starts recording. Once a process.
pub(crate) fn start(tracer: SdkTracer, sampling: Sampling) {
    // An error means that it is recorded already.
    let _ = TRACING.set(Tracing { tracer, sampling });
}

/// Whether this process takes part in traces.
#[must_use]
pub fn is_on() -> bool {
    TRACING.get().is_some()
}

/// A stretch of work in a trace; its clones are the same one. Empty where telemetry is off and outside of any trace; of a
/// trace that is not recorded it knows its place alone, to pass that on.
#[derive(Debug, Clone, Default)]
pub struct Span(Option<Context>);

/// What a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A call to somebody else.
    Client,
    /// Work for what came before, and which nobody waits for.
    Consumer,
    /// Work within this process.
    Internal,
}

impl From<Kind> for SpanKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Client => Self::Client,
            Kind::Consumer => Self::Consumer,
            Kind::Internal => Self::Internal,
        }
    }
}

impl Span {
    /// No span at all.
    pub const NONE: Self = Self(None);

    /// A request that came with `headers`, from somebody whose word on recording counts or does not.
    #[must_use]
    pub fn served(headers: &HeaderMap, trust: Trust, name: impl FnOnce() -> String) -> Self {
        let Some(tracing) = TRACING.get() else { return Self::NONE };
        let Some(caller) = wire::read(headers) else { return tracing.root(SpanKind::Server, name) };
        match tracing.sampling.records(&caller, trust) {
            true => tracing.begin(SpanKind::Server, name(), std::iter::empty(), &caller),
            false => Self::unrecorded(&caller),
        }
    }

    /// Where the running task is.
    #[must_use]
    pub fn current() -> Self {
        if !is_on() {
            return Self::NONE;
        }
        Self(Context::map_current(|current| current.has_active_span().then(|| current.clone())))
    }

    /// A part of what the running task does. Of what is not recorded, nothing is built.
    #[must_use]
    pub fn child(kind: Kind, name: impl FnOnce() -> Cow<'static, str>) -> Self {
        let parent = Self::current();
        let (Some(tracing), Some(at)) = (TRACING.get(), parent.recorded()) else { return parent };
        tracing.begin(kind.into(), name(), std::iter::empty(), &at)
    }

    /// Goes on with the trace that `traceparent` names, which somebody kept whom we believe. Where the running task is in that
    /// trace already it is a part of what that does, and linked with what was kept; else a part of what was kept, and linked
    /// with the running task. Without one that is recorded, a part of what the running task does.
    #[must_use]
    pub fn continued(traceparent: Option<&str>, kind: Kind, name: impl FnOnce() -> Cow<'static, str>) -> Self {
        let Some(tracing) = TRACING.get() else { return Self::NONE };
        let Some(kept) = traceparent.and_then(wire::parse).filter(SpanContext::is_sampled) else {
            return Self::child(kind, name);
        };
        let here = Self::current().recorded();
        let (parent, other) = match here {
            Some(here) if here.trace_id() == kept.trace_id() => (here, Some(kept)),
            here => (kept, here),
        };
        tracing.begin(kind.into(), name(), other.into_iter(), &parent)
    }

    /// Work that several requests share: a part of the first of `sharers` that is recorded, and linked with each of them in
    /// both directions.
    #[must_use]
    pub fn shared<'a>(name: &'static str, sharers: impl Iterator<Item = &'a Self>) -> Self {
        let Some(tracing) = TRACING.get() else { return Self::NONE };
        // Where none is recorded, this allocates nothing.
        let recorded: Vec<_> =
            sharers.filter_map(|sharer| Some((sharer, sharer.recorded()?))).take(LINKS_MAX).collect();
        let Some(((_, first), others)) = recorded.split_first() else { return Self::NONE };
        let shared = tracing.begin(SpanKind::Internal, name, others.iter().map(|(_, at)| at.clone()), first);
        if let Some(at) = shared.recorded() {
            for (sharer, _) in &recorded {
                sharer.link(&at);
            }
        }
        shared
    }

    /// Says something of it, in the words of OpenTelemetry's conventions.
    pub fn set(&self, name: &'static str, value: impl Into<opentelemetry::Value>) {
        if let Some(context) = self.0.as_ref().filter(|_| self.is_recorded()) {
            context.span().set_attribute(KeyValue::new(name, value));
        }
    }

    /// Names it, once it is known what it is.
    pub fn rename(&self, name: impl FnOnce() -> String) {
        if let Some(context) = self.0.as_ref().filter(|_| self.is_recorded()) {
            context.span().update_name(name());
        }
    }

    /// Says that it failed, and why.
    pub fn fail(&self, why: impl Into<Cow<'static, str>>) {
        if let Some(context) = self.0.as_ref().filter(|_| self.is_recorded()) {
            context.span().set_status(Status::error(why));
        }
    }

    /// Says that it is over; else it is when its last clone is dropped.
    pub fn end(&self) {
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }

    /// Does `work` within it.
    pub fn around<F: Future>(&self, work: F) -> Around<F> {
        Around { work, context: self.0.clone() }
    }

    /// Does `work` within it, which waits for nothing.
    pub fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        let _within = self.0.clone().map(Context::attach);
        work()
    }

    /// Tells whoever is called with `headers` where the call comes from.
    pub fn inject(&self, headers: &mut HeaderMap) {
        if let Some(context) = &self.0 {
            wire::write(context.span().span_context(), headers);
        }
    }

    /// Its `traceparent`, where it is recorded.
    #[must_use]
    pub fn traceparent(&self) -> Option<String> {
        self.recorded().map(|at| wire::traceparent(&at))
    }

    /// `statement` with a comment that says where it comes from, as sqlcommenter writes it; the statement itself where
    /// nothing is recorded.
    #[must_use]
    pub fn comment(&self, statement: &'static str) -> Cow<'static, str> {
        match self.traceparent() {
            Some(at) => format!("{statement} /*traceparent='{at}'*/").into(),
            None => statement.into(),
        }
    }

    /// Whether it is recorded.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.0.as_ref().is_some_and(|context| context.span().span_context().is_sampled())
    }

    fn unrecorded(at: &SpanContext) -> Self {
        Self(Some(Context::new().with_remote_span_context(flagged(at, TraceFlags::default()))))
    }

    fn recorded(&self) -> Option<SpanContext> {
        let context = self.0.as_ref().filter(|_| self.is_recorded())?;
        Some(context.span().span_context().clone())
    }

    fn link(&self, to: &SpanContext) {
        if let Some(context) = &self.0 {
            context.span().add_link(to.clone(), Vec::new());
        }
    }
}

impl Tracing {
    /// A trace that begins here, if it is to be recorded; else only its place.
    fn root(&self, kind: SpanKind, name: impl FnOnce() -> String) -> Span {
        // Named once it is known that it is recorded.
        let mut span = self.tracer.build_with_context(SpanBuilder::from_name("").with_kind(kind), &Context::new());
        if !span.is_recording() {
            return Span::unrecorded(span.span_context());
        }
        span.update_name(name());
        Span(Some(Context::new().with_span(span)))
    }

    /// A part of what is at `parent`, which is recorded.
    fn begin(
        &self,
        kind: SpanKind,
        name: impl Into<Cow<'static, str>>,
        links: impl Iterator<Item = SpanContext>,
        parent: &SpanContext,
    ) -> Span {
        let builder = SpanBuilder::from_name(name).with_kind(kind).with_links(links.map(Link::with_context).collect());
        let parent = Context::new().with_remote_span_context(flagged(parent, TraceFlags::SAMPLED));
        Span(Some(Context::new().with_span(self.tracer.build_with_context(builder, &parent))))
    }
}

fn flagged(at: &SpanContext, flags: TraceFlags) -> SpanContext {
    SpanContext::new(at.trace_id(), at.span_id(), flags, true, at.trace_state().clone())
}

pin_project! {
    /// Work within a span: whatever it begins, logs or sends knows where it is.
    #[derive(Debug)]
    pub struct Around<F> {
        #[pin]
        work: F,
        context: Option<Context>,
    }
}

impl<F: Future> Future for Around<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _within = this.context.clone().map(Context::attach);
        this.work.poll(task)
    }
}

#[cfg(test)]
mod tests;
