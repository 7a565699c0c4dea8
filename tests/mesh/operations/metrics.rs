//! A mesh runs as the manifests tell it, and exports every metric that somebody is to look at or be called for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use usher::contract::{
    booking::{ReserveRequest, booking_service_client::BookingServiceClient},
    search::{SearchRequest, search_service_client::SearchServiceClient},
};

use super::{
    deployed::Deployed,
    overlay::{file, list, of_kind, parse, render, text},
    promql::selectors,
};

/// Whose metrics are not ours to export: those of kube-state-metrics, of the database's operator and its plugin for
/// backups, and of Prometheus itself.
const FOREIGN: [&str; 4] = ["kube_", "cnpg_", "barman_cloud_", "up"];
/// Exported only where there are certificates, which the development overlay has not: `mutual.rs` and the edge's own tests
/// look at these.
const OF_CERTIFICATES: &str = "tls_";
/// What Prometheus adds to each series, and what a histogram has.
const ADDED: [&str; 5] = ["service", "pod", "namespace", "le", "job_name"];
/// Labels whose every value is exported from the start, so that a name that is mistyped is seen.
const FIXED: [&str; 5] = ["queue", "outcome", "from", "db_client_connection_state", "db_client_connection_pool_name"];

/// Label values by label, by metric.
type Exported = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// Every expression of the alerts, rules, dashboards and the autoscalers' adapter, with where it stands.
fn expressions() -> Vec<(String, String)> {
    let resources = render("production");
    let mut found = Vec::new();
    for rule in rules(&resources) {
        let name = rule["alert"].as_str().or_else(|| rule["record"].as_str()).unwrap();
        found.push((name.to_owned(), text(&rule["expr"]).to_owned()));
    }
    let boards = of_kind(&resources, "ConfigMap").find(|it| it["metadata"]["name"] == "usher-dashboards").unwrap();
    for (name, board) in boards["data"].as_object().unwrap() {
        let board: Value = serde_json::from_str(text(board)).unwrap();
        for panel in list(&board["panels"]) {
            for target in list(&panel["targets"]) {
                found.push((format!("{name}: {}", panel["title"]), text(&target["expr"]).to_owned()));
            }
        }
    }
    let adapter = &parse(&file("k8s/monitoring/prometheus-adapter.yaml"))[0];
    for rule in list(&adapter["rules"]["custom"]) {
        found.push(("prometheus-adapter".to_owned(), text(&rule["seriesQuery"]).to_owned()));
    }
    found
}

fn rules(resources: &[Value]) -> impl Iterator<Item = &Value> {
    let groups = of_kind(resources, "PrometheusRule").flat_map(|it| list(&it["spec"]["groups"]));
    groups.flat_map(|group| list(&group["rules"]))
}

/// What somebody does who looks and buys, so that everything is counted once.
async fn an_evening(mesh: &Deployed) {
    let guest = mesh.guest();
    let (ann, event) = mesh.on_sale("Counted", 8).await;

    guest.get("/v1/search?query=counted").await.ok();
    ann.seats(&event).await;
    let reservation = ann.hold(&event.tickets[..1]).await;
    assert_eq!(ann.book(&reservation, "pm_card_chargeDeclined").await.reason(), "PAYMENT_DECLINED");
    let booking = ann.book(&reservation, "pm_card_visa").await.ok()["booking"].clone();
    assert_eq!(booking["status"], "BOOKED");
    assert_eq!(guest.reserve(&event.tickets).await.status, 401);
    assert_eq!(guest.get("/v1/nothing").await.status, 404);

    // The same door over gRPC.
    let mut searches = SearchServiceClient::connect(mesh.edge.clone()).await.unwrap();
    searches.search(SearchRequest { query: Some("counted".to_owned()), ..Default::default() }).await.unwrap();
    let mut bookings = BookingServiceClient::connect(mesh.edge.clone()).await.unwrap();
    bookings.reserve(ReserveRequest::default()).await.unwrap_err();
}

/// What all of the mesh exports now.
async fn scrape(mesh: &Deployed) -> Exported {
    let mut exported = Exported::new();
    for (workload, url) in &mesh.metrics {
        let told = reqwest::get(url).await.unwrap().text().await.unwrap();
        assert!(told.contains("rpc_server_active_calls"), "{workload} counts nothing");
        for line in told.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (series, _) = line.rsplit_once(' ').unwrap();
            for selector in selectors(series) {
                let labels = exported.entry(selector.metric).or_default();
                for (label, _, value) in selector.matchers {
                    labels.entry(label).or_default().insert(value);
                }
            }
        }
    }
    exported
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mesh_runs_as_the_manifests_tell_it_and_exports_what_is_looked_at() {
    let mesh = Deployed::start().await;
    an_evening(&mesh).await;
    let exported = scrape(&mesh).await;

    let resources = render("production");
    let recorded: BTreeSet<_> = rules(&resources).filter_map(|rule| rule["record"].as_str()).collect();
    let mut wrong = Vec::new();
    for (place, expression) in expressions() {
        for selector in selectors(&expression) {
            let metric = selector.metric.as_str();
            if recorded.contains(metric)
                || metric.starts_with(OF_CERTIFICATES)
                || FOREIGN.iter().any(|theirs| metric.starts_with(theirs))
            {
                continue;
            }
            let Some(labels) = exported.get(metric) else {
                wrong.push(format!("{place}: nobody exports {metric}"));
                continue;
            };
            for (label, operator, value) in &selector.matchers {
                let known = ADDED.contains(&label.as_str()) || labels.contains_key(label);
                let said = !FIXED.contains(&label.as_str()) || operator != "=" || labels[label].contains(value);
                if !known || !said {
                    wrong.push(format!("{place}: no {metric} has {label}={value:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    // RED of every service, and of the edge in both of its forms.
    let rpcs = &exported["rpc_server_call_duration_seconds_count"]["rpc_method"];
    for rpc in [
        "account.v1.AccountService/LogIn",
        "booking.v1.BookingService/Book",
        "event.v1.EventService/GetEvent",
        "search.v1.SearchService/Search",
    ] {
        assert!(rpcs.contains(&format!("usher.{rpc}")), "{rpcs:?}");
    }
    let statuses = &exported["http_server_request_duration_seconds_count"]["http_response_status_code"];
    for status in ["200", "401", "404"] {
        assert!(statuses.contains(status), "{statuses:?}");
    }
}
