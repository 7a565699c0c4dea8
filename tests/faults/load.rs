//! Many clients at once, all of whose choices come from one seed. Each plays one customer after another, who reserve,
//! pay, give up, repeat themselves and hang up; every call is written down.

mod client;
mod door;
mod notebook;
mod visit;

pub use client::Client;
pub use notebook::Notebook;
pub use visit::buys;

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::{task::JoinSet, time::Instant};

use crate::harness::Mesh;

/// How many clients there are at once.
const CLIENTS: usize = 16;

/// Plays customers until `until`, for these tickets. Answers once every call has ended; what was heard is in `notebook`.
pub async fn run(mesh: &Mesh, tickets: &[i64], seed: u64, until: Instant, notebook: &Notebook) {
    let mut seeds = StdRng::seed_from_u64(seed);
    let mut clients = JoinSet::new();
    for n in 0..CLIENTS {
        let mut client = Client::new(mesh, n, StdRng::seed_from_u64(seeds.random()), notebook.clone());
        let tickets = tickets.to_vec();
        clients.spawn(async move {
            while Instant::now() < until {
                visit::play(&mut client, &tickets).await;
                client.become_somebody_else();
            }
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
}
