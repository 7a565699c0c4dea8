//! From the contract's fields to a search that can be made.

use usher::{
    contract::search::{SearchRequest, SuggestRequest},
    reason::Refusal,
};

use crate::{
    search::{Asked, Search},
    suggestion::Typed,
};

/// The search, or all that is wrong with it.
pub fn search(request: SearchRequest) -> Result<Search, Refusal> {
    let SearchRequest { query, user_id, page, from, to, theater_id, city, category, .. } = request;
    let parts = |at: pbjson_types::Timestamp| (at.seconds, at.nanos);
    Search::parse(&Asked {
        query,
        user_id,
        page,
        from: from.map(parts),
        to: to.map(parts),
        theater_id,
        city,
        category,
        price_min: request.price_min,
        price_max: request.price_max,
        include_past: request.include_past,
        facets: request.facets,
    })
}

/// What has been typed, or all that is wrong with it.
pub fn typed(request: &SuggestRequest) -> Result<Typed, Refusal> {
    Typed::parse(&request.query, request.limit)
}
