//! Which seats of a price list are new, and which have another price now. Pure.

use std::collections::{BTreeMap, HashMap};

use usher::id::EventId;

use crate::seat::{NewTicket, seat_in_block};

/// How far behind the last row the block of added seats begins, in seat widths.
const BLOCK_GAP: f32 = 2.0;

/// A seat and what it is to cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatPrice {
    /// The seat's number.
    pub seat_number: String,
    /// Minor units.
    pub price: i64,
}

/// A seat that the event has.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Its ticket.
    pub ticket_id: i64,
    /// Its number.
    pub seat_number: String,
    /// What it costs whoever takes it next.
    pub price: i64,
    /// Place away from the stage.
    pub y: f32,
}

/// What is to be done.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// Per price the tickets that get it, ascending.
    pub reprice: BTreeMap<i64, Vec<i64>>,
    /// The tickets to be added.
    pub add: Vec<NewTicket>,
}

impl Plan {
    /// How many seats get another price.
    pub fn repriced(&self) -> usize {
        self.reprice.values().map(Vec::len).sum()
    }
}

/// What makes the event's seats cost what `list` says. A seat that the event lacks is added, in rows of their own
/// behind the last; one that costs its price already is left alone.
pub fn plan(event: EventId, standing: &[Standing], list: &[SeatPrice]) -> Plan {
    let seats: HashMap<_, _> = standing.iter().map(|seat| (seat.seat_number.as_str(), seat)).collect();
    let last_index = standing.iter().filter_map(|seat| i32::try_from(seat.ticket_id & usher::id::SEATS_MAX).ok()).max();
    let first_y = standing.iter().map(|seat| seat.y).reduce(f32::max).map_or(0.0, |y| y + BLOCK_GAP);
    let mut plan = Plan::default();
    let (mut index, mut place) = (last_index.unwrap_or(0), 0);
    for SeatPrice { seat_number, price } in list {
        match seats.get(seat_number.as_str()) {
            Some(seat) if seat.price == *price => {}
            Some(seat) => plan.reprice.entry(*price).or_default().push(seat.ticket_id),
            None => {
                index += 1;
                let seat = seat_in_block(index, seat_number.clone(), place, first_y);
                place += 1;
                plan.add.extend(event.ticket(index.into()).map(|id| NewTicket { id, seat, price: *price }));
            }
        }
    }
    plan.reprice.values_mut().for_each(|tickets| tickets.sort_unstable());
    plan
}

#[cfg(test)]
mod tests {
    use proptest::{collection::btree_map, prelude::*};

    use super::*;

    fn event() -> EventId {
        EventId::new(3).unwrap()
    }

    fn standing(seats: &BTreeMap<String, i64>) -> Vec<Standing> {
        let numbered = (1..).zip(seats);
        let seat = |(index, (seat_number, price)): (i64, (&String, &i64))| Standing {
            ticket_id: event().ticket(index).unwrap().get(),
            seat_number: seat_number.clone(),
            price: *price,
            y: 0.0,
        };
        numbered.map(seat).collect()
    }

    proptest! {
        #[test]
        fn after_the_plan_every_listed_seat_costs_its_price(
            seats in btree_map("[A-C][1-9]", 0..5_i64, 0..20),
            list in btree_map("[A-D][1-9]", 0..5_i64, 0..20),
        ) {
            let prices: Vec<_> = list
                .iter()
                .map(|(seat_number, &price)| SeatPrice { seat_number: seat_number.clone(), price })
                .collect();
            let before = standing(&seats);
            let plan = plan(event(), &before, &prices);

            let mut after: HashMap<_, _> = before.iter().map(|s| (s.ticket_id, (s.seat_number.clone(), s.price))).collect();
            for (price, tickets) in &plan.reprice {
                for ticket in tickets {
                    let seat = after.get_mut(ticket).unwrap();
                    prop_assert_ne!(seat.1, *price);
                    seat.1 = *price;
                }
            }
            for ticket in &plan.add {
                let added = (ticket.seat.seat_number.clone(), ticket.price);
                prop_assert!(after.insert(ticket.id.get(), added).is_none());
            }
            let after: BTreeMap<_, _> = after.into_values().collect();
            let mut wanted = seats;
            wanted.extend(list);
            prop_assert_eq!(after, wanted);
        }
    }

    #[test]
    fn added_seats_stand_behind_the_others() {
        let seats = standing(&BTreeMap::from([("A1".to_owned(), 1)]));
        let plan = plan(event(), &seats, &[SeatPrice { seat_number: "Z1".to_owned(), price: 1 }]);
        assert!(plan.add[0].seat.y > seats[0].y);
    }
}
