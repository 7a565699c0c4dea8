//! What the process counts, for Prometheus: `GET /metrics` on an address of its own, so that no client reaches it.

use std::net::SocketAddr;

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder};

/// Starts counting; the future answers scrapes at `addr` for as long as its owner runs it. Once a process: what is
/// counted is counted for all of it.
pub(crate) fn serve(addr: SocketAddr) -> Result<impl Future<Output = ()> + Send + 'static, Box<BuildError>> {
    let (recorder, exporter) = PrometheusBuilder::new().with_http_listener(addr).build()?;
    metrics::set_global_recorder(recorder).map_err(BuildError::from)?;
    Ok(async move {
        if let Err(error) = exporter.await {
            tracing::error!(?error, "metrics are no longer served");
        }
    })
}
