//! Money on its way back: the provider gives it, can't pay it out, or the house gives it another way.

use uuid::Uuid;

use super::world::{Owes, World};
use crate::state::{News, step};

impl World {
    /// Tells the provider of all that is owed of the booking.
    pub(super) fn give_back(&mut self, booking: Uuid) {
        let own = self.refunds.iter_mut().filter(|(_, refund)| refund.booking == booking);
        for (id, refund) in own.filter(|(_, refund)| refund.owes == Owes::Provider) {
            self.provider.refund(*id, refund.attempt, refund.amount);
            refund.owes = Owes::Nobody;
        }
        self.close(booking);
    }

    /// The provider can't pay out a refund that it gave: the n-th of those.
    pub(super) fn refund_fails(&mut self, nth: usize) {
        let Some(id) = self.provider.fail_refund(nth) else { return };
        let Some(refund) = self.refunds.get_mut(&id).filter(|refund| refund.owes == Owes::Nobody) else { return };
        refund.owes = Owes::House;
        let booking = refund.booking;
        self.change(booking, &News::NotRefunded);
    }

    /// The house gives back what has failed of the n-th booking.
    pub(super) fn settle(&mut self, nth: usize) {
        let Some(booking) = self.bookings.get(nth).map(|row| row.booking.id) else { return };
        let own = self.refunds.iter_mut().filter(|(_, refund)| refund.booking == booking);
        for (id, refund) in own.filter(|(_, refund)| refund.owes == Owes::House) {
            self.provider.given_otherwise(*id, refund.attempt, refund.amount);
            refund.owes = Owes::Nobody;
        }
        self.close(booking);
    }

    fn close(&mut self, booking: Uuid) {
        let owing = self.refunds.values().any(|refund| refund.booking == booking && refund.owes != Owes::Nobody);
        if !owing {
            self.change(booking, &News::Refunded);
        }
    }

    fn change(&mut self, booking: Uuid, news: &News) {
        if let Some(row) = self.bookings.iter_mut().find(|row| row.booking.id == booking) {
            row.booking.status = row.booking.status.after(&step(row.booking.status, news, false));
        }
    }
}
