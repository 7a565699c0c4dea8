//! A panic ends the call that it happens in and nothing else: not its connection, nor the worker that others wait for.

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;

use crate::reason::{Reason, Refusal};

/// The work panicked. The log says where: [`crate::telemetry`] sees to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("something went wrong on our side")]
pub struct Panicked;

impl From<Panicked> for Refusal {
    fn from(panicked: Panicked) -> Self {
        Self::new(Reason::Internal, panicked.to_string())
    }
}

/// Does `work`. What it shares with others has to be whole whenever it can panic: queues and pools are, and nothing here
/// holds a lock for longer than a line.
pub async fn isolated<F: Future>(work: F) -> Result<F::Output, Panicked> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_| Panicked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        assert_eq!(isolated(async { 7 }).await, Ok(7));
        let panics = async { assert_eq!(1, 2, "a defect") };
        assert_eq!(isolated(panics).await, Err(Panicked));
    }
}
