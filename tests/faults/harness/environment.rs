//! What each program of a mesh is told.

use std::{net::TcpListener, path::Path};

use super::{
    database::Database,
    network::{Arrow, Network, Part},
    setting::Setting,
};

const WEBHOOK_SECRET: &str = "whsec_faults";
const API_KEY: &str = "sk_test_faults";
/// Below the ports that Linux gives to connections that go out: a program that restarts finds its port free.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// How long a program says that it ends before it does: longer than others take to hear of it.
pub const DRAIN_NOTICE_MS: u64 = 2_500;

/// Variables of one program.
pub type Environment = Vec<(&'static str, String)>;

/// Where an instance listens.
#[derive(Debug, Clone)]
pub struct Place {
    /// For calls.
    pub address: String,
    /// For Prometheus.
    pub metrics: String,
}

/// Where the programs of a mesh listen, and how they find each other.
#[derive(Debug)]
pub struct Addresses {
    pub account: Vec<Place>,
    pub event: Vec<Place>,
    pub search: Vec<Place>,
    pub booking: Vec<Place>,
    pub edge: Vec<Place>,
    pub sandbox: Place,
    /// What programs call each other by; `None`: by their addresses.
    pub domain: Option<&'static str>,
    pub network: Network,
}

/// Whom programs share.
#[derive(Clone, Copy)]
pub struct Shared<'a> {
    pub database: &'a Database,
    pub redis: &'a str,
    /// Where the keys are.
    pub keys: &'a Path,
}

impl Addresses {
    /// Free ones.
    pub fn choose(setting: Setting) -> Self {
        let Setting { instances, booking_services, .. } = setting;
        // Held until all are chosen, so that no two programs get the same.
        let mut held = Vec::new();
        let mut places = |count: usize| {
            let mut address = || {
                held.push(free_port());
                held.last().unwrap().local_addr().unwrap().to_string()
            };
            (0..count).map(|_| Place { address: address(), metrics: address() }).collect::<Vec<_>>()
        };
        Self {
            account: places(instances),
            event: places(instances),
            search: places(instances),
            booking: places(booking_services),
            edge: places(instances),
            sandbox: places(1).remove(0),
            domain: setting.domain,
            network: if setting.wired { Network::wired(rand::random()) } else { Network::Direct },
        }
    }

    /// The provider. Callbacks go to the first edge.
    pub async fn sandbox(&self) -> Environment {
        let edge = self.network.way((Part::Provider, Part::Edge), &self.edge[0].address).await;
        vec![
            ("LISTEN_ADDR", self.sandbox.address.clone()),
            ("SANDBOX_API_KEY", API_KEY.to_owned()),
            ("SANDBOX_WEBHOOK_URL", format!("{}/v1/payment/callback", url(&edge))),
            ("SANDBOX_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
        ]
    }

    pub async fn account(&self, n: usize, shared: Shared<'_>) -> Environment {
        let mut environment = self.service(Part::Account, &self.account[n], shared).await;
        environment.push(("TOKEN_SIGNING_KEY_FILE", key(shared, TOKEN_KEY)));
        environment
    }

    pub async fn event(&self, n: usize, shared: Shared<'_>) -> Environment {
        let mut environment = self.service(Part::Event, &self.event[n], shared).await;
        environment.extend(self.feed(Part::Event, shared).await);
        environment.extend(self.accounts(Part::Event).await);
        environment
    }

    pub async fn search(&self, n: usize, shared: Shared<'_>) -> Environment {
        let mut environment = self.service(Part::Search, &self.search[n], shared).await;
        environment.push(("REDIS_URL", self.redis(Part::Search, shared).await));
        environment
    }

    pub async fn booking(&self, n: usize, shared: Shared<'_>, hold_seconds: u32) -> Environment {
        let mut environment = self.service(Part::Booking, &self.booking[n], shared).await;
        environment.extend(self.feed(Part::Booking, shared).await);
        environment.extend(self.accounts(Part::Booking).await);
        let provider = self.network.way((Part::Booking, Part::Provider), &self.sandbox.address).await;
        environment.extend([
            ("HOLD_SECONDS", hold_seconds.to_string()),
            ("TICKET_SIGNING_KEY_FILE", key(shared, TICKET_KEY)),
            ("PAYMENT_URL", url(&provider)),
            ("PAYMENT_API_KEY", API_KEY.to_owned()),
            ("PAYMENT_WEBHOOK_SECRETS", WEBHOOK_SECRET.to_owned()),
            // What nobody confirms at the bank is called off within the test.
            ("PAYMENT_SECONDS_MAX", "1".to_owned()),
            ("RECONCILE_EVERY_MS", "100".to_owned()),
            ("RECONCILE_AFTER_MS", "300".to_owned()),
        ]);
        environment
    }

    pub async fn edge(&self, n: usize, shared: Shared<'_>) -> Environment {
        let mut environment = self.program(&self.edge[n]);
        environment.extend([
            // All callers are on this machine: it is told of each, and may do anything.
            ("REDIS_URL", self.redis(Part::Edge, shared).await),
            ("LIMIT_ADDRESS_PER_SECOND", "100000".to_owned()),
            ("LIMIT_ADDRESS_BURST", "10000000".to_owned()),
            ("SEARCH_URL", self.all((Part::Edge, Part::Search), "search", &self.search).await),
            ("EVENT_URL", self.all((Part::Edge, Part::Event), "event", &self.event).await),
            ("BOOKING_URL", self.all((Part::Edge, Part::Booking), "booking", &self.booking).await),
        ]);
        environment.extend(self.accounts(Part::Edge).await);
        environment
    }

    async fn service(&self, part: Part, place: &Place, shared: Shared<'_>) -> Environment {
        let [primary, replica] = shared.database.addresses();
        let primary = self.network.way((part, Part::Primary), &primary).await;
        let replica = self.network.way((part, Part::Replica), &replica).await;
        let mut environment = self.program(place);
        environment.extend([
            ("DATABASE_URL", shared.database.writable_at(&primary, &replica)),
            ("DATABASE_REPLICA_URL", shared.database.replica_at(&replica)),
            ("DATABASE_POOL_SIZE", "8".to_owned()),
            // A connection takes long to come up where all of a mesh is on two processors.
            ("DATABASE_WAIT_MS", "3000".to_owned()),
            // Three times that, and a silent server is given up.
            ("DATABASE_STATEMENT_MS", "1500".to_owned()),
        ]);
        environment
    }

    fn program(&self, place: &Place) -> Environment {
        vec![
            ("LISTEN_ADDR", place.address.clone()),
            ("METRICS_ADDR", place.metrics.clone()),
            ("DRAIN_NOTICE_MS", if self.edge.len() > 1 { DRAIN_NOTICE_MS } else { 0 }.to_string()),
            ("PEER_RESOLVE_MS", "1000".to_owned()),
        ]
    }

    async fn accounts(&self, from: Part) -> [(&'static str, String); 1] {
        [("ACCOUNT_URL", self.all((from, Part::Account), "account", &self.account).await)]
    }

    /// The feed of this mesh: several share a Redis.
    async fn feed(&self, from: Part, shared: Shared<'_>) -> [(&'static str, String); 2] {
        [("REDIS_URL", self.redis(from, shared).await), ("SEAT_FEED", url(&self.edge[0].address))]
    }

    async fn redis(&self, from: Part, shared: Shared<'_>) -> String {
        let address = address(shared.redis);
        let way = self.network.way((from, Part::Redis), address).await;
        shared.redis.replacen(address, &way, 1)
    }

    /// All instances of a service, as somebody finds them.
    async fn all(&self, arrow: Arrow, name: &str, places: &[Place]) -> String {
        let mut urls = Vec::new();
        for place in places {
            let way = self.network.way(arrow, &place.address).await;
            urls.push(match self.domain {
                None => url(&way),
                Some(domain) => url(&format!("{name}.{domain}:{}", way.rsplit_once(':').unwrap().1)),
            });
        }
        urls.join(",")
    }
}

/// The names of the keys' files.
pub const TOKEN_KEY: &str = "token.pem";
pub const TICKET_KEY: &str = "ticket.pem";

fn key(shared: Shared<'_>, name: &str) -> String {
    shared.keys.join(name).display().to_string()
}

/// The URL of a server at that address.
pub fn url(address: &str) -> String {
    format!("http://{address}")
}

/// The `host:port` in a URL.
pub fn address(url: &str) -> &str {
    let (_, rest) = url.split_once("://").unwrap();
    let authority = rest.split('/').next().unwrap();
    authority.rsplit_once('@').map_or(authority, |(_, address)| address)
}

/// A port that is free for as long as the answer is held.
pub fn free_port() -> TcpListener {
    let mut tries = std::iter::repeat_with(|| TcpListener::bind(("127.0.0.1", rand::random_range(PORTS))));
    tries.by_ref().take(200).find_map(Result::ok).expect("a free port")
}
