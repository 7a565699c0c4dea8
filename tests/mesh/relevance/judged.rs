//! What people type and what must then be on top, and how near an answer comes to that.

use serde_json::Value;

use super::catalogue;

const FILE: &str = include_str!("judged.tsv");
/// Nobody looks further.
const TOP: usize = 10;

/// A query and what it means.
#[derive(Debug)]
pub struct Judgement {
    /// What is typed.
    pub query: String,
    /// What is meant, the most likely first.
    pub targets: Vec<Target>,
}

/// Events that a query may mean; `None` is any.
#[derive(Debug, Default)]
pub struct Target {
    title: Option<&'static str>,
    theater: Option<&'static str>,
    category: Option<&'static str>,
}

/// All judgements.
pub fn all() -> Vec<Judgement> {
    let lines = FILE.lines().filter(|line| !line.starts_with('#'));
    let judgements = lines.map(|line| {
        let (query, targets) = line.split_once('\t').unwrap();
        Judgement { query: query.to_owned(), targets: targets.split('\t').map(Target::parse).collect() }
    });
    judgements.collect()
}

impl Judgement {
    /// The gains of the answer's first ten, less the further down they stand, by the most that there could be.
    pub fn ndcg(&self, answer: &Value) -> f64 {
        let gain = |event: &Value| {
            let text = |field: &str| event[field].as_str().unwrap().to_owned();
            self.gain(&text("event_name"), &text("theater_name"), &text("category"))
        };
        let found: Vec<f64> = answer["events"].as_array().unwrap().iter().take(TOP).map(gain).collect();
        let theaters = catalogue::theaters();
        let everything = catalogue::works().into_iter().flat_map(|work| {
            theaters.iter().map(move |theater| self.gain(work.title, theater.name, work.category)).collect::<Vec<_>>()
        });
        let mut best: Vec<f64> = everything.collect();
        best.sort_by(|a, b| b.total_cmp(a));
        assert!(best[0] > 0.0, "{:?}: nothing is as it should be", self.query);
        discounted(&found) / discounted(&best[..TOP])
    }

    fn gain(&self, title: &str, theater: &str, category: &str) -> f64 {
        let is = |wanted: Option<&str>, has: &str| wanted.is_none_or(|wanted| wanted == has);
        let fits =
            |target: &Target| is(target.title, title) && is(target.theater, theater) && is(target.category, category);
        let rank = self.targets.iter().position(fits);
        rank.map_or(0.0, |rank| 0.5_f64.powi(i32::try_from(rank).unwrap()))
    }
}

impl Target {
    fn parse(target: &'static str) -> Self {
        if let Some(category) = target.strip_prefix('#') {
            return Self { category: Some(category), ..Self::default() };
        }
        let (title, theater) = target.split_once('@').map_or((target, None), |(title, theater)| (title, Some(theater)));
        Self { title: Some(title).filter(|title| !title.is_empty()), theater, category: None }
    }
}

#[expect(clippy::cast_precision_loss, reason = "ten places")]
fn discounted(gains: &[f64]) -> f64 {
    gains.iter().enumerate().map(|(place, gain)| gain / (place as f64 + 2.0).log2()).sum()
}

#[test]
fn an_answer_is_as_good_as_its_order() {
    let judgement = Judgement { query: "hamlet".to_owned(), targets: vec![Target::parse("Hamlet")] };
    let event = |name: &str| serde_json::json!({"event_name": name, "theater_name": "x", "category": "y"});
    let answer =
        |names: &[&str]| serde_json::json!({"events": names.iter().map(|name| event(name)).collect::<Vec<_>>()});
    assert!((judgement.ndcg(&answer(&["Hamlet"; 12])) - 1.0).abs() < 1e-9);
    let (first, last) = (["Hamlet", "Macbeth"], ["Macbeth", "Hamlet"]);
    assert!(judgement.ndcg(&answer(&first)) > judgement.ndcg(&answer(&last)));
    assert!(judgement.ndcg(&answer(&["Macbeth"])) < 1e-9);
}
