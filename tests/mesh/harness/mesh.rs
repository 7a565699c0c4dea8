//! One test's mesh: every service, the edge and the payment sandbox in this process, on a database of their own.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU32, Ordering},
};

use clap::Parser;
use ring::hmac;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use usher::{
    identity::{Claims, ISSUER, TOKEN_TYPE},
    signing::{SigningKey, generate_pem},
};

use super::{
    Answer, Client, Event, PgBouncer, Proxy, Wires, database::Database, house, reach::Reach, sandbox::Sandbox,
    servers::servers,
};

/// The secret that the provider signs callbacks with.
pub const WEBHOOK_SECRET: &str = "whsec_mesh";
/// What passes of waiting rooms are signed with.
pub const WAITING_ROOM_SECRET: &str = "the waiting rooms of the mesh under test";
pub const API_KEY: &str = "sk_test_mesh";
/// Redis has so many databases; a mesh takes the next one and clears it.
const REDIS_DATABASES: u32 = 16;

/// How a mesh differs from the usual one.
#[derive(Default)]
pub struct Setting<'a> {
    /// Further settings of account-svc.
    pub account: &'a [(&'a str, &'a str)],
    /// Further settings of the edge.
    pub edge: &'a [(&'a str, &'a str)],
    /// Further settings of booking-svc.
    pub booking: &'a [(&'a str, &'a str)],
    /// Further settings of event-svc.
    pub event: &'a [(&'a str, &'a str)],
    /// Further settings of search-svc.
    pub search: &'a [(&'a str, &'a str)],
    /// A Redis of its own.
    pub redis: Option<String>,
    /// A database on a server of its own.
    pub database: Option<Database>,
    /// A pooler that lends sessions, between every service and that database.
    pub pooler: Option<&'a PgBouncer>,
    /// Lines to that database on which everything is noted.
    pub wires: Option<&'a Wires>,
    /// What stands between event-svc and the primary, and between it and the replica.
    pub event_through: Option<&'a [Proxy; 2]>,
}

/// A running mesh. It stops when it is dropped.
pub struct Mesh {
    /// The edge's URL.
    pub edge: String,
    /// The payment provider.
    pub sandbox: Sandbox,
    /// The database.
    pub database: Database,
    /// event-svc's URL.
    pub events: String,
    /// Every service's URL, by its package's name.
    pub services: [(&'static str, String); 4],
    /// Redis's URL.
    pub redis: String,
    http: reqwest::Client,
    token_key: SigningKey,
    stop: CancellationToken,
    running: JoinSet<()>,
    keys: TempDir,
}

/// A listener on a free port, and its address.
async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    (listener, addr)
}

/// A configuration from its flags: `[("hold-seconds", "5")]`.
fn config<C: Parser>(addr: SocketAddr, flags: &[(&str, &str)]) -> C {
    let flags = flags.iter().map(|(name, value)| format!("--{name}={value}"));
    let arguments = ["mesh-test".to_owned(), format!("--listen-addr={addr}")].into_iter().chain(flags);
    C::try_parse_from(arguments).unwrap_or_else(|wrong| panic!("{wrong}"))
}

impl Mesh {
    /// A mesh with the usual settings.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A mesh whose booking-svc has further settings.
    pub async fn start_with(booking_flags: &[(&str, &str)]) -> Self {
        Self::start_as(Setting { booking: booking_flags, ..Setting::default() }).await
    }

    /// A mesh that differs from the usual.
    pub async fn start_as(mut setting: Setting<'_>) -> Self {
        let database = match setting.database.take() {
            Some(database) => database,
            None => Database::create().await,
        };
        let redis = match setting.redis.take() {
            Some(url) => url,
            None => redis().await,
        };
        let keys = tempfile::tempdir().unwrap();
        let key = |name: &str| {
            let path = keys.path().join(name);
            std::fs::write(&path, generate_pem().unwrap()).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let (token_key, ticket_key) = (key("token.pem"), key("ticket.pem"));
        // What event-svc and booking-svc share.
        let feed =
            [("redis-url", redis.as_str()), ("seat-feed", "mesh"), ("waiting-room-secrets", WAITING_ROOM_SECRET)];
        let ((account, account_at), (event, event_at)) = (listen().await, listen().await);
        let ((search, search_at), (booking, booking_at)) = (listen().await, listen().await);
        let ((sandbox, sandbox_at), (edge, edge_at)) = (listen().await, listen().await);
        let url = |addr: SocketAddr| format!("http://{addr}");
        let (account_url, edge_url, sandbox_url) = (url(account_at), url(edge_at), url(sandbox_at));
        let reach = Reach::of(&setting, &database).await;

        let (stop, mut running) = (CancellationToken::new(), JoinSet::new());
        macro_rules! run {
            ($service:ident, $listener:ident, $addr:ident, $($flags:expr),*) => {{
                let config = config::<$service::Config>($addr, &[$($flags),*].concat());
                let work = $service::serve(config, $listener, stop.clone());
                running.spawn(async move { work.await.unwrap() });
            }};
        }
        let shared = [("redis-url", redis.as_str())];
        let token_key_file = [("token-signing-key-file", token_key.as_str())];
        run!(
            account_svc,
            account,
            account_at,
            &reach.flags("account-svc")[..],
            &shared[..],
            &token_key_file[..],
            setting.account
        );
        let event_data = [&reach.flags("event-svc")[..], &[("account-url", account_url.as_str())]].concat();
        run!(event_svc, event, event_at, &event_data[..], &feed[..], setting.event);
        run!(search_svc, search, search_at, &reach.flags("search-svc")[..], &shared[..], setting.search);
        let payment = [
            ("account-url", account_url.as_str()),
            ("ticket-signing-key-file", &ticket_key),
            ("payment-url", &sandbox_url),
            ("payment-api-key", API_KEY),
            ("payment-webhook-secrets", WEBHOOK_SECRET),
        ];
        run!(
            booking_svc,
            booking,
            booking_at,
            &reach.flags("booking-svc")[..],
            &feed[..],
            &payment[..],
            setting.booking
        );
        let provider = [
            ("sandbox-api-key", API_KEY),
            ("sandbox-webhook-url", &format!("{edge_url}/v1/payment/callback")),
            ("sandbox-webhook-secret", WEBHOOK_SECRET),
            ("sandbox-public-url", &sandbox_url),
        ];
        run!(payment_sandbox, sandbox, sandbox_at, &provider[..]);
        let upstreams = [
            ("account-url", account_url.as_str()),
            ("event-url", &url(event_at)),
            ("search-url", &url(search_at)),
            ("booking-url", &url(booking_at)),
        ];
        run!(edge_proxy, edge, edge_at, &upstreams[..], &shared[..], setting.edge);

        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mesh = Self {
            sandbox: Sandbox::new(http.clone(), sandbox_url),
            edge: edge_url,
            events: url(event_at),
            services: [
                ("account", account_url.clone()),
                ("booking", url(booking_at)),
                ("event", url(event_at)),
                ("search", url(search_at)),
            ],
            database,
            redis: redis.clone(),
            http,
            token_key: SigningKey::from_file(token_key.as_ref()).unwrap(),
            stop,
            running,
            keys,
        };
        mesh.wait_until_ready().await;
        mesh
    }

    async fn wait_until_ready(&self) {
        let guest = self.guest();
        for _ in 0..600 {
            if guest.get("/readyz").await.status == 200 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("the mesh does not get ready: {:#}", guest.get("/readyz").await.body);
    }

    /// Somebody without an account.
    pub fn guest(&self) -> Client {
        Client::guest(self.http.clone(), &self.edge)
    }

    /// Somebody who just signed up.
    pub async fn customer(&self, name: &str) -> Client {
        let body = json!({"user_name": name, "email": format!("{name}@example.org"), "password": "correct horse"});
        let account = self.guest().post("/v1/signup", &body).await.ok();
        self.guest().with_token(house::id(&account["user_id"]), account["auth_token"].as_str().unwrap())
    }

    /// One of `n` customers whose accounts nobody made: 200 slow password hashes prove nothing in a race.
    pub fn customer_number(&self, n: i64) -> Client {
        let user = 1_000_000 + n;
        self.guest().with_token(user, self.token(user, "CUSTOMER", 600))
    }

    /// Somebody who runs the house.
    pub async fn admin(&self) -> Client {
        self.with_role("admin", "ADMIN").await
    }

    /// A callback as the provider would send it, signed with its secret.
    pub async fn callback(&self, body: &Value) -> Answer {
        #[expect(clippy::disallowed_methods, reason = "a signature's time is a wall-clock time")]
        let now = chrono::Utc::now().timestamp();
        let body = body.to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA256, WEBHOOK_SECRET.as_bytes());
        let tag = hmac::sign(&key, format!("{now}.{body}").as_bytes());
        let signature = format!("t={now},v1={}", data_encoding::HEXLOWER.encode(tag.as_ref()));
        let request = self.guest().request(reqwest::Method::POST, "/v1/payment/callback");
        let request = request.header("content-type", "application/json").header("stripe-signature", signature);
        self.guest().send(request.body(body)).await
    }

    /// Somebody of the house's, who just signed in.
    pub async fn with_role(&self, name: &str, role: &str) -> Client {
        let account = self.customer(name).await;
        self.database.set_role(account.user_id, role).await;
        let body = json!({"email": format!("{name}@example.org"), "password": "correct horse"});
        let signed_in = self.guest().post("/v1/login", &body).await.ok();
        account.with_token(account.user_id, signed_in["auth_token"].as_str().unwrap())
    }

    /// An event of `seats` seats on sale, and the admin who put it there.
    pub async fn on_sale(&self, name: &str, seats: usize) -> (Client, Event) {
        let admin = self.admin().await;
        let event = house::event(&admin, name, seats).await;
        (admin, event)
    }

    /// A token as account-svc makes them, good for some seconds; for negative ones it is over.
    pub fn token(&self, user: i64, role: &str, seconds: i64) -> String {
        #[expect(clippy::disallowed_methods, reason = "a token's times are wall-clock times")]
        let now = chrono::Utc::now().timestamp();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: user.to_string(),
            role: role.to_owned(),
            sid: None,
            iat: now.min(now + seconds - 1),
            exp: now + seconds,
        };
        self.token_key.sign(TOKEN_TYPE, &claims).unwrap()
    }

    /// Where the key is that its tickets are signed with.
    pub fn ticket_key_file(&self) -> String {
        self.keys.path().join("ticket.pem").to_str().unwrap().to_owned()
    }

    /// Expects that the invariants hold that can be read off the database (I1, I2, I6).
    pub async fn audit(&self) {
        let violations = upkeep::audit::check(&mut self.database.connect().await).await.unwrap();
        assert!(violations.is_empty(), "{violations:#?}");
    }

    /// Waits for `done`; a mesh that never gets there fails the test.
    pub async fn eventually<F: Future<Output = bool>>(&self, what: &str, done: impl Fn() -> F) {
        for _ in 0..400 {
            if done().await {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("never: {what}");
    }

    /// Stops it in order, and expects that every service ends well.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.running.join_next().await {
            ended.unwrap();
        }
    }
}

impl Drop for Mesh {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A Redis database that nobody uses, empty.
pub async fn redis() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let url =
        format!("{}/{}", servers().redis.trim_end_matches('/'), NEXT.fetch_add(1, Ordering::Relaxed) % REDIS_DATABASES);
    let mut redis = redis::Client::open(url.as_str()).unwrap().get_multiplexed_async_connection().await.unwrap();
    redis::cmd("FLUSHDB").exec_async(&mut redis).await.unwrap();
    url
}
