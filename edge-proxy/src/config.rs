//! What the edge is told from outside. Read once, at start; a wrong value ends the process and names its variable.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, Parser};
use http::{HeaderValue, Uri};
use ipnet::IpNet;
use usher::{
    channel::{ChannelConfig, Target},
    limit::SharedConfig,
    tls::MutualConfig,
};

pub use crate::limits::ProxyHeader;
use usher::lifecycle::Addresses;

/// Everything that the edge can be told.
#[derive(Debug, Clone, Parser)]
#[command(name = "edge-proxy", about = "Usher's only public door: REST in, gRPC out")]
pub struct Config {
    /// Where to listen for HTTP/1.1 and HTTP/2, both on one port: `address:port`.
    #[arg(long, env, default_value = "127.0.0.1:8080")]
    pub listen_addr: SocketAddr,
    /// Whether it speaks TLS there.
    #[command(flatten)]
    pub tls: TlsConfig,
    /// Where Prometheus fetches metrics (`GET /metrics`): `address:port`, for nobody else. Without it nothing is counted.
    #[arg(long, env)]
    pub metrics_addr: Option<SocketAddr>,
    /// Where search-svc is: `http://host:port`, or several separated by commas.
    #[arg(long, env, default_value = "http://127.0.0.1:50051")]
    pub search_url: Target,
    /// Where event-svc is: `http://host:port`, or several separated by commas.
    #[arg(long, env, default_value = "http://127.0.0.1:50052")]
    pub event_url: Target,
    /// Where booking-svc is: `http://host:port`, or several separated by commas.
    #[arg(long, env, default_value = "http://127.0.0.1:50053")]
    pub booking_url: Target,
    /// Where account-svc is: `http://host:port`, or several separated by commas. The keys that verify tokens come from here.
    #[arg(long, env, default_value = "http://127.0.0.1:50054")]
    pub account_url: Target,
    /// How they are called.
    #[command(flatten)]
    pub peers: ChannelConfig,
    /// Whether they and the edge prove to each other who they are.
    #[command(flatten)]
    pub mesh_tls: MutualConfig,
    /// The longest a request may take once its body is read, in milliseconds. A booking waits three seconds by itself.
    #[arg(long, env, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(100..=120_000))]
    pub request_deadline_ms: u64,
    /// The longest the head of a request may take to arrive, in milliseconds; a connection without a request ends then.
    #[arg(long, env, default_value_t = 30_000, value_parser = clap::value_parser!(u64).range(100..=120_000))]
    pub head_read_ms_max: u64,
    /// The longest the body of a request may take to arrive, in milliseconds.
    #[arg(long, env, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(100..=120_000))]
    pub body_read_ms_max: u64,
    /// How long a client may take nothing of its answer, in milliseconds; its connection ends then.
    #[arg(long, env, default_value_t = 30_000, value_parser = clap::value_parser!(u64).range(100..=600_000))]
    pub write_stall_ms_max: u64,
    /// The largest body of a request, in bytes; a larger one is answered 413.
    #[arg(long, env, default_value_t = 4_194_304, value_parser = clap::value_parser!(u32).range(1_024..=67_108_864))]
    pub body_bytes_max: u32,
    /// The most requests under way at once; more are answered 503 with `Retry-After`.
    #[arg(long, env, default_value_t = 4_096, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub concurrency_max: u32,
    /// The most event streams open at once; more are answered 503 with `Retry-After`.
    #[arg(long, env, default_value_t = 8_192, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub streams_max: u32,
    /// The origins (`https://shop.example`) whose pages may call from a browser, separated by commas, beside the edge's own.
    #[arg(long, env, value_delimiter = ',')]
    pub cors_origins: Vec<HeaderValue>,
    /// The folder of a built `docs-page/`, for the page at `/docs` on which all can be tried. Without it the page is a list.
    #[arg(long, env)]
    pub docs_dir: Option<PathBuf>,
    /// The folder of the built web client (`web/dist`). Without it `/` is a page with links.
    #[arg(long, env)]
    pub web_dir: Option<PathBuf>,
    /// Stripe's publishable key (`pk_…`): customers of the web client type their cards into Stripe's own form.
    #[arg(long, env, value_parser = publishable_key)]
    pub payment_publishable_key: Option<String>,
    /// Where the payment sandbox's card form is, for the web client: `http://host:port/sandbox/card-form`.
    #[arg(long, env, conflicts_with = "payment_publishable_key", value_parser = form_url)]
    pub payment_form_url: Option<Uri>,
    /// How often somebody may call.
    #[command(flatten)]
    pub limits: LimitConfig,
    /// The most connections open at once; more wait in the listener's queue.
    #[arg(long, env, default_value_t = 16_384, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub connections_max: u32,
    /// How long `/readyz` answers 503 before the end, in milliseconds, so that balancers go elsewhere first.
    #[arg(long, env, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=600_000))]
    pub drain_notice_ms: u64,
    /// How long requests under way may take to end, in milliseconds.
    #[arg(long, env, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(0..=600_000))]
    pub drain_ms_max: u64,
}

/// TLS at the door.
#[derive(Debug, Clone, Args)]
pub struct TlsConfig {
    /// The door's certificate, in PEM form: its own, then those that vouch for it. Without it the edge speaks no TLS, for a
    /// balancer that does. A new one is in use for new connections a second after its file, or its key's, has changed.
    #[arg(long, env, requires = "listen_key_file")]
    pub listen_cert_file: Option<PathBuf>,
    /// The key of the door's certificate, in PEM form.
    #[arg(long, env, requires = "listen_cert_file")]
    pub listen_key_file: Option<PathBuf>,
    /// The longest that agreeing on TLS may take, in milliseconds; the connection ends then.
    #[arg(long, env, default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(100..=60_000))]
    pub handshake_ms_max: u64,
    /// How long browsers are to come by TLS only (`Strict-Transport-Security`), in seconds, where the edge speaks it; 0 for
    /// not to be told.
    #[arg(long, env, default_value_t = 31_536_000, value_parser = clap::value_parser!(u32).range(0..=126_144_000))]
    pub hsts_seconds: u32,
}

/// How often somebody may call, and how it is known who does.
#[derive(Debug, Clone, Args)]
pub struct LimitConfig {
    /// Where limits are kept.
    #[command(flatten)]
    pub shared: SharedConfig,
    /// How many units of cost a second come back to an address (of IPv6: a /64), whoever calls from there; 0 for no limit.
    #[arg(long, env, default_value_t = 200, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub limit_address_per_second: u32,
    /// How many units of cost an address may use at once. Many people may share one.
    #[arg(long, env, default_value_t = 4_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000_000))]
    pub limit_address_burst: u32,
    /// How many units of cost a second come back to a user, wherever they call from; 0 for no limit.
    #[arg(long, env, default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub limit_user_per_second: u32,
    /// How many units of cost a user may use at once.
    #[arg(long, env, default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..=1_000_000_000))]
    pub limit_user_burst: u32,
    /// The most connections that one address may have open (of IPv6: a /64); more are closed.
    #[arg(long, env, default_value_t = 4_096, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub connections_per_address_max: u32,
    /// The most event streams that one address may have open (of IPv6: a /64); more are answered 429.
    #[arg(long, env, default_value_t = 1_024, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub streams_per_address_max: u32,
    /// The networks (`10.0.0.0/8`) of the proxies that stand before the edge, separated by commas. Only they are believed
    /// when they say for whom they call.
    #[arg(long, env, value_delimiter = ',')]
    pub trusted_proxies: Vec<IpNet>,
    /// How those proxies say it: `x-forwarded-for` or `forwarded`. The other one is as a client sent it.
    #[arg(long, env, default_value = "x-forwarded-for", value_enum)]
    pub trusted_proxy_header: ProxyHeader,
}

impl Config {
    /// Where the process listens.
    #[must_use]
    pub const fn addresses(&self) -> Addresses {
        Addresses { serving: self.listen_addr, metrics: self.metrics_addr }
    }

    /// The longest a request may take once its body is read.
    pub(crate) const fn request_deadline(&self) -> Duration {
        Duration::from_millis(self.request_deadline_ms)
    }

    /// The longest the head of a request may take to arrive.
    pub(crate) const fn head_read_max(&self) -> Duration {
        Duration::from_millis(self.head_read_ms_max)
    }

    /// How long a client may take nothing of its answer.
    pub(crate) const fn write_stall_max(&self) -> Duration {
        Duration::from_millis(self.write_stall_ms_max)
    }

    /// The longest the body of a request may take to arrive.
    pub(crate) const fn body_read_max(&self) -> Duration {
        Duration::from_millis(self.body_read_ms_max)
    }
}

fn publishable_key(text: &str) -> Result<String, String> {
    // A secret key here would be told to everybody.
    if text.starts_with("pk_") { Ok(text.to_owned()) } else { Err("must be the publishable key: pk_…".to_owned()) }
}

fn form_url(text: &str) -> Result<Uri, String> {
    let uri: Uri = text.parse().map_err(|error| format!("{error}"))?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some();
    if is_web { Ok(uri) } else { Err("must read http://host:port/path".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_shows_the_variables() {
        let table = usher::config::reference::<Config>();
        assert!(include_str!("../README.md").contains(&table), "put this into README.md:\n{table}");
    }

    #[test]
    fn a_wrong_address_names_its_variable() {
        for wrong in ["", "booking", "https://booking:1", "http://booking:1/path", "http://"] {
            let error = Config::try_parse_from(["edge-proxy", "--booking-url", wrong]).unwrap_err().to_string();
            assert!(error.contains("--booking-url"), "{error}");
        }
        assert!(Config::try_parse_from(["edge-proxy", "--booking-url", "http://booking:50053"]).is_ok());
    }

    #[test]
    fn a_secret_key_is_not_taken_for_a_publishable_one() {
        let error = Config::try_parse_from(["edge-proxy", "--payment-publishable-key=sk_live_1"]).unwrap_err();
        assert!(error.to_string().contains("must be the publishable key"), "{error}");
        let both = ["edge-proxy", "--payment-publishable-key=pk_live_1", "--payment-form-url=http://sandbox/form"];
        assert!(Config::try_parse_from(both).is_err(), "two ways to pay");
    }
}
