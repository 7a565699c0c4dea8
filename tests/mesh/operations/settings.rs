//! The manifests against each program's own reference of its settings, and what its probes and ports must be.

use std::collections::BTreeMap;

use clap::Parser as _;
use serde_json::Value;
use usher::config::reference;

use super::overlay::{OVERLAYS, Program, list, named, of_kind, programs, render, text};

/// What any program reads.
const EVERYWHERE: [&str; 2] = ["RUST_LOG", usher::config::FILE_VARIABLE];

/// Whether any program reads it.
fn is_everywhere(name: &str) -> bool {
    EVERYWHERE.contains(&name) || usher::telemetry::variables().any(|known| known == name)
}

/// The settings of a program started with those arguments, and whether each is required.
fn known(program: &str, arguments: &Value) -> BTreeMap<String, bool> {
    let table = match (program, arguments[0].as_str()) {
        ("account-svc", None) => reference::<account_svc::Config>(),
        ("booking-svc", None) => reference::<booking_svc::Config>(),
        ("edge-proxy", None) => reference::<edge_proxy::Config>(),
        ("event-svc", None) => reference::<event_svc::Config>(),
        ("payment-sandbox", None) => reference::<payment_sandbox::Config>(),
        ("search-svc", None) => reference::<search_svc::Config>(),
        ("search-svc", Some("warm")) => reference::<search_svc::WarmConfig>(),
        ("upkeep", Some("migrate" | "audit")) => reference::<upkeep::Config>(),
        unknown => panic!("no such program: {unknown:?}"),
    };
    let lines = table.lines().skip(2).map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        (cells[1].trim_matches('`').to_owned(), cells[2] == "required")
    });
    lines.collect()
}

#[test]
fn each_variable_is_one_that_its_program_knows_and_none_is_missing() {
    for overlay in OVERLAYS {
        for program in programs(&render(overlay)) {
            let (known, told) = (known(&program.name, &program.container["args"]), program.environment());
            let helpers = program.helpers();
            for name in told.keys() {
                let is_known = known.contains_key(name) || is_everywhere(name) || helpers.contains(name);
                assert!(
                    is_known,
                    "{overlay}: {} tells {} of {name}, which it does not know",
                    program.workload, program.name
                );
            }
            let missing: Vec<_> =
                known.iter().filter(|(name, required)| **required && !told.contains_key(*name)).collect();
            assert!(missing.is_empty(), "{overlay}: {} does not tell {} {missing:?}", program.workload, program.name);
        }
    }
}

/// The number behind a port's name, or the number itself.
fn number(program: &Program, port: &Value) -> u64 {
    port.as_u64().unwrap_or_else(|| {
        let ports = list(&program.container["ports"]).iter();
        let named = ports.filter(|named| named["name"] == *port).find_map(|named| named["containerPort"].as_u64());
        named.unwrap_or_else(|| panic!("{} has no port {port}", program.workload))
    })
}

fn listens(program: &Program, variable: &str) -> Option<u64> {
    program.environment().get(variable).map(|address| address.rsplit_once(':').unwrap().1.parse().unwrap())
}

/// That the program answers there is seen where it is started: `a_mesh_runs_as_the_manifests_tell_it`.
#[test]
fn ports_and_probes_are_where_the_program_listens() {
    for overlay in OVERLAYS {
        let resources = render(overlay);
        for program in programs(&resources).iter().filter(|program| program.kind == "Deployment") {
            let serves = listens(program, "LISTEN_ADDR").expect("every service is told where to listen");
            let counts = listens(program, "METRICS_ADDR");
            // With TLS, probes have a port of their own.
            let probes = listens(program, "PROBE_ADDR").unwrap_or(serves);
            for port in list(&program.container["ports"]) {
                let expected = match port["name"].as_str() {
                    Some("metrics") => counts,
                    Some("probe") => Some(probes),
                    _ => Some(serves),
                };
                assert_eq!(port["containerPort"].as_u64(), expected, "{overlay}: {} {port}", program.workload);
            }
            for kind in ["readinessProbe", "livenessProbe"] {
                let probe = &program.container[kind];
                let port = if probe["grpc"].is_object() { &probe["grpc"]["port"] } else { &probe["httpGet"]["port"] };
                assert_eq!(number(program, port), probes, "{overlay}: {} {kind}", program.workload);
            }
            let service = named(&resources, "Service", &program.workload);
            for port in list(&service["spec"]["ports"]) {
                assert_eq!(number(program, &port["targetPort"]), serves, "{overlay}: {}", program.workload);
            }
            for (label, value) in service["spec"]["selector"].as_object().unwrap() {
                assert_eq!(program.labels[label], *value, "{overlay}: {} is not behind its Service", program.workload);
            }
        }
    }
}

/// A service and its probes are told apart from TLS: a kubelet has no certificate.
#[test]
fn each_part_mounts_the_certificate_that_says_who_it_is() {
    let resources = render("production");
    for program in programs(&resources).iter().filter(|program| program.kind == "Deployment") {
        let told = program.environment();
        assert!(told.contains_key("TLS_CA_FILE"), "{} proves nothing", program.workload);
        assert_eq!(program.name != "edge-proxy", told.contains_key("PROBE_ADDR"), "{}", program.workload);
        let mounts = list(&program.container["volumeMounts"]).iter();
        let folder = told["TLS_CERT_FILE"].rsplit_once('/').unwrap().0;
        let mount = mounts.filter(|mount| mount["mountPath"] == folder).map(|mount| &mount["name"]).next().unwrap();
        let volume = list(&program.pod["volumes"]).iter().find(|volume| volume["name"] == *mount).unwrap();
        let mut certificates = of_kind(&resources, "Certificate");
        let secret = &volume["secret"]["secretName"];
        let certificate = certificates.find(|it| it["spec"]["secretName"] == *secret).unwrap();
        let uri = format!("spiffe://usher/ns/usher/sa/{}", program.name);
        assert_eq!(list(&certificate["spec"]["uris"]), [Value::from(uri)], "{}", program.workload);
    }
}

#[test]
fn no_container_may_more_than_it_needs() {
    for overlay in OVERLAYS {
        for Program { workload, container, pod, .. } in programs(&render(overlay)) {
            let (own, all) = (&container["securityContext"], &pod["securityContext"]);
            assert_eq!(own["readOnlyRootFilesystem"], true, "{overlay}: {workload}");
            assert_eq!(own["allowPrivilegeEscalation"], false, "{overlay}: {workload}");
            assert_eq!(own["capabilities"]["drop"][0], "ALL", "{overlay}: {workload}");
            assert_eq!(all["runAsNonRoot"], true, "{overlay}: {workload}");
            assert_eq!(all["seccompProfile"]["type"], "RuntimeDefault", "{overlay}: {workload}");
            assert_eq!(pod["automountServiceAccountToken"], false, "{overlay}: {workload}");
            assert!(container["resources"]["limits"]["memory"].is_string(), "{overlay}: {workload}");
        }
    }
}

/// A rolling restart loses no call only if Kubernetes waits for longer than the program drains.
#[test]
fn a_pod_is_given_the_time_that_it_drains_for() {
    /// How long work goes on in booking-svc that outlives its request, twice.
    const BEHIND_SECONDS: u64 = 20;
    for program in programs(&render("production")).iter().filter(|program| program.kind == "Deployment") {
        let told = program.environment();
        let seconds = |name: &str| told[name].parse::<u64>().unwrap() / 1_000;
        let drains = seconds("DRAIN_NOTICE_MS") + seconds("DRAIN_MS_MAX") + BEHIND_SECONDS;
        let given = program.pod["terminationGracePeriodSeconds"].as_u64().unwrap();
        assert!(given > drains, "{}: {given} s for {drains} s", program.workload);
    }
}

#[test]
fn no_secret_setting_is_shown() {
    let hush = "postgres://usher:hush@localhost/usher";
    let flags = |more: &[&str]| {
        let all = ["--listen-addr=127.0.0.1:0", "--database-url", hush, "--database-replica-url", hush];
        ["program"].into_iter().chain(all).chain(more.iter().copied()).map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let redis = "--redis-url=redis://:hush@localhost/0";
    let key = "--token-signing-key-file=key.pem";
    let payment =
        ["--ticket-signing-key-file=key.pem", "--payment-api-key=sk_hush", "--payment-webhook-secrets=hush", redis];
    let shown = [
        format!("{:?}", account_svc::Config::try_parse_from(flags(&[key])).unwrap()),
        format!("{:?}", booking_svc::Config::try_parse_from(flags(&payment)).unwrap()),
        format!("{:?}", event_svc::Config::try_parse_from(flags(&[redis])).unwrap()),
        format!("{:?}", search_svc::Config::try_parse_from(flags(&[redis])).unwrap()),
        format!("{:?}", upkeep::Config::try_parse_from(["upkeep", "audit", "--database-url", hush]).unwrap()),
    ];
    for shown in shown {
        assert!(!shown.contains("hush"), "{shown}");
    }
}

/// Every process at its maximum, and room for the operator and for people.
#[test]
fn a_full_mesh_fits_the_databases_connections() {
    let resources = render("production");
    let defaults = |program: &Program, name: &str| -> u64 {
        let table = match program.name.as_str() {
            "booking-svc" => reference::<booking_svc::Config>(),
            _ => reference::<account_svc::Config>(),
        };
        let line = table.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).map(str::to_owned);
        let default = line.map_or(0, |line| line.split('|').nth(2).unwrap().trim().trim_matches('`').parse().unwrap());
        program.environment().get(name).map_or(default, |told| told.parse().unwrap())
    };
    let all = programs(&resources);
    let services = all.iter().filter(|it| it.kind == "Deployment" && it.environment().contains_key("DATABASE_URL"));
    let needed: u64 = services
        .map(|it| {
            let most = &named(&resources, "HorizontalPodAutoscaler", &it.workload)["spec"]["maxReplicas"];
            most.as_u64().unwrap() * {
                let workers = defaults(it, "RESERVE_WORKERS") + 3 * defaults(it, "BOOK_WORKERS");
                // One looks how far the server is.
                defaults(it, "DATABASE_POOL_SIZE") + workers + 1
            }
        })
        .sum();
    let parameters = &named(&resources, "Cluster", "usher-db")["spec"]["postgresql"]["parameters"];
    let there: u64 = text(&parameters["max_connections"]).parse().unwrap();
    assert!(needed > 500 && needed + 100 < there, "{needed} of {there}");
}

#[test]
fn each_autoscaler_and_budget_has_its_deployment_and_its_metric() {
    let resources = render("production");
    let adapter = super::overlay::file("k8s/monitoring/prometheus-adapter.yaml");
    let scalers: Vec<_> = of_kind(&resources, "HorizontalPodAutoscaler").collect();
    assert_eq!(scalers.len(), of_kind(&resources, "Deployment").count());
    for scaler in scalers {
        let name = text(&scaler["spec"]["scaleTargetRef"]["name"]);
        let deployment = named(&resources, "Deployment", name);
        assert!(deployment["spec"]["replicas"].is_null(), "{name}: who applies would undo what the autoscaler did");
        named(&resources, "PodDisruptionBudget", name);
        for metric in list(&scaler["spec"]["metrics"]).iter().filter(|metric| metric["type"] == "Pods") {
            let metric = text(&metric["pods"]["metric"]["name"]);
            assert!(adapter.contains(&format!("name: {{as: {metric}}}")), "nobody answers for {metric}");
        }
    }
}
