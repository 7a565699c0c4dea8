//! The seats that one request names: some, each once, all of one event. Pure.

use usher::id::{EventId, TicketId};

/// The most seats a customer takes at once.
pub const CUSTOMER_SEATS_MAX: usize = 10;
/// The most seats the house blocks at once.
pub const HOUSE_SEATS_MAX: usize = 1_000;

/// One or more seats of one event, ascending, each once. The order is the order in which rows are locked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tickets {
    event: EventId,
    ids: Vec<TicketId>,
}

/// Why some ids are no [`Tickets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TicketsError {
    /// None at all.
    #[error("name at least one seat")]
    Empty,
    /// More than the maximum.
    #[error("names {given} seats: at most {max} go together")]
    TooMany {
        /// How many there are.
        given: usize,
        /// How many there may be.
        max: usize,
    },
    /// One of them twice.
    #[error("names seat {0} twice")]
    Twice(i64),
    /// Two events.
    #[error("names seats of two events ({0} and {1}): take one event at a time")]
    TwoEvents(EventId, EventId),
    /// No ticket can have that id.
    #[error("there is no ticket {0}")]
    Unknown(i64),
}

impl Tickets {
    /// Checks `ids`, of which there may be `max`.
    pub fn new(ids: &[i64], max: usize) -> Result<Self, TicketsError> {
        if ids.len() > max {
            return Err(TicketsError::TooMany { given: ids.len(), max });
        }
        let tickets = ids.iter().map(|&id| TicketId::new(id).ok_or(TicketsError::Unknown(id)));
        let mut tickets = tickets.collect::<Result<Vec<_>, _>>()?;
        tickets.sort_unstable();
        let event = tickets.first().ok_or(TicketsError::Empty)?.event();
        if let Some(other) = tickets.iter().map(|ticket| ticket.event()).find(|&other| other != event) {
            return Err(TicketsError::TwoEvents(event, other));
        }
        match tickets.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(TicketsError::Twice(pair[0].get())),
            None => Ok(Self { event, ids: tickets }),
        }
    }

    /// The event that they are of.
    #[must_use]
    pub const fn event(&self) -> EventId {
        self.event
    }

    /// The seats, ascending.
    #[must_use]
    pub fn ids(&self) -> &[TicketId] {
        &self.ids
    }

    /// The seats as the database and the contract have them, ascending.
    #[must_use]
    pub fn numbers(&self) -> Vec<i64> {
        self.ids.iter().map(|ticket| ticket.get()).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EVENT: i64 = 7 << 20;

    #[test]
    fn what_is_wrong_is_named() {
        let new = |ids: &[i64]| Tickets::new(ids, CUSTOMER_SEATS_MAX).unwrap_err();
        assert_eq!(new(&[]), TicketsError::Empty);
        assert_eq!(new(&[EVENT | 1, EVENT | 1]), TicketsError::Twice(EVENT | 1));
        assert_eq!(new(&[-1]), TicketsError::Unknown(-1));
        assert!(matches!(new(&[EVENT | 1, 8 << 20 | 1]), TicketsError::TwoEvents(..)));
        let eleven: Vec<_> = (1..=11).map(|seat| EVENT | seat).collect();
        assert_eq!(new(&eleven), TicketsError::TooMany { given: 11, max: 10 });
    }

    proptest! {
        #[test]
        fn whatever_the_order_they_come_out_ascending(mut seats in prop::collection::hash_set(1i64..1000, 1..10)
            .prop_map(|seats| seats.into_iter().map(|seat| EVENT | seat).collect::<Vec<_>>()))
        {
            let tickets = Tickets::new(&seats, CUSTOMER_SEATS_MAX).unwrap();
            seats.sort_unstable();
            prop_assert_eq!(tickets.numbers(), seats);
        }

        #[test]
        fn arbitrary_numbers_never_panic(ids in prop::collection::vec(any::<i64>(), 0..12)) {
            let _ = Tickets::new(&ids, CUSTOMER_SEATS_MAX);
        }
    }
}
