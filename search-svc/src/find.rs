//! How PostgreSQL answers a search: what the words are taken for, which events match, in which order, and what is shown
//! of them. On one connection, a few statements of which each reads little.

use std::collections::HashMap;

use usher::database::Connection;

use crate::{
    error::Error,
    event::{Facets, Found},
    page::Page,
    rank::{self, Counts, Match},
    search::Search,
    sought::{Doubt, Sought, Term},
    spelling,
    store::{Moment, documents, events, listing, moment, suggestions, vocabulary},
    suggestion::{Suggestion, Typed},
    words::Words,
};

/// What `search` finds, and since when that is so.
pub async fn find(conn: &mut Connection, search: &Search) -> Result<(Found, Moment), Error> {
    // First: whatever is committed from here on may be missing.
    let moment = moment(conn).await?;
    let (ids, total, counts) = match search.words.is_empty() {
        true => list_all(conn, search, moment).await?,
        false => list_best(conn, search, moment).await?,
    };
    let facets = match counts {
        Some(counts) => Some(name(conn, counts).await?),
        None => None,
    };
    Ok((Found { events: events::find_events(conn, &ids).await?, total, facets }, moment))
}

/// How what was typed may go on.
pub async fn suggest(conn: &mut Connection, typed: &Typed) -> Result<Vec<Suggestion>, Error> {
    let mut sought = spell(conn, &typed.words, Doubt::Unknown).await?;
    for term in &mut sought.0 {
        term.longer |= term.forms.iter().any(|form| form == typed.last());
    }
    suggestions::find_suggestions(conn, &sought, &typed.key, typed.limit).await
}

type Listed = (Vec<i64>, i64, Option<Counts>);

/// Everything, soonest first.
async fn list_all(conn: &mut Connection, search: &Search, moment: Moment) -> Result<Listed, Error> {
    let filter = &search.filter;
    let ids = listing::list_page(conn, filter, search.page).await?;
    let total = match search.page.total(ids.len()) {
        Some(total) => total,
        None => documents::count(conn, filter, moment.now).await?,
    };
    let counts = match search.facets {
        true => {
            let mut counts = documents::count_in_common(conn, filter, moment.now).await?;
            counts.dates = listing::count_dates(conn, None, filter, moment.now).await?;
            Some(counts.most())
        }
        false => None,
    };
    Ok((ids, total, counts))
}

/// What has the words, the best match first.
async fn list_best(conn: &mut Connection, search: &Search, moment: Moment) -> Result<Listed, Error> {
    let mut matches = find_matches(conn, search, moment).await?;
    matches.retain(|found| found.events > 0);
    let counted: Vec<_> = matches.iter().map(Match::counted).collect();
    let mut ids = Vec::with_capacity(Page::SIZE);
    for span in rank::spans(&counted, search.page) {
        ids.extend(listing::list_span(conn, &span, &search.filter, moment.now).await?);
    }
    let counts = match search.facets {
        true => {
            let mut counts = Counts::of_documents(&matches);
            let documents: Vec<_> = counted.iter().map(|counted| counted.document_id).collect();
            counts.dates = listing::count_dates(conn, Some(&documents), &search.filter, moment.now).await?;
            Some(counts.most())
        }
        false => None,
    };
    Ok((ids, counted.iter().map(|counted| counted.events).sum(), counts))
}

/// The documents that match; where none does, once more with every word in doubt.
async fn find_matches(conn: &mut Connection, search: &Search, moment: Moment) -> Result<Vec<Match>, Error> {
    let (filter, now) = (&search.filter, moment.now);
    let sought = spell(conn, &search.words, Doubt::Unknown).await?;
    let matches = documents::find_documents(conn, &sought, filter, now).await?;
    if !matches.is_empty() {
        return Ok(matches);
    }
    let doubted = spell(conn, &search.words, Doubt::All).await?;
    match doubted == sought {
        true => Ok(matches),
        false => documents::find_documents(conn, &doubted, filter, now).await,
    }
}

/// What the words are taken for.
async fn spell(conn: &mut Connection, words: &Words, doubt: Doubt) -> Result<Sought, Error> {
    let all: Vec<_> = words.iter().collect();
    let known = vocabulary::find_known(conn, &all.iter().map(|(word, _)| *word).collect::<Vec<_>>()).await?;
    let mut terms = Vec::with_capacity(all.len());
    for (word, required) in all {
        let is_known = known.iter().any(|known| known == word);
        let meant = match doubt.trusts(word, is_known) {
            true => Vec::new(),
            false => spelling::nearest(word, &vocabulary::find_similar(conn, word).await?),
        };
        match meant.is_empty() && !is_known {
            true => terms.extend(split(conn, word, required).await?),
            false => terms.push(Term::new(word, required, is_known, meant)),
        }
    }
    Ok(Sought(terms))
}

async fn split(conn: &mut Connection, word: &str, required: bool) -> Result<Vec<Term>, Error> {
    let parts: Vec<_> = spelling::splits(word).into_iter().flat_map(|(left, right)| [left, right]).collect();
    let there = vocabulary::find_words(conn, &parts).await?;
    Ok(Term::split(word, required, |part| there.iter().any(|there| there == part)))
}

/// Names for what was counted.
async fn name(conn: &mut Connection, counts: Counts) -> Result<Facets, Error> {
    let keys: Vec<_> = counts.categories.iter().map(|(key, _)| key.as_str()).collect();
    let mut categories = events::find_categories(conn, &keys).await?;
    let ids: Vec<_> = counts.theaters.iter().map(|(id, _)| *id).collect();
    let theaters = events::find_theater_names(conn, &ids).await?;
    Ok(named(counts, &mut categories, &theaters))
}

/// What was counted, with names; what has none is left out.
pub fn named(counts: Counts, categories: &mut HashMap<String, String>, theaters: &HashMap<i64, String>) -> Facets {
    // An event without a category counts for none.
    let category = |(key, count): (String, i64)| categories.remove(&key).map(|name| (name.clone(), name, count));
    let theater = |(id, count): (i64, i64)| Some((id.to_string(), theaters.get(&id)?.clone(), count));
    let date = |(date, count): (chrono::NaiveDate, i64)| (date.to_string(), date.to_string(), count);
    Facets {
        categories: counts.categories.into_iter().filter_map(category).collect(),
        theaters: counts.theaters.into_iter().filter_map(theater).collect(),
        dates: counts.dates.into_iter().map(date).collect(),
    }
}
