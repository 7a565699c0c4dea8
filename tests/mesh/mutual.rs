//! Parts of Usher that prove to each other who they are: search-svc and the edge as processes, and callers of all kinds.

use std::time::Duration;

use clap::Parser;
use tokio::time::sleep;
use tonic::{Code, Status};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use usher::{
    channel::{self, Channel, ChannelConfig},
    contract::search::{
        SearchRequest, search_service_client::SearchServiceClient, search_service_server::SERVICE_NAME,
    },
};

use crate::harness::{Authority, Client, Database, Files, Process, redis};

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    peers: ChannelConfig,
}

/// search-svc, with certificates.
struct Stage {
    authority: Authority,
    files: Files,
    search: Process,
    /// Where its probes are answered.
    probes: String,
}

impl Stage {
    async fn open() -> Self {
        let (database, redis) = (Database::create().await, redis().await);
        let (primary, replica) = (database.primary(), database.replica());
        let authority = Authority::new();
        let files = authority.files("search-svc");
        let probes = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
        let certificate = files.environment();
        let mut told = vec![
            ("DATABASE_URL", primary.as_str()),
            ("DATABASE_REPLICA_URL", replica.as_str()),
            ("DATABASE_POOL_SIZE", "4"),
            ("REDIS_URL", redis.as_str()),
            ("PROBE_ADDR", probes.as_str()),
        ];
        told.extend(certificate.iter().map(|(name, path)| (*name, path.as_str())));
        let search = Process::start("search-svc", &told);
        let stage = Self { authority, files, search, probes: format!("http://{probes}") };
        stage.is_healthy().await;
        stage
    }

    /// Waits until a probe without any certificate is told that all is well.
    async fn is_healthy(&self) {
        for _ in 0..400 {
            let mut health = HealthClient::new(channel::lazy(&self.probes).unwrap());
            if health.check(HealthCheckRequest::default()).await.is_ok_and(|said| said.get_ref().status == 1) {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("its probes are not answered");
    }

    /// What a search by somebody with these files comes to.
    async fn search_as(&self, files: &Files) -> Result<(), Status> {
        self.search_of(files, "search-svc").await
    }

    /// The same, by somebody who takes it for `service`.
    async fn search_of(&self, files: &Files, service: &'static str) -> Result<(), Status> {
        let mutual = files.mutual();
        let settings = Settings::try_parse_from(["test"]).unwrap();
        let target = self.search.url().parse().unwrap();
        let channel = Channel::new(service, SERVICE_NAME, &target, &settings.peers, Some(&mutual));
        SearchServiceClient::new(channel).search(SearchRequest::default()).await.map(|_| ())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_call_and_proves_it_is_served() {
    let stage = Stage::open().await;
    let by = |service| stage.authority.files(service);
    stage.search_as(&by("edge-proxy")).await.unwrap();
    for other in ["event-svc", "search-svc", "somebody"] {
        assert_eq!(stage.search_as(&by(other)).await.unwrap_err().code(), Code::PermissionDenied, "{other}");
    }
    // Of another mesh, of nobody, and vouched for by somebody else: there is no connection.
    let elsewhere = stage.authority.files_of("spiffe://usher/ns/other/sa/edge-proxy");
    let stranger = Authority::new().files("edge-proxy");
    for files in [&elsewhere, &stranger] {
        assert_eq!(stage.search_as(files).await.unwrap_err().code(), Code::Unavailable);
    }
    // Who answers must be who is called.
    assert_eq!(stage.search_of(&by("edge-proxy"), "booking-svc").await.unwrap_err().code(), Code::Unavailable);
    let mut plain = SearchServiceClient::new(channel::lazy(&stage.search.url()).unwrap());
    plain.search(SearchRequest::default()).await.unwrap_err();
    let refused = stage.search.metric("tls_peers_refused_total", &["caller"]).await;
    assert!(refused.is_some_and(|refused| refused >= 3.0), "{refused:?}");
    stage.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_and_who_vouches_for_them_change_while_calls_go_on() {
    let stage = Stage::open().await;
    let edge_files = stage.authority.files("edge-proxy");
    let search_url = stage.search.url();
    let mut told = vec![("SEARCH_URL", search_url.as_str()), ("LIMIT_ADDRESS_PER_SECOND", "0")];
    let certificate = edge_files.environment();
    told.extend(certificate.iter().map(|(name, path)| (*name, path.as_str())));
    let edge = Process::start("edge-proxy", &told);
    edge.until("channel_endpoints", &["search-svc", "ready"], 1.0).await;
    let guest = Client::guest(reqwest::Client::new(), &edge.url());
    let searched = async || guest.get("/v1/search").await.ok();
    searched().await;

    // Both are trusted at first, then the new one vouches, then the old one is forgotten.
    let new = Authority::new();
    let both = format!("{}{}", stage.authority.pem(), new.pem());
    let parts = [(&stage.files, "search-svc"), (&edge_files, "edge-proxy")];
    let uri = |service| format!("spiffe://usher/ns/mesh/sa/{service}");
    for (authority, trusted) in [(&stage.authority, both.as_str()), (&new, &both), (&new, new.pem())] {
        for (files, service) in parts {
            files.write(&authority.vouch(&uri(service)), trusted);
        }
        sleep(Duration::from_millis(2_500)).await;
        searched().await;
    }
    // New connections are made under the new ones alone.
    stage.search_as(&new.files("edge-proxy")).await.unwrap();
    assert_eq!(stage.search_as(&stage.authority.files("edge-proxy")).await.unwrap_err().code(), Code::Unavailable);
    let mut stage = stage;
    stage.search.kill().await;
    edge.until("channel_endpoints", &["search-svc", "ready"], 0.0).await;
    stage.search.start_again();
    edge.until("channel_endpoints", &["search-svc", "ready"], 1.0).await;
    searched().await;

    // What is broken is kept out, and told.
    std::fs::write(&edge_files.environment()[0].1, "half a file").unwrap();
    edge.until("tls_certificate_refused", &["mesh"], 1.0).await;
    searched().await;
    let left = edge.metric("tls_certificate_not_after_timestamp_seconds", &["mesh"]).await;
    assert!(left.is_some_and(|seconds| seconds > 0.0), "{left:?}");
}
