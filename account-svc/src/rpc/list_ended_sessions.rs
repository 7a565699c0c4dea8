//! `ListEndedSessions`: whose tokens are refused before they expire. For other parts of Usher.

use chrono::DateTime;
use tonic::Request;
use usher::{
    contract::account::{ListEndedSessionsRequest, ListEndedSessionsResponse},
    reason::Refusal,
};
use uuid::Uuid;

use super::Accounts;
use crate::{
    error::Error,
    store::sessions::{self, Cursor},
};

pub async fn handle(
    service: &Accounts,
    request: Request<ListEndedSessionsRequest>,
) -> Result<ListEndedSessionsResponse, Error> {
    let cursor = request.into_inner().cursor;
    let after = (!cursor.is_empty()).then(|| decode(&cursor).ok_or_else(malformed)).transpose()?;
    let token_ttl_seconds = service.tokens.ttl_seconds();
    let within_seconds = i32::try_from(token_ttl_seconds).unwrap_or(i32::MAX);
    // The primary: what a replica that is behind has not seen yet would be missed for good.
    let read =
        service.database.read_primary(move |conn| Box::pin(sessions::ended_sessions(conn, after, within_seconds)));
    let (ended, told) = read.await?;
    let session_ids = ended.iter().map(|id| id.as_bytes().to_vec()).collect();
    Ok(ListEndedSessionsResponse { session_ids, cursor: encode(told), token_ttl_seconds })
}

fn encode(cursor: Cursor) -> String {
    format!("{}.{}", cursor.ended_at.timestamp_micros(), cursor.session_id.simple())
}

fn decode(cursor: &str) -> Option<Cursor> {
    let (micros, session) = cursor.split_once('.')?;
    Some(Cursor {
        ended_at: DateTime::from_timestamp_micros(micros.parse().ok()?)?,
        session_id: Uuid::try_parse(session).ok()?,
    })
}

fn malformed() -> Refusal {
    Refusal::field("cursor", "must be the cursor of an answer, or empty")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let cursor =
            Cursor { ended_at: DateTime::from_timestamp_micros(1_234_567).unwrap(), session_id: Uuid::new_v4() };
        assert_eq!(decode(&encode(cursor)), Some(cursor));
        for wrong in ["", "7", "7.x", "x.00000000000000000000000000000000"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
