//! What the fault tests stand on: real processes for everything, each of which can be killed and started again, and what
//! a test reads and bends in them.

mod clock;
mod database;
mod environment;
mod event;
mod front;
mod frozen;
mod mesh;
mod names;
mod network;
mod processes;
mod program;
mod sandbox;
mod servers;
mod setting;
mod tokens;
mod wire;

pub use clock::Clock;
pub use database::Database as TestDatabase;
pub use event::Event;
pub use front::Front;
pub use frozen::Frozen;
pub use mesh::Mesh;
pub use names::{NameServer, Says};
pub use network::{Arrow, Part};
pub use sandbox::Sandbox;
pub use servers::Servers;
pub use setting::Setting;
pub use tokens::Tokens;
pub use wire::{Weather, Wire};

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Waits for `done`, at most `max`; whatever never happens fails the test.
pub async fn eventually(what: &str, max: Duration, done: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + max;
    while !done().await {
        assert!(Instant::now() < deadline, "not within {max:?}: {what}");
        sleep(LOOK_EVERY).await;
    }
}
