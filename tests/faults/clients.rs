//! Clients that hang up in the middle of their calls, with or without their connection.

use crate::{
    harness::{Mesh, Setting},
    round,
};

/// I6, I7: what was begun is done whole or not at all, whoever still listens.
#[tokio::test(flavor = "multi_thread")]
async fn clients_disconnect_mid_call() {
    let mesh = Mesh::on_shared(Setting { hold_seconds: 3_600, booking_services: 1, hung_up: 0.4 }).await;
    for seed in round::seeds() {
        round::play("clients_disconnect", &mesh, seed, async |_| ()).await;
    }
    mesh.stop().await;
}
