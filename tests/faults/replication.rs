//! The way by which the replica follows the primary is long, then bad, then dead, and nobody is told. Commits wait for the
//! replica, and longer; once it is given up, sales go on without it, and nobody reads from it what is no longer so.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::{
    deeds::Deed::{self, Book, Reserve, SignIn},
    harness::{Event, Mesh, Part, Servers, Setting, Weather, Wire, eventually},
    round,
    watch::{
        self,
        Fate::{self, Rough, Shaken},
        Watch,
    },
};

/// How long the way is so: longer than it takes until a replica that says nothing is given up.
const LASTS: Duration = Duration::from_secs(8);
/// How long a replica may take to be one that commits wait for, and that is read from.
const AGAIN_MAX: Duration = Duration::from_secs(30);
/// How long it may take until an event that was put on sale is found.
const FOUND_MAX: Duration = Duration::from_secs(10);

/// What becomes of deeds meanwhile; those that are not named are kept.
const PROMISES: [(Weather, &[(Deed, Fate)]); 3] = [
    (Weather::FAR, &[]),
    (Weather::ROUGH, &[]),
    // What was being written when it fell silent waits for it.
    (Weather::PARTITION, &[(Reserve, Rough), (Book, Rough), (SignIn, Shaken)]),
];

/// Whether both services that read from the replica do so.
async fn is_read_from(mesh: &Mesh, wanted: bool) -> bool {
    let mut all = true;
    for part in [Part::Search, Part::Event] {
        let used = mesh.program(part, 0).metric("database_replica_used", &[]).await;
        all &= used.is_some_and(|used| (used > 0.5) == wanted);
    }
    all
}

/// The way to the replica is in that weather while visitors come and go.
async fn weather_comes_and_goes(mesh: &Mesh, wire: &Wire, weather: Weather, fates: &[(Deed, Fate)]) {
    let watch = Watch::begin(mesh).await;
    let broken = Instant::now();
    wire.set(weather);
    sleep(LASTS).await;
    if weather == Weather::PARTITION {
        watch.all_is_well().await;
        eventually("nobody reads from it", LASTS, async || is_read_from(mesh, false).await).await;
        let new = Event::on_sale(mesh, 2).await;
        eventually("what is new is found", FOUND_MAX, async || is_found(mesh, &new).await).await;
    }
    let mended = Instant::now();
    wire.set(Weather::default());
    eventually("commits wait for it again", AGAIN_MAX, async || mesh.database.is_synchronous().await).await;
    eventually("it is read from again", AGAIN_MAX, async || is_read_from(mesh, true).await).await;
    watch.all_is_well().await;
    watch.end().await.expect(&format!("primary to replica: {weather}"), broken, mended, fates);
}

async fn is_found(mesh: &Mesh, event: &Event) -> bool {
    let found = mesh.get(&format!("/v1/search?query={}", event.name)).await;
    found.is_some_and(|(_, found): (u16, Value)| found["events"][0]["event_name"] == *event.name)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_replica_hears_late_or_nothing_of_the_primary() {
    if round::is_left_to_chaos("the_replica_hears_late_or_nothing_of_the_primary") {
        return;
    }
    let _alone = watch::alone().await;
    let (servers, wire) = Servers::wired().await;
    let mesh = Mesh::on(Setting::watched(), &servers).await;
    for seed in round::seeds() {
        round::play("replication", &mesh, seed, async |round| {
            for (weather, fates) in PROMISES {
                weather_comes_and_goes(round.mesh, &wire, weather, fates).await;
            }
        })
        .await;
    }
    mesh.stop().await;
}
