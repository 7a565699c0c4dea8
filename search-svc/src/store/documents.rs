//! What search-svc reads of `event_search`, which event-svc's triggers fill: which events there are, whatever is shown
//! of them.

use diesel::{
    dsl::{IntoBoxed, count_star, now, sql},
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Date, Nullable, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::event_search;

use super::sought::{Has, Score};
use crate::{
    error::Error,
    event::Timestamp,
    page::{PAGE_SIZE, Page},
    rank::{Counts, DATES_MAX, Hit, most},
    search::Filter,
    sought::Sought,
};

/// The most events that are ranked. Beyond that, hardly anything tells them apart, and they are listed by time.
pub const RANKED_MAX: usize = 2_000;

type Matching<'a> = IntoBoxed<'a, event_search::table, Pg>;

/// The events that match, each with its score, in no order: up to one more than [`RANKED_MAX`].
pub async fn find_hits(conn: &mut AsyncPgConnection, sought: &Sought, filter: &Filter) -> Result<Vec<Hit>, Error> {
    let limit = i64::try_from(RANKED_MAX).unwrap_or(i64::MAX).saturating_add(1);
    let columns = (
        event_search::event_id,
        Score::new(sought),
        event_search::start_time,
        event_search::theater_id,
        event_search::local_date,
        event_search::category_key,
    );
    let rows: Vec<(i64, i32, Timestamp, i64, chrono::NaiveDate, String)> =
        matching(Some(sought), filter).select(columns).limit(limit).load(conn).await?;
    let hit = |(event_id, score, start_time, theater_id, local_date, category_key)| Hit {
        event_id,
        score,
        start_time,
        theater_id,
        local_date,
        category_key,
    };
    Ok(rows.into_iter().map(hit).collect())
}

/// The page of the events that match, soonest first.
pub async fn list_page(
    conn: &mut AsyncPgConnection,
    sought: Option<&Sought>,
    filter: &Filter,
    page: Page,
) -> Result<Vec<i64>, Error> {
    let page = matching(sought, filter)
        .order((event_search::start_time, event_search::event_id))
        .select(event_search::event_id)
        .limit(PAGE_SIZE)
        .offset(page.offset());
    Ok(page.load(conn).await?)
}

/// How many events match.
pub async fn count(conn: &mut AsyncPgConnection, sought: Option<&Sought>, filter: &Filter) -> Result<i64, Error> {
    Ok(matching(sought, filter).select(count_star()).get_result(conn).await?)
}

/// What the events that match have in common.
pub async fn count_facets(
    conn: &mut AsyncPgConnection,
    sought: Option<&Sought>,
    filter: &Filter,
) -> Result<Counts, Error> {
    let columns = sql::<(Nullable<Text>, Nullable<BigInt>, Nullable<Date>, BigInt)>(
        "category_key, theater_id, local_date, count(*)",
    );
    let rows: Vec<(Option<String>, Option<i64>, Option<chrono::NaiveDate>, i64)> =
        Faceted(matching(sought, filter).select(columns)).load(conn).await?;
    let mut counts = Counts::default();
    for row in rows {
        match row {
            (Some(category), _, _, count) => counts.categories.push((category, count)),
            (_, Some(theater), _, count) => counts.theaters.push((theater, count)),
            (_, _, Some(date), count) => counts.dates.push((date, count)),
            (None, None, None, _) => {}
        }
    }
    counts.dates.sort_unstable();
    counts.dates.truncate(DATES_MAX);
    Ok(Counts { categories: most(counts.categories), theaters: most(counts.theaters), dates: counts.dates })
}

/// A query over what it has in common. diesel's builder has no grouping sets: one pass over what may be many events, in
/// place of three.
struct Faceted<Q>(Q);

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Faceted<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(" GROUP BY GROUPING SETS ((category_key), (theater_id), (local_date))");
        Ok(())
    }
}

impl<Q: Query> Query for Faceted<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> QueryId for Faceted<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// The events that match. What has begun is among them only if that was asked, by the database's clock.
fn matching<'a>(sought: Option<&Sought>, filter: &'a Filter) -> Matching<'a> {
    let mut matching = event_search::table.into_boxed();
    if let Some(sought) = sought {
        matching = matching.filter(Has::all(sought));
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
