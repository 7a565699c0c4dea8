//! Many clients at once, all of whose choices come from one seed. Each plays one customer after another, who reserve,
//! pay, give up, give back, repeat themselves and hang up, or the box office, which sells, keeps seats back and moves guests;
//! every call is written down.

mod client;
mod door;
mod notebook;
mod visit;

pub use client::Client;
pub use notebook::Notebook;
pub use visit::buys;

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::harness::Mesh;

/// How many of the clients work at the box office: one for each door, where there are two.
const OF_THE_HOUSE: usize = 2;

/// Plays customers until `over`, for these tickets. Answers once every call has ended; what was heard is in `notebook`.
pub async fn run(mesh: &Mesh, tickets: &[i64], seed: u64, over: &CancellationToken, notebook: &Notebook) {
    let mut seeds = StdRng::seed_from_u64(seed);
    let mut clients = JoinSet::new();
    let all = mesh.setting.clients;
    for n in 0..all {
        let client = Client::new(mesh, n, StdRng::seed_from_u64(seeds.random()), notebook.clone());
        let is_house = n >= all - OF_THE_HOUSE;
        let mut client = if is_house { client.of_the_house() } else { client };
        let (tickets, over) = (tickets.to_vec(), over.clone());
        clients.spawn(async move {
            while !over.is_cancelled() {
                if is_house {
                    visit::play_house(&mut client, &tickets).await;
                } else {
                    visit::play(&mut client, &tickets).await;
                    client.become_somebody_else();
                }
            }
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
}
