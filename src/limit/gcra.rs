//! The rule (generic cell rate algorithm): who uses something is in debt for it, and the debt goes down with time. Pure.

use std::time::Duration;

/// How much may be used at once, and how fast it comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How long one unit takes to come back.
    unit: Duration,
    /// How many units may be used at once.
    burst: u32,
}

/// What is left of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How many units may be used now.
    pub remaining: u32,
    /// How long until all of it is back.
    pub reset: Duration,
}

/// Too soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    /// When the same may be tried again.
    pub retry_after: Duration,
    /// What is left meanwhile.
    pub standing: Standing,
}

impl Quota {
    /// `burst` units at once, and one more each `unit`. Neither is ever zero.
    #[must_use]
    pub fn new(burst: u32, unit: Duration) -> Self {
        Self { unit: unit.max(Duration::from_nanos(1)), burst: burst.max(1) }
    }

    /// How many units may be used at once.
    #[must_use]
    pub const fn burst(&self) -> u32 {
        self.burst
    }

    /// How long all of it takes to come back.
    #[must_use]
    pub const fn window(&self) -> Duration {
        self.unit.saturating_mul(self.burst)
    }

    /// The debt for so many units. What costs more than there ever is costs all of it.
    #[must_use]
    pub fn debt(&self, units: u32) -> Duration {
        self.unit.saturating_mul(units.min(self.burst))
    }

    /// Whether somebody with a debt may use so many units.
    pub fn judge(&self, debt: Duration, units: u32) -> Result<Standing, Late> {
        let after = debt + self.debt(units);
        match after.checked_sub(self.window()) {
            Some(over) if !over.is_zero() => Err(Late { retry_after: over, standing: self.standing(debt) }),
            _ => Ok(self.standing(after)),
        }
    }

    fn standing(&self, debt: Duration) -> Standing {
        let left = self.window().saturating_sub(debt).as_nanos() / self.unit.as_nanos();
        Standing { remaining: u32::try_from(left).unwrap_or(u32::MAX), reset: debt }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUOTA: fn() -> Quota = || Quota::new(10, Duration::from_secs(1));

    #[test]
    fn all_at_once_then_one_as_it_comes_back() {
        let quota = QUOTA();
        let mut debt = Duration::ZERO;
        for nth in 1..=10 {
            let standing = quota.judge(debt, 1).unwrap();
            assert_eq!((standing.remaining, standing.reset.as_secs()), (10 - nth, u64::from(nth)));
            debt += quota.debt(1);
        }
        let late = quota.judge(debt, 1).unwrap_err();
        assert_eq!(late.retry_after, Duration::from_secs(1));
        assert_eq!(late.standing.remaining, 0);
        assert!(quota.judge(debt.saturating_sub(late.retry_after), 1).is_ok());
        assert_eq!(quota.judge(debt, 3).unwrap_err().retry_after, Duration::from_secs(3));
    }

    #[test]
    fn what_costs_more_than_there_is_waits_for_all_of_it() {
        let quota = QUOTA();
        assert_eq!(quota.judge(Duration::ZERO, 1_000).unwrap().remaining, 0);
        assert_eq!(quota.judge(Duration::from_secs(4), 1_000).unwrap_err().retry_after, Duration::from_secs(4));
    }

    proptest! {
        /// Over any time, no more passes than the burst and what has come back since.
        #[test]
        fn no_more_than_allowed_ever_passes(gaps_ms in prop::collection::vec((0_u64..3_000, 1_u32..4), 1..200)) {
            let quota = QUOTA();
            let (mut debt, mut passed, mut elapsed) = (Duration::ZERO, 0_u64, Duration::ZERO);
            for (gap, units) in gaps_ms {
                let gap = Duration::from_millis(gap);
                elapsed += gap;
                debt = debt.saturating_sub(gap);
                if quota.judge(debt, units).is_ok() {
                    debt += quota.debt(units);
                    passed += u64::from(units);
                }
                prop_assert!(passed <= 10 + elapsed.as_secs(), "{passed} after {elapsed:?}");
            }
        }
    }
}
