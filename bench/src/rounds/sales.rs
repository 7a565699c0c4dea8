//! Book: pays for held seats, with the sandbox as the provider, which answers at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::{reserve::grant, stand::Stand};
use crate::{
    callers::Customer,
    error::Error,
    load::{Answer, Window, closed},
    row::Measured,
};

/// Holds that are made for each second of a measurement: more than can be booked in it.
const HOLDS_PER_SECOND: f64 = 8_000.0;
/// Callers who make the holds.
const HOLDERS: usize = 256;
/// Longer than making the holds takes on any machine.
const UNTIL_DONE: Window = Window { warm_up: Duration::ZERO, measure: Duration::from_secs(120) };

/// A held seat, and whose it is.
type Hold = (Customer, i64);

impl Stand<'_> {
    /// Books held seats one by one. The provider's own answer decides each booking; with `callbacks`, the provider
    /// also sends each of its callbacks, through the edge, and booking-svc stores and checks them meanwhile.
    pub(super) async fn book(&mut self, callers: u16, callbacks: bool) -> Result<Measured, Error> {
        self.running.services.reset_sandbox(callbacks).await?;
        let window = self.window();
        let seconds = (window.warm_up + window.measure).as_secs_f64();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some 10,000")]
        let holds = Arc::new(self.hold((seconds * HOLDS_PER_SECOND) as usize).await?);
        let before = self.called_back().await?;

        let (door, tally, next) = (Arc::clone(&self.door), Arc::clone(&self.tally), Arc::new(AtomicUsize::new(0)));
        let call = move |caller| {
            let (door, tally) = (Arc::clone(&door), Arc::clone(&tally));
            let hold = holds.get(next.fetch_add(1, Ordering::Relaxed)).cloned();
            async move {
                let (customer, ticket) = hold?;
                let answer = door.book(caller, &customer, ticket).await;
                let counted = if matches!(answer, Answer::Good) { &tally.booked } else { &tally.unknown };
                counted.fetch_add(1, Ordering::Relaxed);
                Some(answer)
            }
        };
        let mut measured = self.watch(window, 1, closed(callers.into(), window, call)).await?;
        if callbacks {
            let came = self.called_back().await? - before;
            #[expect(clippy::cast_precision_loss, reason = "some 10,000")]
            let per_second = came as f64 / seconds;
            measured.callbacks_per_second = Some(per_second);
            // What is still on its way is forgotten: it would fall on the next row.
            self.running.services.reset_sandbox(false).await?;
        }
        Ok(measured)
    }

    async fn hold(&self, count: usize) -> Result<Vec<Hold>, Error> {
        let holds: Vec<Hold> =
            std::iter::from_fn(|| Some((self.customers.next().clone(), self.seats.take()?))).take(count).collect();
        let (wanted, next) = (Arc::new(holds.clone()), Arc::new(AtomicUsize::new(0)));
        let (door, tally) = (Arc::clone(&self.door), Arc::clone(&self.tally));
        let call = move |caller| {
            let (door, tally) = (Arc::clone(&door), Arc::clone(&tally));
            let hold = wanted.get(next.fetch_add(1, Ordering::Relaxed)).cloned();
            async move {
                let (customer, ticket) = hold?;
                Some(grant(&door, caller, &customer, ticket, &tally).await)
            }
        };
        let found = closed(HOLDERS, UNTIL_DONE, call).await?;
        found.samples.all_good("holding seats")?;
        Ok(holds)
    }
}
