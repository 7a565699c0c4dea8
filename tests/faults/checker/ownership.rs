//! A seat that somebody was told is booked, and from when to when that binds.

use std::{collections::BTreeMap, time::Duration};

use usher::contract::booking::booking::Status;
use uuid::Uuid;

use super::Promise;
use crate::story::{Answer, Story};

/// A seat of a booking that was told to be BOOKED.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ownership {
    pub ticket: i64,
    pub booking: Uuid,
    /// Whose booking it is: of a sale at the door, whoever sold.
    pub user: i64,
    /// When somebody first knew of it.
    pub told: Duration,
    /// When it may have ended: somebody began to take the seat from the booking, whatever came of that.
    pub ends: Duration,
}

impl Ownership {
    /// All that were told.
    pub fn all(story: &Story) -> Vec<Self> {
        let mut owned: BTreeMap<(i64, Uuid), Self> = BTreeMap::new();
        for call in &story.calls {
            let Answer::Booking { booking, status: Status::Booked, tickets, .. } = &call.answer else { continue };
            let user = story.end.booking(*booking).and_then(|booking| booking.user).unwrap_or(call.user);
            for ticket in tickets {
                let taking = story.calls.iter().filter(|call| call.takes_from(*booking, &story.end).contains(ticket));
                let ends = taking.map(|call| call.begun).min().unwrap_or(Duration::MAX);
                let one = Self { ticket: *ticket, booking: *booking, user, told: call.ended, ends };
                let known = owned.entry((*ticket, *booking)).or_insert(one);
                known.told = known.told.min(call.ended);
            }
        }
        owned.into_values().collect()
    }

    /// Whether there is a moment at which both bind.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.told.max(other.told) < self.ends.min(other.ends)
    }

    /// Whether there is a moment at which a hold of somebody else's binds, too.
    pub fn breaks(&self, promise: &Promise) -> bool {
        promise.user != self.user
            && promise.tickets.contains(&self.ticket)
            && self.told.max(promise.told) < self.ends.min(promise.ends)
    }
}
