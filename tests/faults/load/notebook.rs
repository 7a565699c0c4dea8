//! Where all clients write down their calls, in the order in which they end.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use usher::contract::booking::booking::Status;

use crate::story::{Answer, Call};

/// The calls of a round. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Notebook {
    calls: Arc<Mutex<Vec<Call>>>,
    /// Names of bookings that customers were told of, each with one of its seats.
    booked: Arc<Mutex<Vec<(String, i64)>>>,
}

/// How often what was heard.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    pub reserved: usize,
    pub booked: usize,
    pub pending: usize,
    pub released: usize,
    pub given_back: usize,
    pub changed: usize,
    pub refused: usize,
    pub unknown: usize,
}

impl Notebook {
    /// Writes a call down.
    pub fn add(&self, call: Call) {
        self.calls.lock().unwrap().push(call);
    }

    /// Keeps the name of a booking, for the house.
    pub fn add_booked(&self, name: &str, ticket: i64) {
        self.booked.lock().unwrap().push((name.to_owned(), ticket));
    }

    /// All names of bookings so far, each with one of its seats.
    pub fn booked(&self) -> Vec<(String, i64)> {
        self.booked.lock().unwrap().clone()
    }

    /// All calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// How often what was heard so far.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for call in &*self.calls.lock().unwrap() {
            *match &call.answer {
                Answer::Reserved { .. } => &mut tally.reserved,
                Answer::Booking { status: Status::Booked, .. } => &mut tally.booked,
                Answer::Booking { .. } => &mut tally.pending,
                Answer::Released { .. } => &mut tally.released,
                Answer::GivenBack { .. } => &mut tally.given_back,
                Answer::Changed { .. } => &mut tally.changed,
                Answer::Refused(_) => &mut tally.refused,
                Answer::Unknown(_) | Answer::Defect(_) => &mut tally.unknown,
            } += 1;
        }
        tally
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reserved, booked, pending, released, given_back, changed, refused, unknown } = self;
        write!(
            f,
            "{reserved} reserved, {booked} booked, {pending} pending, {released} released, {given_back} given back, \
             {changed} kept for the house or not, {refused} refused, {unknown} unknown"
        )
    }
}
