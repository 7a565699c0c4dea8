//! Ids of events and tickets, and how the one is found in the other. Pure.

use std::fmt;

/// How many low bits of a ticket's id number the seat within its event.
pub const SEAT_BITS: u32 = 20;
/// The most seats an event can have.
pub const SEATS_MAX: i64 = (1 << SEAT_BITS) - 1;
/// The largest event id whose tickets' ids still fit 63 bits.
pub const EVENT_ID_MAX: i64 = i64::MAX >> SEAT_BITS;

/// An event's id: 1 to [`EVENT_ID_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(i64);

/// A ticket's id. It carries its event (`event_id = ticket_id >> 20`), so that a request that names only a ticket
/// reaches its event's shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TicketId(i64);

impl EventId {
    /// The id, where it can be one of an event; `None` for zero, negative and too large numbers.
    #[must_use]
    pub const fn new(id: i64) -> Option<Self> {
        if id >= 1 && id <= EVENT_ID_MAX { Some(Self(id)) } else { None }
    }

    /// The number, as the database and the contract have it.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The ticket of this event's seat `index` (1 to [`SEATS_MAX`]); `None` outside of that.
    #[must_use]
    pub const fn ticket(self, index: i64) -> Option<TicketId> {
        if index >= 1 && index <= SEATS_MAX { Some(TicketId(self.0 << SEAT_BITS | index)) } else { None }
    }
}

impl TicketId {
    /// The id, where it can be one of a ticket; `None` where no event could have it.
    #[must_use]
    pub const fn new(id: i64) -> Option<Self> {
        if id > 0 && EventId::new(id >> SEAT_BITS).is_some() && id & SEATS_MAX != 0 { Some(Self(id)) } else { None }
    }

    /// The number, as the database and the contract have it.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The event that the ticket is for.
    #[must_use]
    pub const fn event(self) -> EventId {
        EventId(self.0 >> SEAT_BITS)
    }

    /// The seat's index within its event: 1 to [`SEATS_MAX`].
    #[must_use]
    pub const fn index(self) -> i64 {
        self.0 & SEATS_MAX
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_ticket_carries_its_event(event in 1..=EVENT_ID_MAX, index in 1..=SEATS_MAX) {
            let ticket = EventId::new(event).and_then(|event| event.ticket(index)).unwrap();
            prop_assert_eq!(TicketId::new(ticket.get()), Some(ticket));
            prop_assert_eq!((ticket.event().get(), ticket.index()), (event, index));
        }

        #[test]
        fn what_is_no_ticket_is_refused(id in i64::MIN..1 << SEAT_BITS) {
            prop_assert_eq!(TicketId::new(id), None);
        }
    }

    #[test]
    fn seat_zero_is_no_seat() {
        assert_eq!(TicketId::new(7 << SEAT_BITS), None);
        assert_eq!(EventId::new(7).and_then(|event| event.ticket(0)), None);
    }
}
