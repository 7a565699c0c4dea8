//! A booking: what was bought, by whom, and where it stands. Plain values.

use usher::id::EventId;
use uuid::Uuid;

use crate::{seat::Timestamp, state::Status};

/// A purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// The event of all its seats.
    pub event: EventId,
    /// Its id.
    pub id: Uuid,
    /// Who bought; `None` for a sale at the door to somebody without an account.
    pub user_id: Option<i64>,
    /// The one reservation that its seats were held by, where it was one.
    pub reservation: Option<Uuid>,
    /// Its seats, ascending.
    pub ticket_ids: Vec<i64>,
    /// What they cost together, in minor units.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Where it stands.
    pub status: Status,
    /// How it was sold.
    pub channel: Channel,
    /// Why it FAILED.
    pub failure: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How something was sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// By the customer, through the provider.
    Online,
    /// At the door, for cash.
    Cash,
    /// At the door, as a gift of the house.
    Complimentary,
}

/// An attempt to pay for a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The provider's idempotency key: one attempt, one charge.
    pub attempt: Uuid,
    /// The provider's token of the payment method (`pm_…`).
    pub method: String,
    /// The provider's id of the payment, once it answered.
    pub intent: Option<String>,
    /// Where the customer has to go, when the bank wants to see them.
    pub redirect_url: Option<String>,
    /// Where the request that began it was in its trace, where that is recorded.
    pub trace: Option<String>,
}

impl Channel {
    const ALL: [Self; 3] = [Self::Online, Self::Cash, Self::Complimentary];

    /// The channel as the database has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "ONLINE",
            Self::Cash => "CASH",
            Self::Complimentary => "COMPLIMENTARY",
        }
    }

    /// The channel that the database's word means.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == word)
    }
}
