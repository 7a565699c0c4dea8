//! The edge beside Envoy: the phase of a run in which both stand in front of the services, and what is measured in it.

use super::{Round, idle, ordered, stand::Stand};
use crate::{
    config::Config,
    error::Error,
    gateways::{
        Idle,
        Way::{Direct, Edge, Envoy},
        What::{RestEcho, RestReserve, RestSearch, RpcEcho, RpcReserve},
    },
    report::{brief, note},
    row::Row::{self, Passed},
    site::Site,
};

/// What is measured, in the order of odd rounds: what is compared stands side by side.
const PASSED: [Row; 27] = [
    Passed(RestReserve, Edge, 32),
    Passed(RestReserve, Envoy, 32),
    Passed(RestReserve, Envoy, 256),
    Passed(RestReserve, Edge, 256),
    Passed(RestSearch, Edge, 32),
    Passed(RestSearch, Envoy, 32),
    Passed(RestSearch, Envoy, 256),
    Passed(RestSearch, Edge, 256),
    Passed(RpcReserve, Edge, 32),
    Passed(RpcReserve, Envoy, 32),
    Passed(RpcReserve, Envoy, 256),
    Passed(RpcReserve, Edge, 256),
    Passed(RestEcho, Edge, 32),
    Passed(RestEcho, Envoy, 32),
    Passed(RestEcho, Envoy, 256),
    Passed(RestEcho, Edge, 256),
    Passed(RpcEcho, Direct, 32),
    Passed(RpcEcho, Edge, 32),
    Passed(RpcEcho, Envoy, 32),
    Passed(RpcEcho, Envoy, 256),
    Passed(RpcEcho, Edge, 256),
    Passed(RpcEcho, Direct, 256),
    Passed(RpcEcho, Direct, 1),
    Passed(RpcEcho, Edge, 1),
    Passed(RestEcho, Edge, 1),
    Passed(RestEcho, Envoy, 1),
    Passed(RpcEcho, Envoy, 1),
];
/// What an edge of its own holds open.
const IDLE: [Idle; 2] = [Idle::Streams, Idle::Connections];

/// Starts both, and measures what goes through them for each round; answers what was counted.
pub(super) async fn envoy(
    config: &Config,
    site: &mut Site,
    stand: &mut Stand<'_>,
    rounds: &mut [Round],
) -> Result<Option<String>, Error> {
    let mut checked = None;
    if PASSED.iter().any(|row| config.includes(row.key())) {
        note("starting the edge and Envoy in front of the services");
        let program = config.envoy.as_deref().filter(|program| program.is_file());
        if program.is_none() {
            note("there is no Envoy (BENCH_ENVOY; make bench fetches it): the rows with it are left out");
        }
        stand.renew().await?;
        let gateways = site.start_gateways(&stand.running.services, program).await?;
        stand.greet_edges(&gateways).await?;
        stand.gateways = Some(gateways);
        for (number, round) in (1..).zip(&mut *rounds) {
            stand.measure(&ordered(&PASSED, number), round).await?;
        }
        if let Some(gateways) = stand.gateways.take() {
            site.stop_gateways(gateways).await;
        }
        checked = Some(format!("through the edge and Envoy: {}", stand.check().await?));
    }
    for held in IDLE.into_iter().filter(|held| config.includes(held.key())) {
        for round in &mut *rounds {
            holding(site, stand, round, held).await?;
        }
    }
    Ok(checked)
}

async fn holding(site: &mut Site, stand: &Stand<'_>, round: &mut Round, held: Idle) -> Result<(), Error> {
    let edge = site.start_edge(&stand.running.services).await?;
    let measured = stand.idle(held, &edge).await;
    site.stop_last().await;
    let row = Row::Idle(held, idle::OPEN);
    match measured? {
        Some(measured) => {
            note(&brief(row, &measured));
            round.insert(row, measured);
        }
        None => note(&format!("{}: left out, since so many files may not be open (ulimit -n)", row.title())),
    }
    Ok(())
}
