//! I4: a hold lasts as long as it was promised, excludes everyone else, and is not lost while it is paid for. I3: it
//! outlives a payment that failed.

use std::time::Duration;

use usher::{contract::booking::booking::Status, reason::Reason};

use super::{Promise, Violation};
use crate::story::{Answer, Call, Op, Story};

/// How far the end of a hold may be off what its call allows: the round's clock and the database's are read apart.
const CLOCKS_DIFFER_MAX: Duration = Duration::from_millis(250);

/// INVARIANT I4, and what of I3 is about the hold.
pub fn kept(story: &Story, promises: &[Promise]) -> Vec<Violation> {
    let mut violations = of_right_length(story);
    violations.extend(sold_away(story, promises));
    violations.extend(denied(story, promises));
    for booking in &story.end.bookings {
        // Nobody cancels here: money goes back only where a payment found its seats gone.
        if matches!(booking.status.as_str(), "REFUNDING" | "REFUNDED") {
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
        let (Op::Reserve { tickets, .. }, Answer::Reserved { until, .. }) = (&call.op, &call.answer) else { continue };
        // An earlier wish of the same user for one of the seats may have begun the hold, whatever was heard of it.
        let wished_before = story.calls.iter().any(|before| {
            let Op::Reserve { tickets: wished, .. } = &before.op else { return false };
            before.user == call.user && before.begun < call.begun && wished.iter().any(|seat| tickets.contains(seat))
        });
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
fn sold_away(story: &Story, promises: &[Promise]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for call in &story.calls {
        let Answer::Booking { status: Status::Booked, tickets, .. } = &call.answer else { continue };
        for promise in promises.iter().filter(|promise| promise.user != call.user && call.ended < promise.ends) {
            if promise.tickets.iter().any(|ticket| tickets.contains(ticket)) {
                let what = format!("user {} was told of a booking of seats that are held: {promise:?}", call.user);
                violations.push(Violation::new("I4", what));
            }
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
