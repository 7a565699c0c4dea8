//! One test's sandbox, its merchant, and the merchant's webhook.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::State, http::HeaderMap, routing::post};
use clap::Parser as _;
use payment_sandbox::{Config, ServeError, serve};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use stripe::{Client, ClientBuilder, StripeError};
use stripe_core::{
    PaymentIntent,
    payment_intent::{CreatePaymentIntent, CreatePaymentIntentAutomaticPaymentMethods},
};
use stripe_types::Currency;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

pub const API_KEY: &str = "sk_test_1";
pub const SECRET: &str = "whsec_1";
pub const PRICE: i64 = 4_900;
pub const RETURN_URL: &str = "http://127.0.0.1:9/thanks?tab=1";

/// A running sandbox.
pub struct Sandbox {
    pub url: String,
    pub http: reqwest::Client,
    pub stripe: Client,
    stop: CancellationToken,
    running: JoinHandle<Result<(), ServeError>>,
}

impl Sandbox {
    /// One without a webhook.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// One that posts to `webhook`.
    pub async fn start_for(webhook: &Webhook) -> Self {
        Self::start_with(&["--sandbox-webhook-url", &webhook.url]).await
    }

    pub async fn start_with(flags: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let secrets = ["--sandbox-api-key", API_KEY, "--sandbox-webhook-secret", SECRET];
        let config = Config::try_parse_from(["payment-sandbox"].iter().chain(&secrets).chain(flags)).unwrap();
        let stop = CancellationToken::new();
        let running = tokio::spawn(serve(config, listener, stop.clone()));
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let stripe = ClientBuilder::new(API_KEY).url(&url).timeout(Duration::from_secs(10)).build().unwrap();
        Self { url, http, stripe, stop, running }
    }

    /// Stops it, and expects that it does so in time.
    pub async fn stop(self) {
        self.stop.cancel();
        let stopped = tokio::time::timeout(Duration::from_secs(3), self.running).await;
        stopped.expect("stops in time").unwrap().unwrap();
    }

    /// A charge as a shop makes it.
    pub fn charge(card: &str) -> CreatePaymentIntent {
        CreatePaymentIntent::new(PRICE, Currency::EUR)
            .payment_method(card)
            .automatic_payment_methods(CreatePaymentIntentAutomaticPaymentMethods::new(true))
            .confirm(true)
            .return_url(RETURN_URL)
            .metadata([("order".to_owned(), "7".to_owned()), ("shop".to_owned(), "b & c".to_owned())])
    }

    pub async fn pay(&self, card: &str) -> Result<PaymentIntent, StripeError> {
        Self::charge(card).send(&self.stripe).await
    }

    /// A call by hand, with the key.
    pub fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(API_KEY)
    }

    /// A POST by hand, with the key.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        answer(self.call(Method::POST, path).form(form)).await
    }

    /// Breaks it from now on.
    pub async fn faults(&self, faults: Value) {
        let (status, said) = answer(self.call(Method::PUT, "/sandbox/faults").json(&faults)).await;
        assert_eq!(status, 200, "{said}");
    }

    /// Waits until a fault that was to happen so many times has happened.
    pub async fn until_used_up(&self, fault: &str) {
        for _ in 0..400 {
            if answer(self.call(Method::GET, "/sandbox/faults")).await.1[fault] == false {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{fault} did not happen");
    }

    pub async fn ledger(&self) -> Value {
        answer(self.http.get(format!("{}/sandbox/ledger", self.url))).await.1
    }

    /// What was taken less what went back.
    pub async fn taken(&self) -> i64 {
        let ledger = self.ledger().await;
        let sum = |field: &str| -> i64 {
            ledger["intents"].as_array().unwrap().iter().map(|row| row[field].as_i64().unwrap()).sum()
        };
        sum("amount_received") - sum("amount_refunded")
    }

    /// Waits until so much is taken.
    pub async fn until_taken(&self, amount: i64) {
        for _ in 0..400 {
            if self.taken().await == amount {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} is taken, not {amount}", self.taken().await);
    }

    /// Waits until the event `index` stands so.
    pub async fn event_stands(&self, index: usize, standing: &str) -> Value {
        for _ in 0..400 {
            let event = self.ledger().await["events"][index].clone();
            if event["standing"] == standing {
                return event;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("event {index} is not {standing}: {:#}", self.ledger().await);
    }
}

/// Status and JSON of an answer.
pub async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    (status, response.json().await.unwrap_or_default())
}

/// A merchant's webhook that refuses as often as it is told, then takes what comes.
pub struct Webhook {
    pub url: String,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    refusals: AtomicUsize,
    posts: Mutex<Vec<Post>>,
}

/// What was posted to it.
#[derive(Clone)]
pub struct Post {
    pub signature: String,
    pub trace: Option<String>,
    pub body: String,
    pub at: std::time::Instant,
}

impl Post {
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Checks the signature as a merchant does, with another HMAC than the sandbox's own code.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let (time, signature) = self.signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
        let seconds: u64 = time.parse().unwrap();
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
        let signature = data_encoding::HEXLOWER.decode(signature.as_bytes()).unwrap();
        let signed = format!("{time}.{}", self.body);
        seconds > 1_700_000_000 && ring::hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
    }
}

impl Webhook {
    pub async fn start(refusals: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/callback", listener.local_addr().unwrap());
        let seen = Arc::new(Seen { refusals: refusals.into(), ..Seen::default() });
        let router = Router::new().route("/callback", post(take)).with_state(seen.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, seen }
    }

    pub fn posts(&self) -> Vec<Post> {
        self.seen.posts.lock().unwrap().clone()
    }

    /// Waits for that many posts.
    pub async fn after(&self, count: usize) -> Vec<Post> {
        for _ in 0..400 {
            let posts = self.posts();
            if posts.len() >= count {
                return posts;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} posts came, not {count}", self.posts().len());
    }
}

async fn take(State(seen): State<Arc<Seen>>, headers: HeaderMap, body: String) -> StatusCode {
    let signature = headers["stripe-signature"].to_str().unwrap().to_owned();
    let trace = headers.get("traceparent").map(|trace| trace.to_str().unwrap().to_owned());
    seen.posts.lock().unwrap().push(Post { signature, trace, body, at: std::time::Instant::now() });
    let one_less = |refusals: usize| refusals.checked_sub(1);
    match seen.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less) {
        Ok(_) => StatusCode::SERVICE_UNAVAILABLE,
        Err(_) => StatusCode::OK,
    }
}

/// The words of an error by hand.
pub fn error(body: &Value) -> Value {
    let error = &body["error"];
    json!([error["type"], error["code"], error["param"]])
}
