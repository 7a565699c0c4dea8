//! Clients that hang up in the middle of their calls, with or without their connection.

use crate::{
    harness::{Mesh, Setting},
    round,
};

/// I6, I7: what was begun is done whole or not at all, whoever still listens.
#[tokio::test(flavor = "multi_thread")]
async fn clients_disconnect_mid_call() {
    let mesh = Mesh::on_shared(Setting { hung_up: 0.4, ..Setting::default() }).await;
    for seed in round::seeds() {
        round::play("clients_disconnect", &mesh, seed, async |_| ()).await;
    }
    mesh.stop().await;
}
