//! The report as JSON: every measurement of every round.

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use super::machine::Machine;
use crate::{
    config::Config,
    goals::{self, Goal},
    rounds::{Findings, Round},
    row::{Measured, Row, ms},
};

/// The whole report.
pub fn report(config: &Config, machine: &Machine, findings: &Findings) -> Value {
    let window = config.window();
    let goals = [judged(&goals::GOALS, &findings.rounds), judged(&goals::EDGE, &findings.rounds)].concat();
    json!({
        "settings": config,
        "rounds": config.rounds(),
        "measure_ms": window.measure.as_millis(),
        "warm_up_ms": window.warm_up.as_millis(),
        "machine": machine,
        "postgres": findings.postgres[0],
        "postgres_with_replica": findings.postgres[1],
        "measured": findings.rounds.iter().map(round).collect::<Vec<_>>(),
        "measured_with_replica": findings.replicated.iter().map(round).collect::<Vec<_>>(),
        "goals": goals,
        "goals_with_replica": judged(&goals::REPLICATED, &findings.replicated),
        "checks": findings.checks,
    })
}

fn round(round: &Round) -> Vec<Value> {
    round.iter().map(|(row, found)| measured(*row, found)).collect()
}

fn measured(row: Row, found: &Measured) -> Value {
    json!({
        "row": row.key(),
        "count": row.count(),
        "per_second": found.per_second,
        "latency_ms": latency(&found.micros),
        "seat_taken": {"per_second": found.taken.per_second, "latency_ms": latency(&found.taken.micros)},
        "unavailable": {
            "per_second": found.refused.per_second,
            "latency_ms": latency(&found.refused.micros),
            "without_retry_info": found.not_told_when,
        },
        "failed": found.failed.0,
        "failed_said": found.failed.1,
        "cores": found.cores,
        "offered_per_second": found.offered.map(|offered| json!({"wanted": offered.wanted, "sent": offered.sent})),
        "booking_svc_bytes_max": found.memory_bytes,
        "edge_bytes": found.edge_bytes.map(|bytes| {
            json!({"before": bytes.before, "with": bytes.with, "peak": bytes.peak})
        }),
        "callbacks_per_second": found.callbacks_per_second,
    })
}

/// `null` where there was no call.
fn latency(micros: &Histogram<u64>) -> Value {
    if micros.is_empty() {
        return Value::Null;
    }
    json!({
        "count": micros.len(),
        "p50": ms(micros, 0.5),
        "p90": ms(micros, 0.9),
        "p99": ms(micros, 0.99),
        "p99.9": ms(micros, 0.999),
        "max": ms(micros, 1.0),
    })
}

fn judged(goals: &[Goal], rounds: &[Round]) -> Vec<Value> {
    let judged = goals.iter().filter_map(|goal| {
        let spread = goal.spread(rounds)?;
        let met = goal.wanted.map(|wanted| wanted.met(spread.median));
        Some(json!({
            "goal": goal.what,
            "wanted": goal.wanted.map(|wanted| format!("{wanted:?}")),
            "median": spread.median,
            "min": spread.min,
            "max": spread.max,
            "met": met,
        }))
    });
    judged.collect()
}
