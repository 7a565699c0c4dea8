//! Gives a hold up before its hour is over.

use usher::{database::Database, feed::Publisher, id::TicketId};
use uuid::Uuid;

use crate::{
    error::Error,
    funnel,
    seat::{Seat, Standing},
    seat_feed::{changes, tell},
    store::{about::Events, seats},
    tickets::Tickets,
};

/// Frees the seats of the reservation that are still held by it; answers which. None is no error: the hold ended
/// before, by itself or by an earlier release.
pub async fn release(
    database: &Database,
    feed: &Publisher,
    user_id: i64,
    reservation: Uuid,
    tickets: Tickets,
) -> Result<Vec<TicketId>, Error> {
    let transaction = database.transaction(move |conn| {
        let tickets = tickets.clone();
        Box::pin(async move {
            let event = tickets.event();
            let seats = seats::lock_seats(conn, &tickets.numbers(), Events::One(event)).await?;
            let held = seats.iter().filter_map(|seat| releasable(seat, user_id, reservation).transpose());
            let held = held.collect::<Result<Vec<_>, _>>()?;
            let ids: Vec<_> = held.iter().map(|ticket| ticket.get()).collect();
            let written = if ids.is_empty() { Vec::new() } else { seats::free_seats(conn, event, &ids).await? };
            Ok((held, changes(written)))
        })
    });
    let released = tell(feed, transaction.await)?;
    if !released.is_empty() {
        funnel::released();
    }
    Ok(released)
}

/// The seat, if it is to be freed. What is being paid for, or is paid, is not.
pub fn releasable(seat: &Seat, user_id: i64, reservation: Uuid) -> Result<Option<TicketId>, Error> {
    match &seat.standing {
        Standing::Held(hold) | Standing::Booked { hold: Some(hold), .. } if hold.reservation != reservation => Ok(None),
        Standing::Held(hold) | Standing::Booked { hold: Some(hold), .. } if hold.user_id != user_id => {
            Err(Error::ForeignReservation)
        }
        Standing::Held(hold) if hold.paying.is_some() => Err(Error::PaymentInProgress(seat.ticket)),
        Standing::Held(_) => Ok(Some(seat.ticket)),
        Standing::Booked { hold: Some(_), .. } => Err(Error::AlreadyBooked(seat.ticket)),
        Standing::Free | Standing::Blocked | Standing::Booked { hold: None, .. } => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::seat::Hold;

    fn seat(standing: Standing) -> Seat {
        Seat { ticket: TicketId::new(7 << 20 | 1).unwrap(), price: 100, standing }
    }

    fn hold(paying: Option<Uuid>) -> Hold {
        Hold { user_id: 1, reservation: Uuid::from_u128(11), until: DateTime::UNIX_EPOCH, price: 100, paying }
    }

    #[test]
    fn only_the_holder_frees_and_only_what_is_merely_held() {
        let (own, other) = (Uuid::from_u128(11), Uuid::from_u128(12));
        let held = seat(Standing::Held(hold(None)));
        assert_eq!(releasable(&held, 1, own).unwrap(), Some(held.ticket));
        assert!(matches!(releasable(&held, 2, own), Err(Error::ForeignReservation)));
        assert_eq!(releasable(&held, 1, other).unwrap(), None);
        let paying = seat(Standing::Held(hold(Some(Uuid::nil()))));
        assert!(matches!(releasable(&paying, 1, own), Err(Error::PaymentInProgress(_))));
        let booked = seat(Standing::Booked { booking: Uuid::nil(), hold: Some(hold(None)), price: 100 });
        assert!(matches!(releasable(&booked, 1, own), Err(Error::AlreadyBooked(_))));
        assert_eq!(releasable(&seat(Standing::Free), 1, own).unwrap(), None);
    }
}
