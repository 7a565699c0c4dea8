//! How often somebody may call: each address, and each user, by what their calls cost. Decided before a body is read, in
//! memory; all edges share what was used through Redis (`usher::limit`).

mod client;
mod headers;

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
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

/// The two allowances, as the fields `RateLimit` and `RateLimit-Policy` name them.
const ADDRESS: &str = "address";
const USER: &str = "user";

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
    proxies: Proxies,
}

/// One request, as far as limits are concerned. Travels in its extensions.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    limits: Arc<Limits>,
    /// Where it comes from.
    pub(crate) address: IpAddr,
    /// What it costs, in units.
    cost: u32,
    /// How its caller stands, for the answer's head.
    standings: Arc<Mutex<Vec<Stood>>>,
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
            proxies: Proxies::new(config),
        }
    }

    /// A request from `peer` that costs so many units.
    pub(crate) fn visit(self: &Arc<Self>, peer: IpAddr, headers: &HeaderMap, cost: u32) -> Visit {
        let address = self.proxies.client(peer, headers);
        Visit { limits: Arc::clone(self), address, cost, standings: Arc::default() }
    }
}

impl Visit {
    /// Takes what the request costs from its address's allowance, or says when to come back.
    pub(crate) fn enter(&self) -> Result<(), Refusal> {
        // Whoever has one address of IPv6 has all that share its first half.
        let network = match self.address {
            IpAddr::V4(_) => self.address,
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6([a, b, c, d, 0, 0, 0, 0].into())
            }
        };
        self.take(ADDRESS, self.limits.address, &network.to_string(), "this address")
    }

    /// Takes what the request costs from its user's allowance, or says when to come back.
    pub(crate) fn enter_as(&self, user_id: i64) -> Result<(), Refusal> {
        self.take(USER, self.limits.user, &user_id.to_string(), "this account")
    }

    /// Says in an answer's head how its caller stands.
    pub(crate) fn describe(&self, headers: &mut HeaderMap) {
        headers::describe(headers, &self.standings.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn take(&self, policy: &'static str, quota: Option<Quota>, who: &str, said: &str) -> Result<(), Refusal> {
        let Some(quota) = quota.filter(|_| self.cost > 0) else { return Ok(()) };
        let taken = self.limits.limiter.take(Key::new(policy, who), quota, self.cost);
        let standing = match taken {
            Ok(standing) | Err(Late { standing, .. }) => standing,
        };
        self.standings.lock().unwrap_or_else(PoisonError::into_inner).push((policy, quota, standing));
        taken.map(drop).map_err(|late| {
            metrics::counter!("edge_limited_total", "policy" => policy).increment(1);
            let message = format!("too many requests from {said}: slow down, and come back when RetryInfo says");
            Refusal::new(Reason::RateLimited, message).with("policy", policy).retry_after(late.retry_after)
        })
    }
}
