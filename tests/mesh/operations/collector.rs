//! A collector of OTLP on free ports, by gRPC and by HTTP: it keeps what it is sent.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest,
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    common::v1::{KeyValue, any_value::Value},
    logs::v1::LogRecord,
    metrics::v1::Metric,
    resource::v1::Resource,
    trace::v1::Span,
};
use prost::Message as _;
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status, async_trait,
    transport::{Server, server::TcpIncoming},
};

use super::deployed::eventually;

/// The collector. What it is sent says which service sent it.
#[derive(Clone)]
pub struct Collector {
    /// Where it takes traces and metrics, by gRPC.
    pub grpc: String,
    /// Where it takes logs, by HTTP.
    pub http: String,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    spans: Vec<(String, Span)>,
    logs: Vec<(String, LogRecord)>,
    metrics: Vec<(String, Metric)>,
}

impl Collector {
    pub async fn start() -> Self {
        let (grpc, http) =
            (TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let url = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
        let collector = Self { grpc: url(&grpc), http: url(&http), kept: Arc::default() };
        let server = Server::builder()
            .add_service(TraceServiceServer::new(collector.clone()))
            .add_service(MetricsServiceServer::new(collector.clone()));
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(grpc)));
        let router = Router::new().route("/v1/logs", post(take_logs)).with_state(collector.clone());
        tokio::spawn(async move { axum::serve(http, router).await.unwrap() });
        collector
    }

    /// The spans of a trace, each with whose it is.
    pub fn trace(&self, trace_id: &str) -> Vec<(String, Span)> {
        let kept = self.kept.lock().unwrap();
        kept.spans.iter().filter(|(_, span)| hex(&span.trace_id) == trace_id).cloned().collect()
    }

    /// What has come in all: spans, logs, metrics.
    pub fn count(&self) -> (usize, usize, usize) {
        let kept = self.kept.lock().unwrap();
        (kept.spans.len(), kept.logs.len(), kept.metrics.len())
    }

    /// Who logged within a trace.
    pub fn logged(&self, trace_id: &str) -> Vec<String> {
        let kept = self.kept.lock().unwrap();
        kept.logs.iter().filter(|(_, line)| hex(&line.trace_id) == trace_id).map(|(who, _)| who.clone()).collect()
    }

    /// A metric of a service's.
    pub fn metric(&self, service: &str, name: &str) -> Option<Metric> {
        let kept = self.kept.lock().unwrap();
        kept.metrics.iter().rev().find(|(who, metric)| who == service && metric.name == name).map(|(_, it)| it.clone())
    }

    /// Waits for a span of the trace.
    pub async fn has(&self, trace_id: &str, service: &str, name: &str) {
        eventually(&format!("{service} tells of {name}"), async || {
            self.trace(trace_id).iter().any(|(who, span)| who == service && span.name == name)
        })
        .await;
    }
}

pub fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// An attribute's text.
pub fn attribute<'a>(all: &'a [KeyValue], name: &str) -> Option<&'a str> {
    let found = all.iter().find(|attribute| attribute.key == name)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

fn who(resource: Option<&Resource>) -> String {
    let attributes = resource.map(|resource| resource.attributes.as_slice()).unwrap_or_default();
    attribute(attributes, "service.name").unwrap_or("nobody").to_owned()
}

#[async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for sent in request.into_inner().resource_spans {
            let who = who(sent.resource.as_ref());
            let spans = sent.scope_spans.into_iter().flat_map(|scope| scope.spans);
            self.kept.lock().unwrap().spans.extend(spans.map(|span| (who.clone(), span)));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        for sent in request.into_inner().resource_metrics {
            let who = who(sent.resource.as_ref());
            let metrics = sent.scope_metrics.into_iter().flat_map(|scope| scope.metrics);
            self.kept.lock().unwrap().metrics.extend(metrics.map(|metric| (who.clone(), metric)));
        }
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

async fn take_logs(State(collector): State<Collector>, body: Bytes) -> StatusCode {
    for sent in ExportLogsServiceRequest::decode(body).unwrap().resource_logs {
        let who = who(sent.resource.as_ref());
        let lines = sent.scope_logs.into_iter().flat_map(|scope| scope.log_records);
        collector.kept.lock().unwrap().logs.extend(lines.map(|line| (who.clone(), line)));
    }
    StatusCode::OK
}
