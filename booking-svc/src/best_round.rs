//! One round of wishes for an event's best seats: who is proposed which, in order of arrival. Pure. A proposal is an
//! ordinary wish, and what becomes of it is decided by the rules of Reserve.

use std::collections::HashMap;

use usher::id::{EventId, TicketId};
use uuid::Uuid;

use crate::{
    best::{House, Unmet, Wanted},
    error::Error,
    reserve::Wish,
    seat::{Event, Timestamp},
    tickets::{CUSTOMER_SEATS_MAX, Tickets},
};

/// Somebody's wish for the best seats.
#[derive(Debug, Clone)]
pub struct BestWish {
    /// Who wants them.
    pub user_id: i64,
    /// Of which event.
    pub event: EventId,
    /// How many, and where.
    pub wanted: Wanted,
    /// The id that the reservation gets. The same request leads to the same id.
    pub reservation: Uuid,
    /// Whether a `request_id` decided the id, so that the wish may have come before.
    pub repeatable: bool,
    /// Until when the user's pass from the event's waiting room is good; `None` without one.
    pub pass_until: Option<Timestamp>,
}

/// What an event's wishes are judged by.
#[derive(Debug)]
pub struct Round {
    /// The event.
    pub event: Event,
    /// Its seats.
    pub house: House,
    /// What users were proposed before, by user and reservation.
    pub proposed: HashMap<(i64, Uuid), Tickets>,
}

impl Round {
    /// Proposes the best seats that are left, and counts them as taken.
    ///
    /// INVARIANT I5: a wish that comes again is proposed what it got the first time.
    pub fn propose(&mut self, wish: &BestWish) -> Result<Wish, Error> {
        let key = (wish.user_id, wish.reservation);
        let tickets = match self.proposed.get(&key) {
            Some(tickets) if tickets.ids().len() == wish.wanted.quantity => tickets.clone(),
            Some(_) => return Err(Error::RequestIdReused),
            None => self.choose(wish)?,
        };
        self.proposed.insert(key, tickets.clone());
        Ok(Wish { user_id: wish.user_id, tickets, reservation: wish.reservation, pass_until: wish.pass_until })
    }

    fn choose(&mut self, wish: &BestWish) -> Result<Tickets, Error> {
        if self.event.has_started() {
            return Err(Error::EventStarted(wish.event));
        }
        let chosen = self.house.take(&wish.wanted).map_err(|unmet| match unmet {
            Unmet::UnknownSection(known) => Error::UnknownSection(known),
            Unmet::NotEnough(short) => Error::NotEnoughSeats(short),
        })?;
        let ids: Vec<_> = chosen.into_iter().map(TicketId::get).collect();
        Tickets::new(&ids, CUSTOMER_SEATS_MAX).map_err(|wrong| Error::Defect(format!("chose odd seats: {wrong}")))
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::best::{Kind, Place};

    fn round(seats: i64, begun: bool) -> Round {
        let event = EventId::new(7).unwrap();
        let place = |n: i64| Place {
            ticket: event.ticket(n).unwrap(),
            section: String::new(),
            row: "A".to_owned(),
            x: f32::from(u8::try_from(n).unwrap()),
            y: 0.0,
            kind: Kind::Standard,
            price: 100,
            free: true,
        };
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        Round {
            event: Event {
                start_time: at(1_000),
                currency: "EUR".to_owned(),
                wants_pass: false,
                now: at(if begun { 1_000 } else { 999 }),
            },
            house: House::new((1..=seats).map(place).collect(), (0.0, 0.0)),
            proposed: HashMap::new(),
        }
    }

    fn wish(user_id: i64, reservation: u128, quantity: usize) -> BestWish {
        BestWish {
            user_id,
            event: EventId::new(7).unwrap(),
            wanted: Wanted { quantity, max_price: None, section: None, allow_split: false },
            reservation: Uuid::from_u128(reservation),
            repeatable: true,
            pass_until: None,
        }
    }

    fn seats(proposed: Result<Wish, Error>) -> Vec<i64> {
        proposed.unwrap().tickets.ids().iter().map(|ticket| ticket.index()).collect()
    }

    #[test]
    fn nobody_is_proposed_what_somebody_before_was() {
        let mut round = round(5, false);
        assert_eq!(seats(round.propose(&wish(1, 11, 2))), [1, 2]);
        assert_eq!(seats(round.propose(&wish(2, 22, 3))), [3, 4, 5]);
        let error = round.propose(&wish(3, 33, 1)).unwrap_err();
        assert!(matches!(error, Error::NotEnoughSeats(short) if short.available == 0));
    }

    #[test]
    fn a_wish_that_comes_again_is_proposed_the_same() {
        let mut round = round(5, false);
        assert_eq!(seats(round.propose(&wish(1, 11, 2))), [1, 2]);
        assert_eq!(seats(round.propose(&wish(1, 11, 2))), [1, 2]);
        assert!(matches!(round.propose(&wish(1, 11, 3)), Err(Error::RequestIdReused)));
        assert_eq!(seats(round.propose(&wish(2, 11, 2))), [3, 4], "the same id of another user is another wish");
    }

    #[test]
    fn what_has_begun_is_not_sold_but_still_answered() {
        let mut round = round(5, true);
        let had = Tickets::new(&[7 << 20 | 4], CUSTOMER_SEATS_MAX).unwrap();
        round.proposed.insert((1, Uuid::from_u128(11)), had);
        assert_eq!(seats(round.propose(&wish(1, 11, 1))), [4]);
        assert!(matches!(round.propose(&wish(1, 12, 1)), Err(Error::EventStarted(_))));
    }
}
