//! On what terms a booking is given back: until when, and what the house keeps. Pure.

use chrono::TimeDelta;

use crate::{error::Error, seat::Timestamp};

const PERCENT: i64 = 100;

/// An event's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelPolicy {
    /// When the event starts.
    pub start_time: Timestamp,
    /// Until so many minutes before the start.
    pub minutes_before: i32,
    /// What the house keeps of each seat's price, in percent.
    pub fee_percent: i32,
}

/// What becomes of the money for some seats that are given back, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// What goes back.
    pub refund: i64,
    /// What the house keeps.
    pub fee: i64,
}

impl CancelPolicy {
    /// What a customer gets back at `now` for seats that were sold at `prices`. The fee is taken seat by seat and rounded
    /// in the customer's favour, so that giving seats back one by one costs the same as all at once.
    pub fn quote(&self, prices: &[i64], now: Timestamp) -> Result<Quote, Error> {
        let closes = self.start_time - TimeDelta::minutes(self.minutes_before.into());
        if now >= closes {
            return Err(Error::CancellationClosed(closes));
        }
        let fee = prices.iter().map(|price| price * i64::from(self.fee_percent) / PERCENT).sum();
        Ok(Quote { refund: prices.iter().sum::<i64>() - fee, fee })
    }
}

/// What goes back where the house itself takes seats back: all of it, at any time.
#[must_use]
pub fn quote_of_the_house(prices: &[i64]) -> Quote {
    Quote { refund: prices.iter().sum(), fee: 0 }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    fn policy(minutes_before: i32, fee_percent: i32) -> CancelPolicy {
        CancelPolicy { start_time: DateTime::from_timestamp(1_000_000, 0).unwrap(), minutes_before, fee_percent }
    }

    fn at(seconds: i64) -> Timestamp {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn it_closes_to_the_second() {
        assert!(policy(60, 0).quote(&[100], at(1_000_000 - 3_601)).is_ok());
        let refused = policy(60, 0).quote(&[100], at(1_000_000 - 3_600));
        assert!(matches!(refused, Err(Error::CancellationClosed(closes)) if closes == at(1_000_000 - 3_600)));
    }

    #[test]
    fn the_fee_is_rounded_in_the_customers_favour() {
        assert_eq!(policy(0, 10).quote(&[999, 5], at(0)).unwrap(), Quote { refund: 905, fee: 99 });
        assert_eq!(policy(0, 100).quote(&[999], at(0)).unwrap(), Quote { refund: 0, fee: 999 });
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_parts_cost_what_the_whole_does(
            prices in prop::collection::vec(0i64..100_000_000, 1..10),
            percent in 0i32..=100,
        ) {
            let policy = policy(0, percent);
            let whole = policy.quote(&prices, at(0)).unwrap();
            prop_assert_eq!(whole.refund + whole.fee, prices.iter().sum::<i64>());
            let parts: Vec<_> = prices.iter().map(|price| policy.quote(&[*price], at(0)).unwrap()).collect();
            prop_assert_eq!(parts.iter().map(|part| part.refund).sum::<i64>(), whole.refund);
            prop_assert!(whole.refund >= 0 && whole.fee >= 0);
        }
    }
}
