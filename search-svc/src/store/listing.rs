//! What search-svc reads of `event_search`, which event-svc's triggers fill: which events there are, when and where.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::{
    dsl::{IntoBoxed, count_star, now, sql},
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Date, Double, Nullable, Text, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::event_search;

use crate::{
    error::Error,
    event::Timestamp,
    page::{PAGE_SIZE, Page},
    rank::{Counts, Span},
    search::Filter,
};

/// A category, a theatre or a date, and how many events have it.
type GroupRow = (Option<String>, Option<i64>, Option<NaiveDate>, i64);

type Matching<'a> = IntoBoxed<'a, event_search::table, Pg>;

/// The page of all events, soonest first.
pub async fn list_page(conn: &mut AsyncPgConnection, filter: &Filter, page: Page) -> Result<Vec<i64>, Error> {
    let page = matching(None, filter)
        .order((event_search::start_time, event_search::event_id))
        .select(event_search::event_id)
        .limit(PAGE_SIZE)
        .offset(page.offset());
    Ok(page.load(conn).await?)
}

/// The events of a span: of equally good documents, nearest to `at` first.
pub async fn list_span(
    conn: &mut AsyncPgConnection,
    span: &Span,
    filter: &Filter,
    at: Timestamp,
) -> Result<Vec<i64>, Error> {
    let listed = matching(Some(&span.documents), filter).select(event_search::event_id);
    let listed = listed.limit(span.limit).offset(span.offset);
    let listed = match filter.include_past {
        false => listed.order((event_search::start_time, event_search::event_id)),
        true => {
            // diesel's builder can't take the distance of two times.
            let seconds = sql::<Double>("abs(extract(epoch FROM start_time - ").bind::<Timestamptz, _>(at).sql("))");
            listed.order((seconds, event_search::event_id))
        }
    };
    Ok(listed.load(conn).await?)
}

/// How many events there are.
pub async fn count(conn: &mut AsyncPgConnection, filter: &Filter) -> Result<i64, Error> {
    Ok(matching(None, filter).select(count_star()).get_result(conn).await?)
}

/// How many events stand for each of the documents; none has no entry.
pub async fn count_by_document(
    conn: &mut AsyncPgConnection,
    documents: &[i64],
    filter: &Filter,
) -> Result<HashMap<i64, i64>, Error> {
    let columns = sql::<(BigInt, BigInt)>("document_id, count(*)");
    let counts = Grouped(matching(Some(documents), filter).select(columns), " GROUP BY document_id");
    let counts: Vec<(i64, i64)> = counts.load(conn).await?;
    Ok(counts.into_iter().collect())
}

/// What events have in common: of these documents, or of all.
pub async fn count_facets(
    conn: &mut AsyncPgConnection,
    documents: Option<&[i64]>,
    filter: &Filter,
) -> Result<Counts, Error> {
    let columns = sql::<(Nullable<Text>, Nullable<BigInt>, Nullable<Date>, BigInt)>(
        "category_key, theater_id, local_date, count(*)",
    );
    // One pass over what may be many events, in place of three.
    let sets = " GROUP BY GROUPING SETS ((category_key), (theater_id), (local_date))";
    let rows: Vec<GroupRow> = Grouped(matching(documents, filter).select(columns), sets).load(conn).await?;
    let mut counts = Counts::default();
    for row in rows {
        match row {
            (Some(category), _, _, count) => counts.categories.push((category, count)),
            (_, Some(theater), _, count) => counts.theaters.push((theater, count)),
            (_, _, Some(date), count) => counts.dates.push((date, count)),
            (None, None, None, _) => {}
        }
    }
    Ok(counts.most())
}

/// A query, grouped. diesel's builder has no grouping sets, and can't group a query whose conditions are known at run
/// time.
struct Grouped<Q>(Q, &'static str);

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Grouped<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(self.1);
        Ok(())
    }
}

impl<Q: Query> Query for Grouped<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> QueryId for Grouped<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// The events that can be found. What has begun is among them only if that was asked, by the database's clock.
fn matching<'a>(documents: Option<&'a [i64]>, filter: &'a Filter) -> Matching<'a> {
    let mut matching = event_search::table.into_boxed();
    if let Some(documents) = documents {
        matching = matching.filter(event_search::document_id.eq_any(documents));
    }
    if !filter.include_past {
        matching = matching.filter(event_search::start_time.gt(now));
    }
    if let Some(from) = filter.from {
        matching = matching.filter(event_search::start_time.ge(from));
    }
    if let Some(to) = filter.to {
        matching = matching.filter(event_search::start_time.lt(to));
    }
    if let Some(theater_id) = filter.theater_id {
        matching = matching.filter(event_search::theater_id.eq(theater_id));
    }
    if let Some(city) = &filter.city {
        matching = matching.filter(event_search::city_key.eq(city));
    }
    if let Some(category) = &filter.category {
        matching = matching.filter(event_search::category_key.eq(category));
    }
    if let Some(price) = filter.price_min {
        matching = matching.filter(event_search::price_from.ge(price));
    }
    if let Some(price) = filter.price_max {
        matching = matching.filter(event_search::price_from.le(price));
    }
    matching
}
