//! How often somebody may try to sign in or up: by account, whether it exists or not, and by address. What did not fail is
//! given back, so that only failures add up: neither what succeeds, nor what nobody could answer.

use std::time::Duration;

use usher::{
    limit::{Key, Late, Limiter, Quota},
    reason::{Reason, Refusal},
};

use crate::{config::Config, email::Email};

/// What a sign-up from an address costs of its allowance, in failures to log in.
const SIGN_UP_COST: u32 = 1;

/// Keeps count of who tries.
#[derive(Clone)]
pub struct Throttle {
    limiter: Limiter,
    account: Quota,
    address: Quota,
}

/// An attempt that was let through. Dropped, it does not count.
#[must_use]
pub struct Attempt {
    limiter: Limiter,
    taken: Vec<(Key, Quota)>,
}

impl Throttle {
    /// As the settings say.
    pub fn new(config: &Config, limiter: Limiter) -> Self {
        let quota = |burst, seconds: u32| Quota::new(burst, Duration::from_secs(seconds.into()));
        Self {
            limiter,
            account: quota(config.login_account_failures_max, config.login_account_seconds),
            address: quota(config.login_address_failures_max, config.login_address_seconds),
        }
    }

    /// Lets an attempt to log in through, or says when to come back. The address is the one that the edge saw.
    pub fn log_in(&self, email: &Email, address: Option<&str>) -> Result<Attempt, Refusal> {
        let mut attempt = self.attempt(address)?;
        let key = Key::new("login-account", email.as_str());
        self.limiter.take(key, self.account, 1).map_err(too_often)?;
        attempt.taken.push((key, self.account));
        Ok(attempt)
    }

    /// Lets an attempt through that names no account yet. It counts, whatever comes of it.
    pub fn sign_up(&self, address: Option<&str>) -> Result<(), Refusal> {
        let Some(address) = address else { return Ok(()) };
        self.limiter.take(key(address), self.address, SIGN_UP_COST).map(drop).map_err(too_often)
    }

    /// Lets an attempt through that names no account yet, and counts if it fails.
    pub fn attempt(&self, address: Option<&str>) -> Result<Attempt, Refusal> {
        let mut taken = Vec::with_capacity(2);
        if let Some(address) = address {
            self.limiter.take(key(address), self.address, 1).map_err(too_often)?;
            taken.push((key(address), self.address));
        }
        Ok(Attempt { limiter: self.limiter.clone(), taken })
    }
}

impl Attempt {
    /// It counts.
    pub fn failed(mut self) {
        self.taken.clear();
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        for (key, quota) in self.taken.drain(..) {
            self.limiter.give_back(key, quota, 1);
        }
    }
}

fn key(address: &str) -> Key {
    Key::new("login-address", address)
}

/// The same words for an account that exists and for one that does not.
fn too_often(late: Late) -> Refusal {
    metrics::counter!("account_throttled_total").increment(1);
    Refusal::new(Reason::RateLimited, "too many attempts: wait, then try again").retry_after(late.retry_after)
}

#[cfg(test)]
mod tests {
    use usher::limit::SharedConfig;

    use super::*;

    fn throttle() -> Throttle {
        let (limiter, _) = Limiter::start(&SharedConfig { redis_url: None }).unwrap();
        let quota = |burst| Quota::new(burst, Duration::from_secs(1_000));
        Throttle { limiter, account: quota(3), address: quota(5) }
    }

    /// Whether a log-in gets as far as to fail.
    fn fails(throttle: &Throttle, email: &str, address: &str) -> bool {
        throttle.log_in(&Email::parse(email).unwrap(), Some(address)).map(Attempt::failed).is_ok()
    }

    #[test]
    fn failures_add_up_by_account_from_wherever_they_come() {
        let throttle = throttle();
        assert!((0..3).all(|n| fails(&throttle, "ann@example.org", &format!("10.0.0.{n}"))));
        assert!(!fails(&throttle, "ann@example.org", "10.0.0.9"));
        assert!(fails(&throttle, "bob@example.org", "10.0.0.9"));
    }

    #[test]
    fn failures_add_up_by_address_for_whomever_they_are() {
        let throttle = throttle();
        assert!((0..5).all(|n| fails(&throttle, &format!("user{n}@example.org"), "10.0.0.7")));
        assert!(!fails(&throttle, "user9@example.org", "10.0.0.7"));
        assert!(throttle.sign_up(Some("10.0.0.7")).is_err());
        assert!(throttle.sign_up(Some("10.0.0.8")).is_ok() && throttle.sign_up(None).is_ok());
    }

    #[test]
    fn what_does_not_fail_is_never_too_often() {
        let throttle = throttle();
        for _ in 0..50 {
            throttle.log_in(&Email::parse("ann@example.org").unwrap(), Some("10.0.0.7")).map(drop).unwrap();
        }
    }

    #[test]
    fn an_account_that_is_closed_for_now_uses_up_no_address() {
        let throttle = throttle();
        assert!((0..3).all(|_| fails(&throttle, "ann@example.org", "10.0.0.7")));
        assert!((0..50).all(|_| !fails(&throttle, "ann@example.org", "10.0.0.7")));
        assert!(fails(&throttle, "bob@example.org", "10.0.0.7"));
    }
}
