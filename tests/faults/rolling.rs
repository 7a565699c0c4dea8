//! Every instance of every service, and every edge, is replaced by a new one while customers buy, as a rollout does it. Nobody
//! notices.

use tokio::time::Instant;

use crate::{
    harness::{Mesh, Part, Setting},
    round,
    story::Answer,
    watch::{self, Watch},
};

const REPLACED: [Part; 5] = [Part::Account, Part::Event, Part::Search, Part::Booking, Part::Edge];

#[tokio::test(flavor = "multi_thread")]
async fn all_instances_are_replaced_and_no_customer_notices() {
    let _alone = watch::alone().await;
    // So many that customers find some to the end.
    let setting = Setting { instances: 2, booking_services: 2, by_edge: true, seats: 5_000, ..Setting::watched() };
    let mesh = Mesh::on_shared(setting).await;
    for seed in round::seeds().take(round::long(1)) {
        let play = round::play("rolling", &mesh, seed, async |round| {
            let watch = Watch::begin(round.mesh).await;
            let begun = Instant::now();
            for part in REPLACED {
                for nth in 0..round.mesh.count(part) {
                    round.mesh.replace(part, nth).await;
                }
            }
            let ended = Instant::now();
            watch.end().await.expect("every instance is replaced", begun, ended, &[]);
        });
        let (_, story) = play.await;
        let failed: Vec<_> = story.calls.iter().filter(|call| matches!(call.answer, Answer::Unknown(_))).collect();
        assert!(failed.is_empty(), "{} of {} calls failed: {:#?}", failed.len(), story.calls.len(), &failed[0]);
        let last = &story.calls[story.calls.len() / 10 * 9..];
        assert!(last.iter().any(|call| matches!(call.answer, Answer::Reserved { .. })), "nothing was left to reserve");
    }
    mesh.stop().await;
}
