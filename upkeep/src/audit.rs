//! Checks on a live database what must always hold (I1, I2, I6), and says what does not. Reads only; each check is one
//! statement and so sees one moment.

use std::fmt;

use diesel_async::AsyncPgConnection;

use crate::store;

/// Something that must never be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which invariant is broken.
    pub invariant: &'static str,
    /// Where, and how.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

/// Everything that is wrong; empty where all holds.
pub async fn check(conn: &mut AsyncPgConnection) -> Result<Vec<Violation>, diesel::result::Error> {
    let mut violations = Vec::new();
    for ticket in store::list_orphaned_tickets(conn).await? {
        violations.push(Violation {
            invariant: "I1",
            what: format!("ticket {ticket} is BOOKED, and no BOOKED booking that it names has it"),
        });
    }
    for ticket in store::list_tickets_sold_twice(conn).await? {
        violations.push(Violation { invariant: "I1", what: format!("ticket {ticket} is in two BOOKED bookings") });
    }
    for (booking, ticket) in store::list_missing_seats(conn).await? {
        violations.push(Violation {
            invariant: "I6",
            what: format!("booking {booking} is BOOKED and does not own its seat {ticket}"),
        });
    }
    for reservation in store::list_mixed_reservations(conn).await? {
        violations.push(Violation {
            invariant: "I6",
            what: format!("reservation {reservation} has seats of two holders or two events"),
        });
    }
    for (booking, charged, accounted) in store::list_unaccounted_money(conn).await? {
        violations.push(Violation {
            invariant: "I2",
            what: format!("booking {booking} was charged {charged}, and its seats and refunds make {accounted}"),
        });
    }
    for booking in store::list_forgotten_refunds(conn).await? {
        violations.push(Violation {
            invariant: "I2",
            what: format!("booking {booking} is REFUNDING, and no refund of it is under way"),
        });
    }
    for booking in store::list_unfinished_refunds(conn).await? {
        violations.push(Violation {
            invariant: "I2",
            what: format!("booking {booking} is REFUNDED, and a refund of it is not done"),
        });
    }
    Ok(violations)
}
