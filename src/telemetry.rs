//! What a process tells of itself: logs as one JSON object a line on standard error, and, where OpenTelemetry's own
//! variables name a collector, logs, traces and metrics to that. Telemetry that fails is logged and stops nothing.

mod exporters;
mod http;
mod lines;
mod panics;
mod settings;

pub use settings::{reference, variables};

use std::time::Duration;

use opentelemetry::{metrics::MeterProvider as _, trace::TracerProvider as _};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::{
    error::OTelSdkError, logs::SdkLoggerProvider, metrics::SdkMeterProvider, trace::SdkTracerProvider,
};
use tokio::sync::oneshot;
use tracing_subscriber::{
    EnvFilter, Layer as _, Registry, filter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::trace;
use lines::Lines;
use settings::{Settings, Signal};

/// What is logged where `RUST_LOG` says nothing.
const DEFAULT_FILTER: &str = "info";
/// Who works for the exporters, and would write of each export a line that is exported; and what is said of them here.
const OF_EXPORTERS: [&str; 8] =
    ["opentelemetry", "tonic", "hyper", "h2", "tower", "reqwest", "rustls", "usher::telemetry"];
/// How long what is not sent yet may take to be sent at the end of a process.
const FLUSH_MAX: Duration = Duration::from_secs(5);

/// Starts logging for the process. Later calls change nothing, so that several services can share a test's process.
pub fn init() {
    log(None);
    panics::note();
}

/// What sends to a collector, until it is [ended](Telemetry::end).
#[derive(Debug, Default)]
pub(crate) struct Telemetry {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
    logs: Option<SdkLoggerProvider>,
}

/// Starts logging for the program `name`, and sending where a collector is named. What is metered has to be installed by
/// the caller. Needs a running runtime.
pub(crate) fn start(name: &'static str) -> Telemetry {
    let settings = Settings::read(|variable| std::env::var(variable).ok());
    let resource = exporters::resource(name);
    let mut failed = Vec::new();
    let mut telemetry = Telemetry::default();
    // Nobody hears before the log is there: what fails is told below.
    let built = [Signal::Traces, Signal::Metrics, Signal::Logs].into_iter().filter_map(|signal| {
        let (by, resource) = (settings.sends(signal)?, resource.clone());
        let built = match signal {
            Signal::Traces => exporters::traces(resource, by, &settings).map(|it| telemetry.traces = Some(it)),
            Signal::Metrics => exporters::metrics(resource, by, &settings).map(|it| telemetry.metrics = Some(it)),
            Signal::Logs => exporters::logs(resource, by, &settings).map(|it| telemetry.logs = Some(it)),
        };
        Some((signal, built.err()?))
    });
    failed.extend(built);
    log(telemetry.logs.as_ref());
    panics::note();
    for wrong in settings.wrong {
        tracing::warn!(%wrong, "this is left out of account");
    }
    for (signal, error) in failed {
        tracing::error!(?signal, %error, "nothing of this is sent to the collector");
    }
    if let Some(provider) = &telemetry.traces {
        trace::start(provider.tracer(env!("CARGO_PKG_NAME")), settings.sampling);
    }
    telemetry
}

impl Telemetry {
    /// What counts for the collector, where metrics are sent.
    pub(crate) fn meter(&self) -> Option<opentelemetry::metrics::Meter> {
        self.metrics.as_ref().map(|provider| provider.meter(env!("CARGO_PKG_NAME")))
    }

    /// Sends what is not sent yet, as far as that is done soon.
    pub(crate) async fn end(self) {
        let Self { traces, metrics, logs } = self;
        if traces.is_none() && metrics.is_none() && logs.is_none() {
            return;
        }
        let (done, ended) = oneshot::channel();
        // Each waits for its own thread, which needs the runtime's. In a thread that ends with the process: the runtime would
        // wait for one of its own, however long a collector that is gone takes.
        std::thread::spawn(move || {
            let ended: [Option<Result<(), OTelSdkError>>; 3] = [
                traces.map(|provider| provider.shutdown_with_timeout(FLUSH_MAX)),
                metrics.map(|provider| provider.shutdown_with_timeout(FLUSH_MAX)),
                logs.map(|provider| provider.shutdown_with_timeout(FLUSH_MAX)),
            ];
            // Nobody waits any more: it was too late.
            let _ = done.send(ended.into_iter().flatten().find_map(Result::err));
        });
        match tokio::time::timeout(FLUSH_MAX, ended).await {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(error))) => tracing::warn!(%error, "not all telemetry was sent"),
            Ok(Err(_)) | Err(_) => tracing::warn!("not all telemetry was sent in time"),
        }
    }
}

fn log(to: Option<&SdkLoggerProvider>) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let lines = fmt::layer().json().flatten_event(true).with_writer(Lines);
    let sent = to.map(|provider| {
        let ours = filter::filter_fn(|line| !OF_EXPORTERS.iter().any(|name| line.target().starts_with(name)));
        OpenTelemetryTracingBridge::new(provider).with_filter(ours)
    });
    // An error means that a logger is there already.
    let _ = Registry::default().with(filter).with(lines).with(sent).try_init();
}
