//! `ListEndedSessions`: whose tokens are refused before they expire. For other parts of Usher; needs no database.

use tonic::Request;
use usher::contract::account::{ListEndedSessionsRequest, ListEndedSessionsResponse};

use super::Accounts;

pub fn handle(service: &Accounts, request: &Request<ListEndedSessionsRequest>) -> ListEndedSessionsResponse {
    let (ended, cursor) = service.ended.after(&request.get_ref().cursor);
    ListEndedSessionsResponse {
        session_ids: ended.iter().map(|id| id.as_bytes().to_vec()).collect(),
        cursor,
        token_ttl_seconds: service.tokens.ttl_seconds(),
    }
}
