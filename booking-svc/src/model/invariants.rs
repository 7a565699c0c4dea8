//! What must hold of the world.

use super::world::{Owes, Row, World};
use crate::{
    booking::Booking,
    seat::Standing,
    settling::owns_seats,
    state::{News, Status},
};

impl World {
    /// What must hold at every moment.
    pub fn check(&self) -> Result<(), String> {
        for seat in &self.seats {
            // INVARIANT I1.
            let id = seat.ticket.get();
            let owners = self
                .bookings
                .iter()
                .filter(|row| row.booking.status == Status::Booked && row.booking.ticket_ids.contains(&id));
            let owners: Vec<_> = owners.map(|row| row.booking.id).collect();
            let owner = match &seat.standing {
                Standing::Booked { booking, .. } => vec![*booking],
                _ => Vec::new(),
            };
            if owners != owner {
                return Err(format!("I1: seat {id} is owned by {owner:?} and listed by {owners:?}"));
            }
        }
        for row in &self.bookings {
            let Booking { id, status, ticket_ids, .. } = &row.booking;
            // INVARIANT I4: what is being paid for stays the payer's.
            if *status == Status::Pending && !owns_seats(&row.booking, &self.seats_of(ticket_ids)) {
                return Err(format!("I4: {id} is PENDING and lost a seat"));
            }
            // INVARIANT I2: what did not reach the customer is not called given back.
            let owes = self.refunds.values().any(|refund| refund.booking == *id && refund.owes != Owes::Nobody);
            if *status == Status::Refunded && owes {
                return Err(format!("I2: {id} is REFUNDED and some of it is owed"));
            }
            // INVARIANT I2, I3: money is with a booking that has its seats, or about to be heard of, or on its way back.
            let heard = self.provider.waiting.iter().all(|callback| callback.booking != *id);
            if *status == Status::Failed && heard && self.provider.kept(*id) != 0 && !self.captured_unheard(row) {
                return Err(format!("I3: {id} FAILED and was charged"));
            }
        }
        Ok(())
    }

    /// The provider captured a payment that it had declined, and the callback that says so was lost: nobody can know.
    fn captured_unheard(&self, row: &Row) -> bool {
        self.provider.look(row.attempt) == Some(News::Paid) && !self.heard_of.contains(&row.attempt)
    }

    /// What must hold once nothing is under way any more.
    pub fn check_at_rest(&self) -> Result<(), String> {
        self.check()?;
        for row in &self.bookings {
            let Booking { id, status, ticket_ids, .. } = &row.booking;
            if matches!(status, Status::Pending | Status::Refunding) {
                return Err(format!("{id} is still {status:?}"));
            }
            if *status == Status::Failed && self.captured_unheard(row) {
                continue;
            }
            // INVARIANT I2: all money is accounted for.
            let owned = self
                .seats_of(ticket_ids)
                .iter()
                .filter_map(|seat| match &seat.standing {
                    Standing::Booked { booking, price, .. } if booking == id => Some(*price),
                    _ => None,
                })
                .sum::<i64>();
            let fees: i64 = self.refunds.values().filter(|refund| refund.booking == *id).map(|refund| refund.fee).sum();
            if self.provider.kept(*id) != owned + fees {
                return Err(format!(
                    "I2: {id} ({status:?}) keeps {}, owns {owned}, fees {fees}",
                    self.provider.kept(*id)
                ));
            }
        }
        Ok(())
    }
}
