//! From domain values to the contract's messages.

use usher::contract::event::{CancelPolicy, Event, Screen, Theater, Ticket, ticket::Status};

use crate::{
    seat::{Availability, ShownTicket},
    theater,
    view::SeatMap,
};

pub fn event(seat_map: &SeatMap) -> Event {
    let event = seat_map.event.clone();
    Event {
        event_id: event.id.get(),
        event_name: event.name,
        description: event.description,
        theater_name: event.theater_name,
        screen_name: event.screen_name,
        start_time: Some(event.start_time.into()),
        total_ticket_count: count(seat_map.tickets.len()),
        remaining_ticket_count: count(seat_map.remaining()),
        cdn_link: event.cdn_link,
        currency: event.currency,
        price_from: event.price_from,
        theater_id: event.theater_id,
        screen_id: event.screen_id,
        category: event.category,
        city: event.city,
        time_zone: event.time_zone,
        cancel_policy: Some(CancelPolicy {
            minutes_before: event.cancel_policy.minutes_before,
            fee_percent: event.cancel_policy.fee_percent,
        }),
    }
}

pub fn ticket(ticket: ShownTicket) -> Ticket {
    let status = match ticket.availability {
        Availability::Available => Status::Available,
        Availability::Reserved => Status::Reserved,
        Availability::Booked => Status::Booked,
    };
    Ticket {
        ticket_id: ticket.ticket_id,
        seat_number: ticket.seat_number,
        section: ticket.section,
        row: ticket.row,
        price: ticket.price,
        status: status.into(),
        x: ticket.x,
        y: ticket.y,
        kind: ticket.kind,
    }
}

pub fn theater(theater: theater::Theater) -> Theater {
    let screen = |screen: theater::Screen| Screen {
        screen_id: screen.id,
        screen_name: screen.name,
        seat_count: i32::try_from(screen.seat_count).unwrap_or(i32::MAX),
        seats: Vec::new(),
        focal_x: screen.focal.0,
        focal_y: screen.focal.1,
    };
    Theater {
        theater_id: theater.id,
        theater_name: theater.name,
        screens: theater.screens.into_iter().map(screen).collect(),
        city: theater.city,
        address: theater.address,
        time_zone: theater.time_zone,
    }
}

/// A number of seats: bounded far below the field's range.
pub fn count(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
