//! The callers: each a customer with a token, and what they call.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tonic::{Request, Status, metadata::AsciiMetadataValue, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use usher::{
    channel,
    contract::booking::{ReserveRequest, booking_service_client::BookingServiceClient},
    identity::{Claims, ISSUER, TOKEN_TYPE},
    signing::SigningKey,
};

use crate::{error::Error, mesh::Mesh};

/// How many connections the callers share, as an edge of that many replicas would hold.
const CONNECTIONS: usize = 4;
/// No account of the demo data has an id this high.
const USER_ID_FIRST: i64 = 1_000_000;
/// Longer than any measurement.
const TOKEN_SECONDS: i64 = 86_400;

/// One customer.
#[derive(Clone)]
pub struct Caller {
    channel: Channel,
    bearer: AsciiMetadataValue,
    /// Of all callers: which seat is taken next.
    next_seat: Arc<AtomicUsize>,
}

/// `count` callers. Their accounts exist only in their tokens: booking-svc asks no more of them.
pub fn make(mesh: &Mesh, count: u16) -> Result<Vec<Caller>, Error> {
    let key = SigningKey::from_file(&mesh.token_key)?;
    let channels = (0..CONNECTIONS).map(|_| channel::lazy(&mesh.ready.services.booking));
    let channels = channels.collect::<Result<Vec<_>, _>>()?;
    let next_seat = Arc::new(AtomicUsize::new(0));
    let caller = |n: u16| {
        let token = key.sign(TOKEN_TYPE, &claims(USER_ID_FIRST + i64::from(n)))?;
        let bearer = format!("Bearer {token}").parse().map_err(|_| Error::Token)?;
        let channel = channels[usize::from(n) % CONNECTIONS].clone();
        Ok(Caller { channel, bearer, next_seat: Arc::clone(&next_seat) })
    };
    (0..count).map(caller).collect()
}

/// A call that does nothing: what the transport alone takes.
pub async fn empty_call(caller: Caller) -> Result<(), Status> {
    HealthClient::new(caller.channel).check(HealthCheckRequest::default()).await?;
    Ok(())
}

/// Reserves the next seat that nobody took.
pub async fn reserve(caller: Caller, seats: Arc<Vec<i64>>) -> Result<(), Status> {
    let next = caller.next_seat.fetch_add(1, Ordering::Relaxed);
    let ticket_id = *seats.get(next).ok_or_else(|| Status::resource_exhausted("no seats are left: measure shorter"))?;
    let mut request = Request::new(ReserveRequest { ticket_id, ..ReserveRequest::default() });
    request.metadata_mut().insert("authorization", caller.bearer);
    BookingServiceClient::new(caller.channel).reserve(request).await?;
    Ok(())
}

fn claims(user_id: i64) -> Claims {
    #[expect(clippy::disallowed_methods, reason = "a token's times are wall-clock times")]
    let now = chrono::Utc::now().timestamp();
    Claims {
        iss: ISSUER.to_owned(),
        sub: user_id.to_string(),
        role: "CUSTOMER".to_owned(),
        iat: now,
        exp: now + TOKEN_SECONDS,
    }
}
