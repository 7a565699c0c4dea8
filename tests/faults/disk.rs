//! The primary's disk is full: at first tables can't grow, then the log can't, and the server stops. Once there is room again
//! all goes on without anybody's hand.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::{
    deeds::Deed::{self, Book, Reserve, SignIn},
    harness::{Mesh, Servers, Setting},
    round,
    watch::{
        self,
        Fate::{self, Refused, Shaken},
        Watch,
    },
};

/// How long tables can't grow, and how long the server is stopped: longer than a request waits for a connection.
const FULL: Duration = Duration::from_secs(3);
const STOPPED: Duration = Duration::from_secs(8);
/// While tables can't grow: what still fits into what they have is done.
const TABLES: [(Deed, Fate); 3] = [(Reserve, Shaken), (Book, Shaken), (SignIn, Shaken)];
/// While the log can't: nothing is written.
const LOG: [(Deed, Fate); 3] = [(Reserve, Refused), (Book, Refused), (SignIn, Refused)];

#[tokio::test(flavor = "multi_thread")]
async fn the_primarys_disk_is_full() {
    let _alone = watch::alone().await;
    let Some(servers) = Servers::on_a_small_disk() else {
        eprintln!("\n*** the_primarys_disk_is_full was NOT PLAYED: it takes root and mount namespaces ***\n");
        return;
    };
    let mesh = Mesh::on(Setting::watched(), &servers).await;
    for seed in round::seeds().take(round::long(1)) {
        round::play("disk", &mesh, seed, async |round| {
            let watch = Watch::begin(round.mesh).await;
            let full = Instant::now();
            servers.fill_disk();
            sleep(FULL).await;
            round.mesh.database.end_log().await;
            let stopped = Instant::now();
            sleep(STOPPED).await;
            watch.is_felt(stopped, &LOG).await;
            let mended = Instant::now();
            servers.empty_disk();
            // The server is started again ever later, the longer it can't.
            round.mesh.database.is_back().await;
            watch.all_is_well().await;
            let seen = watch.end().await;
            seen.expect("tables can't grow", full, stopped, &TABLES);
            seen.expect("the log can't grow", stopped, mended, &LOG);
        })
        .await;
    }
    mesh.stop().await;
}
