//! A collector of OTLP that only counts: what telling costs the one who tells is measured, not what becomes of it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use opentelemetry_proto::tonic::collector::{
    logs::v1::{
        ExportLogsServiceRequest, ExportLogsServiceResponse,
        logs_service_server::{LogsService, LogsServiceServer},
    },
    metrics::v1::{
        ExportMetricsServiceRequest, ExportMetricsServiceResponse,
        metrics_service_server::{MetricsService, MetricsServiceServer},
    },
    trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;
use tonic::{
    Request, Response, Status, async_trait,
    transport::{Server, server::TcpIncoming},
};

use crate::error::Error;

/// The collector, which ends when it is dropped.
pub struct Collector {
    /// Where it takes what it is told, by gRPC.
    pub url: String,
    counts: Counts,
    _server: AbortOnDropHandle<Result<(), tonic::transport::Error>>,
}

#[derive(Debug, Clone, Default)]
struct Counts {
    spans: Arc<AtomicU64>,
}

impl Collector {
    /// Starts it on a free port.
    pub async fn start() -> Result<Self, Error> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (url, counts) = (format!("http://{}", listener.local_addr()?), Counts::default());
        let server = Server::builder()
            .add_service(TraceServiceServer::new(counts.clone()))
            .add_service(MetricsServiceServer::new(counts.clone()))
            .add_service(LogsServiceServer::new(counts.clone()))
            .serve_with_incoming(TcpIncoming::from(listener));
        Ok(Self { url, counts, _server: AbortOnDropHandle::new(tokio::spawn(server)) })
    }

    /// How many spans have come.
    pub fn spans(&self) -> u64 {
        self.counts.spans.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl TraceService for Counts {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let sent = request.into_inner().resource_spans;
        let spans: usize = sent.iter().flat_map(|from| &from.scope_spans).map(|scope| scope.spans.len()).sum();
        self.spans.fetch_add(spans as u64, Ordering::Relaxed);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[async_trait]
impl MetricsService for Counts {
    async fn export(
        &self,
        _: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

#[async_trait]
impl LogsService for Counts {
    async fn export(
        &self,
        _: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}
