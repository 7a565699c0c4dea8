//! A hold that somebody was told of, and from when to when it binds.

use std::time::Duration;

use uuid::Uuid;

use crate::story::{Answer, Op, Story};

/// How much sooner than promised a hold counts as over: the round's clock and the database's are read apart.
const CLOCKS_DIFFER_MAX: Duration = Duration::from_millis(100);

/// A hold that was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    pub user: i64,
    pub reservation: Uuid,
    pub tickets: Vec<i64>,
    /// When its holder first knew of it.
    pub told: Duration,
    /// When it certainly no longer binds: it lapses, or its holder began to give it up, whatever came of that.
    pub ends: Duration,
}

impl Promise {
    /// All holds of a story that were acknowledged.
    pub fn all(story: &Story) -> Vec<Self> {
        let mut promises: Vec<Self> = Vec::new();
        for call in &story.calls {
            let Answer::Reserved { reservation, tickets, until, .. } = &call.answer else { continue };
            let until = until.saturating_sub(CLOCKS_DIFFER_MAX);
            match promises.iter_mut().find(|held| (held.user, held.reservation) == (call.user, *reservation)) {
                Some(before) => {
                    before.told = before.told.min(call.ended);
                    before.ends = before.ends.min(until);
                }
                None => promises.push(Self {
                    user: call.user,
                    reservation: *reservation,
                    tickets: tickets.clone(),
                    told: call.ended,
                    ends: until,
                }),
            }
        }
        for call in &story.calls {
            let Op::Release { reservation } = call.op else { continue };
            let given_up = promises.iter_mut().filter(|held| (held.user, held.reservation) == (call.user, reservation));
            given_up.for_each(|held| held.ends = held.ends.min(call.begun));
        }
        // A hold that was paid for ends where a seat is taken from its booking.
        for booking in &story.end.bookings {
            let taking = story.calls.iter().filter(|call| call.is_to_take_from(booking.id));
            let Some(begun) = taking.map(|call| call.begun).min() else { continue };
            let paid = promises.iter_mut().filter(|held| Some(held.reservation) == booking.reservation);
            paid.for_each(|held| held.ends = held.ends.min(begun));
        }
        promises
    }

    /// Whether it binds at that moment.
    pub fn binds_at(&self, moment: Duration) -> bool {
        self.told <= moment && moment < self.ends
    }

    /// Whether there is a moment at which both bind.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.told.max(other.told) < self.ends.min(other.ends)
    }
}
