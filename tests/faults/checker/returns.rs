//! What is given back, and guests who are moved. I2: money goes back once, and all of it. I5: as often as it was asked for.
//! I6: a booking has all of its seats but those. I7: what was acknowledged of it is so in the end.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::Violation;
use crate::story::{Answer, Booking, Call, Op, Story};

/// INVARIANTS I2, I5, I6 and I7.
pub fn accounted_for(story: &Story) -> Vec<Violation> {
    let mut violations: Vec<_> = story.end.bookings.iter().flat_map(|booking| paid_back_once(story, booking)).collect();
    violations.extend(asked_alike(story));
    for call in &story.calls {
        violations.extend(match (&call.op, &call.answer) {
            (Op::Cancel { booking, tickets, .. }, Answer::GivenBack { refund, fee, .. }) => {
                returned(story, call, *booking, tickets, (*refund, *fee))
            }
            (Op::Move { booking, from, to }, Answer::Booking { .. }) => moved(story, call, *booking, *from, *to),
            _ => None,
        });
    }
    violations
}

/// Whether it is one that is given back whole.
fn is_returned(booking: &Booking) -> bool {
    matches!(booking.status.as_str(), "REFUNDING" | "REFUNDED" | "CANCELLED")
}

fn paid_back_once(story: &Story, booking: &Booking) -> Vec<Violation> {
    let id = booking.id;
    let refunds: Vec<_> = story.end.refunds.iter().filter(|refund| refund.booking == id).collect();
    let sum: i64 = refunds.iter().map(|refund| refund.amount + refund.fee).sum();
    let mut violations = Vec::new();
    if sum > booking.amount || (is_returned(booking) && sum != booking.amount) {
        let what = format!("booking {id} of {} is {}, and {sum} of it was given back", booking.amount, booking.status);
        violations.push(Violation::new("I2", what));
    }
    let mut seen = BTreeSet::new();
    let twice = story.end.given_back(id).find(|ticket| !seen.insert(*ticket) && !may_be_moved_to(story, id, *ticket));
    if let Some(ticket) = twice {
        violations.push(Violation::new("I2", format!("ticket {ticket} of booking {id} was given back twice")));
    }
    let mut asked = BTreeSet::new();
    let mut unnamed = 0;
    for call in &story.calls {
        match &call.op {
            Op::Cancel { booking, request: Some(request), .. } if *booking == id => {
                asked.insert((call.user, request));
            }
            Op::Cancel { booking, request: None, .. } if *booking == id => unnamed += 1,
            _ => {}
        }
    }
    // What no request explains is a payment that found its seats gone: that is I4's.
    if refunds.len() > asked.len() + unnamed && !asked.is_empty() {
        let what = format!("{} requests gave back {} times of booking {id}", asked.len() + unnamed, refunds.len());
        violations.push(Violation::new("I5", what));
    }
    violations
}

fn asked_alike(story: &Story) -> Vec<Violation> {
    let mut first: BTreeMap<(i64, &str), &Call> = BTreeMap::new();
    let mut violations = Vec::new();
    for call in &story.calls {
        let (Op::Cancel { request: Some(request), .. } | Op::Sell { request: Some(request), .. }) = &call.op else {
            continue;
        };
        let Some(before) = first.get(&(call.user, request.as_str())) else {
            if matches!(call.answer, Answer::GivenBack { .. } | Answer::Booking { .. }) {
                first.insert((call.user, request), call);
            }
            continue;
        };
        let is_alike = match (&before.answer, &call.answer) {
            (Answer::GivenBack { refund, fee, .. }, Answer::GivenBack { refund: other, fee: kept, .. }) => {
                (refund, fee) == (other, kept)
            }
            (Answer::Booking { booking, .. }, Answer::Booking { booking: other, .. }) => booking == other,
            (_, Answer::Refused(_)) => before.ended > call.begun,
            _ => true,
        };
        if !is_alike {
            violations.push(Violation::new("I5", format!("was answered {:?} before: {call:?}", before.answer)));
        }
    }
    let sold = story.end.bookings.iter().filter(|booking| booking.reservation.is_none()).count();
    let mut asked = BTreeSet::new();
    let mut unnamed = 0;
    for call in &story.calls {
        match &call.op {
            Op::Sell { request: Some(request), .. } => {
                asked.insert((call.user, request));
            }
            Op::Sell { request: None, .. } => unnamed += 1,
            _ => {}
        }
    }
    if sold > asked.len() + unnamed {
        violations.push(Violation::new("I5", format!("{} sales at the door made {sold}", asked.len() + unnamed)));
    }
    violations
}

/// A give-back that was acknowledged, and is not so in the end.
fn returned(story: &Story, call: &Call, id: Uuid, tickets: &[i64], told: (i64, i64)) -> Option<Violation> {
    let lost = |what: String| Some(Violation::new("I7", format!("{what}: {call:?}")));
    let Some(booking) = story.end.booking(id) else { return lost("the booking is lost".to_owned()) };
    let mut rows = story.end.refunds.iter().filter(|refund| refund.booking == id);
    if !rows.any(|refund| (refund.amount, refund.fee) == told && (tickets.is_empty() || refund.tickets == tickets)) {
        return lost("nothing says that it was given back".to_owned());
    }
    let asked: Vec<_> = if tickets.is_empty() { booking.tickets.clone() } else { tickets.to_vec() };
    let is_owned = |ticket: &&i64| story.end.seat(**ticket).is_some_and(|seat| seat.booking == Some(id));
    let owned = asked.iter().filter(is_owned).find(|ticket| !may_be_moved_to(story, id, **ticket));
    match owned {
        Some(ticket) => lost(format!("the booking has ticket {ticket} again")),
        None if tickets.is_empty() && !is_returned(booking) => lost(format!("the booking is {}", booking.status)),
        None => None,
    }
}

/// A move that was acknowledged, and is not so in the end.
fn moved(story: &Story, call: &Call, id: Uuid, from: i64, to: i64) -> Option<Violation> {
    let lost = |what: &str| Some(Violation::new("I7", format!("{what}: {call:?}")));
    let Some(booking) = story.end.booking(id) else { return lost("the booking is lost") };
    let leaves = |other: &Call| other.ended >= call.begun && other.takes_from(id, &story.end).contains(&to);
    let has = |ticket| booking.status == "BOOKED" && booking.tickets.contains(&ticket);
    if has(from) && !may_be_moved_to(story, id, from) {
        return lost("the guest has the old seat again");
    }
    let is_there = has(to) || story.calls.iter().any(leaves);
    if is_there { None } else { lost("the guest has lost the new seat") }
}

/// Whether a guest of the booking may have been moved there.
pub fn may_be_moved_to(story: &Story, id: Uuid, ticket: i64) -> bool {
    story.calls.iter().any(|call| matches!(call.op, Op::Move { booking, to, .. } if (booking, to) == (id, ticket)))
}
