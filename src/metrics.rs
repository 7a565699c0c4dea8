//! What the process counts, for Prometheus: `GET /metrics` on an address of its own, so that no client reaches it.

use std::net::SocketAddr;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};

/// Bounds of what is measured in seconds. The latency objectives (`k8s/base/monitoring`) are among them: only of a bound
/// can be said exactly how many calls were faster.
const SECONDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Bounds of how many are served together.
const SIZES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// Starts counting; the future answers scrapes at `addr` for as long as its owner runs it. Once a process, and before
/// anything is counted: a handle that was made earlier counts nothing.
pub(crate) fn serve(addr: SocketAddr) -> Result<impl Future<Output = ()> + Send + 'static, Box<BuildError>> {
    let (recorder, exporter) = PrometheusBuilder::new()
        .with_http_listener(addr)
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_size".to_owned()), &SIZES))
        .and_then(PrometheusBuilder::build)?;
    metrics::set_global_recorder(recorder).map_err(BuildError::from)?;
    Ok(async move {
        if let Err(error) = exporter.await {
            tracing::error!(?error, "metrics are no longer served");
        }
    })
}
