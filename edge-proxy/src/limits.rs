//! How often somebody may call: each address, and each user, by what their calls cost; and how much an address may have open. Decided before a body is read, in
//! memory; all edges share what was used through Redis (`usher::limit`).

mod client;
mod crowd;
mod headers;

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::HeaderMap;
use usher::{
    limit::{Key, Late, Limiter, Quota, Standing},
    reason::{Reason, Refusal},
};

use crate::config::LimitConfig;
use client::Proxies;
pub use client::ProxyHeader;
use crowd::Crowd;
pub(crate) use crowd::Place;

/// The two allowances, as the fields `RateLimit` and `RateLimit-Policy` name them.
const ADDRESS: &str = "address";
const USER: &str = "user";
/// What is limited at once, and not by time.
const STREAMS: &str = "streams";
/// When somebody may come back whose address has too many streams open.
const STREAMS_RETRY: Duration = Duration::from_secs(5);

/// An allowance by its name, and what is left of it.
type Stood = (&'static str, Quota, Standing);

/// Keeps the limits.
#[derive(Debug)]
pub(crate) struct Limits {
    limiter: Limiter,
    /// `None`: no limit.
    address: Option<Quota>,
    /// `None`: no limit.
    user: Option<Quota>,
    connections: Crowd,
    streams: Crowd,
    proxies: Proxies,
}

/// An address has as many connections as it may.
#[derive(Debug)]
pub(crate) struct Crowded;

/// One request, as far as limits are concerned. Travels in its extensions.
#[derive(Debug, Clone)]
pub(crate) struct Visit(Arc<Visited>);

#[derive(Debug)]
struct Visited {
    limits: Arc<Limits>,
    /// Where it comes from.
    address: IpAddr,
    /// What it costs, in units.
    cost: u32,
    /// Whether its answer is a stream, which lasts.
    streams: bool,
    found: Mutex<Found>,
}

/// What has come of it so far.
#[derive(Debug, Default)]
struct Found {
    /// Its place among its address's streams.
    place: Option<Place>,
    /// How its caller stands, for the answer's head.
    standings: Vec<Stood>,
}

impl Limits {
    /// As the settings say.
    pub(crate) fn new(config: &LimitConfig, limiter: Limiter) -> Self {
        let quota = |per_second: u32, burst: u32| {
            (per_second > 0).then(|| Quota::new(burst, Duration::from_secs(1) / per_second.max(1)))
        };
        Self {
            limiter,
            address: quota(config.limit_address_per_second, config.limit_address_burst),
            user: quota(config.limit_user_per_second, config.limit_user_burst),
            connections: Crowd::new(config.connections_per_address_max),
            streams: Crowd::new(config.streams_per_address_max),
            proxies: Proxies::new(config),
        }
    }

    /// A request from `peer` that costs so many units.
    pub(crate) fn visit(self: &Arc<Self>, peer: IpAddr, headers: &HeaderMap, cost: u32, streams: bool) -> Visit {
        let address = self.proxies.client(peer, headers);
        Visit(Arc::new(Visited { limits: Arc::clone(self), address, cost, streams, found: Mutex::default() }))
    }

    /// Lets a connection in, unless its address has as many as it may. The house's own proxies hold those of all, and need no
    /// place.
    pub(crate) fn connect(&self, peer: IpAddr) -> Result<Option<Place>, Crowded> {
        match self.proxies.trusts(peer.to_canonical()) {
            true => Ok(None),
            false => self.connections.enter(network(peer)).map(Some).ok_or(Crowded),
        }
    }
}

impl Visit {
    /// Where the request comes from.
    pub(crate) fn address(&self) -> IpAddr {
        self.0.address
    }

    /// Takes what the request costs from its address's allowance, or says when to come back.
    pub(crate) fn enter(&self) -> Result<(), Refusal> {
        let (network, limits) = (network(self.0.address), &self.0.limits);
        self.take(ADDRESS, limits.address, &network.to_string(), "this address")?;
        if self.0.streams {
            let place = limits.streams.enter(network).ok_or_else(|| {
                let message = "this address has as many streams open as it may: close some, then try again";
                Refusal::new(Reason::RateLimited, message).with("policy", STREAMS).retry_after(STREAMS_RETRY)
            })?;
            self.found().place = Some(place);
        }
        Ok(())
    }

    /// The stream's place, for its answer to keep.
    pub(crate) fn place(&self) -> Option<Place> {
        self.found().place.take()
    }

    /// Takes what the request costs from its user's allowance, or says when to come back.
    pub(crate) fn enter_as(&self, user_id: i64) -> Result<(), Refusal> {
        self.take(USER, self.0.limits.user, &user_id.to_string(), "this account")
    }

    /// Says in an answer's head how its caller stands.
    pub(crate) fn describe(&self, headers: &mut HeaderMap) {
        headers::describe(headers, &self.found().standings);
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.0.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, policy: &'static str, quota: Option<Quota>, who: &str, said: &str) -> Result<(), Refusal> {
        let Some(quota) = quota.filter(|_| self.0.cost > 0) else { return Ok(()) };
        let taken = self.0.limits.limiter.take(Key::new(policy, who), quota, self.0.cost);
        let standing = match taken {
            Ok(standing) | Err(Late { standing, .. }) => standing,
        };
        self.found().standings.push((policy, quota, standing));
        taken.map(drop).map_err(|late| {
            metrics::counter!("edge_limited_total", "policy" => policy).increment(1);
            let message = format!("too many requests from {said}: slow down, and come back when RetryInfo says");
            Refusal::new(Reason::RateLimited, message).with("policy", policy).retry_after(late.retry_after)
        })
    }
}

/// Whoever has one address of IPv6 has all that share its first half.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6([a, b, c, d, 0, 0, 0, 0].into())
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}
