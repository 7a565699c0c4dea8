//! I1: one seat, one booking, and one promise at a time. I6: all seats of a wish or none.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use uuid::Uuid;

use super::{Ownership, Promise, Violation};
use crate::story::{Answer, Op, SeatStatus, Story};

/// INVARIANT I1.
pub fn sold_once(story: &Story, promises: &[Promise], owned: &[Ownership]) -> Vec<Violation> {
    let mut violations = promised_twice(promises);
    let mut sold: BTreeMap<i64, BTreeSet<Uuid>> = BTreeMap::new();
    let stand = story.end.bookings.iter().filter(|booking| booking.status == "BOOKED");
    for (booking, ticket) in stand.flat_map(|booking| booking.tickets.iter().map(|ticket| (booking.id, *ticket))) {
        sold.entry(ticket).or_default().insert(booking);
    }
    // Nobody began to take those away.
    for owner in owned.iter().filter(|owner| owner.ends == Duration::MAX) {
        sold.entry(owner.ticket).or_default().insert(owner.booking);
    }
    for (ticket, bookings) in sold.iter().filter(|(_, bookings)| bookings.len() > 1) {
        violations.push(Violation::new("I1", format!("ticket {ticket} is BOOKED for {bookings:?}")));
    }
    for (n, one) in owned.iter().enumerate() {
        let others = owned[n + 1..].iter().take_while(|other| other.ticket == one.ticket);
        for other in others.filter(|other| other.overlaps(one)) {
            violations.push(Violation::new("I1", format!("a ticket was sold twice: {one:?}, {other:?}")));
        }
    }
    for seat in story.end.seats.iter().filter(|seat| seat.status == SeatStatus::Booked) {
        let named = seat.booking.and_then(|id| story.end.booking(id));
        if !named.is_some_and(|booking| booking.status == "BOOKED" && booking.tickets.contains(&seat.ticket)) {
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

/// What somebody asked to hold.
enum Wish {
    These(BTreeSet<i64>),
    SoMany(usize),
}

/// INVARIANT I6: what is taken is exactly what one wish asked for, whether or not its answer arrived.
pub fn whole(story: &Story) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut wishes: BTreeMap<i64, Vec<Wish>> = BTreeMap::new();
    for call in &story.calls {
        let told: Option<BTreeSet<i64>> = match &call.answer {
            Answer::Reserved { tickets, .. } => Some(tickets.iter().copied().collect()),
            Answer::Booking { tickets, .. } if matches!(call.op, Op::Sell { .. }) => {
                Some(tickets.iter().copied().collect())
            }
            _ => None,
        };
        let wish = match &call.op {
            Op::Reserve { tickets, .. } | Op::Sell { tickets, .. } => Wish::These(tickets.iter().copied().collect()),
            Op::ReserveBest { seats, .. } => Wish::SoMany(*seats),
            _ => continue,
        };
        let is_whole = told.as_ref().is_none_or(|told| match &wish {
            // A guest may have been moved since, when a sale is told again.
            Wish::These(asked) => told == asked || matches!(call.op, Op::Sell { .. }) && told.len() == asked.len(),
            Wish::SoMany(seats) => told.len() == *seats,
        });
        // Also a sale that is told again may have been given back in part.
        let is_sale_that_changed = matches!(call.answer, Answer::Booking { booking, .. }
            if story.calls.iter().any(|other| other.is_to_take_from(booking)));
        if !is_whole && !is_sale_that_changed {
            violations.push(Violation::new("I6", format!("was answered with other seats: {call:?}")));
        }
        if !matches!(call.op, Op::Sell { .. }) {
            wishes.entry(call.user).or_default().push(wish);
        }
    }
    violations.extend(taken_whole(story, &wishes));
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

/// The seats of each reservation in the rows, with those that its booking was left by, are what somebody asked for.
fn taken_whole(story: &Story, wishes: &BTreeMap<i64, Vec<Wish>>) -> Vec<Violation> {
    // A hold that lapsed may have lost some of its seats to others.
    let stands = |until: Option<_>, booking: Option<_>| booking.is_some() || until.is_some_and(|at| at > story.end_at);
    let mut taken: BTreeMap<(i64, Uuid), BTreeSet<i64>> = BTreeMap::new();
    for seat in story.end.seats.iter().filter(|seat| seat.status != SeatStatus::Available) {
        if let (Some(user), Some(reservation), true) = (seat.user, seat.reservation, stands(seat.until, seat.booking)) {
            taken.entry((user, reservation)).or_default().insert(seat.ticket);
        }
    }
    let mut violations = Vec::new();
    for ((user, reservation), tickets) in taken {
        let bookings = story.end.bookings.iter().filter(|booking| booking.reservation == Some(reservation));
        let moved = |booking: Uuid| {
            story.calls.iter().filter_map(move |call| match call.op {
                Op::Move { booking: of, from, .. } if of == booking => Some(from),
                _ => None,
            })
        };
        let left: BTreeSet<_> =
            bookings.flat_map(|booking| story.end.given_back(booking.id).chain(moved(booking.id))).collect();
        let fits = |wish: &Wish| match wish {
            Wish::These(asked) => {
                tickets.is_subset(asked) && asked.difference(&tickets).all(|gone| left.contains(gone))
            }
            Wish::SoMany(seats) => (tickets.len()..=tickets.len() + left.len()).contains(seats),
        };
        if !wishes.get(&user).is_some_and(|wishes| wishes.iter().any(fits)) {
            let what = format!("reservation {reservation} of user {user} has {tickets:?}, which nobody asked for so");
            violations.push(Violation::new("I6", what));
        }
    }
    violations
}
