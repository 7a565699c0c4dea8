//! The callers: customers with tokens, the connections that they share, and what they call.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use http::HeaderValue;
use prost::Message as _;
use tokio::task::JoinSet;
use tonic::Status as Refused;
use usher::{
    channel::{Channel, ChannelConfig},
    contract::booking::{BookRequest, BookResponse, CardInfo, ReserveRequest, ReserveResponse, booking::Status},
    identity::{Claims, ISSUER, TOKEN_TYPE},
    signing::SigningKey,
};

use crate::{
    channelled,
    error::Error,
    line::{Line, Rpc},
    load::Answer,
};

/// The first customer's id.
pub const USER_ID_FIRST: i64 = 1_000_000;
/// Longer than any run.
const TOKEN_SECONDS: i64 = 86_400;
const CHECK: &str = "/grpc.health.v1.Health/Check";
const RESERVE: &str = "/usher.booking.v1.BookingService/Reserve";
const BOOK: &str = "/usher.booking.v1.BookingService/Book";
/// A card that pays.
const CARD: &str = "pm_card_visa";

/// The way to booking-svc, and what is asked there.
pub struct Door {
    way: Way,
    check: Rpc,
    reserve: Rpc,
    book: Rpc,
}

/// Over what calls go.
enum Way {
    /// Connections that callers share, and nothing else.
    Lines(Vec<Line>),
    /// What the edge has.
    Channel(Channel),
}

impl Door {
    /// So many connections to booking-svc at `url`; each opens with its first call.
    pub fn new(url: &str, connections: u16) -> Result<Self, Error> {
        let lines = (0..connections.max(1)).map(|_| Line::new(url)).collect::<Result<_, _>>()?;
        Self::by(Way::Lines(lines), url)
    }

    /// To booking-svc at `url` as an edge calls it.
    pub fn of_edge(url: &str, config: &ChannelConfig) -> Result<Self, Error> {
        Self::by(Way::Channel(channelled::channel(url, config)?), url)
    }

    fn by(way: Way, url: &str) -> Result<Self, Error> {
        let line = Line::new(url)?;
        let rpc = |path| Rpc::new(&line, path);
        Ok(Self { check: rpc(CHECK)?, reserve: rpc(RESERVE)?, book: rpc(BOOK)?, way })
    }

    async fn ask(
        &self,
        caller: usize,
        rpc: &Rpc,
        bearer: Option<&HeaderValue>,
        question: &[u8],
    ) -> Result<Bytes, Refused> {
        match &self.way {
            Way::Lines(lines) => lines[caller % lines.len()].ask(rpc, bearer, question).await,
            Way::Channel(channel) => channelled::ask(channel, rpc, bearer, question).await,
        }
    }

    /// A call that does nothing: what the transport alone takes.
    pub async fn echo(&self, caller: usize) -> Answer {
        self.ask(caller, &self.check, None, &[]).await.map_or_else(Answer::from, |_| Answer::Good)
    }

    /// Holds one seat.
    pub async fn reserve(&self, caller: usize, customer: &Customer, ticket_id: i64) -> Answer {
        let request = ReserveRequest { ticket_id, ..ReserveRequest::default() };
        let answer = self.ask(caller, &self.reserve, Some(&customer.bearer), &request.encode_to_vec()).await;
        match answer.map(ReserveResponse::decode) {
            Err(status) => status.into(),
            Ok(Ok(ReserveResponse { reservation: Some(_) })) => Answer::Good,
            Ok(other) => Answer::Failed(format!("no reservation, but {other:?}")),
        }
    }

    /// Pays for one held seat. Only BOOKED is good.
    pub async fn book(&self, caller: usize, customer: &Customer, ticket_id: i64) -> Answer {
        let card_info = Some(CardInfo { payment_method: CARD.to_owned() });
        let request = BookRequest { ticket_id, card_info, ..BookRequest::default() };
        let answer = self.ask(caller, &self.book, Some(&customer.bearer), &request.encode_to_vec()).await;
        match answer.map(BookResponse::decode) {
            Err(status) => status.into(),
            Ok(Ok(BookResponse { booking: Some(booking), .. })) if booking.status() == Status::Booked => Answer::Good,
            Ok(other) => Answer::Failed(format!("not booked, but {other:?}")),
        }
    }
}

/// Somebody with a token. The account exists only in the token: booking-svc asks no more of it.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The account's id.
    pub user_id: i64,
    bearer: HeaderValue,
}

impl Customer {
    /// The header that says who calls.
    pub fn authorization(&self) -> &str {
        // A token is made of letters and digits.
        self.bearer.to_str().unwrap_or_default()
    }
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
    let mut bearer: HeaderValue = format!("Bearer {token}").parse().map_err(|_| Error::Token)?;
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
