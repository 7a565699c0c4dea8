//! What search-svc reads of `event_search`, which event-svc's triggers fill: which events there are, when and where.

use chrono::{NaiveDate, TimeDelta};
use diesel::{
    dsl::{IntoBoxed, now, sql},
    pg::Pg,
    prelude::*,
    sql_types::{BigInt, Date, Double, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::event_search;

use super::{
    grouped::Grouped,
    of_each::{OfDocument, OfEach},
};
use crate::{
    error::Error,
    event::Timestamp,
    page::{PAGE_SIZE, Page},
    rank::{DATES_MAX, SOON_DAYS, Span},
    search::Filter,
};

/// The most events that are read a document at a time; of more, those of all documents are gone through by their start,
/// where many of them stand side by side.
const AMONG_MAX: i64 = 6_000;

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
    if !filter.include_past && span.among <= AMONG_MAX {
        return list_by_document(conn, span, filter, at).await;
    }
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

/// The same where each document's first events are all that is read.
async fn list_by_document(
    conn: &mut AsyncPgConnection,
    span: &Span,
    filter: &Filter,
    at: Timestamp,
) -> Result<Vec<i64>, Error> {
    let mut first = matching(None, filter)
        .filter(event_search::start_time.gt(at))
        .order((event_search::start_time, event_search::event_id))
        .select((event_search::start_time, event_search::event_id))
        .limit(span.offset + span.limit)
        .filter(OfDocument);
    if let Some(until) = span.until.and_then(Timestamp::from_timestamp_micros) {
        first = first.filter(event_search::start_time.le(until));
    }
    let listed = OfEach { documents: &span.documents, first, offset: span.offset, limit: span.limit };
    Ok(listed.load(conn).await?)
}

/// The first dates of events, of these documents or of all, in order, with how many events each has.
pub async fn count_dates(
    conn: &mut AsyncPgConnection,
    documents: Option<&[i64]>,
    filter: &Filter,
    at: Timestamp,
) -> Result<Vec<(NaiveDate, i64)>, Error> {
    let from = filter.from.max(Some(at)).unwrap_or(at);
    let soon = from + TimeDelta::days(SOON_DAYS);
    if !filter.include_past && filter.to.is_none_or(|to| to > soon) {
        // Where it ends, a date may lack some.
        let dates = dates_of(conn, documents, &Filter { to: Some(soon), ..filter.clone() }).await?;
        if dates.len() >= DATES_MAX + 2 {
            return Ok(dates);
        }
    }
    dates_of(conn, documents, filter).await
}

async fn dates_of(
    conn: &mut AsyncPgConnection,
    documents: Option<&[i64]>,
    filter: &Filter,
) -> Result<Vec<(NaiveDate, i64)>, Error> {
    let columns = sql::<(Date, BigInt)>("local_date, count(*)");
    Ok(Grouped(matching(documents, filter).select(columns), " GROUP BY local_date").load(conn).await?)
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
