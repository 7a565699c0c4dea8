//! A filter as the index compares it: times and prices as numbers. Pure.

use std::ops::RangeInclusive;

use crate::{event::Timestamp, search::Filter};

/// Which events of a document pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sieve {
    /// They start then or later, in microseconds since 1970.
    pub from: i64,
    /// They start before.
    pub to: i64,
    /// The lowest price lies there.
    pub prices: RangeInclusive<i64>,
}

impl Sieve {
    /// What passes the filter at `now`.
    pub fn new(filter: &Filter, now: i64) -> Self {
        let from = filter.from.map_or(i64::MIN, micros);
        // What begins now has begun.
        let from = if filter.include_past { from } else { from.max(now.saturating_add(1)) };
        let to = filter.to.map_or(i64::MAX, micros);
        Self { from, to, prices: filter.price_min.unwrap_or(i64::MIN)..=filter.price_max.unwrap_or(i64::MAX) }
    }

    /// Whether the price makes no difference.
    pub const fn any_price(&self) -> bool {
        *self.prices.start() == i64::MIN && *self.prices.end() == i64::MAX
    }

    /// Whether the price passes.
    pub fn passes_price(&self, price: i64) -> bool {
        self.prices.contains(&price)
    }
}

/// A moment in the database's digits.
pub const fn micros(at: Timestamp) -> i64 {
    at.timestamp_micros()
}
