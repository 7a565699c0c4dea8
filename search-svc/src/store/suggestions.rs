//! What search-svc reads of `search_terms`, which event-svc's triggers fill: names to suggest.

use diesel::{
    QueryableByName,
    sql_types::{BigInt, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::sought::Has;
use crate::{error::Error, sought::Sought, suggestion::Suggestion};

/// The most names that are compared.
const COMPARED_MAX: i64 = 200;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    label: String,
}

/// Names that have all that is sought and of which something is to come: those that begin as `typed` first, then the
/// shorter ones.
pub async fn find_suggestions(
    conn: &mut AsyncPgConnection,
    sought: &Sought,
    typed: &str,
    limit: usize,
) -> Result<Vec<Suggestion>, Error> {
    // diesel's builder has no tsquery, and can't choose the index by the kind.
    let rows = diesel::sql_query(
        "WITH named AS MATERIALIZED (
             SELECT kind, key, label FROM search_terms WHERE words @@ $1::tsquery
             ORDER BY starts_with(key, $2) DESC, length(key), key, kind LIMIT $3
         )
         SELECT kind, label FROM named WHERE CASE kind
             WHEN 'EVENT' THEN EXISTS (SELECT FROM search_documents AS d JOIN event_search USING (document_id)
                 WHERE d.title_key = key AND start_time > now())
             WHEN 'THEATER' THEN EXISTS (SELECT FROM search_documents AS d JOIN event_search USING (document_id)
                 WHERE d.theater_key = key AND start_time > now())
             WHEN 'CITY' THEN EXISTS (SELECT FROM event_search AS e WHERE e.city_key = key AND start_time > now())
             WHEN 'CATEGORY' THEN EXISTS (SELECT FROM event_search AS e WHERE e.category_key = key AND start_time > now())
         END
         ORDER BY starts_with(key, $2) DESC, length(key), key, kind LIMIT $4",
    );
    let rows: Vec<Row> = rows
        .bind::<Text, _>(Has::all(sought).into_query())
        .bind::<Text, _>(typed)
        .bind::<BigInt, _>(COMPARED_MAX)
        .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX))
        .load(conn)
        .await?;
    let suggestion = |row: Row| Some(Suggestion { kind: row.kind.parse().ok()?, text: row.label });
    Ok(rows.into_iter().filter_map(suggestion).collect())
}
