//! Which traces are recorded: the samplers that OpenTelemetry names, and whose word on it counts. Pure, but for chance.

use opentelemetry::trace::{SpanContext, SpanKind, TraceId};
use opentelemetry_sdk::trace::{IdGenerator as _, RandomIdGenerator, Sampler, SamplingDecision, ShouldSample as _};

/// Whether a caller's word counts who says that their trace is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Somebody of ours.
    Believed,
    /// Anybody: their trace goes on, but whether it costs us anything is not for them to say.
    Unproven,
}

/// How it is decided.
#[derive(Debug, Clone)]
pub(crate) struct Sampling {
    /// What decides about traces that begin here.
    root: Sampler,
    /// Whether a caller's decision holds.
    follows_callers: bool,
}

/// A sampler that there is not, or a share that is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unknown {
    /// There is no such sampler.
    #[error(
        "OTEL_TRACES_SAMPLER={0}: there are always_on, always_off, traceidratio, parentbased_always_on, \
         parentbased_always_off and parentbased_traceidratio"
    )]
    Sampler(String),
    /// No share.
    #[error("OTEL_TRACES_SAMPLER_ARG={0}: must be a share between 0 and 1")]
    Share(String),
}

impl Default for Sampling {
    fn default() -> Self {
        Self { root: Sampler::AlwaysOn, follows_callers: true }
    }
}

impl Sampling {
    /// The sampler of that name; `share` is what a ratio is by, 1 where it is not given.
    pub(crate) fn named(name: &str, share: Option<&str>) -> Result<Self, Unknown> {
        let (follows_callers, root) = match name.strip_prefix("parentbased_") {
            Some(root) => (true, root),
            None => (false, name),
        };
        let root = match root {
            "always_on" => Sampler::AlwaysOn,
            "always_off" => Sampler::AlwaysOff,
            "traceidratio" => Sampler::TraceIdRatioBased(share.map_or(Ok(1.0), parse_share)?),
            _ => return Err(Unknown::Sampler(name.to_owned())),
        };
        Ok(Self { root, follows_callers })
    }

    /// For the library that records: it decides about what begins here, and records what else it is asked to.
    pub(crate) fn of_roots(&self) -> Sampler {
        Sampler::ParentBased(Box::new(self.root.clone()))
    }

    /// Whether a request is recorded that comes as a part of a trace.
    pub(super) fn records(&self, caller: &SpanContext, trust: Trust) -> bool {
        match trust {
            Trust::Believed if self.follows_callers => caller.is_sampled(),
            Trust::Believed => self.begins(caller.trace_id()),
            // By an id of our own: whoever chooses the trace's would choose this with it.
            Trust::Unproven => self.begins(RandomIdGenerator::default().new_trace_id()),
        }
    }

    fn begins(&self, trace: TraceId) -> bool {
        let decided = self.root.should_sample(None, trace, "", &SpanKind::Server, &[], &[]);
        decided.decision == SamplingDecision::RecordAndSample
    }
}

fn parse_share(text: &str) -> Result<f64, Unknown> {
    let share = text.trim().parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| Unknown::Share(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanId, TraceFlags, TraceState};

    use super::*;

    fn caller(flags: TraceFlags) -> SpanContext {
        SpanContext::new(TraceId::from(u128::MAX), SpanId::from(7), flags, true, TraceState::default())
    }

    #[test]
    fn a_caller_of_ours_decides_and_anybody_else_does_not() {
        let (on, off) = (caller(TraceFlags::SAMPLED), caller(TraceFlags::default()));
        let never = Sampling::named("parentbased_always_off", None).unwrap();
        assert!(never.records(&on, Trust::Believed) && !never.records(&off, Trust::Believed));
        assert!(!never.records(&on, Trust::Unproven), "a stranger can't make us record");
        let always = Sampling::named("parentbased_always_on", None).unwrap();
        assert!(always.records(&off, Trust::Unproven) && !always.records(&off, Trust::Believed));
        assert!(Sampling::named("always_on", None).unwrap().records(&off, Trust::Believed), "follows nobody");
    }

    #[test]
    fn a_stranger_does_not_choose_by_the_traces_id_either() {
        // Half of all ids are below the bound; this one is not.
        let half = Sampling::named("parentbased_traceidratio", Some("0.5")).unwrap();
        assert!(!half.begins(TraceId::from(u128::MAX)));
        let recorded = (0..400).filter(|_| half.records(&caller(TraceFlags::default()), Trust::Unproven)).count();
        assert!((100..300).contains(&recorded), "{recorded} of 400");
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        assert_eq!(Sampling::named("sometimes", None).unwrap_err(), Unknown::Sampler("sometimes".to_owned()));
        for wrong in ["1.5", "-1", "NaN", "half"] {
            let error = Sampling::named("traceidratio", Some(wrong)).unwrap_err();
            assert_eq!(error, Unknown::Share(wrong.to_owned()));
        }
    }
}
