//! What telling a collector of itself costs booking-svc: the same Reserve from the same callers, with nothing told, with a
//! share of the calls recorded, and with all of them.

use std::sync::Arc;

use super::{
    reserve::{UNTIL_DONE, grant},
    stand::Stand,
};
use crate::{
    callers::{Customers, Door},
    cores::{Part, Watched},
    error::Error,
    load::{Answer, closed},
    row::{Measured, Row},
    site::Teller,
};

impl Stand<'_> {
    pub(super) async fn telling(&mut self, row: Row, callers: u16) -> Result<Measured, Error> {
        let telling = self.telling.as_ref().ok_or_else(|| Error::Count("nobody tells anything".to_owned()))?;
        let Teller { url, pid } = match row {
            Row::Sampled(_) => &telling.sampled,
            Row::Recorded(_) => &telling.recorded,
            _ => &telling.untold,
        };
        let door = Arc::new(Door::new(url, self.config.connections)?);
        let watch = self.running.watch.with(Watched { part: Part::Booking, pid: *pid, children: false });
        // It has seen every token, and every connection is open.
        let met = self.reserving_at(&door, Arc::new(self.customers.anew()), true);
        closed(callers.into(), UNTIL_DONE, met).await?.samples.all_good("the first calls of another booking-svc")?;
        let window = self.window();
        let load = closed(callers.into(), window, self.reserving_at(&door, Arc::clone(&self.customers), false));
        let (found, cores) = watch.beside(window, load).await?;
        Ok(Measured::new(found?, 1, cores))
    }

    /// A call at `door`, for the customer whose turn it is; `once`: until each had a turn.
    fn reserving_at(
        &self,
        door: &Arc<Door>,
        customers: Arc<Customers>,
        once: bool,
    ) -> impl Fn(usize) -> std::pin::Pin<Box<dyn Future<Output = Option<Answer>> + Send>> + Clone + Send + 'static {
        let (door, seats, tally) = (Arc::clone(door), Arc::clone(&self.seats), Arc::clone(&self.tally));
        move |caller| {
            let (door, seats, tally) = (Arc::clone(&door), Arc::clone(&seats), Arc::clone(&tally));
            let customers = Arc::clone(&customers);
            Box::pin(async move {
                let customer = if once { customers.next_new()? } else { customers.next() };
                Some(grant(&door, caller, customer, seats.take()?, &tally).await)
            })
        }
    }
}
