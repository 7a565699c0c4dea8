//! What can go wrong in booking-svc, and what callers are told.

use chrono::SecondsFormat;
use tonic::Status;
use usher::{
    database::{self, Fault, Faulty},
    id::{EventId, TicketId},
    reason::{Reason, Refusal},
    serving::Panicked,
};

use crate::{best::Shortage, seat::Timestamp, tickets::TicketsError};

/// Why booking-svc refuses. Each variant has one reason of the contract.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request never got as far as the rules.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The seats of the request make no sense; the field says where they stand.
    #[error("{0}: {1}")]
    Tickets(&'static str, TicketsError),
    /// There is no such event.
    #[error("there is no event {0}")]
    UnknownEvent(EventId),
    /// There is no such ticket.
    #[error("there is no ticket {0}")]
    UnknownTicket(TicketId),
    /// There is no such booking, or it is somebody else's.
    #[error("there is no such booking of yours")]
    UnknownBooking,
    /// The event is under way.
    #[error("event {0} has begun: it is no longer sold online")]
    EventStarted(EventId),
    /// The event has a waiting room, and the caller no pass that is still good.
    #[error(
        "event {0} has a waiting room: take a place in line (POST /v1/event/{0}/line) and send the pass it gives you"
    )]
    PassRequired(EventId),
    /// Somebody has one of the seats; `true`: the caller does.
    #[error("{}", taken(*.0, *.1))]
    SeatTaken(TicketId, bool),
    /// The caller would hold more seats of the event than one user may.
    #[error("you hold {held} seats of this event, and at most {max} are held at once: book or release some first")]
    HoldLimit {
        /// How many they hold.
        held: usize,
        /// How many they may.
        max: usize,
    },
    /// Others were faster, time and again, at the seats that were chosen.
    #[error("somebody else took each of the seats that were chosen for you: try again")]
    Outrun,
    /// Too few seats that fit are free, or too few together.
    #[error("{0}")]
    NotEnoughSeats(Shortage),
    /// The event has no such section, but those.
    #[error("{}", unknown_section(.0))]
    UnknownSection(Vec<String>),
    /// The caller does not hold the seat.
    #[error("you hold no seat {0}: reserve it first")]
    NotReserved(TicketId),
    /// The reservation is somebody else's.
    #[error("this reservation is not yours")]
    ForeignReservation,
    /// The caller's hold is over.
    #[error("your hold of seat {0} has lapsed; nothing was charged: reserve again")]
    HoldExpired(TicketId),
    /// The caller owns the seat.
    #[error("seat {0} is booked already")]
    AlreadyBooked(TicketId),
    /// A payment for these seats is under way.
    #[error("a payment for seat {0} is under way: wait for it to end")]
    PaymentInProgress(TicketId),
    /// The provider refused to charge.
    #[error("{}", declined(.code, .until.as_ref()))]
    PaymentDeclined {
        /// The provider's word for it.
        code: String,
        /// Until when the seats stay held; `None` where they no longer are.
        until: Option<Timestamp>,
    },
    /// The same `request_id` asked for something else before.
    #[error("this request_id was used for another request: take a new one")]
    RequestIdReused,
    /// The booking is not BOOKED, or does not have that seat.
    #[error("{0}")]
    NotBooked(&'static str),
    /// Customers can give seats of the event back no longer.
    #[error("bookings of this event could be given back until {}: ask the box office", time(.0))]
    CancellationClosed(Timestamp),
    /// The ticket's bearer came in before.
    #[error("this ticket was admitted at {}", time(.0))]
    AlreadyAdmitted(Timestamp),
    /// The ticket is for another event than the door's.
    #[error("this ticket is for another event ({0}): its bearer is at the wrong door")]
    WrongEvent(EventId),
    /// More reserves wait than may.
    #[error("too many people reserve right now: try again")]
    QueueFull,
    /// The service is ending.
    #[error("the service is restarting: try again")]
    Stopping,
    /// The database's.
    #[error(transparent)]
    Database(database::Error),
    /// A defect.
    #[error("{0}")]
    Defect(String),
}

/// When a caller may come back to a full queue, to seats that are in high demand, and to a service that restarts.
const RETRY_AFTER: std::time::Duration = std::time::Duration::from_millis(500);
/// The most sections that a refusal names.
const SECTIONS_NAMED_MAX: usize = 20;

impl From<Panicked> for Error {
    fn from(panicked: Panicked) -> Self {
        Self::Refused(panicked.into())
    }
}

impl From<database::Error> for Error {
    fn from(error: database::Error) -> Self {
        Self::Database(error)
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

impl Faulty for Error {
    fn fault(&self) -> Option<Fault> {
        match self {
            Self::Database(error) => error.fault(),
            _ => None,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Refused(refusal) => refusal,
            Error::Tickets(_, TicketsError::Unknown(id)) => {
                Self::new(Reason::UnknownTicket, message).with("ticket_id", id)
            }
            Error::Tickets(field, wrong) => Self::field(field, wrong.to_string()),
            Error::UnknownEvent(id) => Self::new(Reason::UnknownEvent, message).with("event_id", id),
            Error::UnknownTicket(id) => Self::new(Reason::UnknownTicket, message).with("ticket_id", id),
            Error::UnknownBooking => Self::new(Reason::UnknownBooking, message),
            Error::PassRequired(id) => Self::new(Reason::PassRequired, message).with("event_id", id),
            Error::EventStarted(id) => Self::new(Reason::EventStarted, message).with("event_id", id),
            Error::SeatTaken(id, own) => {
                Self::new(Reason::SeatTaken, message).with("ticket_id", id).with("held_by_you", own)
            }
            Error::HoldLimit { held, max } => Self::new(Reason::HoldLimit, message).with("held", held).with("max", max),
            Error::Outrun => Self::new(Reason::SeatTaken, message).retry_after(RETRY_AFTER),
            Error::NotEnoughSeats(short) => Self::new(Reason::NotEnoughSeats, message)
                .with("available", short.available)
                .with("longest_run", short.longest_run),
            Error::UnknownSection(_) => Self::field("section", message),
            Error::NotReserved(id) => Self::new(Reason::NotReserved, message).with("ticket_id", id),
            Error::ForeignReservation => Self::new(Reason::Forbidden, message),
            Error::HoldExpired(id) => Self::new(Reason::HoldExpired, message).with("ticket_id", id),
            Error::AlreadyBooked(id) => Self::new(Reason::AlreadyBooked, message).with("ticket_id", id),
            Error::PaymentInProgress(id) => Self::new(Reason::PaymentInProgress, message).with("ticket_id", id),
            Error::PaymentDeclined { code, until } => {
                let refusal = Self::new(Reason::PaymentDeclined, message).with("decline_code", code);
                match until {
                    Some(until) => refusal.with("held_until", time(&until)),
                    None => refusal,
                }
            }
            Error::RequestIdReused => Self::new(Reason::RequestIdReused, message),
            Error::NotBooked(_) => Self::new(Reason::NotBooked, message),
            Error::CancellationClosed(at) => {
                Self::new(Reason::CancellationClosed, message).with("closed_at", time(&at))
            }
            Error::AlreadyAdmitted(at) => Self::new(Reason::AlreadyAdmitted, message).with("admitted_at", time(&at)),
            Error::WrongEvent(id) => Self::new(Reason::WrongEvent, message).with("event_id", id),
            Error::QueueFull | Error::Stopping => Self::unavailable(message, RETRY_AFTER),
            Error::Database(error) => error.into(),
            Error::Defect(_) => {
                tracing::error!(message, "a defect");
                Self::new(Reason::Internal, "something went wrong on our side")
            }
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        Refusal::from(error).into()
    }
}

fn time(at: &Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn taken(ticket: TicketId, own: bool) -> String {
    match own {
        true => format!("you hold seat {ticket} already, in another reservation: book or release that one first"),
        false => format!("seat {ticket} is taken: choose another"),
    }
}

fn unknown_section(known: &[String]) -> String {
    let named: Vec<_> = known.iter().filter(|section| !section.is_empty()).take(SECTIONS_NAMED_MAX).collect();
    match named.as_slice() {
        [] => "this event has no sections: leave it out".to_owned(),
        named if named.len() < known.len() => format!("must be one of this event's sections, such as {named:?}"),
        named => format!("must be one of this event's sections: {named:?}"),
    }
}

fn declined(code: &str, until: Option<&Timestamp>) -> String {
    let said = format!("the payment was declined ({code}); nothing was charged.");
    match until {
        Some(until) => format!(
            "{said} Your seats stay held until {}: book again with another payment method and a new request_id",
            time(until)
        ),
        None => format!("{said} Your hold has ended: reserve again"),
    }
}
