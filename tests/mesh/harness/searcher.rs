//! A search-svc of its own, on lines to its database and its cache that can be cut.

use std::{
    sync::atomic::{AtomicI32, Ordering},
    time::Duration,
};

use clap::Parser;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use usher::contract::search::{
    SearchRequest, SearchResponse, SuggestRequest, SuggestResponse, search_service_client::SearchServiceClient,
};

use super::{Mesh, proxy::Proxy};

/// The service, and somebody who asks it.
pub struct Searcher {
    /// The line to the database.
    pub database: Proxy,
    /// The line to Redis.
    pub redis: Proxy,
    client: SearchServiceClient<Channel>,
    channel: Channel,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Searcher {
    /// A search-svc beside that of the mesh, with the same data.
    pub async fn start(mesh: &Mesh, flags: &[(&str, &str)]) -> Self {
        let (primary, cache) = (mesh.database.primary(), &mesh.redis);
        let (database, redis) = (Proxy::to_url(&primary).await, Proxy::to_url(cache).await);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let usual = [
            ("listen-addr", addr.to_string()),
            ("database-url", database.through(&primary)),
            ("redis-url", redis.through(cache)),
        ];
        let flags = flags.iter().map(|(name, value)| (*name, (*value).to_owned())).chain(usual);
        let arguments = flags.map(|(name, value)| format!("--{name}={value}"));
        let config = search_svc::Config::try_parse_from([String::from("search-svc")].into_iter().chain(arguments));
        let stop = CancellationToken::new();
        let serve = search_svc::serve(config.unwrap(), listener, stop.clone());
        let running = tokio::spawn(async move { serve.await.unwrap() });
        let channel = Channel::from_shared(format!("http://{addr}")).unwrap().connect().await.unwrap();
        let client = SearchServiceClient::new(channel.clone());
        Self { database, redis, client, channel, stop, running }
    }

    /// What it answers.
    pub async fn search(&self, query: &str) -> SearchResponse {
        self.ask(SearchRequest { query: Some(query.to_owned()), ..SearchRequest::default() }).await
    }

    /// What it answers to all that can be asked.
    pub async fn ask(&self, request: SearchRequest) -> SearchResponse {
        self.client.clone().search(request).await.unwrap().into_inner()
    }

    /// What it suggests.
    pub async fn suggest(&self, request: SuggestRequest) -> SuggestResponse {
        self.client.clone().suggest(request).await.unwrap().into_inner()
    }

    /// The names of what it finds.
    pub async fn names(&self, query: &str) -> Vec<String> {
        self.search(query).await.events.into_iter().map(|event| event.event_name).collect()
    }

    /// Waits until its index is built; then cuts the line to its database. `query` finds something.
    pub async fn until_it_needs_no_database(&self, mesh: &Mesh, query: &str) {
        let tries = AtomicI32::new(1);
        mesh.eventually("the index is built", || async {
            self.database.cut();
            // Nobody asked for that page before: it is at hand nowhere.
            let page = tries.fetch_add(1, Ordering::Relaxed);
            let search = SearchRequest { query: Some(query.to_owned()), page, ..SearchRequest::default() };
            let is_built = self.ask(search).await.retry_after_ms == 0;
            if !is_built {
                self.database.mend();
                // It tries again each second.
                tokio::time::sleep(Duration::from_millis(1_500)).await;
            }
            is_built
        })
        .await;
    }

    /// Expects that it says that it serves.
    pub async fn serves(&self) {
        let mut health = HealthClient::new(self.channel.clone());
        let check = HealthCheckRequest { service: "usher.search.v1.SearchService".to_owned() };
        assert_eq!(health.check(check).await.unwrap().into_inner().status(), ServingStatus::Serving);
    }

    /// Stops it in order.
    pub async fn stop(self) {
        self.stop.cancel();
        self.running.await.unwrap();
    }
}

/// What the daily job does, where it keeps one search warm.
pub async fn warm_the_most_popular(mesh: &Mesh) {
    let arguments = [
        "search-svc".to_owned(),
        "warm".to_owned(),
        format!("--database-url={}", mesh.database.primary()),
        format!("--redis-url={}", mesh.redis),
        "--warm-searches=1".to_owned(),
    ];
    search_svc::warm(search_svc::WarmConfig::try_parse_from(arguments).unwrap()).await.unwrap();
}
