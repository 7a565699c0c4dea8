//! What search-svc reads of `search_documents`, which event-svc's triggers fill: what is said of events.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::search_documents;

use super::sought::{Has, Score};
use crate::{
    error::Error,
    rank::{DOCUMENTS_MAX, Match},
    search::Filter,
    sought::Sought,
};

/// The documents that match, the best first. Whether events stand for them is not asked here.
pub async fn find_documents(
    conn: &mut AsyncPgConnection,
    sought: &Sought,
    filter: &Filter,
) -> Result<Vec<Match>, Error> {
    let mut matching = search_documents::table.filter(Has::all(sought)).into_boxed();
    if let Some(theater_id) = filter.theater_id {
        matching = matching.filter(search_documents::theater_id.eq(theater_id));
    }
    if let Some(city) = &filter.city {
        matching = matching.filter(search_documents::city_key.eq(city));
    }
    if let Some(category) = &filter.category {
        matching = matching.filter(search_documents::category_key.eq(category));
    }
    let rows: Vec<(i64, i32)> = matching
        .select((search_documents::document_id, Score::new(sought)))
        // By its place: the expression is long, and is worked out once.
        .order(diesel::dsl::sql::<diesel::sql_types::Integer>("2 DESC, document_id"))
        .limit(i64::try_from(DOCUMENTS_MAX).unwrap_or(i64::MAX))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(document_id, score)| Match { document_id, score }).collect())
}
