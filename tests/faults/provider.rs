//! The payment provider at its worst: callbacks that are late, lost, doubled and out of order, answers that are errors or
//! never come, and money that is taken before the connection drops. Holds are short: payments outlast them, and whoever
//! lost a seat in payment is found out.

use std::time::Duration;

use rand::{Rng as _, rngs::StdRng};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    harness::{Mesh, Setting},
    round::{self, Round},
};

/// Breaks the provider anew every now and then, until the load ends.
async fn break_now_and_then(round: &mut Round<'_>, choose: fn(&mut StdRng) -> Value) {
    while Instant::now() < round.until {
        let faults = choose(&mut round.chance);
        round.mesh.sandbox.faults(&faults).await;
        sleep(Duration::from_millis(round.chance.random_range(100..500))).await;
    }
}

fn callbacks(chance: &mut StdRng) -> Value {
    json!({
        "lose_webhooks": chance.random_range(0..6),
        "duplicate_webhooks": chance.random_bool(0.5),
        "delay_webhooks_ms": chance.random_range(0..800),
        "shuffle_webhooks_ms": chance.random_range(0..1_500),
        "bad_signature": chance.random_range(0..3),
    })
}

fn errors_and_silence(chance: &mut StdRng) -> Value {
    match chance.random_range(0..4) {
        0 => json!({"answer_500": true}),
        1 => json!({"answer_500": chance.random_range(1..6), "hang": chance.random_range(0..2)}),
        2 => json!({"hang": chance.random_range(1..4)}),
        _ => json!({"delay_answers_ms": chance.random_range(100..4_000)}),
    }
}

fn dropped_connections(chance: &mut StdRng) -> Value {
    match chance.random_range(0..3) {
        0 => json!({"drop_after_acting": true, "lose_webhooks": chance.random_bool(0.7)}),
        1 => {
            json!({"drop_after_acting": chance.random_range(1..5), "delay_webhooks_ms": chance.random_range(0..1_000)})
        }
        _ => json!({"drop_after_acting": true, "duplicate_webhooks": true, "delay_answers_ms": 200}),
    }
}

/// I5, and I4: a seat whose payment is in flight is nobody else's, however late the news.
#[tokio::test(flavor = "multi_thread")]
async fn callbacks_delayed_dropped_doubled_reordered() {
    let mesh = Mesh::on_shared(Setting { hold_seconds: 1, hung_up: 0.02, ..Setting::default() }).await;
    for seed in round::seeds() {
        let name = "callbacks_delayed_dropped_doubled_reordered";
        let play = round::play(name, &mesh, seed, async |round| break_now_and_then(round, callbacks).await);
        let (event, story) = play.await;
        round::callbacks_change_nothing(name, &mesh, seed, &event, &story).await;
    }
    mesh.stop().await;
}

/// I3: an error is no answer, and silence neither.
#[tokio::test(flavor = "multi_thread")]
async fn provider_answers_500_or_hangs() {
    let mesh = Mesh::on_shared(Setting { hold_seconds: 1, hung_up: 0.02, ..Setting::default() }).await;
    for seed in round::seeds() {
        let name = "provider_answers_500_or_hangs";
        round::play(name, &mesh, seed, async |round| break_now_and_then(round, errors_and_silence).await).await;
    }
    mesh.stop().await;
}

/// I2: money that was taken is never forgotten, and never taken twice.
#[tokio::test(flavor = "multi_thread")]
async fn provider_takes_the_money_and_drops_the_connection() {
    let mesh = Mesh::on_shared(Setting { hold_seconds: 1, hung_up: 0.02, ..Setting::default() }).await;
    for seed in round::seeds() {
        let name = "provider_takes_the_money_and_drops";
        round::play(name, &mesh, seed, async |round| break_now_and_then(round, dropped_connections).await).await;
    }
    mesh.stop().await;
}
