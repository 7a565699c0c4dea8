//! An edge that runs, and what it answers.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use clap::Parser as _;
use edge_proxy::{Config, serve};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    task::{AbortHandle, JoinHandle},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use usher::{
    identity::TOKEN_TYPE,
    signing::{SigningKey, generate_pem},
};

use crate::house::House;

/// What takes longer has hung.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// An edge before a house of its own.
pub struct Edge {
    pub address: SocketAddr,
    pub house: House,
    http: reqwest::Client,
    stop: CancellationToken,
    running: JoinHandle<()>,
    services: AbortHandle,
}

impl Edge {
    /// An edge with the usual settings.
    pub async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// An edge with further settings: `--name=value`.
    pub async fn open_with(flags: &[String]) -> Self {
        let key = Arc::new(SigningKey::from_pem(&generate_pem().unwrap()).unwrap());
        let (house, services_at, services) = House::open(key).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut arguments = vec!["edge-proxy".to_owned(), format!("--listen-addr={address}")];
        for name in ["account", "booking", "event", "search"] {
            let flag = format!("--{name}-url=");
            if !flags.iter().any(|given| given.starts_with(&flag)) {
                arguments.push(format!("{flag}http://{services_at}"));
            }
        }
        arguments.extend_from_slice(flags);
        let stop = CancellationToken::new();
        let work = serve(Config::try_parse_from(arguments).unwrap(), listener, stop.clone());
        let running = tokio::spawn(async move { work.await.unwrap() });
        let http = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        Self { address, house, http, stop, running, services: services.abort_handle() }
    }

    /// A request to build upon.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.address))
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::to(self.request(Method::POST, path).json(body)).await
    }

    /// POST of JSON with a customer's token.
    pub async fn post_as(&self, user_id: i64, path: &str, body: &Value) -> Answer {
        Answer::to(self.request(Method::POST, path).json(body).bearer_auth(self.token(user_id, "CUSTOMER"))).await
    }

    /// A good token.
    pub fn token(&self, user_id: i64, role: &str) -> String {
        self.token_until(user_id, role, 4_000_000_000)
    }

    /// A token that lasts until then, in seconds since 1970.
    pub fn token_until(&self, user_id: i64, role: &str, until: u32) -> String {
        let claims = json!({"iss": "usher", "sub": user_id.to_string(), "role": role, "iat": 0, "exp": until});
        let key = Arc::clone(&self.house.keys.lock().unwrap()[0]);
        key.sign(TOKEN_TYPE, &claims).unwrap()
    }

    /// Tells the edge to end, and goes on.
    pub fn ask_to_stop(&self) {
        self.stop.cancel();
    }

    /// Waits until the edge has ended.
    pub async fn stopped(self) {
        self.stop.cancel();
        timeout(PATIENCE, self.running).await.unwrap().unwrap();
        self.services.abort();
    }

    /// Ends every service behind the edge.
    pub fn stop_services(&self) {
        self.services.abort();
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
    pub text: String,
    pub json: Value,
}

impl Answer {
    /// Sends, and reads all that comes.
    pub async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap().to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Self { status, headers, json: serde_json::from_str(&text).unwrap_or_default(), text, bytes }
    }

    /// Expects a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json
    }

    /// Expects a refusal.
    #[track_caller]
    pub fn refused(self, status: u16, reason: &str) -> Self {
        let info = self.detail("ErrorInfo");
        assert_eq!((self.status, info["reason"].as_str()), (status, Some(reason)), "{}", self.text);
        assert_eq!(info["domain"], "usher");
        assert_eq!(self.headers["content-type"], "application/json");
        self
    }

    /// The fields that a refusal names.
    pub fn fields(&self) -> Vec<String> {
        let violations = self.detail("BadRequest")["field_violations"].as_array().cloned().unwrap_or_default();
        violations.iter().map(|violation| violation["field"].as_str().unwrap().to_owned()).collect()
    }

    /// The detail of that type.
    pub fn detail(&self, name: &str) -> Value {
        let kind = format!("type.googleapis.com/google.rpc.{name}");
        let details = self.json["details"].as_array().cloned().unwrap_or_default();
        details.into_iter().find(|detail| detail["@type"] == kind.as_str()).unwrap_or_default()
    }

    /// The header's text; empty without it.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
