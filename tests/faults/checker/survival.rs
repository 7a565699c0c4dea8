//! I7: what was acknowledged is still there in the end.

use usher::contract::booking::booking::Status;
use uuid::Uuid;

use super::{Promise, Violation, returns::may_be_moved_to};
use crate::story::{Answer, Call, Op, SeatStatus, Story};

/// INVARIANT I7. A promise of which only a part is there breaks I6 instead.
pub fn all_there(story: &Story, promises: &[Promise]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for promise in promises.iter().filter(|promise| promise.ends > story.end_at) {
        let there = promise.tickets.iter().filter(|ticket| is_there(story, promise, **ticket)).count();
        if there == 0 {
            violations.push(Violation::new("I7", format!("an acknowledged hold is lost: {promise:?}")));
        } else if there < promise.tickets.len() {
            let what = format!("{there} seats are left of an acknowledged hold: {promise:?}");
            violations.push(Violation::new("I6", what));
        }
    }
    for call in &story.calls {
        match &call.answer {
            Answer::Booking { booking, status, tickets, .. } => {
                violations.extend(booking_lost(story, *booking, *status, tickets));
            }
            Answer::Released { tickets } => violations.extend(release_lost(story, call, tickets)),
            _ => {}
        }
    }
    violations
}

fn is_there(story: &Story, promise: &Promise, ticket: i64) -> bool {
    story.end.seat(ticket).is_some_and(|seat| {
        seat.user == Some(promise.user)
            && seat.reservation == Some(promise.reservation)
            && seat.status != SeatStatus::Available
    })
}

/// A booking that is not as it was told. Somebody may have given it back, or moved its guests.
fn booking_lost(story: &Story, id: Uuid, told: Status, tickets: &[i64]) -> Option<Violation> {
    let Some(booking) = story.end.booking(id) else {
        return Some(Violation::new("I7", format!("an acknowledged booking is lost: {id}, told {told:?}")));
    };
    let mut taking = story.calls.iter().filter(|call| call.is_to_take_from(id));
    let is_kept = match booking.status.as_str() {
        _ if told != Status::Booked => true,
        "BOOKED" => {
            let may_be_taken =
                |ticket: &i64| taking.clone().any(|call| call.takes_from(id, &story.end).contains(ticket));
            tickets.iter().all(|ticket| booking.tickets.contains(ticket) || may_be_taken(ticket))
                && booking.tickets.iter().all(|ticket| tickets.contains(ticket) || may_be_moved_to(story, id, *ticket))
        }
        "REFUNDING" | "REFUNDED" | "CANCELLED" => taking.any(|call| matches!(call.op, Op::Cancel { .. })),
        _ => false,
    };
    let what = || format!("booking {id} was told to be BOOKED with {tickets:?} and is now {booking:?}");
    (!is_kept).then(|| Violation::new("I7", what()))
}

/// A release that was undone. A wish for the same seats whose outcome is unknown may have come after it.
fn release_lost(story: &Story, release: &Call, tickets: &[i64]) -> Option<Violation> {
    let Op::Release { reservation } = release.op else { return None };
    let may_be_held_again = story.calls.iter().any(|call| {
        matches!(call.answer, Answer::Unknown(_) | Answer::Defect(_))
            && call.user == release.user
            && call.op.may_hold_any_of(tickets)
    });
    let is_undone = |ticket: &&i64| story.end.seat(**ticket).is_some_and(|seat| seat.reservation == Some(reservation));
    if may_be_held_again || !tickets.iter().any(|ticket| is_undone(&ticket)) {
        return None;
    }
    Some(Violation::new("I7", format!("an acknowledged release is undone: {release:?}")))
}
