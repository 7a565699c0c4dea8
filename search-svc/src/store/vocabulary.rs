//! What search-svc reads of `search_words`, which event-svc's triggers fill: the words that there are.

use diesel::{
    pg::Pg,
    prelude::*,
    sql_types::{Float, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::search_words;

use crate::error::Error;

/// The most words that are compared letter by letter.
const SIMILAR_MAX: i64 = 60;

diesel::infix_operator!(Distance, " <-> ", Float, backend: Pg);

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = Text)]
    word: String,
}

/// Which of the words there are, or begin one that there is.
pub async fn find_known(conn: &mut AsyncPgConnection, words: &[&str]) -> Result<Vec<String>, Error> {
    // diesel's builder can't ask once for each element of an array.
    let known = diesel::sql_query(
        "SELECT typed AS word FROM unnest($1) AS typed WHERE EXISTS (SELECT FROM search_words \
         WHERE word >= typed COLLATE \"C\" AND word < (typed || U&'\\+10FFFF') COLLATE \"C\")",
    );
    let known: Vec<Known> = known.bind::<diesel::sql_types::Array<Text>, _>(words).load(conn).await?;
    Ok(known.into_iter().map(|known| known.word).collect())
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
