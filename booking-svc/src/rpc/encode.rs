//! From domain values to the contract's messages.

use chrono::{DateTime, Utc};
use usher::{
    contract::booking::{
        Admission, Booking, EventSales, FoundBooking, NextAction, Reservation, TakenSeat,
        booking::Status as StatusCode, taken_seat::State,
    },
    id::EventId,
    signing::SigningKey,
};

use crate::{
    admission,
    error::Error,
    reserve,
    sales::{Found, Sales, Taker},
    state::Status,
    token,
    view::View,
};

pub fn reservation(reservation: &reserve::Reservation) -> Reservation {
    Reservation {
        reservation_id: token::reservation(reservation.id, &reservation.tickets),
        event_id: reservation.tickets.event().get(),
        ticket_ids: reservation.tickets.numbers(),
        amount: reservation.amount,
        currency: reservation.currency.clone(),
        expires_at: Some(timestamp(reservation.until)),
    }
}

/// The booking; its admissions, where the view has its seats, are signed with `key`.
pub fn booking(view: View, key: &SigningKey) -> Result<Booking, Error> {
    let View { booking, intent, redirect_url, refunded, refund_failed, seats } = view;
    let admissions = seats.into_iter().map(|(ticket_id, seat_number)| {
        let token = admission::issue(key, booking.event, booking.id, ticket_id, &seat_number)?;
        Ok(Admission { ticket_id, seat_number, token })
    });
    let admissions = admissions.collect::<Result<Vec<_>, Error>>()?;
    Ok(Booking {
        booking_id: token::booking(booking.event, booking.id),
        status: status(booking.status).into(),
        ticket_ids: booking.ticket_ids,
        amount: booking.amount,
        currency: booking.currency,
        payment_intent_id: intent.unwrap_or_default(),
        next_action: redirect_url.map(|redirect_url| NextAction { r#type: "redirect_to_url".to_owned(), redirect_url }),
        event_id: booking.event.get(),
        created_at: Some(timestamp(booking.created_at)),
        admissions,
        failure: booking.failure.unwrap_or_default(),
        refunded_amount: refunded,
        refund_failed_amount: refund_failed,
    })
}

pub fn sales(sales: Sales) -> EventSales {
    EventSales {
        event_id: sales.event_id,
        free: seats(sales.free),
        held: seats(sales.held),
        blocked: seats(sales.blocked),
        sold: seats(sales.sold),
        admitted: seats(sales.admitted),
        revenue: sales.revenue,
        refunded: sales.refunded,
        currency: sales.currency,
    }
}

/// A number of seats: bounded far below the field's range.
fn seats(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

pub fn taken_seat(event: EventId, ticket_id: i64, taker: Taker) -> TakenSeat {
    let (state, booking_id, admitted) = match taker {
        Taker::Holder => (State::Held, String::new(), false),
        Taker::House => (State::Blocked, String::new(), false),
        Taker::Owner(id, came_in) => (State::Booked, token::booking(event, id), came_in),
    };
    TakenSeat { ticket_id, state: state.into(), booking_id, admitted }
}

pub fn found(found: Found, key: &SigningKey) -> Result<FoundBooking, Error> {
    let (user_name, email) = found.owner;
    Ok(FoundBooking {
        booking: Some(booking(found.view, key)?),
        user_name,
        email,
        event_name: found.event_name,
        seat_numbers: found.seat_numbers,
    })
}

pub fn timestamp(at: DateTime<Utc>) -> pbjson_types::Timestamp {
    at.into()
}

const fn status(status: Status) -> StatusCode {
    match status {
        Status::Pending => StatusCode::Pending,
        Status::Booked => StatusCode::Booked,
        Status::Failed => StatusCode::Failed,
        Status::Refunding => StatusCode::Refunding,
        Status::Refunded => StatusCode::Refunded,
        Status::Cancelled => StatusCode::Cancelled,
    }
}
