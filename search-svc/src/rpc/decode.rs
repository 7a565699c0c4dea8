//! From the contract's fields to a search that can be made.

use usher::{contract::search::SearchRequest, reason::Refusal};

use crate::search::{Asked, Search};

/// The search, or all that is wrong with it.
pub fn search(request: SearchRequest) -> Result<Search, Refusal> {
    let SearchRequest { query, user_id, page, from, to, theater_id } = request;
    let parts = |at: pbjson_types::Timestamp| (at.seconds, at.nanos);
    Search::parse(&Asked { query, user_id, page, from: from.map(parts), to: to.map(parts), theater_id })
}
