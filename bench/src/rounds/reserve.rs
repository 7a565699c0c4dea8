//! Reserve through gRPC, in every way that the report shows.

use std::{sync::Arc, time::Duration};

use super::{
    CALLERS, Round,
    stand::{Stand, Tally},
};
use crate::{
    callers::{Customer, Customers, Door},
    error::Error,
    goals::{edges_peak, peak},
    load::{Answer, Window, closed, open},
    memory,
    row::{Measured, Row},
};

/// Of the peak: the rate at which a service is run that is to answer fast.
const STEADY: f64 = 0.7;
/// Of the peak: the rate that nobody can serve.
const OVERLOAD: f64 = 2.0;
/// Longer than selling a hot event out, or meeting every customer, takes on any machine.
pub(super) const UNTIL_DONE: Window = Window { warm_up: Duration::ZERO, measure: Duration::from_secs(120) };
/// Callers who meet booking-svc before the first row.
const GREETERS: usize = 256;
/// How many tokens are made for calls with a new one, as a multiple of what is expected to be needed.
const SPARE: f64 = 1.5;

impl Stand<'_> {
    /// Has every customer reserve once: booking-svc has then verified each token, and every connection is open.
    pub(super) async fn greet(&self) -> Result<(), Error> {
        let (door, seats, tally) = (Arc::clone(&self.door), Arc::clone(&self.seats), Arc::clone(&self.tally));
        let customers = Arc::new(self.customers.anew());
        let call = move |caller| {
            let (door, seats, tally) = (Arc::clone(&door), Arc::clone(&seats), Arc::clone(&tally));
            let customers = Arc::clone(&customers);
            async move { Some(grant(&door, caller, customers.next_new()?, seats.take()?, &tally).await) }
        };
        let found = closed(GREETERS, UNTIL_DONE, call).await?;
        found.samples.all_good("the first calls")
    }

    /// Seats of all events. With the most callers, the memory of booking-svc is looked at too.
    pub(super) async fn reserve(&self, callers: u16) -> Result<Measured, Error> {
        let look = CALLERS.last() == Some(&callers);
        let pid = self.running.services.booking_pid;
        if look {
            memory::forget_peak(pid)?;
        }
        let seats = Arc::clone(&self.seats);
        let load = closed(callers.into(), self.window(), self.reserving(&self.door, move || seats.take()));
        let mut measured = self.watch(self.window(), 1, load).await?;
        if look {
            measured.memory_bytes = Some(memory::peak_bytes(pid)?);
        }
        Ok(measured)
    }

    /// The same, called as the edge calls.
    pub(super) async fn channelled(&self, callers: u16) -> Result<Measured, Error> {
        let seats = Arc::clone(&self.seats);
        let call = self.reserving(&self.edges, move || seats.take());
        self.watch(self.window(), 1, closed(callers.into(), self.window(), call)).await
    }

    /// Every call with a token that booking-svc has not seen before.
    pub(super) async fn first_calls(&mut self, callers: u16, round: &Round) -> Result<Measured, Error> {
        let window = self.window();
        let peak = peak(round) * (window.warm_up + window.measure).as_secs_f64() * SPARE;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded right here")]
        let count = peak.clamp(1_000.0, 400_000.0) as u32;
        let customers = Arc::new(Customers::new(&self.key, self.newcomer, count).await?);
        self.newcomer += i64::from(count);
        let (door, seats, tally) = (Arc::clone(&self.door), Arc::clone(&self.seats), Arc::clone(&self.tally));
        let call = move |caller| {
            let (door, seats, tally) = (Arc::clone(&door), Arc::clone(&seats), Arc::clone(&tally));
            let customers = Arc::clone(&customers);
            async move { Some(grant(&door, caller, customers.next_new()?, seats.take()?, &tally).await) }
        };
        self.watch(window, 1, closed(callers.into(), window, call)).await
    }

    /// All callers on one event, from the first seat to the last.
    pub(super) async fn hot_event(&self, callers: u16) -> Result<Measured, Error> {
        let seats = Arc::new(self.house.hot_seats(i64::from(CALLERS.last() == Some(&callers))));
        let taking = Arc::clone(&seats);
        let call = self.reserving(&self.door, move || taking.take());
        self.watch(UNTIL_DONE, 1, closed(callers.into(), UNTIL_DONE, call)).await
    }

    /// Nine of ten wishes on a few seats.
    pub(super) async fn contended(&self, callers: u16) -> Result<Measured, Error> {
        let (event, contended) = (*self.house.few.events.start(), Arc::new(self.house.contended()));
        let (door, seats, tally) = (Arc::clone(&self.door), Arc::clone(&self.seats), Arc::clone(&self.tally));
        let customers = Arc::clone(&self.customers);
        let call = move |caller| {
            let (door, seats, tally) = (Arc::clone(&door), Arc::clone(&seats), Arc::clone(&tally));
            let (customers, contended) = (Arc::clone(&customers), Arc::clone(&contended));
            async move {
                let ticket = contended.take(&seats)?;
                // The few are counted by their rows: a holder who asks again is answered the same, and takes nothing.
                match ticket >> usher::id::SEAT_BITS == event {
                    true => Some(door.reserve(caller, customers.next(), ticket).await),
                    false => Some(grant(&door, caller, customers.next(), ticket, &tally).await),
                }
            }
        };
        self.watch(self.window(), 1, closed(callers.into(), self.window(), call)).await
    }

    /// At a rate that is a multiple of this round's peak, whatever becomes of the calls.
    pub(super) async fn at_a_rate(&self, row: Row, round: &Round) -> Result<Measured, Error> {
        let door = if row == Row::Overload { &self.edges } else { &self.door };
        let (rate, seats) = (rate(row, round).unwrap_or_default(), Arc::clone(&self.seats));
        let load = open(rate.max(1.0), self.window(), self.reserving(door, move || seats.take()));
        let (found, cores) = self.running.watch.beside(self.window(), load).await?;
        let (found, offered) = found?;
        let measured = Measured::new(found, 1, cores);
        Ok(Measured { offered: Some(offered), ..measured })
    }

    /// A call that reserves the seat that `next` answers, for the customer whose turn it is.
    pub(super) fn reserving<N>(
        &self,
        door: &Arc<Door>,
        next: N,
    ) -> impl Fn(usize) -> std::pin::Pin<Box<dyn Future<Output = Option<Answer>> + Send>> + Clone + Send + 'static
    where
        N: Fn() -> Option<i64> + Clone + Send + 'static,
    {
        let (door, tally) = (Arc::clone(door), Arc::clone(&self.tally));
        let customers = Arc::clone(&self.customers);
        move |caller| {
            let (door, tally, customers) = (Arc::clone(&door), Arc::clone(&tally), Arc::clone(&customers));
            let ticket = next();
            Box::pin(async move { Some(grant(&door, caller, customers.next(), ticket?, &tally).await) })
        }
    }
}

/// How many calls a second are sent in a row that has a constant rate.
pub(super) fn rate(row: Row, round: &Round) -> Option<f64> {
    match row {
        Row::Steady => Some(peak(round) * STEADY),
        Row::Overload => Some(edges_peak(round)? * OVERLOAD),
        Row::OverloadUnbounded => Some(peak(round) * OVERLOAD),
        _ => None,
    }
}

/// Reserves a seat, and counts what was answered.
pub(super) async fn grant(door: &Door, caller: usize, customer: &Customer, ticket: i64, tally: &Tally) -> Answer {
    let answer = door.reserve(caller, customer, ticket).await;
    tally.note(&answer);
    answer
}
