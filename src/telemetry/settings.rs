//! OpenTelemetry's own variables, the same for every program. Its specification wants what makes no sense to be left out
//! of account, with a word in the log: an operator sets them for a whole cluster, and no shop may stay closed for them.

use std::{fmt::Write as _, time::Duration};

use crate::trace::Sampling;

/// Name, default, meaning.
type Variable = (&'static str, &'static str, &'static str);

/// Everything that is read. `(signal)` stands for `TRACES`, `METRICS` and `LOGS`.
const VARIABLES: [Variable; 22] = [
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "none",
        "The collector: `http://host:4317` for `grpc`, `http://host:4318` for `http/protobuf`; `https://` for TLS. Nothing is sent, and nothing costs anything, unless it or one of the next is set",
    ),
    (
        "OTEL_EXPORTER_OTLP_(signal)_ENDPOINT",
        "none",
        "Where one signal goes instead; of `http/protobuf` the whole address, path included",
    ),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "`http/protobuf`", "`grpc` or `http/protobuf`"),
    ("OTEL_EXPORTER_OTLP_(signal)_PROTOCOL", "none", "The same of one signal"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "none", "What is sent along, such as a key: `name=value,name=value`. Secret"),
    ("OTEL_EXPORTER_OTLP_(signal)_HEADERS", "none", "The same of one signal"),
    ("OTEL_EXPORTER_OTLP_TIMEOUT", "`10000`", "How long the collector may take for one export, in milliseconds"),
    ("OTEL_EXPORTER_OTLP_COMPRESSION", "none", "`gzip`"),
    ("OTEL_SDK_DISABLED", "`false`", "`true`: nothing is sent, whatever else is set"),
    ("OTEL_TRACES_EXPORTER", "`otlp`", "`none`: no traces are recorded"),
    ("OTEL_METRICS_EXPORTER", "`otlp`", "`none`: no metrics are sent; `METRICS_ADDR` is another matter"),
    ("OTEL_LOGS_EXPORTER", "`otlp`", "`none`: logs go to standard error only, where they go in any case"),
    (
        "OTEL_TRACES_SAMPLER",
        "`parentbased_always_on`",
        "Which traces are recorded: `always_on`, `always_off`, `traceidratio`, each also with `parentbased_` before it, which follows the caller's decision. The edge follows nobody's: clients would decide what it costs us",
    ),
    ("OTEL_TRACES_SAMPLER_ARG", "`1`", "The share that `traceidratio` records, between 0 and 1"),
    ("OTEL_SERVICE_NAME", "the program's name", "`service.name`"),
    ("OTEL_RESOURCE_ATTRIBUTES", "none", "What else is said of the process: `name=value,name=value`"),
    ("OTEL_BSP_SCHEDULE_DELAY", "`5000`", "How often spans are sent, in milliseconds"),
    ("OTEL_BSP_MAX_QUEUE_SIZE", "`2048`", "How many spans wait at most; more are dropped"),
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "`512`", "The most spans of one export"),
    ("OTEL_BLRP_SCHEDULE_DELAY", "`1000`", "How often logs are sent, in milliseconds"),
    ("OTEL_BLRP_MAX_QUEUE_SIZE", "`2048`", "How many lines wait at most; more are dropped"),
    ("OTEL_METRIC_EXPORT_INTERVAL", "`60000`", "How often metrics are sent, in milliseconds"),
];

/// What is told of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Traces,
    Metrics,
    Logs,
}

/// How it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Grpc,
    Http,
}

impl Signal {
    const ALL: [Self; 3] = [Self::Traces, Self::Metrics, Self::Logs];

    const fn name(self) -> &'static str {
        match self {
            Self::Traces => "TRACES",
            Self::Metrics => "METRICS",
            Self::Logs => "LOGS",
        }
    }
}

/// What the variables come to.
#[derive(Debug)]
pub(super) struct Settings {
    /// Which signals are sent, and how.
    signals: Vec<(Signal, Protocol)>,
    /// Which traces are recorded.
    pub(super) sampling: Sampling,
    /// How long one export may take.
    pub(super) timeout: Duration,
    /// What made no sense.
    pub(super) wrong: Vec<String>,
}

impl Settings {
    /// Reads them by `lookup`.
    pub(super) fn read(lookup: impl Fn(&str) -> Option<String>) -> Self {
        // An empty variable is one that is not set.
        let get = |name: &str| lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let mut wrong = Vec::new();
        let mut signals = Vec::new();
        let disabled = get("OTEL_SDK_DISABLED").is_some_and(|word| word.eq_ignore_ascii_case("true"));
        for signal in Signal::ALL.into_iter().filter(|_| !disabled) {
            let name = signal.name();
            let specific = |what: &str| {
                let own = format!("OTEL_EXPORTER_OTLP_{name}_{what}");
                let common = format!("OTEL_EXPORTER_OTLP_{what}");
                get(&own).map(|value| (own, value)).or_else(|| get(&common).map(|value| (common, value)))
            };
            let exporter = format!("OTEL_{name}_EXPORTER");
            let wanted = match get(&exporter).as_deref() {
                None | Some("otlp") => true,
                Some("none") => false,
                Some(other) => {
                    wrong.push(format!("{exporter}={other}: there are otlp and none"));
                    true
                }
            };
            let protocol = match specific("PROTOCOL") {
                None => Protocol::Http,
                Some((_, word)) if word == "http/protobuf" => Protocol::Http,
                Some((_, word)) if word == "grpc" => Protocol::Grpc,
                Some((variable, word)) => {
                    wrong.push(format!("{variable}={word}: there are grpc and http/protobuf"));
                    Protocol::Http
                }
            };
            if wanted && specific("ENDPOINT").is_some() {
                signals.push((signal, protocol));
            }
        }
        let sampler = get("OTEL_TRACES_SAMPLER");
        let share = get("OTEL_TRACES_SAMPLER_ARG");
        let sampling = sampler.map_or_else(|| Ok(Sampling::default()), |name| Sampling::named(&name, share.as_deref()));
        let sampling = sampling.unwrap_or_else(|error| {
            wrong.push(error.to_string());
            Sampling::default()
        });
        let timeout = get("OTEL_EXPORTER_OTLP_TIMEOUT").and_then(|text| text.parse().ok()).unwrap_or(10_000);
        Self { signals, sampling, timeout: Duration::from_millis(timeout), wrong }
    }

    /// How the signal is sent; `None` where it is not.
    pub(super) fn sends(&self, signal: Signal) -> Option<Protocol> {
        self.signals.iter().find(|(sent, _)| *sent == signal).map(|(_, protocol)| *protocol)
    }
}

/// Every variable's name.
pub fn variables() -> impl Iterator<Item = String> {
    VARIABLES.into_iter().flat_map(|(name, ..)| match name.contains("(signal)") {
        true => Signal::ALL.map(|signal| name.replace("(signal)", signal.name())).to_vec(),
        false => vec![name.to_owned()],
    })
}

/// One line of a Markdown table per variable: name, default, meaning.
#[must_use]
pub fn reference() -> String {
    let mut table = String::from("| variable | default | meaning |\n| --- | --- | --- |\n");
    for (name, default, meaning) in VARIABLES {
        // Writing to a String can't fail.
        let _ = writeln!(table, "| `{name}` | {default} | {meaning} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Settings {
        Settings::read(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_operations_page_lists_every_variable() {
        let table = reference();
        assert!(
            include_str!("../../docs/OPERATIONS.md").contains(&table),
            "put this into docs/OPERATIONS.md:\n{table}"
        );
    }

    #[test]
    fn nothing_is_sent_unless_somebody_is_named_to_send_it_to() {
        let nothing = read(&[("OTEL_TRACES_EXPORTER", "otlp"), ("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]);
        assert!(Signal::ALL.iter().all(|signal| nothing.sends(*signal).is_none()));
        let to = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317");
        let some = read(&[to, ("OTEL_LOGS_EXPORTER", "none"), ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc")]);
        let sent = Signal::ALL.map(|signal| some.sends(signal));
        assert_eq!(sent, [Some(Protocol::Grpc), Some(Protocol::Http), None]);
        let alone = read(&[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://collector:4318/v1/metrics")]);
        assert_eq!(Signal::ALL.map(|signal| alone.sends(signal)), [None, Some(Protocol::Http), None]);
        assert!(read(&[to, ("OTEL_SDK_DISABLED", "true")]).sends(Signal::Traces).is_none());
    }

    #[test]
    fn what_makes_no_sense_is_told_and_left_out() {
        let settings = read(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier-pigeon"),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
        ]);
        assert_eq!(settings.sends(Signal::Traces), Some(Protocol::Http));
        let told = settings.wrong.join("\n");
        assert!(told.contains("OTEL_EXPORTER_OTLP_PROTOCOL=carrier-pigeon") && told.contains("sometimes"), "{told}");
    }
}
