//! Somebody else's session locks a table, and every connection of a service waits for it: its pool is exhausted, and its
//! queues fill. What needs the table is refused in time; all else goes on.

use std::time::Duration;

use futures::future::join_all;
use tokio::time::{Instant, sleep};

use crate::{
    deeds::{
        Came,
        Deed::{self, Book, Reserve, SignIn},
        Visitor,
    },
    harness::{Mesh, Part, Setting, eventually},
    round,
    watch::{
        self,
        Fate::{self, Refused},
        Watch,
    },
};

/// How long it is locked: longer than a statement waits.
const LOCKED: Duration = Duration::from_secs(4);
/// How many people come at once, and how often each: more than there are connections in a pool, and not more than may sign in
/// to one account at once.
const CROWD: usize = 8;
const EACH: usize = 5;

/// Labels of what a pool tells of itself.
const PRIMARY: &str = "db_client_connection_pool_name=\"primary\"";
const USED: &str = "db_client_connection_state=\"used\"";

/// A table, whose pool it exhausts, which deed needs it, and what becomes of deeds.
type Promise = (&'static str, Part, Deed, &'static [(Deed, Fate)]);

const PROMISES: [Promise; 2] = [
    ("sessions", Part::Account, SignIn, &[(SignIn, Refused)]),
    ("tickets", Part::Booking, Reserve, &[(Reserve, Refused), (Book, Refused)]),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_locked_and_pools_are_exhausted() {
    let _alone = watch::alone().await;
    let mesh = Mesh::on_shared(Setting::watched()).await;
    let crowd = join_all((0..CROWD).map(|_| Visitor::of(&mesh))).await;
    for seed in round::seeds().take(round::long(1)) {
        round::play("exhausted", &mesh, seed, async |round| {
            for (table, part, deed, fates) in PROMISES {
                let watch = Watch::begin(round.mesh).await;
                let lock = round.mesh.database.lock(table).await;
                let begun = Instant::now();
                let came = join_all(crowd.iter().cycle().take(CROWD * EACH).map(|one| one.does(deed)));
                let told = async {
                    // Reserves wait in their queue, and not for a connection.
                    if part == Part::Account {
                        let program = round.mesh.program(part, 0);
                        eventually("it tells that its pool is exhausted", LOCKED, async || {
                            let all = program.metric("db_client_connection_max", &[PRIMARY]).await;
                            all.is_some() && all == program.metric("db_client_connection_count", &[PRIMARY, USED]).await
                        })
                        .await;
                    }
                };
                let (came, (), ()) = tokio::join!(came, sleep(LOCKED), told);
                assert!(came.iter().all(|came| *came == Came::Refused), "{table}: {came:?}");
                watch.is_felt(begun, fates).await;
                let ended = Instant::now();
                drop(lock);
                watch.all_is_well().await;
                watch.end().await.expect(&format!("{table} is locked"), begun, ended, fates);
            }
        })
        .await;
    }
    mesh.stop().await;
}
