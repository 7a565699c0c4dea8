//! A service as its callers know it: its instances, which of them get calls, and whose turn it is.

use std::{
    net::SocketAddr,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::uri::Authority;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout},
};
use tower::retry::budget::{Budget as _, TpsBudget};

use super::{
    ChannelConfig, Target,
    breaker::Breaker,
    endpoint::{Endpoint, Health},
    exclusion::{STRIKES_MAX, may_leave_out},
    line::Link,
    metrics::Metrics,
};
use crate::{id::EventId, tls::Mutual};

/// Over how long calls and what is sent again are compared.
const BUDGET_TIME: Duration = Duration::from_secs(10);
/// So many may be sent again each second, however few calls there are.
const RETRIES_PER_SECOND_MIN: u32 = 10;

type Endpoints = Arc<[Arc<Endpoint>]>;

/// The service.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) name: &'static str,
    /// Its gRPC name, under which it tells its health.
    pub(super) service: &'static str,
    pub(super) target: Target,
    pub(super) config: ChannelConfig,
    tls: Option<Mutual>,
    known: watch::Sender<Endpoints>,
    ready: RwLock<Endpoints>,
    turn: AtomicUsize,
    pub(super) breaker: Breaker,
    budget: Option<TpsBudget>,
    began: Instant,
    pub(super) metrics: Metrics,
    /// Told when addresses may have changed.
    pub(super) doubted: Notify,
}

impl Peer {
    pub(super) fn new(
        name: &'static str,
        service: &'static str,
        target: Target,
        config: &ChannelConfig,
        tls: Option<Mutual>,
    ) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a hundred at most")]
        let share = config.peer_retry_percent as f32 / 100.0;
        let peer = Self {
            name,
            service,
            config: config.clone(),
            tls,
            known: watch::Sender::new(Arc::new([])),
            ready: RwLock::new(Arc::new([])),
            turn: AtomicUsize::new(0),
            breaker: Breaker::default(),
            budget: (share > 0.0).then(|| TpsBudget::new(BUDGET_TIME, RETRIES_PER_SECOND_MIN, share)),
            began: Instant::now(),
            metrics: Metrics::new(name),
            doubted: Notify::new(),
            target,
        };
        // Numbers need no looking up: calls may go at once.
        let numbers = peer
            .target
            .places
            .iter()
            .filter_map(|place| Some((SocketAddr::new(place.ip()?, place.port), place.authority.clone())));
        let numbers: Vec<_> = numbers.collect();
        peer.set_addresses(numbers);
        peer
    }

    /// Takes in where the service is. Who was there before stays as they are.
    pub(super) fn set_addresses(&self, mut addresses: Vec<(SocketAddr, Authority)>) {
        addresses.sort_by_key(|(address, _)| *address);
        addresses.dedup_by_key(|(address, _)| *address);
        let before = self.known();
        if before.iter().map(|endpoint| endpoint.address).eq(addresses.iter().map(|(address, _)| *address)) {
            return;
        }
        let all: Endpoints = addresses
            .into_iter()
            .map(|(address, authority)| {
                let same = before.iter().find(|endpoint| endpoint.address == address);
                same.cloned().unwrap_or_else(|| {
                    let connect_max = self.config.connect_max();
                    let tls = self.tls.clone().map(|tls| (tls, self.name));
                    let link = Link { address, authority, connect_max, windows: None, tls };
                    Arc::new(Endpoint::new(&link, self.config.peer_calls_max))
                })
            })
            .collect();
        let told: Vec<_> = all.iter().map(|endpoint| endpoint.address.to_string()).collect();
        tracing::info!(peer = self.name, addresses = told.join(" "), "a service's addresses");
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        self.metrics.known.set(all.len() as f64);
        self.known.send_replace(all);
        self.sort_out();
    }

    /// All instances.
    pub(super) fn known(&self) -> Endpoints {
        Arc::clone(&self.known.borrow())
    }

    /// The instances that get calls.
    pub(super) fn ready(&self) -> Endpoints {
        Arc::clone(&self.ready.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Decides anew who gets calls: those that serve and are not left out; else those that serve; else all, since to try
    /// is better than to refuse.
    pub(super) fn sort_out(&self) {
        let (known, now) = (self.known(), Instant::now());
        let serves = |endpoint: &&Arc<Endpoint>| matches!(endpoint.health(), Health::Unknown | Health::Serving);
        let good: Vec<_> = known.iter().filter(serves).filter(|endpoint| !endpoint.is_left_out(now)).cloned().collect();
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        self.metrics.ready.set(good.len() as f64);
        let ready: Endpoints = if good.is_empty() {
            let serving: Vec<_> = known.iter().filter(serves).cloned().collect();
            if serving.is_empty() { known } else { serving.into() }
        } else {
            good.into()
        };
        *self.ready.write().unwrap_or_else(PoisonError::into_inner) = ready;
    }

    /// Notes strikes against an instance, and leaves it out where it has too many while another one does well.
    pub(super) fn strike(&self, endpoint: &Arc<Endpoint>, weight: u32) {
        if endpoint.strike(weight) < STRIKES_MAX {
            return;
        }
        let (known, now) = (self.known(), Instant::now());
        let others = || known.iter().filter(|other| !Arc::ptr_eq(other, endpoint));
        let out = others().filter(|other| other.is_left_out(now)).count();
        let another_does_well =
            others().any(|other| other.strikes() == 0 && !other.is_left_out(now) && other.health() == Health::Serving);
        if endpoint.is_left_out(now) || !may_leave_out(known.len(), out) || !another_does_well {
            return;
        }
        let time = endpoint.exclusion().begin(now);
        self.metrics.left_out.increment(1);
        tracing::warn!(
            peer = self.name,
            address = %endpoint.address,
            seconds = time.as_secs(),
            "calls to an instance fail one after another: it gets none for a while"
        );
        self.sort_out();
    }

    /// Whose turn it is: one after the other, but of two neighbours the one with less to do. Not `avoided`, where there is
    /// anybody else; `None` where nobody has room.
    pub(super) fn pick(&self, avoided: Option<&Arc<Endpoint>>) -> Option<Arc<Endpoint>> {
        let ready = self.ready();
        let count = ready.len();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let first = ready.get(turn.checked_rem(count)?)?;
        if count == 1 {
            return first.has_room().then(|| Arc::clone(first));
        }
        // The neighbour is another one each time around.
        let second = ready.get((turn + 1 + (turn / count) % (count - 1)) % count)?;
        let chosen = if second.under_way() < first.under_way() { second } else { first };
        let is_avoided = |endpoint: &&Arc<Endpoint>| avoided.is_some_and(|avoided| Arc::ptr_eq(avoided, endpoint));
        if !is_avoided(&chosen) && chosen.has_room() {
            return Some(Arc::clone(chosen));
        }
        let fit = ready.iter().filter(|endpoint| endpoint.has_room());
        let others = fit.clone().filter(|endpoint| !is_avoided(endpoint));
        others.min_by_key(|endpoint| endpoint.under_way()).or_else(|| fit.clone().next()).cloned()
    }

    /// Whose the event is: always the same instance of those that get calls, and while that has no room, or is to be
    /// avoided, always the same next one.
    pub(super) fn pick_for(&self, event: EventId, avoided: Option<&Arc<Endpoint>>) -> Option<Arc<Endpoint>> {
        let ready = self.ready();
        let is_avoided = |endpoint: &&Arc<Endpoint>| avoided.is_some_and(|avoided| Arc::ptr_eq(avoided, endpoint));
        let fit = ready.iter().filter(|endpoint| endpoint.has_room());
        fit.max_by_key(|endpoint| (!is_avoided(endpoint), endpoint.weight(event))).cloned()
    }

    /// Refuses calls where each instance was asked so often in a row how it does, and none says anything: calls would wait for
    /// all of their time, and nothing ever fails that the breaker counts.
    pub(super) fn refuse_the_silent(&self, missed: u32) {
        let known = self.known();
        let is_silent = !known.is_empty() && known.iter().all(|endpoint| endpoint.misses() >= missed);
        if is_silent && self.breaker.silenced(self.now_ms()) {
            self.tell_out_of_reach();
        }
    }

    /// Tells that the breaker has opened.
    pub(super) fn tell_out_of_reach(&self) {
        self.metrics.open.set(1.0);
        tracing::warn!(peer = self.name, "a service is out of reach: calls to it are refused, but for a few that try");
    }

    /// Whether all instances that get calls have as many as they may.
    pub(super) fn is_full(&self) -> bool {
        let ready = self.ready.read().unwrap_or_else(PoisonError::into_inner);
        !ready.is_empty() && ready.iter().all(|endpoint| !endpoint.has_room())
    }

    /// Waits until the first addresses are known, as long as a connection may take.
    pub(super) async fn wait_for_addresses(&self) {
        let mut known = self.known.subscribe();
        // Elapsed: then there are none.
        let _ = timeout(self.config.connect_max(), known.wait_for(|known| !known.is_empty())).await;
    }

    /// Counts a call, of which a share may be sent again.
    pub(super) fn deposit(&self) {
        if let Some(budget) = &self.budget {
            budget.deposit();
        }
    }

    /// Whether one more may be sent again.
    pub(super) fn withdraw(&self) -> bool {
        let may = self.budget.as_ref().is_some_and(TpsBudget::withdraw);
        if !may {
            self.metrics.withheld.increment(1);
        }
        may
    }

    /// Milliseconds since the channel began.
    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
