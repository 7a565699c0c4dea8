//! I1: one seat, one booking, and one promise at a time. I6: all seats of a wish or none.

use std::collections::{BTreeMap, BTreeSet};

use usher::contract::booking::booking::Status;
use uuid::Uuid;

use super::{Promise, Violation};
use crate::story::{Answer, Op, SeatStatus, Story};

/// INVARIANT I1.
pub fn sold_once(story: &Story, promises: &[Promise]) -> Vec<Violation> {
    let mut violations = promised_twice(promises);
    let told = story.calls.iter().filter_map(|call| match &call.answer {
        Answer::Booking { booking, status: Status::Booked, tickets, .. } => Some((*booking, tickets)),
        _ => None,
    });
    let stand = story.end.bookings.iter().filter(|booking| booking.status == "BOOKED");
    let mut sold: BTreeMap<i64, BTreeSet<Uuid>> = BTreeMap::new();
    for (booking, tickets) in told.chain(stand.map(|booking| (booking.id, &booking.tickets))) {
        for ticket in tickets {
            sold.entry(*ticket).or_default().insert(booking);
        }
    }
    for (ticket, bookings) in sold.iter().filter(|(_, bookings)| bookings.len() > 1) {
        violations.push(Violation::new("I1", format!("ticket {ticket} is BOOKED for {bookings:?}")));
    }
    for seat in story.end.seats.iter().filter(|seat| seat.status == SeatStatus::Booked) {
        let owner = seat.booking.and_then(|id| story.end.booking(id));
        if !owner.is_some_and(|owner| owner.status == "BOOKED" && owner.tickets.contains(&seat.ticket)) {
            let (ticket, booking) = (seat.ticket, seat.booking);
            violations
                .push(Violation::new("I1", format!("ticket {ticket} is BOOKED, but its booking {booking:?} is not")));
        }
    }
    violations
}

/// Two users who know at the same time that the same seat is theirs.
fn promised_twice(promises: &[Promise]) -> Vec<Violation> {
    let mut by_ticket: BTreeMap<i64, Vec<&Promise>> = BTreeMap::new();
    for promise in promises {
        promise.tickets.iter().for_each(|ticket| by_ticket.entry(*ticket).or_default().push(promise));
    }
    let mut violations = Vec::new();
    for (ticket, promises) in by_ticket {
        for (n, one) in promises.iter().enumerate() {
            for other in promises[n + 1..].iter().filter(|other| other.user != one.user && other.overlaps(one)) {
                let what = format!("ticket {ticket} is promised twice: {one:?}, {other:?}");
                violations.push(Violation::new("I1", what));
            }
        }
    }
    violations
}

/// INVARIANT I6: what is taken is exactly what one wish asked for, whether or not its answer arrived.
pub fn whole(story: &Story) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut wishes: BTreeSet<(i64, BTreeSet<i64>)> = BTreeSet::new();
    for call in &story.calls {
        let Op::Reserve { tickets: asked, .. } = &call.op else { continue };
        let asked: BTreeSet<_> = asked.iter().copied().collect();
        if let Answer::Reserved { tickets, reservation, .. } = &call.answer
            && tickets.iter().copied().collect::<BTreeSet<_>>() != asked
        {
            let what = format!("user {} asked for {asked:?} and was told {tickets:?} ({reservation})", call.user);
            violations.push(Violation::new("I6", what));
        }
        wishes.insert((call.user, asked));
    }

    // A hold that lapsed may have lost some of its seats to others.
    let stands = |until: Option<_>, booking: Option<_>| booking.is_some() || until.is_some_and(|at| at > story.end_at);
    let mut taken: BTreeMap<(i64, Uuid), BTreeSet<i64>> = BTreeMap::new();
    for seat in story.end.seats.iter().filter(|seat| seat.status != SeatStatus::Available) {
        if let (Some(user), Some(reservation), true) = (seat.user, seat.reservation, stands(seat.until, seat.booking)) {
            taken.entry((user, reservation)).or_default().insert(seat.ticket);
        }
    }
    for ((user, reservation), tickets) in taken {
        if !wishes.contains(&(user, tickets.clone())) {
            let what = format!("reservation {reservation} of user {user} has {tickets:?}, which nobody asked for so");
            violations.push(Violation::new("I6", what));
        }
    }
    for booking in story.end.bookings.iter().filter(|booking| booking.status == "BOOKED") {
        // A seat that another booking has breaks I1 instead.
        let is_sold = |ticket: i64| story.end.seat(ticket).is_some_and(|seat| seat.status == SeatStatus::Booked);
        let missing: Vec<_> = booking.tickets.iter().filter(|ticket| !is_sold(**ticket)).collect();
        if !missing.is_empty() {
            violations.push(Violation::new("I6", format!("booking {} is BOOKED without {missing:?}", booking.id)));
        }
    }
    violations
}
