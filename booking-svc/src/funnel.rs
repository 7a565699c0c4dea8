//! What is counted of the sale, for who watches over it: the batches of each queue, and how many come from a hold
//! to a booking. Decides nothing.

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use tokio::time::Instant;

use crate::{error::Error, opening::Opened, reserve::Reservation, state::Step};

/// Counts a worker's batches, by the queue that it works off; its handles are looked up once.
#[derive(Debug)]
pub struct Batches {
    size: Histogram,
    waited: Histogram,
    took: Histogram,
    queued: Gauge,
}

/// Counts how wishes for seats are answered.
#[derive(Debug)]
pub struct Holds {
    granted: Counter,
    taken: Counter,
    refused: Counter,
    failed: Counter,
}

/// A batch that is being worked on.
#[derive(Debug)]
pub struct Begun<'a> {
    batches: &'a Batches,
    at: Instant,
}

impl Batches {
    /// Counts the batches of `queue` from now on.
    pub fn of(queue: &'static str) -> Self {
        let queued = gauge!("booking_queue_length", "queue" => queue);
        queued.set(0.0);
        Self {
            size: histogram!("booking_batch_size", "queue" => queue),
            waited: histogram!("booking_batch_wait_seconds", "queue" => queue),
            took: histogram!("booking_batch_duration_seconds", "queue" => queue),
            queued,
        }
    }

    /// Notes that a batch of `size` begins, the first of which has waited since then, and `left` more wait.
    pub fn begin(&self, size: usize, waited_since: Option<Instant>, left: usize) -> Begun<'_> {
        let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
        self.size.record(count(size));
        self.queued.set(count(left));
        if let Some(since) = waited_since {
            self.waited.record(since.elapsed());
        }
        Begun { batches: self, at: Instant::now() }
    }
}

impl Begun<'_> {
    /// Notes that all of the batch are answered.
    pub fn end(self) {
        self.batches.took.record(self.at.elapsed());
    }
}

impl Holds {
    /// Counts from now on.
    pub fn new() -> Self {
        let holds = |outcome| counter!("booking_holds_total", "outcome" => outcome);
        let (granted, taken) = (holds("granted"), holds("taken"));
        Self { granted, taken, refused: holds("refused"), failed: holds("failed") }
    }

    /// Notes what each of a batch was answered.
    pub fn count(&self, answers: &[Result<Reservation, Error>]) {
        let [mut granted, mut taken, mut refused, mut failed] = [0; 4];
        for answer in answers {
            *match answer {
                Ok(_) => &mut granted,
                Err(Error::SeatTaken(..)) => &mut taken,
                // What a batch that failed answers to each of its wishes; and defects.
                Err(Error::Refused(_) | Error::Database(_) | Error::Defect(_) | Error::Stopping) => &mut failed,
                Err(_) => &mut refused,
            } += 1;
        }
        self.granted.increment(granted);
        self.taken.increment(taken);
        self.refused.increment(refused);
        self.failed.increment(failed);
    }
}

/// Counts what has not happened yet as well: a rate needs the zero before its first one.
pub fn count_from_zero() {
    for outcome in ["granted", "taken", "refused", "failed", "released"] {
        counter!("booking_holds_total", "outcome" => outcome).increment(0);
    }
    for outcome in ["opened", "booked", "declined", "seatless", "given_back"] {
        counter!("booking_payments_total", "outcome" => outcome).increment(0);
    }
    counter!("booking_reconcile_rounds_total").increment(0);
}

/// Notes that a hold was given up by its holder.
pub fn released() {
    counter!("booking_holds_total", "outcome" => "released").increment(1);
}

/// Notes a booking that was opened: one that is to be paid for. One that was found again is counted once.
pub fn opened(opened: &Opened) {
    if opened.charge.is_some() {
        payments("opened");
    }
}

/// Notes what became of a payment.
pub fn settled(step: &Step) {
    match step {
        Step::Book => payments("booked"),
        Step::Fail(_) => payments("declined"),
        // INVARIANT I2: money without a seat must be unreachable.
        Step::Refund => payments("seatless"),
        Step::Close | Step::Reopen | Step::Stay => {}
    }
}

/// Notes that a booking, or seats of it, were given back.
pub fn given_back() {
    payments("given_back");
}

fn payments(outcome: &'static str) {
    counter!("booking_payments_total", "outcome" => outcome).increment(1);
}
