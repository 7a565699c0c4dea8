//! The door: issues the token that a booked seat's guest shows, and takes it once. What the token looks like is
//! `ticket_token.rs`'s; whether it still admits is for the seat's row to say.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use usher::{
    database::Database,
    id::{EventId, TicketId},
    reason::Refusal,
    signing::{self, PublicKey, SigningKey},
};
use uuid::Uuid;

use crate::{
    error::Error,
    seat::{Standing, Timestamp},
    store::{about::Events, admissions, seats},
    ticket_token::TicketToken,
};

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

/// The keys whose tickets admit: `signing`'s own, then those of `files`, each once. An error names its file.
pub fn admitting_keys(signing: &SigningKey, files: &[PathBuf]) -> Result<Arc<[PublicKey]>, (PathBuf, signing::Error)> {
    let mut keys = vec![signing.public().clone()];
    // A list that is empty in a file of settings is one empty name.
    for file in files.iter().filter(|file| *file != Path::new("")) {
        let key = PublicKey::from_file(file).map_err(|error| (file.clone(), error))?;
        if keys.iter().all(|known| known.kid != key.kid) {
            keys.push(key);
        }
    }
    Ok(keys.into())
}

/// The token of one seat of a booking.
pub fn issue(
    key: &SigningKey,
    event: EventId,
    booking: Uuid,
    ticket_id: i64,
    seat_number: &str,
) -> Result<String, Error> {
    let ticket = TicketId::new(ticket_id).filter(|ticket| ticket.event() == event);
    let token = ticket.map(|ticket| TicketToken { ticket, booking, seat_number: seat_number.to_owned() });
    token.and_then(|token| token.sign(key)).ok_or_else(|| Error::Defect(format!("ticket {ticket_id} makes no token")))
}

/// Lets the token's bearer in, once; only to `event`, where the door has one.
pub async fn check_in(
    database: &Database,
    keys: &[PublicKey],
    token: &str,
    event: Option<EventId>,
    admitted_by: i64,
) -> Result<Admitted, Error> {
    let token = TicketToken::verify(token, keys)
        .map_err(|why| Refusal::field("token", format!("{why}: don't let its bearer in")))?;
    let TicketToken { ticket, booking, seat_number } = token;
    if event.is_some_and(|event| event != ticket.event()) {
        return Err(Error::WrongEvent(ticket.event()));
    }
    let transaction = database.transaction(move |conn| {
        Box::pin(async move {
            // The lock lets two doors admit one guest only in turn.
            let seats = seats::lock_seats(conn, &[ticket.get()], Events::One(ticket.event())).await?;
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

#[cfg(test)]
mod tests {
    use usher::signing::generate_pem;

    use super::*;
    use crate::qr::Qr;

    /// A code of version 10 has 57 modules each way, beside its quiet zone of twice 4.
    #[test]
    fn a_tickets_code_is_small_enough_to_scan_well() {
        let key = SigningKey::from_pem(&generate_pem().unwrap()).unwrap();
        let event = EventId::new(usher::id::EVENT_ID_MAX).unwrap();
        let ticket = event.ticket(usher::id::SEATS_MAX).unwrap();
        let modules = |seat_number: &str| {
            let token = issue(&key, event, Uuid::from_u128(u128::MAX), ticket.get(), seat_number).unwrap();
            Qr::new(&token).unwrap().size() - 8
        };
        assert_eq!(modules("F12"), 45, "version 7");
        assert_eq!(modules("Balcony left F12"), 45, "version 7");
        assert_eq!(modules(&"A".repeat(40)), 49, "version 8: as many letters as a seat number may have");
        assert_eq!(modules(&"Я".repeat(40)), 57, "version 10");
        assert_eq!(modules(&"席".repeat(33)), 57, "version 10");
        assert_eq!(modules(&"😀".repeat(40)), 65, "version 12: nothing is longer");
    }

    #[test]
    fn a_seat_of_another_event_makes_no_token() {
        let key = SigningKey::from_pem(&generate_pem().unwrap()).unwrap();
        let event = EventId::new(7).unwrap();
        for ticket in [0, -1, 8 << 20 | 1, 7 << 20] {
            assert!(issue(&key, event, Uuid::nil(), ticket, "F12").is_err(), "{ticket}");
        }
    }

    #[test]
    fn each_key_admits_and_stands_there_once() {
        let folder = std::env::temp_dir().join(format!("usher-{}", Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let (own, before) = (generate_pem().unwrap(), generate_pem().unwrap());
        let signing = SigningKey::from_pem(&own).unwrap();
        let files = [file("before", &before), PathBuf::new(), file("own", &own), file("again", &before)];
        let keys = admitting_keys(&signing, &files).unwrap();
        let before = SigningKey::from_pem(&before).unwrap();
        let kids: Vec<_> = keys.iter().map(|key| &key.kid).collect();
        assert_eq!(kids, [&signing.public().kid, &before.public().kid]);

        let broken = file("broken", "no key");
        let (named, _) = admitting_keys(&signing, std::slice::from_ref(&broken)).unwrap_err();
        assert_eq!(named, broken);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
