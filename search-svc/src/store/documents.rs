//! What search-svc reads of `search_documents`, which event-svc's triggers fill: what is said of events, and with
//! `search_starts`, how many there are.

use diesel::{
    dsl::{IntoBoxed, sql},
    pg::Pg,
    prelude::*,
    sql_types::{BigInt, Integer, Nullable, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::search_documents;

use super::{
    grouped::Grouped,
    sought::{Has, Score},
    starts::{AllEvents, Events},
};
use crate::{
    error::Error,
    event::Timestamp,
    rank::{Counts, DOCUMENTS_MAX, Match},
    search::Filter,
    sought::Sought,
};

/// A category or a theatre, and how many events have it.
type GroupRow = ((Option<String>, Option<i64>), i64);

/// A document, its score, how many events it has and when the first of them starts, where, and what.
type MatchRow = (i64, i32, Option<(i64, Option<Timestamp>)>, i64, String);

/// The documents that match, the best first, with how many events stand for each.
pub async fn find_documents(
    conn: &mut AsyncPgConnection,
    sought: &Sought,
    filter: &Filter,
    now: Timestamp,
) -> Result<Vec<Match>, Error> {
    let columns = (search_documents::document_id, Score::new(sought), Events::new(filter, now));
    let rows: Vec<MatchRow> = matching(filter)
        .filter(Has::all(sought))
        .select((columns.0, columns.1, columns.2, search_documents::theater_id, search_documents::category_key))
        // By its place: the expression is long, and is worked out once.
        .order(sql::<Integer>("2 DESC, document_id"))
        .limit(i64::try_from(DOCUMENTS_MAX).unwrap_or(i64::MAX))
        .load(conn)
        .await?;
    let found = |(document_id, score, events, theater_id, category): MatchRow| {
        let (events, first) = events.unwrap_or_default();
        // With what is past among them, the nearest come first.
        let next = first.filter(|_| !filter.include_past).map(|first| first.timestamp_micros());
        Match { document_id, score, events, next, theater_id, category }
    };
    Ok(rows.into_iter().map(found).collect())
}

/// How many events there are.
pub async fn count(conn: &mut AsyncPgConnection, filter: &Filter, now: Timestamp) -> Result<i64, Error> {
    Ok(matching(filter).select(AllEvents(Events::new(filter, now))).get_result(conn).await?)
}

/// Which categories and theatres all events have.
pub async fn count_in_common(conn: &mut AsyncPgConnection, filter: &Filter, now: Timestamp) -> Result<Counts, Error> {
    let columns = sql::<(Nullable<Text>, Nullable<BigInt>)>("category_key, theater_id");
    let counted = matching(filter).select((columns, AllEvents(Events::new(filter, now))));
    let counted = Grouped(counted, " GROUP BY GROUPING SETS ((category_key), (theater_id))");
    let rows: Vec<GroupRow> = counted.load(conn).await?;
    let mut counts = Counts::default();
    for (of, count) in rows.into_iter().filter(|(_, count)| *count > 0) {
        match of {
            (Some(category), _) => counts.categories.push((category, count)),
            (_, Some(theater)) => counts.theaters.push((theater, count)),
            (None, None) => {}
        }
    }
    Ok(counts)
}

/// The documents of events that are where, and what, the filter asks for.
fn matching(filter: &Filter) -> IntoBoxed<'_, search_documents::table, Pg> {
    let mut matching = search_documents::table.into_boxed();
    if let Some(theater_id) = filter.theater_id {
        matching = matching.filter(search_documents::theater_id.eq(theater_id));
    }
    if let Some(city) = &filter.city {
        matching = matching.filter(search_documents::city_key.eq(city));
    }
    if let Some(category) = &filter.category {
        matching = matching.filter(search_documents::category_key.eq(category));
    }
    matching
}
