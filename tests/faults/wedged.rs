//! One of two instances of a service hangs: it keeps its connections, its locks and the calls that it has, and says nothing.
//! Calls go to the other one. Then it wakes up, and does what it was about to. And the replica hangs, for which commits wait.

use std::time::Duration;

use rand::{Rng as _, seq::SliceRandom as _};
use tokio::time::{Instant, sleep};

use crate::{
    deeds::Deed::{self, Book, Reserve, SignIn},
    harness::{Mesh, Part, Servers, Setting, eventually},
    round,
    watch::{
        self,
        Fate::{self, Rough, Shaken},
        Watch,
    },
};

/// How long it hangs once it was noticed: longer than its transaction may stay idle.
const HANGS: Duration = Duration::from_secs(4);

/// How long a replica may take to be one that commits wait for.
const AGAIN_MAX: Duration = Duration::from_secs(30);

/// What becomes of deeds meanwhile; those that are not named are kept.
const PROMISES: [(Part, &[(Deed, Fate)]); 4] = [
    (Part::Search, &[]),
    (Part::Event, &[]),
    // Seats that it had locked are refused until its transaction is ended; a payment that it had begun is decided later.
    (Part::Booking, &[(Reserve, Shaken), (Book, Rough)]),
    // Who was about to be signed in by it is not sent elsewhere: that would make a second session.
    (Part::Account, &[(SignIn, Shaken)]),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_hangs_and_the_other_one_serves() {
    if round::is_left_to_chaos("an_instance_hangs_and_the_other_one_serves") {
        return;
    }
    let _alone = watch::alone().await;
    let mesh =
        Mesh::on_shared(Setting { instances: 2, booking_services: 2, by_edge: true, ..Setting::watched() }).await;
    for seed in round::seeds().take(round::long(1)) {
        round::play("wedged", &mesh, seed, async |round| {
            let mut promises = PROMISES;
            promises.shuffle(&mut round.chance);
            for (part, fates) in promises {
                let watch = Watch::begin(round.mesh).await;
                let begun = Instant::now();
                let hangs = round.mesh.program(part, round.chance.random_range(0..2)).freeze().await;
                round.mesh.knows(round.mesh.program(Part::Edge, 0), part, 1).await;
                sleep(HANGS).await;
                let woken = Instant::now();
                drop(hangs);
                round.mesh.knows(round.mesh.program(Part::Edge, 0), part, 2).await;
                watch.all_is_well().await;
                watch.end().await.expect(&format!("one {part} hangs"), begun, woken, fates);
            }
        })
        .await;
    }
    mesh.stop().await;
}

/// Commits wait for the replica until it is given up; then sales go on without it, while it still hangs. Nothing that was
/// acknowledged is only on one server before that.
#[tokio::test(flavor = "multi_thread")]
async fn the_replica_hangs_and_sales_go_on() {
    let _alone = watch::alone().await;
    let servers = Servers::mended();
    let mesh = Mesh::on(Setting::watched(), &servers).await;
    for seed in round::seeds().take(round::long(1)) {
        round::play("replica hangs", &mesh, seed, async |round| {
            assert!(round.mesh.database.is_synchronous().await, "commits wait for the replica");
            let watch = Watch::begin(round.mesh).await;
            let begun = Instant::now();
            let hangs = servers.freeze_replica();
            sleep(HANGS).await;
            watch.all_is_well().await;
            let woken = Instant::now();
            drop(hangs);
            let writes = [(Reserve, Rough), (Book, Rough), (SignIn, Shaken)];
            watch.end().await.expect("the replica hangs", begun, woken, &writes);
            eventually("commits wait for it again", AGAIN_MAX, async || round.mesh.database.is_synchronous().await)
                .await;
        })
        .await;
    }
    mesh.stop().await;
}
