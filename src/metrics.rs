//! What the process counts, for Prometheus: `GET /metrics` on an address of its own, so that no client reaches it; and for
//! a collector, under the same names.

use std::{net::SocketAddr, pin::Pin};

use metrics::Recorder;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};
use metrics_opentelemetry::{OpenTelemetryMetrics, OpenTelemetryRecorder};
use metrics_util::layers::FanoutBuilder;
use opentelemetry::metrics::Meter;

/// Why nothing can be counted: a port that is taken, above all.
type Error = Box<dyn std::error::Error + Send + Sync>;

/// How names of histograms end.
const OF_SECONDS: &str = "_seconds";
const OF_SIZES: &str = "_size";

/// Bounds of what is measured in seconds. The latency objectives (`k8s/base/monitoring`) are among them: only of a bound
/// can be said exactly how many calls were faster.
const SECONDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Bounds of how many are served together.
const SIZES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// The bounds of a histogram of that name; `None` of what is none.
pub(crate) fn buckets(name: &str) -> Option<&'static [f64]> {
    match name {
        seconds if seconds.ends_with(OF_SECONDS) => Some(&SECONDS),
        size if size.ends_with(OF_SIZES) => Some(&SIZES),
        _ => None,
    }
}

/// Starts counting, for scrapes at `addr` where there is one and for `meter` where there is one. The future answers
/// scrapes for as long as its owner runs it. Once a process, and before anything is counted: a handle that was made
/// earlier counts nothing.
pub(crate) fn start(addr: Option<SocketAddr>, meter: Option<Meter>) -> Result<Option<Scrapes>, Error> {
    let (scraped, exporter) = addr.map(prometheus).transpose()?.unzip();
    let sent = meter.map(|meter| OpenTelemetryRecorder::new(OpenTelemetryMetrics::new(meter)));
    match (scraped, sent) {
        (None, None) => {}
        (Some(scraped), None) => install(scraped)?,
        (None, Some(sent)) => install(sent)?,
        (Some(scraped), Some(sent)) => {
            install(FanoutBuilder::default().add_recorder(scraped).add_recorder(sent).build())?;
        }
    }
    // From zero: a rate needs what was before the first.
    metrics::counter!("process_panics_total").increment(0);
    Ok(exporter)
}

/// Answers scrapes.
type Scrapes = Pin<Box<dyn Future<Output = ()> + Send>>;

fn install(recorder: impl Recorder + Sync + 'static) -> Result<(), Error> {
    // The error itself holds the recorder.
    metrics::set_global_recorder(recorder).map_err(|error| error.to_string().into())
}

fn prometheus(addr: SocketAddr) -> Result<(PrometheusRecorder, Scrapes), Error> {
    let (recorder, exporter) = PrometheusBuilder::new()
        .with_http_listener(addr)
        .set_buckets_for_metric(Matcher::Suffix(OF_SECONDS.to_owned()), &SECONDS)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix(OF_SIZES.to_owned()), &SIZES))
        .and_then(PrometheusBuilder::build)?;
    let answering = async move {
        if let Err(error) = exporter.await {
            tracing::error!(?error, "metrics are no longer served");
        }
    };
    Ok((recorder, Box::pin(answering)))
}
