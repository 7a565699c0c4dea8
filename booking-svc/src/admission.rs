//! Admission: the signed token that a booked seat's guest shows, and the door that takes it once.

use serde::{Deserialize, Serialize};
use usher::{
    database::Database,
    id::{EventId, TicketId},
    reason::Refusal,
    signing::SigningKey,
};
use uuid::Uuid;

use crate::{
    error::Error,
    seat::{Standing, Timestamp},
    store::{admissions, seats},
    token,
};

/// The `typ` of an admission token: it is good for the door and for nothing else.
pub const TOKEN_TYPE: &str = "usher-ticket+jwt";

/// What an admission token says. It does not expire: the seat's row decides at the door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Claims {
    iss: String,
    /// The booking's name.
    sub: String,
    event_id: i64,
    ticket_id: i64,
    seat_number: String,
}

/// Somebody who was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Their seat.
    pub ticket: TicketId,
    /// Its number.
    pub seat_number: String,
    /// When.
    pub at: Timestamp,
}

/// The token of one seat of a booking.
pub fn issue(
    key: &SigningKey,
    event: EventId,
    booking: Uuid,
    ticket_id: i64,
    seat_number: &str,
) -> Result<String, Error> {
    let claims = Claims {
        iss: usher::identity::ISSUER.to_owned(),
        sub: token::booking(event, booking),
        event_id: event.get(),
        ticket_id,
        seat_number: seat_number.to_owned(),
    };
    key.sign(TOKEN_TYPE, &claims).map_err(|error| Error::Defect(error.to_string()))
}

/// Lets the token's bearer in, once.
pub async fn check_in(database: &Database, key: &SigningKey, token: &str, admitted_by: i64) -> Result<Admitted, Error> {
    let (ticket, booking, seat_number) = read(key, token).ok_or_else(not_ours)?;
    let transaction = database.transaction(move |conn| {
        Box::pin(async move {
            let seats = seats::lock_seats(conn, &[ticket.get()], &[ticket.event().get()]).await?;
            let owner = seats.first().map(|seat| &seat.standing);
            if !matches!(owner, Some(Standing::Booked { booking: owner, .. }) if *owner == booking) {
                return Err(Error::NotBooked("this ticket is no longer valid: its seat was moved or given back"));
            }
            match admissions::admit(conn, ticket, booking, admitted_by).await? {
                (at, true) => Ok(at),
                (at, false) => Err(Error::AlreadyAdmitted(at)),
            }
        })
    });
    Ok(Admitted { ticket, seat_number, at: transaction.await? })
}

fn read(key: &SigningKey, token: &str) -> Option<(TicketId, Uuid, String)> {
    let claims: Claims = key.public().verify(TOKEN_TYPE, token, false).ok()?;
    let ticket = TicketId::new(claims.ticket_id)?;
    let (event, booking) = token::parse_booking(&claims.sub)?;
    (event == ticket.event()).then_some((ticket, booking, claims.seat_number))
}

fn not_ours() -> Error {
    Refusal::field("token", "is not a ticket of ours: don't let its bearer in").into()
}

#[cfg(test)]
mod tests {
    use usher::signing::generate_pem;

    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_pem(&generate_pem().unwrap()).unwrap()
    }

    #[test]
    fn a_token_names_its_seat_and_only_our_key_makes_one() {
        let (key, event) = (key(), EventId::new(7).unwrap());
        let ticket = event.ticket(3).unwrap();
        let booking = Uuid::from_u128(9);
        let token = issue(&key, event, booking, ticket.get(), "F12").unwrap();
        assert_eq!(read(&key, &token), Some((ticket, booking, "F12".to_owned())));
        assert_eq!(read(&self::key(), &token), None);
        assert_eq!(read(&key, "x.y.z"), None);
    }
}
