//! Proves the invariants on one round's story, or says which one is broken, and how. Pure: knows no mesh.
//!
//! It is conservative: a call whose outcome is unknown may have done all of its work, none of it, or do it later, and
//! nothing is held against the mesh that one of these would explain.

mod holds;
mod house;
mod money;
mod ownership;
mod promise;
mod repeats;
mod returns;
mod seats;
mod survival;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::story::{State, Story};
use ownership::Ownership;
use promise::Promise;

/// A broken invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its name: `"I1"`.
    pub invariant: &'static str,
    /// Where, and how.
    pub what: String,
}

impl Violation {
    fn new(invariant: &'static str, what: impl Into<String>) -> Self {
        Self { invariant, what: what.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

/// Everything that is wrong with a story; empty where all invariants hold.
pub fn check(story: &Story) -> Vec<Violation> {
    let (promises, owned) = (Promise::all(story), Ownership::all(story));
    let mut violations = seats::sold_once(story, &promises, &owned);
    violations.extend(seats::whole(story));
    violations.extend(house::keeps_its_seats(story));
    violations.extend(money::accounted_for(story));
    violations.extend(returns::accounted_for(story));
    violations.extend(holds::kept(story, &promises, &owned));
    violations.extend(repeats::answered_alike(story, &promises));
    violations.extend(survival::all_there(story, &promises));
    violations
}

/// INVARIANT I5: expects that callbacks which came again have changed nothing.
pub fn unchanged(before: &State, after: &State) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut differ = |what: &str, differs: bool| {
        if differs {
            violations.push(Violation::new("I5", format!("callbacks that came again changed {what}")));
        }
    };
    differ("seats", before.seats != after.seats);
    differ("bookings", before.bookings != after.bookings);
    differ("what was given back", before.refunds != after.refunds);
    differ("what was paid", before.charges != after.charges);
    violations
}
