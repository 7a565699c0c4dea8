//! Who may talk to whom, as the network policies say it, against the addresses that the programs are given.

use std::collections::BTreeSet;

use serde_json::Value;

use super::overlay::{FOR_BROWSERS, OVERLAYS, list, named, of_kind, programs, render, text};

/// From, to, and the port at which the receiver listens.
type Arrow = (String, String, u64);

/// The arrows of the README's picture, the metrics aside; event-svc and booking-svc also follow account-svc's keys.
const PICTURE: [(&str, &str, u64); 25] = [
    ("gateway", "edge-proxy", 8080),
    ("edge-proxy", "search-svc", 50051),
    ("edge-proxy", "event-svc", 50052),
    ("edge-proxy", "booking-svc", 50053),
    ("edge-proxy", "account-svc", 50054),
    ("event-svc", "account-svc", 50054),
    ("booking-svc", "account-svc", 50054),
    ("search-svc", "usher-db", 5432),
    ("event-svc", "usher-db", 5432),
    ("booking-svc", "usher-db", 5432),
    ("account-svc", "usher-db", 5432),
    ("upkeep", "usher-db", 5432),
    ("search-warm", "usher-db", 5432),
    ("edge-proxy", "usher-redis", 6379),
    ("account-svc", "usher-redis", 6379),
    ("search-svc", "usher-redis", 6379),
    ("event-svc", "usher-redis", 6379),
    ("booking-svc", "usher-redis", 6379),
    ("search-warm", "usher-redis", 6379),
    ("booking-svc", "world", 443),
    // Within the databases, and from their operators.
    ("usher-db", "usher-db", 5432),
    ("usher-db", "usher-db", 8000),
    ("cnpg-system", "usher-db", 5432),
    ("cnpg-system", "usher-db", 8000),
    ("redis-operator", "usher-redis", 6379),
];

/// The variable that names the collector.
const COLLECTOR: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Whom a peer or a selector means.
fn who(selector: &Value) -> String {
    let pod = &selector["podSelector"]["matchLabels"];
    let space = &selector["namespaceSelector"]["matchLabels"];
    let names = [
        &pod["app.kubernetes.io/name"],
        &pod["cnpg.io/cluster"],
        &pod["app"],
        &space["usher.example/role"],
        &space["kubernetes.io/metadata.name"],
    ];
    match names.into_iter().find_map(Value::as_str) {
        Some(name) => name.to_owned(),
        None if selector["ipBlock"].is_object() => "world".to_owned(),
        None => panic!("whom does {selector} mean?"),
    }
}

/// The arrows that the policies allow: by who sends, and by who receives. Names, metrics and telemetry aside.
fn allowed(resources: &[Value]) -> (BTreeSet<Arrow>, BTreeSet<Arrow>) {
    let (mut sent, mut received) = (BTreeSet::new(), BTreeSet::new());
    for policy in of_kind(resources, "NetworkPolicy") {
        if ["deny-all", "names", "metrics", "telemetry"].contains(&text(&policy["metadata"]["name"])) {
            continue;
        }
        let own = who(&policy["spec"]);
        for (rules, peers, arrows, sends) in
            [("egress", "to", &mut sent, true), ("ingress", "from", &mut received, false)]
        {
            for rule in list(&policy["spec"][rules]) {
                for peer in list(&rule[peers]).iter().map(who) {
                    for port in list(&rule["ports"]).iter().filter_map(|port| port["port"].as_u64()) {
                        let (from, to) = if sends { (own.clone(), peer.clone()) } else { (peer.clone(), own.clone()) };
                        arrows.insert((from, to, port));
                    }
                }
            }
        }
    }
    let noise = |arrow: &Arrow| arrow.1 == "kube-system" || arrow.0 == "monitoring";
    sent.retain(|arrow| !noise(arrow));
    received.retain(|arrow| !noise(arrow));
    (sent, received)
}

#[test]
fn the_network_lets_the_arrows_of_the_picture_through_and_no_others() {
    let (sent, received) = allowed(&render("production"));
    let both: BTreeSet<_> = sent.union(&received).cloned().collect();
    let picture: BTreeSet<Arrow> = PICTURE.iter().map(|&(from, to, port)| (from.into(), to.into(), port)).collect();
    assert_eq!(both, picture);
    // Both ends agree, where both are ours.
    let ours = |name: &str| !["gateway", "world", "cnpg-system", "redis-operator"].contains(&name);
    for arrow in picture.iter().filter(|arrow| ours(&arrow.0) && ours(&arrow.1)) {
        assert!(sent.contains(arrow), "{arrow:?} can't be sent");
        assert!(received.contains(arrow), "{arrow:?} can't be received");
    }
}

#[test]
fn whoever_is_given_an_address_may_talk_to_it_and_nobody_else_may() {
    for overlay in OVERLAYS {
        let resources = render(overlay);
        let (sent, _) = allowed(&resources);
        let mut needed = BTreeSet::new();
        for program in programs(&resources) {
            let from = text(&program.labels["app.kubernetes.io/name"]).to_owned();
            // Whom all tell of themselves: see below.
            let told = program.environment().into_iter().filter(|(name, _)| name != COLLECTOR && name != FOR_BROWSERS);
            let addresses: Vec<_> = told.filter_map(|(_, value)| address(&value, &resources)).collect();
            needed.extend(addresses.into_iter().map(|(to, port)| (from.clone(), to, port)));
        }
        // The provider's address is a default of booking-svc's.
        if overlay == "production" {
            needed.insert(("booking-svc".to_owned(), "world".to_owned(), 443));
        }
        let ours: BTreeSet<_> = sent.into_iter().filter(|arrow| arrow.0 != "usher-db").collect();
        assert_eq!(needed, ours, "{overlay}");
    }
}

/// Each program may talk to the collector that it is told of, where its overlay has one.
#[test]
fn the_network_lets_telemetry_through_to_the_collector_and_nowhere_else() {
    for overlay in OVERLAYS {
        let resources = render(overlay);
        let policies: Vec<_> =
            of_kind(&resources, "NetworkPolicy").filter(|policy| policy["metadata"]["name"] == "telemetry").collect();
        let services = programs(&resources).into_iter().filter(|program| program.kind == "Deployment");
        let told: Vec<_> = services.map(|program| program.environment().get(COLLECTOR).cloned()).collect();
        let Some(policy) = policies.first() else {
            assert!(told.iter().all(Option::is_none), "{overlay} tells of a collector that nobody may talk to");
            continue;
        };
        let allowed = &list(&policy["spec"]["egress"])[0];
        assert_eq!(who(&list(&allowed["to"])[0]), "monitoring", "{overlay}");
        let port = list(&allowed["ports"])[0]["port"].to_string();
        let of_it = format!(".monitoring:{port}");
        assert!(told.iter().all(|url| url.as_ref().is_some_and(|url| url.ends_with(&of_it))), "{overlay}: {told:?}");
    }
}

/// Who listens at a URL of the cluster's, and at which of their ports.
fn address(value: &str, resources: &[Value]) -> Option<(String, u64)> {
    if value == "secret:usher-db-app/uri" || value.contains("@usher-db-") {
        return Some(("usher-db".to_owned(), 5432));
    }
    let (_, rest) = value.split_once("://")?;
    let (name, port) = rest.split('/').next()?.split_once(':')?;
    let port: u64 = port.parse().ok()?;
    if name == "usher-redis" {
        return Some((name.to_owned(), port));
    }
    let service = named(resources, "Service", name);
    assert!(list(&service["spec"]["ports"]).iter().any(|it| it["port"] == port), "{name} does not listen at {port}");
    let receiver = programs(resources).into_iter().find(|program| program.workload == name)?;
    let listens = receiver.environment()["LISTEN_ADDR"].rsplit_once(':')?.1.parse().ok()?;
    Some((name.to_owned(), listens))
}
