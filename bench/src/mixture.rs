//! What is searched for among very many events: the queries that relevance is judged by, each as somebody may ask it. Knows
//! no service.

use usher::contract::search::SearchRequest;

/// The works of the demonstration, which the events show.
const WORKS: &str = include_str!("../../local/demo/works.tsv");
const THEATERS: &str = include_str!("../../local/demo/theaters.json");
/// What people type: titles, slips, half words, theatres, categories; see there.
const JUDGED: &str = include_str!("../../tests/mesh/relevance/judged.tsv");

/// How a query is asked. Of twenty searches, eleven have no filter, four ask for dates, two for a city, one for a price;
/// three ask for counts (one of them within dates), and one for the second page.
const WAYS: [Way; 20] = {
    use Way::{City, Facets, Month, MonthFacets, Plain, Price, SecondPage, Week};
    [
        Plain,
        Week,
        Plain,
        Facets,
        Plain,
        City,
        Plain,
        Plain,
        Month,
        Plain,
        SecondPage,
        Plain,
        Facets,
        Plain,
        Price,
        Plain,
        MonthFacets,
        Plain,
        City,
        Plain,
    ]
};
/// Has no factor in common with [`WAYS`]: neighbours, which are of one kind, are asked in different ways.
const STEP: usize = 7;
/// Of a kind stand side by side; asked are those that lie so far apart. A prime: each has its turn.
const STRIDE: usize = 137;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Plain,
    /// In the next seven days.
    Week,
    /// In the next thirty days.
    Month,
    MonthFacets,
    City,
    Price,
    Facets,
    SecondPage,
}

/// A work, as it is shown.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    pub title: &'static str,
    pub category: &'static str,
    pub description: &'static str,
}

/// Where it plays.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Theater {
    pub name: String,
    pub city: String,
    pub time_zone: String,
}

/// All works.
pub fn works() -> Vec<Work> {
    let work = |line: &'static str| {
        let fields: Vec<_> = line.split('\t').collect();
        Some(Work { title: fields.first()?, category: fields.get(2)?, description: fields.get(5)? })
    };
    lines(WORKS).filter_map(work).collect()
}

/// All theatres.
pub fn theaters() -> Result<Vec<Theater>, serde_json::Error> {
    serde_json::from_str(THEATERS)
}

/// The searches of a round through all queries, in the order of a shuffled pack; in twenty rounds each query is asked in
/// each way. `now` is in seconds since 1970.
pub fn searches(pass: usize, now: i64) -> Vec<SearchRequest> {
    let queries: Vec<_> = lines(JUDGED).filter_map(|line| line.split('\t').next()).collect();
    let of = |nth: usize| asked(queries[nth], WAYS[(nth * STEP + pass) % WAYS.len()], now);
    (0..queries.len()).map(|nth| of(nth * STRIDE % queries.len())).collect()
}

fn asked(query: &str, way: Way, now: i64) -> SearchRequest {
    let plain = SearchRequest { query: Some(query.to_owned()), ..SearchRequest::default() };
    let within = |days: i64| SearchRequest {
        from: Some(timestamp(now)),
        to: Some(timestamp(now + days * 86_400)),
        ..plain.clone()
    };
    match way {
        Way::Plain => plain,
        Way::Week => within(7),
        Way::Month => within(30),
        Way::MonthFacets => SearchRequest { facets: true, ..within(30) },
        Way::City => SearchRequest { city: "London".to_owned(), ..plain },
        // Two in three are as cheap.
        Way::Price => SearchRequest { price_max: Some(3_500), ..plain },
        Way::Facets => SearchRequest { facets: true, ..plain },
        Way::SecondPage => SearchRequest { page: 2, ..plain },
    }
}

/// The search in short, for people.
pub fn said(search: &SearchRequest) -> String {
    let ways = [
        (search.to.is_some(), " within dates"),
        (!search.city.is_empty(), " in a city"),
        (search.price_max.is_some(), " below a price"),
        (search.facets, " with counts"),
        (search.page > 1, " further down"),
    ];
    let ways: String = ways.into_iter().filter(|(is_so, _)| *is_so).map(|(_, said)| said).collect();
    format!("{:?}{ways}", search.query.as_deref().unwrap_or_default())
}

const fn timestamp(seconds: i64) -> pbjson_types::Timestamp {
    pbjson_types::Timestamp { seconds, nanos: 0 }
}

fn lines(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_query_is_asked_once_a_pass_and_in_each_way_in_the_end() {
        let asked = |pass| searches(pass, 0).into_iter().map(|search| format!("{search:?}")).collect::<HashSet<_>>();
        let queries: HashSet<_> = searches(0, 0).into_iter().filter_map(|search| search.query).collect();
        assert!(queries.len() > 200);
        assert_eq!(searches(0, 0).len(), queries.len(), "each is another one");
        let all: HashSet<_> = (0..WAYS.len()).flat_map(asked).collect();
        let ways: HashSet<_> = WAYS.iter().map(|way| format!("{way:?}")).collect();
        assert_eq!(all.len(), queries.len() * ways.len());
    }

    #[test]
    fn the_works_and_theatres_are_read() {
        assert!(works().len() > 400 && theaters().unwrap().len() > 10);
    }
}
