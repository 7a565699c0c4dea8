//! The reasons a request is refused for, and their one form on the wire: a `google.rpc.Status` with `ErrorInfo`.

use std::{collections::HashMap, fmt, time::Duration};

use strum::{EnumMessage, EnumString, IntoStaticStr, VariantArray};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, ErrorInfo, StatusExt as _};

/// The `domain` of every `ErrorInfo` that Usher sends.
pub const DOMAIN: &str = "usher";

/// Why a request was refused: `ErrorInfo.reason`. Part of the contract: programs match on it, and it never changes
/// its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumString, EnumMessage, VariantArray)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// Somebody else holds or owns one of the seats. Nothing was taken.
    SeatTaken,
    /// The caller holds as many seats of the event as one user may. Nothing was taken.
    HoldLimit,
    /// Too few seats are free that fit the wish, or too few of them together. Nothing was taken.
    NotEnoughSeats,
    /// The caller holds no such seats.
    NotReserved,
    /// The hold's time is over; the seats may be somebody else's by now.
    HoldExpired,
    /// The seats are the caller's already.
    AlreadyBooked,
    /// The provider refused the payment. Nothing was charged and the hold stands.
    PaymentDeclined,
    /// The payment is under way, so that the hold can't be changed now.
    PaymentInProgress,
    /// The event has begun, so that it is no longer sold.
    EventStarted,
    /// The event has a waiting room, and no pass of it came with the request. Nothing was taken.
    PassRequired,
    /// The booking's state does not allow what was asked.
    NotBooked,
    /// The event's bookings can be given back no longer.
    CancellationClosed,
    /// The ticket's bearer was admitted before.
    AlreadyAdmitted,
    /// The ticket is for another event than the one at this door.
    WrongEvent,
    /// An account with this email address exists.
    EmailTaken,
    /// There is no such event.
    UnknownEvent,
    /// There is no such ticket.
    UnknownTicket,
    /// There is no such theatre.
    UnknownTheater,
    /// There is no such screen.
    UnknownScreen,
    /// There is no such booking, or it is not the caller's.
    UnknownBooking,
    /// There is no such address at the edge.
    UnknownPath,
    /// A field is missing, malformed or out of bounds; `BadRequest` says which and how.
    InvalidArgument,
    /// The `request_id` was used before, for something else.
    RequestIdReused,
    /// No valid token came with the request.
    Unauthenticated,
    /// The token's bearer may not do this.
    Forbidden,
    /// Too many requests; `RetryInfo` says when to come back.
    RateLimited,
    /// A part that the request needs is down or overloaded; `RetryInfo` says when to come back.
    Unavailable,
    /// The request's time was over before it was done.
    DeadlineExceeded,
    /// Not built yet.
    Unimplemented,
    /// A defect of Usher; the logs say more.
    Internal,
}

impl Reason {
    /// The reason's name on the wire: `SEAT_TAKEN`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The gRPC code that the reason travels under.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::SeatTaken => Code::Aborted,
            Self::HoldLimit
            | Self::NotEnoughSeats
            | Self::NotReserved
            | Self::HoldExpired
            | Self::AlreadyBooked
            | Self::PaymentDeclined
            | Self::PaymentInProgress
            | Self::EventStarted
            | Self::PassRequired
            | Self::NotBooked
            | Self::CancellationClosed
            | Self::AlreadyAdmitted
            | Self::WrongEvent => Code::FailedPrecondition,
            Self::EmailTaken => Code::AlreadyExists,
            Self::UnknownEvent
            | Self::UnknownTicket
            | Self::UnknownTheater
            | Self::UnknownScreen
            | Self::UnknownBooking
            | Self::UnknownPath => Code::NotFound,
            Self::InvalidArgument | Self::RequestIdReused => Code::InvalidArgument,
            Self::Unauthenticated => Code::Unauthenticated,
            Self::Forbidden => Code::PermissionDenied,
            Self::RateLimited => Code::ResourceExhausted,
            Self::Unavailable => Code::Unavailable,
            Self::DeadlineExceeded => Code::DeadlineExceeded,
            Self::Unimplemented => Code::Unimplemented,
            Self::Internal => Code::Internal,
        }
    }
}

/// A refused request, before it becomes a [`Status`].
#[derive(Debug, Clone)]
pub struct Refusal {
    reason: Reason,
    message: String,
    metadata: HashMap<String, String>,
    violations: Vec<(String, String)>,
    retry_after: Option<Duration>,
}

impl Refusal {
    /// Refuses for `reason`; `message` tells a person what happened and what to do.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), metadata: HashMap::new(), violations: Vec::new(), retry_after: None }
    }

    /// Refuses one field of the request: [`Reason::InvalidArgument`].
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::fields(vec![(field.into(), description.into())])
    }

    /// Refuses several fields of the request at once, each with what is wrong and how to mend it.
    #[must_use]
    pub fn fields(violations: Vec<(String, String)>) -> Self {
        let message =
            violations.iter().map(|(field, wrong)| format!("{field}: {wrong}")).collect::<Vec<_>>().join("; ");
        Self { violations, ..Self::new(Reason::InvalidArgument, message) }
    }

    /// Refuses because a part is down or overloaded, and says when to come back.
    pub fn unavailable(message: impl Into<String>, retry_after: Duration) -> Self {
        Self::new(Reason::Unavailable, message).retry_after(retry_after)
    }

    /// Adds a value for programs: `ErrorInfo.metadata`.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl fmt::Display) -> Self {
        self.metadata.insert(key.to_owned(), value.to_string());
        self
    }

    /// Says when to come back: `RetryInfo`.
    #[must_use]
    pub const fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// Why the request is refused.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason.as_str(), self.message)
    }
}

impl std::error::Error for Refusal {}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let mut details = ErrorDetails::new();
        details.set_error_info(refusal.reason.as_str(), DOMAIN, refusal.metadata);
        for (field, description) in refusal.violations {
            details.add_bad_request_violation(field, description);
        }
        if let Some(delay) = refusal.retry_after {
            details.set_retry_info(Some(delay));
        }
        Self::with_error_details(refusal.reason.code(), refusal.message, details)
    }
}

/// The reason that a [`Status`] from another service carries; `None` where it carries none of Usher's.
#[must_use]
pub fn of(status: &Status) -> Option<Reason> {
    named(&status.get_details_error_info()?)
}

/// The reason that details from another service carry; `None` where they are none of Usher's.
#[must_use]
pub fn named(info: &ErrorInfo) -> Option<Reason> {
    (info.domain == DOMAIN).then(|| info.reason.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_survives_the_wire() {
        for &reason in Reason::VARIANTS {
            let status = Status::from(Refusal::new(reason, "why").with("ticket_id", 7));
            assert_eq!((of(&status), status.code()), (Some(reason), reason.code()));
        }
    }

    #[test]
    fn a_refused_field_is_named() {
        let status = Status::from(Refusal::field("page", "must be 1 or more"));
        let violations = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].field, "page");
    }

    #[test]
    fn a_reason_of_another_domain_is_not_ours() {
        let details = ErrorDetails::with_error_info("SEAT_TAKEN", "elsewhere", HashMap::new());
        assert_eq!(of(&Status::with_error_details(Code::Aborted, "", details)), None);
    }
}
