//! Where all clients write down their calls, in the order in which they end.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use usher::contract::booking::booking::Status;

use crate::story::{Answer, Call};

/// The calls of a round. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Notebook(Arc<Mutex<Vec<Call>>>);

/// How often what was heard.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    pub reserved: usize,
    pub booked: usize,
    pub pending: usize,
    pub released: usize,
    pub refused: usize,
    pub unknown: usize,
}

impl Notebook {
    /// Writes a call down.
    pub fn add(&self, call: Call) {
        self.0.lock().unwrap().push(call);
    }

    /// All calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.0.lock().unwrap().clone()
    }

    /// How often what was heard so far.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for call in &*self.0.lock().unwrap() {
            *match &call.answer {
                Answer::Reserved { .. } => &mut tally.reserved,
                Answer::Booking { status: Status::Booked, .. } => &mut tally.booked,
                Answer::Booking { .. } => &mut tally.pending,
                Answer::Released { .. } => &mut tally.released,
                Answer::Refused(_) => &mut tally.refused,
                Answer::Unknown(_) | Answer::Defect(_) => &mut tally.unknown,
            } += 1;
        }
        tally
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reserved, booked, pending, released, refused, unknown } = self;
        write!(
            f,
            "{reserved} reserved, {booked} booked, {pending} pending, {released} released, {refused} refused, \
             {unknown} unknown"
        )
    }
}
