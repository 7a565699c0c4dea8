//! I2: no money without a seat. I3: a failed booking charges nothing.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::Violation;
use crate::story::Story;

/// INVARIANTS I2 and I3: compares the provider's ledger with the bookings.
pub fn accounted_for(story: &Story) -> Vec<Violation> {
    let mut kept: BTreeMap<Option<Uuid>, i64> = BTreeMap::new();
    for charge in &story.end.charges {
        let booking = charge.booking.filter(|id| story.end.booking(*id).is_some());
        *kept.entry(booking).or_default() += charge.taken - charge.returned;
    }
    let mut violations = Vec::new();
    if let Some(amount) = kept.get(&None).filter(|amount| **amount != 0) {
        violations.push(Violation::new("I2", format!("{amount} was taken for no booking that is known")));
    }
    for booking in &story.end.bookings {
        let kept = kept.get(&Some(booking.id)).copied().unwrap_or_default();
        let back: i64 =
            story.end.refunds.iter().filter(|back| back.booking == booking.id).map(|back| back.amount).sum();
        let (due, invariant) = match booking.status.as_str() {
            "FAILED" => (0, "I3"),
            "BOOKED" | "REFUNDING" | "REFUNDED" | "CANCELLED" if booking.reservation.is_some() => {
                (booking.amount - back, "I2")
            }
            // What is sold at the door is none of the provider's.
            _ => (0, "I2"),
        };
        if kept != due {
            let what = format!("booking {} is {}: {due} is due for it, {kept} was kept", booking.id, booking.status);
            violations.push(Violation::new(invariant, what));
        }
    }
    violations
}
