//! I5: the same request has the same answer, once.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use usher::{contract::booking::booking::Status, reason::Reason};
use uuid::Uuid;

use super::{Promise, Violation};
use crate::story::{Answer, Call, Op, Story};

/// INVARIANT I5.
pub fn answered_alike(story: &Story, promises: &[Promise]) -> Vec<Violation> {
    // A wish for the best seats is not one for certain seats, whatever both are called.
    let mut reserves: BTreeMap<(i64, &str, bool), Vec<&Call>> = BTreeMap::new();
    let mut books: BTreeMap<(i64, &str), Vec<&Call>> = BTreeMap::new();
    for call in &story.calls {
        match &call.op {
            Op::Reserve { request: Some(request), .. } => {
                reserves.entry((call.user, request, false)).or_default().push(call);
            }
            Op::ReserveBest { request: Some(request), .. } => {
                reserves.entry((call.user, request, true)).or_default().push(call);
            }
            Op::Book { request: Some(request), .. } => books.entry((call.user, request)).or_default().push(call),
            _ => {}
        }
    }
    let mut violations: Vec<_> = reserves.values().flat_map(|calls| reserve_alike(calls, promises)).collect();
    violations.extend(books.values().flat_map(|calls| book_alike(calls)));
    violations.extend(made_once(story));
    violations
}

fn reserve_alike(calls: &[&Call], promises: &[Promise]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut first: Option<(Uuid, &Answer, Duration)> = None;
    for call in calls {
        match (&call.answer, first) {
            (Answer::Reserved { reservation, .. }, None) => first = Some((*reservation, &call.answer, call.ended)),
            (Answer::Reserved { .. }, Some((_, before, _))) if *before != call.answer => {
                violations.push(Violation::new("I5", format!("was answered {before:?} before: {call:?}")));
            }
            (Answer::Refused(_), Some((reservation, before, at))) if at <= call.begun => {
                let mut held = promises.iter().filter(|promise| promise.reservation == reservation);
                if held.any(|promise| call.ended < promise.ends) {
                    violations.push(Violation::new("I5", format!("was answered {before:?} before: {call:?}")));
                }
            }
            _ => {}
        }
    }
    violations
}

/// What a request to book came to, as far as it can't change any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Booked,
    NotPaid,
}

fn book_alike(calls: &[&Call]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let (mut made, mut outcome): (Option<(Uuid, Duration)>, Option<Outcome>) = (None, None);
    for call in calls {
        let (id, now) = match &call.answer {
            Answer::Booking { booking, status: Status::Booked, .. } => (Some(*booking), Some(Outcome::Booked)),
            Answer::Booking { booking, .. } => (Some(*booking), None),
            Answer::Refused(Reason::PaymentDeclined) => (None, Some(Outcome::NotPaid)),
            Answer::Refused(_) if outcome.is_some() || made.is_some_and(|(_, at)| at <= call.begun) => {
                violations.push(Violation::new("I5", format!("made {made:?}, came to {outcome:?} before: {call:?}")));
                continue;
            }
            _ => continue,
        };
        match (made, id) {
            (Some((before, _)), Some(id)) if before != id => {
                violations.push(Violation::new("I5", format!("made booking {before} before: {call:?}")));
            }
            (None, Some(id)) => made = Some((id, call.ended)),
            _ => {}
        }
        match (outcome, now) {
            (Some(before), Some(now)) if before != now => {
                violations.push(Violation::new("I5", format!("came to {before:?} before: {call:?}")));
            }
            _ => outcome = outcome.or(now),
        }
    }
    violations
}

/// A request makes one booking at most, however often it was sent.
fn made_once(story: &Story) -> Vec<Violation> {
    let mut asked: BTreeMap<i64, (BTreeSet<&str>, usize)> = BTreeMap::new();
    for call in &story.calls {
        let Op::Book { request, .. } = &call.op else { continue };
        let (requests, unnamed) = asked.entry(call.user).or_default();
        match request {
            Some(request) => {
                requests.insert(request);
            }
            None => *unnamed += 1,
        }
    }
    let mut made: BTreeMap<i64, usize> = BTreeMap::new();
    story.end.bookings.iter().filter_map(|booking| booking.user).for_each(|user| *made.entry(user).or_default() += 1);
    let mut violations = Vec::new();
    for (user, made) in made {
        let asked = asked.get(&user).map_or(0, |(requests, unnamed)| requests.len() + unnamed);
        if made > asked {
            let what = format!("{asked} requests of user {user} made {made} bookings");
            violations.push(Violation::new("I5", what));
        }
    }
    violations
}
