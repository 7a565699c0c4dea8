//! Services call each other by names, and nobody answers what the names stand for: the name server says that there is no
//! such name, that it is broken, or nothing at all. Whoever was found stays found; who was not is, once it answers again.

use std::time::Duration;

use rand::seq::SliceRandom as _;
use tokio::time::{Instant, sleep};

use crate::{
    deeds::{Came, Deed, Visitor},
    harness::{Mesh, NameServer, Part, Says, Setting},
    round,
    watch::{self, Fate, Watch, all_is_well},
};

const DOMAIN: &str = "mesh.usher.test";
/// How long the names are gone at least: they are looked up each second.
const GONE: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread")]
async fn nobody_says_what_names_stand_for() {
    let _alone = watch::alone().await;
    let Some(names) = NameServer::start(DOMAIN).await else {
        eprintln!(
            "\n*** nobody_says_what_names_stand_for was NOT PLAYED: it takes root, a port 53 and mount namespaces ***\n"
        );
        return;
    };
    let setting = Setting { domain: Some(DOMAIN), ..Setting::watched() };
    let mesh = Mesh::bent(setting, &|_, program| program.within(&names.asked_within())).await;
    assert!(names.asked() > 0, "services ask it");
    for seed in round::seeds().take(round::long(1)) {
        round::play("names", &mesh, seed, async |round| {
            let mut faults = [Says::Failure, Says::NoSuchName, Says::Nothing];
            // The first, where few rounds are played.
            let some = if round::is_long() { faults.len() } else { 1 };
            faults[..some].shuffle(&mut round.chance);
            for says in faults.into_iter().take(some) {
                let watch = Watch::begin(round.mesh).await;
                let begun = Instant::now();
                names.says(says);
                sleep(GONE).await;
                // Nobody needs its name again.
                round.mesh.program(Part::Search, 0).kill().await;
                round.mesh.program(Part::Search, 0).start().await;
                sleep(GONE).await;
                let ended = Instant::now();
                names.says(Says::Addresses);
                watch.all_is_well().await;
                let killed = [(Deed::Search, Fate::Shaken)];
                watch.end().await.expect(&format!("names: {says:?}"), begun, ended, &killed);
            }
        })
        .await;
    }

    // Who starts without names finds the others later, by itself.
    let visitor = Visitor::of(&mesh).await;
    names.says(Says::NoSuchName);
    mesh.program(Part::Edge, 0).kill().await;
    mesh.program(Part::Edge, 0).start().await;
    let lives = async || mesh.get("/healthz").await.is_some_and(|(status, _)| status == 200);
    crate::harness::eventually("the edge lives", Duration::from_secs(20), lives).await;
    assert_eq!(visitor.does(Deed::View).await, Came::Refused);
    names.says(Says::Addresses);
    all_is_well(&visitor).await;
    mesh.stop().await;
}
