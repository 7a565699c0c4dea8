//! What is sought, as PostgreSQL's full text search takes it. diesel's query builder knows neither `tsvector` nor
//! `tsquery`: the expressions here are the whole of its extension.

use diesel::{
    expression::{ValidGrouping, is_aggregate},
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{Bool, Integer, Text},
};
use usher::schema::search_documents;

use crate::sought::{EXCESS_MAX, PARTS, Part, Sought, TITLE_BONUS, TITLE_EXCESS, Term};

/// Whether a document has all that is required.
#[derive(Debug, Clone)]
pub struct Has {
    query: String,
}

/// How well a document matches.
#[derive(Debug, Clone)]
pub struct Score {
    /// For each term: what it is worth where the document has it like that.
    terms: Vec<Vec<(String, i32)>>,
    /// All that is required, in the name.
    in_title: String,
    asked: i32,
}

impl Has {
    /// Everything that `sought` requires, anywhere.
    pub fn all(sought: &Sought) -> Self {
        Self { query: all(sought, None) }
    }

    /// The `tsquery`, as text.
    pub fn into_query(self) -> String {
        self.query
    }
}

impl Score {
    /// As `sought` measures.
    pub fn new(sought: &Sought) -> Self {
        Self {
            terms: sought.0.iter().map(worths).collect(),
            in_title: all(sought, Some(Part::Title)),
            asked: sought.len(),
        }
    }
}

/// What the term is worth wherever a document may have it, the most first.
fn worths(term: &Term) -> Vec<(String, i32)> {
    let (times, per) = term.confidence();
    let in_part = |part: Part| {
        let (whole, longer) = part.worth();
        let longer = term.longer.then(|| (any(term, true, Some(part)), longer * times / per));
        [(any(term, false, Some(part)), whole * times / per)].into_iter().chain(longer)
    };
    PARTS.into_iter().flat_map(in_part).collect()
}

/// All required terms.
fn all(sought: &Sought, part: Option<Part>) -> String {
    let terms: Vec<_> = sought.required().map(|term| format!("({})", any(term, term.longer, part))).collect();
    terms.join(" & ")
}

/// Any form of the term.
fn any(term: &Term, longer: bool, part: Option<Part>) -> String {
    let weight = match part {
        None => "",
        Some(Part::Title) => "A",
        Some(Part::Theater) => "B",
        Some(Part::Kind) => "C",
        Some(Part::Description) => "D",
    };
    let longer = if longer { "*" } else { "" };
    let colon = if longer.is_empty() && weight.is_empty() { "" } else { ":" };
    // Words are letters and digits alone: nothing in them ends the quotes.
    let forms: Vec<_> = term.forms.iter().map(|word| format!("'{word}'{colon}{longer}{weight}")).collect();
    forms.join(" | ")
}

// === impl Has ===

impl QueryFragment<Pg> for Has {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Each query is planned by its own words: a plan for any word would be wrong for most.
        out.unsafe_to_cache_prepared();
        has(&mut out, &self.query)
    }
}

fn has<'b>(out: &mut AstPass<'_, 'b, Pg>, query: &'b String) -> QueryResult<()> {
    out.push_sql("search_documents.words @@ ");
    out.push_bind_param::<Text, _>(query)?;
    out.push_sql("::tsquery");
    Ok(())
}

impl Expression for Has {
    type SqlType = Bool;
}

// === impl Score ===

impl QueryFragment<Pg> for Score {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("(CASE WHEN ");
        has(&mut out, &self.in_title)?;
        out.push_sql(" THEN ");
        out.push_bind_param::<Integer, _>(&TITLE_BONUS)?;
        out.push_sql(" - ");
        out.push_bind_param::<Integer, _>(&TITLE_EXCESS)?;
        out.push_sql(" * least(greatest(title_words - ");
        out.push_bind_param::<Integer, _>(&self.asked)?;
        out.push_sql(", 0), ");
        out.push_bind_param::<Integer, _>(&EXCESS_MAX)?;
        out.push_sql(") ELSE 0 END");
        for term in &self.terms {
            out.push_sql(" + CASE");
            for (query, worth) in term {
                out.push_sql(" WHEN ");
                has(&mut out, query)?;
                out.push_sql(" THEN ");
                out.push_bind_param::<Integer, _>(worth)?;
            }
            out.push_sql(" ELSE 0 END");
        }
        out.push_sql(")");
        Ok(())
    }
}

impl Expression for Score {
    type SqlType = Integer;
}

macro_rules! of_search_documents {
    ($($expression:ty),*) => {$(
        impl QueryId for $expression {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
        impl ValidGrouping<()> for $expression {
            type IsAggregate = is_aggregate::No;
        }
        impl AppearsOnTable<search_documents::table> for $expression {}
        impl SelectableExpression<search_documents::table> for $expression {}
    )*};
}

of_search_documents!(Has, Score);

#[cfg(test)]
mod tests {
    use super::*;

    fn term(forms: &[&str], required: bool) -> Term {
        let forms: Vec<_> = forms.iter().map(|&form| form.to_owned()).collect();
        Term { corrected: forms.len() > 1, longer: forms[0].len() > 1, required, forms }
    }

    #[test]
    fn all_that_is_required_is_one_query() {
        let sought = Sought(vec![term(&["star"], true), term(&["the"], false), term(&["e"], true)]);
        assert_eq!(all(&sought, None), "('star':*) & ('e')");
        assert_eq!(all(&sought, Some(Part::Title)), "('star':*A) & ('e':A)");
    }

    #[test]
    fn a_guess_is_any_of_what_may_be_meant_and_worth_less() {
        let worths = worths(&term(&["hat", "cat"], true));
        assert_eq!(worths[0], ("'hat':A | 'cat':A".to_owned(), 60));
        assert_eq!(worths[1], ("'hat':*A | 'cat':*A".to_owned(), 48));
        assert!(worths.is_sorted_by(|(_, more), (_, less)| more >= less));
    }
}
