//! What sends to the collector: OTLP by gRPC or HTTP, in batches, from threads of its own. Endpoints, headers and pace are
//! read by the libraries themselves.

use opentelemetry::KeyValue;
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    logs::SdkLoggerProvider,
    metrics::{Aggregation, Instrument, SdkMeterProvider, Stream},
    resource::{EnvResourceDetector, TelemetryResourceDetector},
    trace::SdkTracerProvider,
};
use uuid::Uuid;

use super::{
    http::Client,
    settings::{Protocol, Settings},
};
use crate::metrics::buckets;

/// Why something can't be sent: an address that is none, above all.
pub(super) type Error = Box<dyn std::error::Error + Send + Sync>;

/// Who tells: what the environment says of the process, over what is known of the program `name`.
pub(super) fn resource(name: &'static str) -> Resource {
    let known = [
        KeyValue::new("service.name", name),
        KeyValue::new("service.namespace", "usher"),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", Uuid::new_v4().to_string()),
    ];
    let told = Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(known)
        .with_detector(Box::new(EnvResourceDetector::new()));
    match std::env::var("OTEL_SERVICE_NAME").ok().filter(|named| !named.is_empty()) {
        Some(named) => told.with_service_name(named).build(),
        None => told.build(),
    }
}

/// Spans.
pub(super) fn traces(resource: Resource, by: Protocol, settings: &Settings) -> Result<SdkTracerProvider, Error> {
    let exporter = match by {
        Protocol::Grpc => SpanExporter::builder().with_tonic().build()?,
        Protocol::Http => {
            SpanExporter::builder().with_http().with_http_client(Client::new(settings.timeout)?).build()?
        }
    };
    let provider = SdkTracerProvider::builder().with_resource(resource).with_sampler(settings.sampling.of_roots());
    Ok(provider.with_batch_exporter(exporter).build())
}

/// What is counted, in the same buckets as for Prometheus.
pub(super) fn metrics(resource: Resource, by: Protocol, settings: &Settings) -> Result<SdkMeterProvider, Error> {
    let exporter = match by {
        Protocol::Grpc => MetricExporter::builder().with_tonic().build()?,
        Protocol::Http => {
            MetricExporter::builder().with_http().with_http_client(Client::new(settings.timeout)?).build()?
        }
    };
    let provider = SdkMeterProvider::builder().with_resource(resource).with_view(|instrument: &Instrument| {
        let boundaries = buckets(instrument.name())?.to_vec();
        let histogram = Aggregation::ExplicitBucketHistogram { boundaries, record_min_max: false };
        Stream::builder().with_aggregation(histogram).build().ok()
    });
    Ok(provider.with_periodic_exporter(exporter).build())
}

/// Lines of the log.
pub(super) fn logs(resource: Resource, by: Protocol, settings: &Settings) -> Result<SdkLoggerProvider, Error> {
    let exporter = match by {
        Protocol::Grpc => LogExporter::builder().with_tonic().build()?,
        Protocol::Http => {
            LogExporter::builder().with_http().with_http_client(Client::new(settings.timeout)?).build()?
        }
    };
    Ok(SdkLoggerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build())
}
