//! The same calls through the edge and through Envoy, in front of the same services: REST and gRPC, and to an echo.

use std::{pin::Pin, sync::Arc};

use super::{
    reserve::{UNTIL_DONE, grant},
    stand::Stand,
};
use crate::{
    callers::Door,
    cores::{Part, Watched},
    error::Error,
    gateways::{Way, What},
    load::{Answer, closed},
    passers::Passers,
    row::Measured,
    seats::Seats,
    site::{Gateway, Gateways},
};

/// Callers who meet the edges before the first row.
const GREETERS: u16 = 64;

type Call = Box<dyn Fn(usize) -> Pin<Box<dyn Future<Output = Option<Answer>> + Send>> + Send + Sync>;

impl Stand<'_> {
    /// Has every customer call through both edges once: each has then verified every token, as booking-svc has before.
    pub(super) async fn greet_edges(&self, gateways: &Gateways) -> Result<(), Error> {
        for (gateway, what) in [(&gateways.services.edge, What::RestReserve), (&gateways.echoed.edge, What::RestEcho)] {
            let (passers, customers) =
                (Arc::new(Passers::new(&gateway.url, GREETERS)), Arc::new(self.customers.anew()));
            let (seats, tally) = (Arc::clone(&self.seats), Arc::clone(&self.tally));
            let call = move |caller| {
                let (passers, customers) = (Arc::clone(&passers), Arc::clone(&customers));
                let (seats, tally) = (Arc::clone(&seats), Arc::clone(&tally));
                async move {
                    let customer = customers.next_new()?;
                    let answer = passers.reserve(caller, customer, ticket(what, &seats)?).await;
                    if !what.is_echoed() {
                        tally.note(&answer);
                    }
                    Some(answer)
                }
            };
            closed(GREETERS.into(), UNTIL_DONE, call).await?.samples.all_good("the first calls of an edge")?;
        }
        Ok(())
    }

    /// `None` where there is no Envoy.
    pub(super) async fn passed(&self, what: What, way: Way, callers: u16) -> Result<Option<Measured>, Error> {
        let gateways = self.gateways.as_ref().ok_or_else(|| Error::Count("there are no gateways".to_owned()))?;
        let pair = if what.is_echoed() { &gateways.echoed } else { &gateways.services };
        let gateway = match way {
            Way::Direct => None,
            Way::Edge => Some((&pair.edge, Part::Edge)),
            Way::Envoy => match &pair.envoy {
                Some(envoy) => Some((envoy, Part::Envoy)),
                None => return Ok(None),
            },
        };
        let url = gateway.map_or(&gateways.echo.url, |(Gateway { url, .. }, _)| url);
        let call = Arc::new(self.passing(what, url, callers).await?);
        let watch = match gateway {
            Some((Gateway { pid, .. }, part)) => self.running.watch.with(Watched { part, pid: *pid, children: false }),
            None => self.running.watch.clone(),
        };
        let load = closed(callers.into(), self.window(), move |caller| call(caller));
        let (found, cores) = watch.beside(self.window(), load).await?;
        Ok(Some(Measured::new(found?, 1, cores)))
    }

    /// A call at `url`, from any of so many callers.
    async fn passing(&self, what: What, url: &str, callers: u16) -> Result<Call, Error> {
        let (seats, tally, customers) = (Arc::clone(&self.seats), Arc::clone(&self.tally), Arc::clone(&self.customers));
        Ok(match what {
            What::RestSearch => {
                let passers = Arc::new(Passers::new(url, callers).searching().await?);
                Box::new(move |caller| {
                    let passers = Arc::clone(&passers);
                    Box::pin(async move { Some(passers.search(caller).await) })
                })
            }
            What::RestReserve | What::RestEcho => {
                let passers = Arc::new(Passers::new(url, callers));
                Box::new(move |caller| {
                    let (passers, customers) = (Arc::clone(&passers), Arc::clone(&customers));
                    let (ticket, tally) = (ticket(what, &seats), Arc::clone(&tally));
                    Box::pin(async move {
                        let answer = passers.reserve(caller, customers.next(), ticket?).await;
                        if !what.is_echoed() {
                            tally.note(&answer);
                        }
                        Some(answer)
                    })
                })
            }
            What::RpcReserve | What::RpcEcho => {
                let door = Arc::new(Door::new(url, callers)?);
                Box::new(move |caller| {
                    let (door, customers) = (Arc::clone(&door), Arc::clone(&customers));
                    let (ticket, tally) = (ticket(what, &seats), Arc::clone(&tally));
                    Box::pin(async move {
                        Some(match what.is_echoed() {
                            true => door.reserve(caller, customers.next(), ticket?).await,
                            false => grant(&door, caller, customers.next(), ticket?, &tally).await,
                        })
                    })
                })
            }
        })
    }
}

/// A seat to ask for; an echo takes none.
fn ticket(what: What, seats: &Seats) -> Option<i64> {
    if what.is_echoed() { Some(1 << usher::id::SEAT_BITS) } else { seats.take() }
}
