//! What search-svc reads of `search_words`, which event-svc's triggers fill: the words that there are.

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, Float, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::search_words;

use crate::error::Error;

/// The most words that are compared letter by letter.
const SIMILAR_MAX: i64 = 60;

diesel::infix_operator!(Distance, " <-> ", Float, backend: Pg);

/// Which of the words begin one that there is. diesel's builder can't ask once for each element of an array; a query of its
/// own kind is prepared once, where one that is a text is each time.
struct Known<'a>(&'a [&'a str]);

impl QueryFragment<Pg> for Known<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT typed FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.0)?;
        out.push_sql(") AS typed WHERE EXISTS (SELECT FROM search_words WHERE word >= typed COLLATE \"C\"");
        out.push_sql(" AND word < (typed || U&'\\+10FFFF') COLLATE \"C\")");
        Ok(())
    }
}

impl Query for Known<'_> {
    type SqlType = Text;
}

impl QueryId for Known<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// Which of the words there are, or begin one that there is.
pub async fn find_known(conn: &mut AsyncPgConnection, words: &[&str]) -> Result<Vec<String>, Error> {
    Ok(Known(words).load(conn).await?)
}

/// Which of the words there are.
pub async fn find_words(conn: &mut AsyncPgConnection, words: &[&str]) -> Result<Vec<String>, Error> {
    let there = search_words::table.filter(search_words::word.eq_any(words)).select(search_words::word);
    Ok(there.load(conn).await?)
}

/// Words that share the most groups of three letters with this one, the most similar first.
pub async fn find_similar(conn: &mut AsyncPgConnection, word: &str) -> Result<Vec<String>, Error> {
    let similar = search_words::table.select(search_words::word);
    let similar = similar.order(Distance::new(search_words::word, word.into_sql::<Text>())).limit(SIMILAR_MAX);
    Ok(similar.load(conn).await?)
}
