//! The reference: what each seat and each request should have come to, kept as simply as can be and without any of the
//! service's rules.

use std::collections::HashMap;

use super::{HELD_SEATS_MAX, HOLD_SECONDS, Op};

/// What the world answered to an operation, and what became of its bookings and seats through it.
#[derive(Debug, Clone, Default)]
pub struct Happened {
    /// The clock when it happened.
    pub now: i64,
    /// `"OK"` or the error's name; empty where nobody is answered.
    pub answer: String,
    /// Which reservation the answer named, or which booking was opened, as a number of its own.
    pub id: Option<usize>,
    /// The seats that a booking was opened for.
    pub opened: Vec<i64>,
    /// Seats that are sold now, with their owners.
    pub sold: HashMap<i64, i64>,
    /// Seats that are being paid for now.
    pub paying: Vec<i64>,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    user: i64,
    until: i64,
}

#[derive(Debug, Default)]
pub struct Reference {
    held: HashMap<i64, Held>,
    before: Option<Happened>,
    /// What a request was for and answered: user, request id → seats, reservation.
    reserves: HashMap<(i64, u8), (Vec<i64>, usize)>,
    reservations: HashMap<usize, (i64, Vec<i64>)>,
}

impl Reference {
    /// Compares what happened with what should have.
    pub fn expect(&mut self, op: &Op, happened: &Happened) -> Result<(), String> {
        let before = self.before.take().unwrap_or_default();
        let now = happened.now;
        match op {
            Op::Reserve { user, seats, request } => self.reserve(*user, seats, *request, &before, happened)?,
            Op::Release { user, nth } if happened.answer == "OK" => {
                let Some((owner, seats)) = self.reservations.get(nth).cloned() else { return Ok(()) };
                let freed: Vec<_> = seats.into_iter().filter(|&seat| self.reservation_of(seat) == Some(*nth)).collect();
                if owner != *user && freed.iter().any(|seat| self.held.contains_key(seat)) {
                    return Err("somebody else's reservation was released".to_owned());
                }
                self.held.retain(|seat, _| !freed.contains(seat));
            }
            // A request that comes again opens nothing.
            Op::Book { user, .. } if happened.id.is_some() => {
                let fine = happened.opened.iter().all(|seat| {
                    let held = self
                        .held
                        .get(seat)
                        .is_some_and(|held| held.user == *user && (held.until > now || before.paying.contains(seat)));
                    held || before.sold.get(seat) == Some(user)
                });
                if !fine {
                    return Err(format!("{user} pays for seats that they don't hold: {:?}", self.held));
                }
            }
            _ => {}
        }
        // INVARIANT I4: a seat changes hands only from nobody, from a lapsed hold, or from its own holder.
        for (seat, owner) in &happened.sold {
            let held_by = self.held.get(seat).map(|held| held.user);
            if before.sold.get(seat) != Some(owner) && held_by != Some(*owner) {
                return Err(format!("seat {seat} went to {owner}, and was held by {held_by:?}"));
            }
        }
        self.held.retain(|seat, _| !happened.sold.contains_key(seat));
        self.before = Some(happened.clone());
        Ok(())
    }

    fn reserve(
        &mut self,
        user: i64,
        seats: &[i64],
        request: Option<u8>,
        before: &Happened,
        happened: &Happened,
    ) -> Result<(), String> {
        let mut seats = seats.to_vec();
        seats.sort_unstable();
        let expected = self.answer(user, &seats, request, before, happened.now);
        if happened.answer != expected {
            return Err(format!("answered {}, should be {expected}", happened.answer));
        }
        let (Some(id), "OK") = (happened.id, expected) else { return Ok(()) };
        if let Some((_, known)) = request.and_then(|request| self.reserves.get(&(user, request))) {
            // INVARIANT I5.
            return if id == *known { Ok(()) } else { Err("a repeated request got another answer".to_owned()) };
        }
        let until = happened.now + HOLD_SECONDS;
        if self.reservations.contains_key(&id) {
            // The holder's own hold of the same seats: it is not extended.
            return Ok(());
        }
        for &seat in &seats {
            self.held.insert(seat, Held { user, until });
        }
        self.reservations.insert(id, (user, seats.clone()));
        if let Some(request) = request {
            self.reserves.insert((user, request), (seats, id));
        }
        Ok(())
    }

    fn answer(&self, user: i64, seats: &[i64], request: Option<u8>, before: &Happened, now: i64) -> &'static str {
        let live = |seat: &i64| self.held.get(seat).filter(|held| held.until > now || before.paying.contains(seat));
        if let Some((asked, id)) = request.and_then(|request| self.reserves.get(&(user, request))) {
            let stands = |seat: &i64| {
                let owns = live(seat).is_some_and(|held| held.user == user) || before.sold.get(seat) == Some(&user);
                owns && self.reservation_of(*seat) == Some(*id)
            };
            return match asked == seats {
                false => "REQUEST_ID_REUSED",
                true if seats.iter().all(stands) => "OK",
                true => "HOLD_EXPIRED",
            };
        }
        let own: Vec<_> =
            seats.iter().map(|seat| self.reservation_of(*seat).filter(|_| live(seat).is_some())).collect();
        if let Some(first) = own[0]
            && own.iter().all(|reservation| *reservation == Some(first))
            && self.reservations[&first].0 == user
        {
            return "OK";
        }
        if seats.iter().any(|seat| live(seat).is_some() || before.sold.contains_key(seat)) {
            return "SEAT_TAKEN";
        }
        let held = self.held.iter().filter(|(seat, held)| held.user == user && live(seat).is_some()).count();
        if held + seats.len() > HELD_SEATS_MAX { "HOLD_LIMIT" } else { "OK" }
    }

    /// The newest reservation that took the seat.
    fn reservation_of(&self, seat: i64) -> Option<usize> {
        let taking = self.reservations.iter().filter(|(_, (_, seats))| seats.contains(&seat));
        taking.map(|(id, _)| *id).max()
    }
}
