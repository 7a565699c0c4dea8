//! The goals of the edge: beside Envoy in front of the same services, beside a call that does without, and its memory.

use super::{Goal, Wanted, goal, ratio, told};
use crate::{
    gateways::{
        Idle,
        Way::{Direct, Edge, Envoy},
        What::{self, RestEcho, RestReserve, RestSearch, RpcEcho, RpcReserve},
    },
    rounds::{OPEN, Round},
    row::Row,
};

/// How many times as much as through Envoy.
const REST: Wanted = Wanted::AtLeast(2.0);
const GRPC: Wanted = Wanted::AtLeast(1.3);
/// Its p99 over Envoy's.
const NO_LATER: Wanted = Wanted::AtMost(1.0);
/// What the edge may add, in microseconds.
const ADDED: Wanted = Wanted::AtMost(150.0);
/// What it may have, in megabytes.
const MEMORY: Wanted = Wanted::AtMost(40.0);

/// Goals of the rows beside Envoy.
pub static EDGE: [Goal; 27] = [
    goal("REST Reserve, edge ÷ Envoy, 32 connections", REST, |round| beside(round, RestReserve, 32)),
    goal("p99 of it ÷ p99 of Envoy's", NO_LATER, |round| later(round, RestReserve, 32)),
    goal("the same, 256 connections", REST, |round| beside(round, RestReserve, 256)),
    goal("p99 of it ÷ p99 of Envoy's", NO_LATER, |round| later(round, RestReserve, 256)),
    goal("REST Search, edge ÷ Envoy, 32 connections", REST, |round| beside(round, RestSearch, 32)),
    goal("p99 of it ÷ p99 of Envoy's", NO_LATER, |round| later(round, RestSearch, 32)),
    goal("the same, 256 connections", REST, |round| beside(round, RestSearch, 256)),
    goal("p99 of it ÷ p99 of Envoy's", NO_LATER, |round| later(round, RestSearch, 256)),
    goal("REST to an echo, edge ÷ Envoy, 32 connections", REST, |round| beside(round, RestEcho, 32)),
    goal("p99 of it ÷ p99 of Envoy's", NO_LATER, |round| later(round, RestEcho, 32)),
    goal("the same, 256 connections", REST, |round| beside(round, RestEcho, 256)),
    goal("p99 of it ÷ p99 of Envoy's", NO_LATER, |round| later(round, RestEcho, 256)),
    goal("gRPC Reserve, edge ÷ Envoy, 32 connections", GRPC, |round| beside(round, RpcReserve, 32)),
    told("p99 of it ÷ p99 of Envoy's", |round| later(round, RpcReserve, 32)),
    goal("the same, 256 connections", GRPC, |round| beside(round, RpcReserve, 256)),
    told("p99 of it ÷ p99 of Envoy's", |round| later(round, RpcReserve, 256)),
    goal("gRPC to an echo, edge ÷ Envoy, 32 connections", GRPC, |round| beside(round, RpcEcho, 32)),
    told("p99 of it ÷ p99 of Envoy's", |round| later(round, RpcEcho, 32)),
    goal("the same, 256 connections", GRPC, |round| beside(round, RpcEcho, 256)),
    told("p99 of it ÷ p99 of Envoy's", |round| later(round, RpcEcho, 256)),
    goal("the edge adds to p50 of a gRPC call, 1 caller, µs", ADDED, |round| added(round, RpcEcho, 1)),
    goal("to p50 of a REST call, over a gRPC call without it, 1 caller, µs", ADDED, |round| added(round, RestEcho, 1)),
    told("Envoy adds to p50 of a gRPC call, 1 caller, µs", |round| {
        Some(
            (median(round, Row::Passed(RpcEcho, Envoy, 1))? - median(round, Row::Passed(RpcEcho, Direct, 1))?)
                * 1_000.0,
        )
    }),
    told("the edge adds to p50 of a gRPC call, 32 callers, µs", |round| added(round, RpcEcho, 32)),
    told("to p50 of a REST call, 32 callers, µs", |round| added(round, RestEcho, 32)),
    goal("memory of an edge with 10,000 idle streams, MB", MEMORY, |round| memory(round, Idle::Streams)),
    goal("memory of an edge with 10,000 idle connections, MB", MEMORY, |round| memory(round, Idle::Connections)),
];

fn beside(round: &Round, what: What, callers: u16) -> Option<f64> {
    ratio(round, Row::Passed(what, Edge, callers), Row::Passed(what, Envoy, callers))
}

fn later(round: &Round, what: What, callers: u16) -> Option<f64> {
    let p99 = |way| Some(round.get(&Row::Passed(what, way, callers))?.ms(0.99));
    Some(p99(Edge)? / p99(Envoy)?)
}

/// Over the same call as gRPC, straight to the service.
fn added(round: &Round, what: What, callers: u16) -> Option<f64> {
    let direct = median(round, Row::Passed(RpcEcho, Direct, callers))?;
    Some((median(round, Row::Passed(what, Edge, callers))? - direct) * 1_000.0)
}

fn median(round: &Round, row: Row) -> Option<f64> {
    Some(round.get(&row)?.ms(0.5))
}

#[expect(clippy::cast_precision_loss, reason = "far less than 2^52 bytes")]
fn memory(round: &Round, idle: Idle) -> Option<f64> {
    Some(round.get(&Row::Idle(idle, OPEN))?.edge_bytes?.with as f64 / 1e6)
}
