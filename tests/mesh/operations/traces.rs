//! A mesh that tells a collector of itself: one booking is one trace, over every hop, its batches, the database, the
//! provider and back.

use diesel::sql_types::Text;
use diesel_async::RunQueryDsl as _;
use http::Method;
use opentelemetry_proto::tonic::{metrics::v1::metric::Data, trace::v1::Span};
use serde_json::{Value, json};
use tonic::Request;
use usher::contract::search::{SearchRequest, search_service_client::SearchServiceClient};

use super::{
    collector::{Collector, attribute, hex},
    deployed::{Deployed, eventually},
};
use crate::harness::{Answer, Client, Event};

/// The trace that a customer's own client began, and where in it the client is.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CLIENT: &str = "00f067aa0ba902b7";
/// What asks the provider for money.
const CHARGE: &str = "POST /v1/payment_intents";
/// Of the kinds of spans: a request that was served, one that was made, work for one of before.
const SERVER: i32 = 2;
const CALL: i32 = 3;
const CONSUMER: i32 = 5;

/// One span among those of a trace.
struct Told<'t> {
    all: &'t [(String, Span)],
    span: &'t Span,
}

impl<'t> Told<'t> {
    /// The only span so named that is of that service and kind and stands right below one of `parents`.
    fn below(all: &'t [(String, Span)], parent: &[u8], service: &str, name: &str) -> Self {
        let below = |span: &Span| span.parent_span_id == parent && span.name == name;
        let found: Vec<_> = all.iter().filter(|(who, span)| who == service && below(span)).collect();
        let names = || {
            all.iter().map(|(who, it)| format!("{who} {} {} < {}", it.name, hex(&it.span_id), hex(&it.parent_span_id)))
        };
        assert_eq!(found.len(), 1, "{service} {name} below {}: {:#?}", hex(parent), names().collect::<Vec<_>>());
        Self { all, span: &found[0].1 }
    }

    fn then(&self, service: &str, name: &str) -> Self {
        Self::below(self.all, &self.span.span_id, service, name)
    }

    fn of(self, kind: i32) -> Self {
        assert_eq!(self.span.kind, kind, "{}", self.span.name);
        self
    }

    fn links_to(&self, other: &Self) -> bool {
        self.span.links.iter().any(|link| link.span_id == other.span.span_id)
    }
}

/// A request of a client that takes part in traces itself.
async fn traced(client: &Client, path: &str, body: &Value) -> Answer {
    let request = client.request(Method::POST, path).json(body);
    client.send(request.header("traceparent", format!("00-{TRACE}-{CLIENT}-01"))).await
}

/// Answers how the booking stands.
async fn reserve_and_book(ann: &Client, event: &Event) -> Value {
    let seat = json!({"ticket_id": event.tickets[0]});
    traced(ann, "/v1/reserve", &seat).await.ok();
    let booking = json!({"ticket_id": event.tickets[0], "card_info": {"payment_method": "pm_card_visa"}});
    traced(ann, "/v1/book", &booking).await.ok()["booking"]["status"].clone()
}

#[derive(diesel::QueryableByName)]
struct Session {
    #[diesel(sql_type = Text)]
    query: String,
}

/// What the database's sessions ran last.
async fn sessions(mesh: &Deployed) -> Vec<String> {
    // A view of PostgreSQL's own.
    let all = "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let found: Vec<Session> = diesel::sql_query(all).load(&mut mesh.database.connect().await).await.unwrap();
    found.into_iter().map(|session| session.query).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_booking_is_one_trace() {
    let collector = Collector::start().await;
    let logs = format!("{}/v1/logs", collector.http);
    let mesh = Deployed::start_told(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.grpc),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", &logs),
        ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/protobuf"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "100"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "300"),
        ("RUST_LOG", "info,usher=debug"),
    ])
    .await;
    let (ann, event) = mesh.on_sale("Traced", 4).await;
    assert_eq!(reserve_and_book(&ann, &event).await, "BOOKED");

    // sqlcommenter: who looks at the database finds the trace.
    let comment = format!("COMMIT /*traceparent='00-{TRACE}-");
    eventually("a session of the database's names the trace", async || {
        sessions(&mesh).await.iter().any(|query| query.starts_with(&comment))
    })
    .await;
    collector.has(TRACE, "booking-svc", "payment_intent.succeeded").await;
    collector.has(TRACE, "edge-proxy", "POST /v1/payment/callback").await;
    collector.has(TRACE, "edge-proxy", "POST /v1/book").await;
    // The last to end of what is looked at below.
    collector.has(TRACE, "booking-svc", "callback batch").await;
    let all = collector.trace(TRACE);
    let client = data_encoding::HEXLOWER.decode(CLIENT.as_bytes()).unwrap();

    // Reserve: the edge, the call, the service, the batch that it shared, the transaction.
    let rpc = "usher.booking.v1.BookingService/Reserve";
    let edge = Told::below(&all, &client, "edge-proxy", "POST /v1/reserve").of(SERVER);
    assert_eq!(attribute(&edge.span.attributes, "http.route"), Some("/v1/reserve"));
    let reserve = edge.then("edge-proxy", rpc).of(CALL).then("booking-svc", rpc).of(SERVER);
    assert_eq!(attribute(&reserve.span.attributes, "rpc.response.status_code"), Some("OK"));
    let batch = reserve.then("booking-svc", "reserve batch");
    assert!(reserve.links_to(&batch), "a request names the batch that ran it");
    batch.then("booking-svc", "transaction").of(CALL);

    // Book: likewise, and the charge.
    let rpc = "usher.booking.v1.BookingService/Book";
    let edge = Told::below(&all, &client, "edge-proxy", "POST /v1/book").of(SERVER);
    let book = edge.then("edge-proxy", rpc).of(CALL).then("booking-svc", rpc).of(SERVER);
    let batch = book.then("booking-svc", "open batch");
    assert!(book.links_to(&batch));
    book.then("booking-svc", CHARGE).of(CALL);

    // The provider's callback goes on from the booking, through its own hops.
    let rpc = "usher.booking.v1.BookingService/PaymentCallback";
    let callback = book.then("edge-proxy", "POST /v1/payment/callback").of(SERVER);
    let callback = callback.then("edge-proxy", rpc).then("booking-svc", rpc).of(SERVER);
    let heard = callback.then("booking-svc", "payment_intent.succeeded").of(CONSUMER);
    assert!(heard.links_to(&book), "what is heard names what it is heard of");
    heard.then("booking-svc", "settle batch").then("booking-svc", "transaction");

    // Logs and metrics.
    eventually("booking-svc logs within the trace", async || {
        collector.logged(TRACE).iter().any(|who| who == "booking-svc")
    })
    .await;
    let calls = "rpc_server_call_duration_seconds";
    eventually("booking-svc counts its calls", async || collector.metric("booking-svc", calls).is_some()).await;
    let Some(Data::Histogram(took)) = collector.metric("booking-svc", calls).unwrap().data else { panic!("{calls}") };
    assert!(took.data_points[0].explicit_bounds.contains(&0.0025), "the buckets that objectives are counted by");

    // gRPC and gRPC-web through the edge.
    let search = "usher.search.v1.SearchService/Search";
    for (trace, web) in [("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false), ("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", true)] {
        let traceparent = format!("00-{trace}-{CLIENT}-01");
        if web {
            let request = mesh.guest().request(Method::POST, &format!("/{search}"));
            let request = request.header("content-type", "application/grpc-web+proto").body(vec![0_u8; 5]);
            assert_eq!(request.header("traceparent", &traceparent).send().await.unwrap().status(), 200);
        } else {
            let mut request = Request::new(SearchRequest::default());
            request.metadata_mut().insert("traceparent", traceparent.parse().unwrap());
            SearchServiceClient::connect(mesh.edge.clone()).await.unwrap().search(request).await.unwrap();
        }
        collector.has(trace, "search-svc", search).await;
        collector.has(trace, "edge-proxy", search).await;
        eventually("the edge's own span", async || {
            collector.trace(trace).iter().any(|(_, span)| span.parent_span_id == client)
        })
        .await;
        let all = collector.trace(trace);
        let edge = Told::below(&all, &client, "edge-proxy", search).of(SERVER);
        edge.then("edge-proxy", search).of(CALL).then("search-svc", search).of(SERVER);
    }
}

/// The provider refuses a charge under an idempotency key that it knows of another request: the trace is part of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_charge_that_is_repeated_goes_on_with_its_trace_and_is_the_same_charge() {
    let collector = Collector::start().await;
    let mesh = Deployed::start_told(&[
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &collector.grpc),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("RECONCILE_EVERY_MS", "100"),
        ("RECONCILE_AFTER_MS", "200"),
    ])
    .await;
    let (ann, event) = mesh.on_sale("Traced", 4).await;
    let faults = json!({"drop_after_acting": 1, "lose_webhooks": true});
    let ordered = reqwest::Client::new().put(format!("{}/sandbox/faults", mesh.sandbox)).json(&faults).send().await;
    ordered.unwrap().error_for_status().unwrap();
    reserve_and_book(&ann, &event).await;
    eventually("the booking is BOOKED", async || mesh.database.bookings(&event).await == ["BOOKED"]).await;

    collector.has(TRACE, "booking-svc", "usher.booking.v1.BookingService/Book").await;
    collector.has(TRACE, "booking-svc", "reconcile").await;
    let all = collector.trace(TRACE);
    let served = |(_, span): &&(String, Span)| span.name.ends_with("/Book") && span.kind == SERVER;
    let book = &all.iter().filter(|(who, _)| who == "booking-svc").find(served).unwrap().1;
    let again = all.iter().filter(|(_, span)| span.name == "reconcile" && span.parent_span_id == book.span_id);
    let charged = |again: &Span| all.iter().any(|(_, it)| it.parent_span_id == again.span_id && it.name == CHARGE);
    assert!(
        again.into_iter().any(|(_, again)| charged(again)),
        "the reconciler's charge is a part of the booking's trace"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_to_be_recorded_leaves_no_trace_anywhere() {
    let collector = Collector::start().await;
    let to = ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.grpc.as_str());
    let by = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let off = [to, by, ("OTEL_SDK_DISABLED", "true")];
    let never = [
        to,
        by,
        ("OTEL_TRACES_SAMPLER", "parentbased_always_off"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_LOGS_EXPORTER", "none"),
    ];
    for told in [&off[..], &never[..]] {
        let mesh = Deployed::start_told(told).await;
        let (ann, event) = mesh.on_sale("Traced", 4).await;
        // Its client says that the trace is recorded: that is not for a client to say.
        assert_eq!(reserve_and_book(&ann, &event).await, "BOOKED");
        let noted = sessions(&mesh).await;
        assert!(noted.iter().any(|query| query == "COMMIT"), "{noted:?}");
        assert!(!noted.iter().any(|query| query.contains("traceparent=")), "{noted:?}");
        // Whatever waits to be sent is sent before a process ends.
        mesh.stop().await;
        assert_eq!(collector.count(), (0, 0, 0), "{told:?}");
    }
}
