//! From domain values to the contract's messages.

use usher::contract::event::{CancelPolicy, Event, LayoutSeat, Screen, Theater, Ticket, WaitingRoom, ticket::Status};

use crate::{
    board::Board,
    seat::{self, Availability, Seat, Shown},
    theater,
    view::{self, Listed},
};

pub fn event(board: &Board) -> Event {
    counted(board.event().clone(), count(board.len()), count(board.remaining()))
}

pub fn listed(listed: Listed) -> Event {
    counted(listed.event, listed.seats, i32::try_from(listed.free).unwrap_or(i32::MAX))
}

fn counted(event: view::Event, total_ticket_count: i32, remaining_ticket_count: i32) -> Event {
    Event {
        event_id: event.id.get(),
        event_name: event.name,
        description: event.description,
        theater_name: event.theater_name,
        screen_name: event.screen_name,
        start_time: Some(event.start_time.into()),
        total_ticket_count,
        remaining_ticket_count,
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
        waiting_room: event.waiting_room.map(|room| WaitingRoom {
            admissions_per_minute: room.admissions_per_minute,
            opens_at: room.opens_at.map(Into::into),
        }),
    }
}

pub const fn status(availability: Availability) -> Status {
    match availability {
        Availability::Available => Status::Available,
        Availability::Reserved => Status::Reserved,
        Availability::Booked => Status::Booked,
    }
}

pub fn ticket((seat, shown): (&Seat, Shown)) -> Ticket {
    Ticket {
        ticket_id: seat.ticket_id,
        seat_number: seat.number.clone(),
        section: seat.section.clone(),
        row: seat.row.clone(),
        price: shown.price,
        status: status(shown.availability).into(),
        x: seat.x,
        y: seat.y,
        kind: seat.kind.clone(),
    }
}

pub fn theater(theater: theater::Theater) -> Theater {
    Theater {
        theater_id: theater.id,
        theater_name: theater.name,
        screens: theater.screens.into_iter().map(|it| screen(it, Vec::new())).collect(),
        city: theater.city,
        address: theater.address,
        time_zone: theater.time_zone,
    }
}

pub fn screen(screen: theater::Screen, layout: Vec<seat::LayoutSeat>) -> Screen {
    Screen {
        screen_id: screen.id,
        screen_name: screen.name,
        seat_count: i32::try_from(screen.seat_count).unwrap_or(i32::MAX),
        seats: layout.into_iter().map(layout_seat).collect(),
        focal_x: screen.focal.0,
        focal_y: screen.focal.1,
    }
}

fn layout_seat(seat: seat::LayoutSeat) -> LayoutSeat {
    LayoutSeat {
        seat_no: seat.seat_number,
        section: seat.section,
        row: seat.row,
        x: seat.x,
        y: seat.y,
        kind: seat.kind,
        price: seat.price,
    }
}

/// A number of seats: bounded far below the field's range.
pub fn count(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
