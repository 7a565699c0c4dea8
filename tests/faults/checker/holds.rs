//! I4: a hold lasts as long as it was promised, excludes everyone else, and is not lost while it is paid for. I3: it
//! outlives a payment that failed.

use std::time::Duration;

use usher::reason::Reason;

use super::{Ownership, Promise, Violation};
use crate::story::{Answer, Call, Op, Story};

/// How far the end of a hold may be off what its call allows: the round's clock and the database's are read apart.
const CLOCKS_DIFFER_MAX: Duration = Duration::from_millis(250);

/// INVARIANT I4, and what of I3 is about the hold.
pub fn kept(story: &Story, promises: &[Promise], owned: &[Ownership]) -> Vec<Violation> {
    let mut violations = of_right_length(story);
    violations.extend(sold_away(promises, owned));
    violations.extend(denied(story, promises));
    for booking in &story.end.bookings {
        // Where nobody gives it back, money goes back only where a payment found its seats gone.
        let is_given_back = story.calls.iter().any(|call| call.is_to_take_from(booking.id));
        if !is_given_back && matches!(booking.status.as_str(), "REFUNDING" | "REFUNDED" | "CANCELLED") {
            let what = format!("booking {} lost its seats while it was paid for: it is {}", booking.id, booking.status);
            violations.push(Violation::new("I4", what));
        }
    }
    violations
}

/// The first answer to a wish: the hold begins within the call.
fn of_right_length(story: &Story) -> Vec<Violation> {
    let mut violations = Vec::new();
    for call in &story.calls {
        let Answer::Reserved { tickets, until, .. } = &call.answer else { continue };
        // An earlier wish of the same user for one of the seats may have begun the hold, whatever was heard of it.
        let wished_before = story
            .calls
            .iter()
            .any(|before| before.user == call.user && before.begun < call.begun && before.op.may_hold_any_of(tickets));
        let earliest = (call.begun + story.hold).saturating_sub(CLOCKS_DIFFER_MAX);
        let latest = call.ended + story.hold + CLOCKS_DIFFER_MAX;
        if !wished_before && !(earliest..=latest).contains(until) {
            let what = format!("a hold must last {:?}, and this one ends at {until:?}: {call:?}", story.hold);
            violations.push(Violation::new("I4", what));
        }
    }
    violations
}

/// Seats that were somebody's for sure, while somebody else knew them to be booked.
fn sold_away(promises: &[Promise], owned: &[Ownership]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for owner in owned {
        for promise in promises.iter().filter(|promise| owner.breaks(promise)) {
            let what = format!("a seat that is held is booked: {promise:?}, {owner:?}");
            violations.push(Violation::new("I4", what));
        }
    }
    violations
}

/// Holders who were told that they hold nothing.
fn denied(story: &Story, promises: &[Promise]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for call in &story.calls {
        let Op::Book { reservation, .. } = call.op else { continue };
        let Answer::Refused(reason @ (Reason::NotReserved | Reason::HoldExpired | Reason::Forbidden)) = call.answer
        else {
            continue;
        };
        let is_held = |promise: &&Promise| {
            (promise.user, promise.reservation) == (call.user, reservation)
                && promise.binds_at(call.begun)
                && promise.binds_at(call.ended)
        };
        if let Some(promise) = promises.iter().find(is_held) {
            let invariant = if was_declined(story, call, promise) { "I3" } else { "I4" };
            let what = format!("{reason:?} was told while this hold stands: {promise:?}");
            violations.push(Violation::new(invariant, what));
        }
    }
    violations
}

/// Whether a payment for the hold had failed before the call.
fn was_declined(story: &Story, call: &Call, promise: &Promise) -> bool {
    story.calls.iter().any(|before| {
        let is_of_hold = matches!(before.op, Op::Book { reservation, .. } if reservation == promise.reservation);
        is_of_hold && before.ended <= call.begun && before.answer == Answer::Refused(Reason::PaymentDeclined)
    })
}
