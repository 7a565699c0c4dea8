//! I1, of seats that the house keeps back: nobody holds or owns one. I7: and it keeps them until it gives them up.

use std::time::Duration;

use usher::contract::booking::booking::Status;

use super::Violation;
use crate::story::{Answer, Call, Op, SeatStatus, Story};

/// INVARIANTS I1 and I7.
pub fn keeps_its_seats(story: &Story) -> Vec<Violation> {
    let mut violations = Vec::new();
    for call in story.calls.iter().filter(|call| matches!(call.answer, Answer::Changed { .. })) {
        match &call.op {
            Op::Block { tickets } => {
                for ticket in tickets {
                    violations.extend(kept(story, call, *ticket));
                }
            }
            Op::Unblock { tickets } => {
                let is_kept = |ticket: &&i64| {
                    story.end.seat(**ticket).is_some_and(|seat| seat.status == SeatStatus::Blocked)
                        && !later(story, call, |op| matches!(op, Op::Block { tickets } if tickets.contains(ticket)))
                };
                if let Some(ticket) = tickets.iter().find(is_kept) {
                    violations.push(Violation::new("I7", format!("ticket {ticket} is kept back again: {call:?}")));
                }
            }
            _ => {}
        }
    }
    violations
}

/// A seat that is kept back since `block`.
fn kept(story: &Story, block: &Call, ticket: i64) -> Option<Violation> {
    let gives_up = |op: &Op| match op {
        Op::Unblock { tickets } | Op::Sell { tickets, .. } => tickets.contains(&ticket),
        Op::Move { to, .. } => *to == ticket,
        _ => false,
    };
    let ending = story.calls.iter().filter(|call| call.ended >= block.begun && gives_up(&call.op));
    let ends = ending.map(|call| call.begun).min().unwrap_or(Duration::MAX);
    let told = |call: &&Call| match &call.answer {
        Answer::Reserved { tickets, .. } | Answer::Booking { status: Status::Booked, tickets, .. } => {
            tickets.contains(&ticket)
        }
        _ => false,
    };
    let within = |call: &&Call| block.ended <= call.begun && call.ended <= ends;
    if let Some(call) = story.calls.iter().filter(told).find(within) {
        return Some(Violation::new("I1", format!("ticket {ticket} is kept back by the house, and told: {call:?}")));
    }
    let is_kept = story.end.seat(ticket).is_some_and(|seat| seat.status == SeatStatus::Blocked);
    (!is_kept && ends == Duration::MAX)
        .then(|| Violation::new("I7", format!("ticket {ticket} is no longer kept back: {block:?}")))
}

/// Whether something that `is` so may have been done after `call`.
fn later(story: &Story, call: &Call, is: impl Fn(&Op) -> bool) -> bool {
    story.calls.iter().any(|other| other.ended >= call.begun && is(&other.op))
}
