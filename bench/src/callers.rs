//! The callers: customers with tokens, the connections that they share, and what they call.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::task::JoinSet;
use tonic::{Request, metadata::AsciiMetadataValue, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use usher::{
    channel,
    contract::booking::{
        BookRequest, CardInfo, ReserveRequest, booking::Status, booking_service_client::BookingServiceClient,
    },
    identity::{Claims, ISSUER, TOKEN_TYPE},
    signing::SigningKey,
};

use crate::{error::Error, load::Answer};

/// The first customer's id.
pub const USER_ID_FIRST: i64 = 1_000_000;
/// Longer than any run.
const TOKEN_SECONDS: i64 = 86_400;
/// A card that pays.
const CARD: &str = "pm_card_visa";

/// The connections to booking-svc.
pub struct Door {
    booking: Vec<BookingServiceClient<Channel>>,
    health: Vec<HealthClient<Channel>>,
}

impl Door {
    /// So many connections to booking-svc at `url`; each opens with its first call.
    pub fn new(url: &str, connections: u16) -> Result<Self, Error> {
        let channels = (0..connections).map(|_| channel::lazy(url)).collect::<Result<Vec<_>, _>>()?;
        let booking = channels.iter().cloned().map(BookingServiceClient::new).collect();
        Ok(Self { booking, health: channels.into_iter().map(HealthClient::new).collect() })
    }

    /// A call that does nothing: what the transport alone takes.
    pub async fn echo(&self, caller: usize) -> Answer {
        let mut client = self.health[caller % self.health.len()].clone();
        client.check(HealthCheckRequest::default()).await.map_or_else(Answer::from, |_| Answer::Good)
    }

    /// Holds one seat.
    pub async fn reserve(&self, caller: usize, customer: &Customer, ticket_id: i64) -> Answer {
        let mut request = Request::new(ReserveRequest { ticket_id, ..ReserveRequest::default() });
        request.metadata_mut().insert("authorization", customer.bearer.clone());
        let mut client = self.booking[caller % self.booking.len()].clone();
        client.reserve(request).await.map_or_else(Answer::from, |_| Answer::Good)
    }

    /// Pays for one held seat. Only BOOKED is good.
    pub async fn book(&self, caller: usize, customer: &Customer, ticket_id: i64) -> Answer {
        let card_info = Some(CardInfo { payment_method: CARD.to_owned() });
        let mut request = Request::new(BookRequest { ticket_id, card_info, ..BookRequest::default() });
        request.metadata_mut().insert("authorization", customer.bearer.clone());
        let mut client = self.booking[caller % self.booking.len()].clone();
        match client.book(request).await {
            Err(status) => status.into(),
            Ok(answer) => match answer.into_inner().booking.map(|booking| booking.status()) {
                Some(Status::Booked) => Answer::Good,
                other => Answer::Failed(format!("the booking is {other:?}")),
            },
        }
    }
}

/// Somebody with a token. The account exists only in the token: booking-svc asks no more of it.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The account's id.
    pub user_id: i64,
    bearer: AsciiMetadataValue,
}

/// Customers, who call in turn.
#[derive(Debug)]
pub struct Customers {
    all: Arc<[Customer]>,
    turn: AtomicUsize,
}

impl Customers {
    /// So many customers, the ids of whom begin at `first`.
    pub async fn new(key: &SigningKey, first: i64, count: u32) -> Result<Self, Error> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let ids: Vec<_> = (first..first + i64::from(count)).collect();
        let mut signing = JoinSet::new();
        for part in ids.chunks(ids.len().div_ceil(threads).max(1)) {
            let (key, part) = (key.clone(), part.to_owned());
            signing
                .spawn_blocking(move || part.into_iter().map(|id| customer(&key, id)).collect::<Result<Vec<_>, _>>());
        }
        let mut all = Vec::with_capacity(ids.len());
        while let Some(part) = signing.join_next().await {
            all.extend(part??);
        }
        all.sort_unstable_by_key(|customer| customer.user_id);
        Ok(Self { all: all.into(), turn: AtomicUsize::new(0) })
    }

    /// The same customers, from the first on.
    pub fn anew(&self) -> Self {
        Self { all: Arc::clone(&self.all), turn: AtomicUsize::new(0) }
    }

    /// The one whose turn it is.
    pub fn next(&self) -> &Customer {
        &self.all[self.turn.fetch_add(1, Ordering::Relaxed) % self.all.len()]
    }

    /// One who was not here before; `None` once all were.
    pub fn next_new(&self) -> Option<&Customer> {
        self.all.get(self.turn.fetch_add(1, Ordering::Relaxed))
    }
}

fn customer(key: &SigningKey, user_id: i64) -> Result<Customer, Error> {
    let token = key.sign(TOKEN_TYPE, &claims(user_id))?;
    let mut bearer: AsciiMetadataValue = format!("Bearer {token}").parse().map_err(|_| Error::Token)?;
    // As the edge sends it: in no table of either side (RFC 7541, 7.1.3).
    bearer.set_sensitive(true);
    Ok(Customer { user_id, bearer })
}

fn claims(user_id: i64) -> Claims {
    #[expect(clippy::disallowed_methods, reason = "a token's times are wall-clock times")]
    let now = chrono::Utc::now().timestamp();
    Claims {
        iss: ISSUER.to_owned(),
        sub: user_id.to_string(),
        role: "CUSTOMER".to_owned(),
        sid: None,
        iat: now,
        exp: now + TOKEN_SECONDS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn customers_come_in_turn_and_again() {
        let key = SigningKey::from_pem(&usher::signing::generate_pem().unwrap()).unwrap();
        let customers = Customers::new(&key, 7, 3).await.unwrap();
        let ids: Vec<_> = (0..4).map(|_| customers.next().user_id).collect();
        assert_eq!(ids, [7, 8, 9, 7]);
        assert!(customers.next_new().is_none());
    }
}
