//! What search-svc reads of `event_changes`, the outbox that event-svc's triggers fill.

use std::{collections::HashMap, sync::Arc};

use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Array, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::{event_changes, event_search, search_documents};

use crate::{
    changes::{CHANGES_MAX, Document},
    error::Error,
};

/// A row of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ChangeRow {
    /// Its number.
    pub change_id: i64,
    /// The event.
    pub event_id: i64,
    /// What stood for it before.
    pub document_before: Option<i64>,
    /// The transaction that wrote it.
    pub transaction: i64,
}

/// The changes of all transactions from this one on: up to one more than are remembered, the last ones.
pub async fn find_changes(conn: &mut AsyncPgConnection, transaction: i64) -> Result<Vec<ChangeRow>, Error> {
    let columns = (
        event_changes::change_id,
        event_changes::event_id,
        event_changes::document_before,
        event_changes::transaction_id,
    );
    let mut rows: Vec<ChangeRow> = event_changes::table
        .filter(event_changes::transaction_id.ge(transaction))
        .order((event_changes::transaction_id.desc(), event_changes::change_id.desc()))
        .limit(i64::try_from(CHANGES_MAX).unwrap_or(i64::MAX).saturating_add(1))
        .select(columns)
        .load(conn)
        .await?;
    rows.reverse();
    Ok(rows)
}

/// What stands for these events now.
pub async fn find_documents_of(conn: &mut AsyncPgConnection, event_ids: &[i64]) -> Result<HashMap<i64, i64>, Error> {
    let rows = event_search::table.filter(event_search::event_id.eq_any(event_ids));
    let rows: Vec<(i64, i64)> = rows.select((event_search::event_id, event_search::document_id)).load(conn).await?;
    Ok(rows.into_iter().collect())
}

/// What is said in these documents.
pub async fn find_documents(conn: &mut AsyncPgConnection, ids: &[i64]) -> Result<HashMap<i64, Arc<Document>>, Error> {
    let columns = (
        search_documents::document_id,
        search_documents::theater_id,
        search_documents::city_key,
        search_documents::category_key,
        // diesel has no tsvector.
        sql::<Array<Text>>("tsvector_to_array(words)"),
    );
    let rows: Vec<(i64, i64, String, String, Vec<String>)> =
        search_documents::table.filter(search_documents::document_id.eq_any(ids)).select(columns).load(conn).await?;
    let document = |(id, theater_id, city_key, category_key, words)| {
        (id, Arc::new(Document { theater_id, city_key, category_key, words }))
    };
    Ok(rows.into_iter().map(document).collect())
}
