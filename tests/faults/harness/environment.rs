//! What each program of a mesh is told.

use std::net::TcpListener;

use super::database::Database;

const WEBHOOK_SECRET: &str = "whsec_faults";
const API_KEY: &str = "sk_test_faults";
/// Below the ports that Linux gives to connections that go out: a program that restarts finds its port free.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// Variables of one program.
pub type Environment = Vec<(&'static str, String)>;

/// Where the programs of a mesh listen.
#[derive(Debug)]
pub struct Addresses {
    pub account: String,
    pub event: String,
    pub search: String,
    pub sandbox: String,
    pub edge: String,
    pub bookings: Vec<String>,
}

impl Addresses {
    /// Free ones.
    pub fn choose(booking_services: usize) -> Self {
        // Held until all are chosen, so that no two programs get the same.
        let held: Vec<_> = (0..5 + booking_services).map(|_| free_port()).collect();
        let mut addresses = held.iter().map(|port| port.local_addr().unwrap().to_string());
        let mut next = || addresses.next().unwrap();
        let (account, event, search, sandbox, edge) = (next(), next(), next(), next(), next());
        Self { account, event, search, sandbox, edge, bookings: addresses.collect() }
    }

    pub fn sandbox(&self) -> Environment {
        vec![
            ("LISTEN_ADDR", self.sandbox.clone()),
            ("SANDBOX_API_KEY", API_KEY.to_owned()),
            ("SANDBOX_WEBHOOK_URL", format!("{}/v1/payment/callback", url(&self.edge))),
            ("SANDBOX_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
        ]
    }

    pub fn account(&self, database: &Database, token_key: String) -> Environment {
        let mut environment = self.service(&self.account, database);
        environment.push(("TOKEN_SIGNING_KEY_FILE", token_key));
        environment
    }

    pub fn event(&self, database: &Database, redis: &str) -> Environment {
        let mut environment = self.service(&self.event, database);
        environment.extend(self.feed(redis));
        environment
    }

    /// The feed of this mesh: several share a Redis.
    fn feed(&self, redis: &str) -> [(&'static str, String); 2] {
        [("REDIS_URL", redis.to_owned()), ("SEAT_FEED", url(&self.edge))]
    }

    pub fn search(&self, database: &Database, redis: &str) -> Environment {
        let mut environment = self.service(&self.search, database);
        environment.push(("REDIS_URL", redis.to_owned()));
        environment
    }

    pub fn booking(
        &self,
        n: usize,
        database: &Database,
        redis: &str,
        ticket_key: String,
        hold_seconds: u32,
    ) -> Environment {
        let mut environment = self.service(&self.bookings[n], database);
        environment.extend(self.feed(redis));
        environment.extend([
            ("HOLD_SECONDS", hold_seconds.to_string()),
            ("TICKET_SIGNING_KEY_FILE", ticket_key),
            ("PAYMENT_URL", url(&self.sandbox)),
            ("PAYMENT_API_KEY", API_KEY.to_owned()),
            ("PAYMENT_WEBHOOK_SECRETS", WEBHOOK_SECRET.to_owned()),
            // What nobody confirms at the bank is called off within the test.
            ("PAYMENT_SECONDS_MAX", "1".to_owned()),
            ("RECONCILE_EVERY_MS", "100".to_owned()),
            ("RECONCILE_AFTER_MS", "300".to_owned()),
        ]);
        environment
    }

    /// Callbacks go to the first booking service.
    pub fn edge(&self) -> Environment {
        vec![
            ("LISTEN_ADDR", self.edge.clone()),
            // All callers are on this machine.
            ("LIMIT_ADDRESS_PER_SECOND", "0".to_owned()),
            ("ACCOUNT_URL", url(&self.account)),
            ("EVENT_URL", url(&self.event)),
            ("SEARCH_URL", url(&self.search)),
            ("BOOKING_URL", url(&self.bookings[0])),
        ]
    }

    fn service(&self, address: &str, database: &Database) -> Environment {
        vec![
            ("LISTEN_ADDR", address.to_owned()),
            ("DATABASE_URL", database.writable()),
            ("DATABASE_REPLICA_URL", database.replica().to_owned()),
            ("DATABASE_POOL_SIZE", "8".to_owned()),
            // Three times that, and a silent server is given up.
            ("DATABASE_STATEMENT_MS", "1500".to_owned()),
            ("ACCOUNT_URL", url(&self.account)),
        ]
    }
}

/// The URL of a server at that address.
pub fn url(address: &str) -> String {
    format!("http://{address}")
}

fn free_port() -> TcpListener {
    let mut tries = std::iter::repeat_with(|| TcpListener::bind(("127.0.0.1", rand::random_range(PORTS))));
    tries.by_ref().take(200).find_map(Result::ok).expect("a free port")
}
