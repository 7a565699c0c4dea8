//! Whether people find what they mean: judged queries against the demonstration's works, in each backend.

mod catalogue;
mod judged;

pub use catalogue::{Theater, Work, theaters, works};

use crate::harness::{Mesh, Setting};
use judged::Judgement;

/// How good the answers must be over all queries.
const NDCG_MIN: f64 = 0.95;
/// The fewest queries that say something.
const QUERIES_MIN: usize = 120;

#[tokio::test(flavor = "multi_thread")]
async fn what_people_mean_is_on_top_with_sql() {
    judge("sql").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_mean_is_on_top_with_the_index() {
    judge("index").await;
}

async fn judge(backend: &str) {
    let mesh = Mesh::start_as(Setting { search: &[("search-backend", backend)], ..Setting::default() }).await;
    mesh.database.fill(&works(), &theaters()).await;
    let guest = mesh.guest();
    let everything = catalogue::events().to_string();
    mesh.eventually("everything is found", || async {
        guest.get("/v1/search").await.ok()["total_count"] == everything.as_str()
    })
    .await;
    let judgements = judged::all();
    assert!(judgements.len() >= QUERIES_MIN);
    let (mut sum, mut worst) = (0.0, Vec::new());
    for judgement in &judgements {
        let found = guest.send(guest.request(reqwest::Method::GET, "/v1/search").query(&[("query", &judgement.query)]));
        let gain = judgement.ndcg(&found.await.ok());
        sum += gain;
        if gain < 1.0 {
            worst.push((gain, judgement));
        }
    }
    report(backend, sum, &judgements, &mut worst);
    mesh.stop().await;
}

fn report(backend: &str, sum: f64, judgements: &[Judgement], worst: &mut [(f64, &Judgement)]) {
    #[expect(clippy::cast_precision_loss, reason = "some hundred queries")]
    let mean = sum / judgements.len() as f64;
    eprintln!("{backend}: nDCG@10 is {mean:.4} over {} queries", judgements.len());
    worst.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    for (gain, judgement) in worst.iter().take(20) {
        eprintln!("{backend}: {gain:.3} {:?}, expected {:?}", judgement.query, judgement.targets);
    }
    assert!(mean >= NDCG_MIN, "{backend}: nDCG@10 is {mean:.4}");
}
