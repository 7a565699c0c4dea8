//! A closed loop: every caller sends its next call when the last one was answered.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tonic::Status;

use crate::callers::Caller;

/// The longest call that is told apart from longer ones, in microseconds.
const MICROS_MAX: u64 = 60_000_000;

/// What one measurement found.
#[derive(Debug)]
pub struct Measured {
    /// Calls that succeeded, a second.
    pub per_second: f64,
    /// How long each took, in microseconds.
    pub micros: Histogram<u64>,
    /// Calls that failed, and what the last of them said.
    pub failed: (u64, Option<Status>),
}

/// Lets every caller call for `time`.
pub async fn run<F, C>(callers: &[Caller], time: Duration, call: F) -> Measured
where
    F: Fn(Caller) -> C + Clone + Send + 'static,
    C: Future<Output = Result<(), Status>> + Send + 'static,
{
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for caller in callers {
        let (caller, call) = (caller.clone(), call.clone());
        tasks.spawn(async move { one_caller(caller, call, begun + time).await });
    }
    let mut micros = histogram();
    let mut failed = (0, None);
    while let Some(ended) = tasks.join_next().await {
        let Ok((own, own_failed)) = ended else { continue };
        // Same bounds: it can't be refused.
        let _ = micros.add(own);
        failed = (failed.0 + own_failed.0, own_failed.1.or(failed.1));
    }
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 calls")]
    let per_second = micros.len() as f64 / begun.elapsed().as_secs_f64();
    Measured { per_second, micros, failed }
}

async fn one_caller<F, C>(caller: Caller, call: F, end: Instant) -> (Histogram<u64>, (u64, Option<Status>))
where
    F: Fn(Caller) -> C,
    C: Future<Output = Result<(), Status>>,
{
    let mut micros = histogram();
    let mut failed = (0, None);
    while Instant::now() < end {
        let begun = Instant::now();
        match call(caller.clone()).await {
            Ok(()) => micros.saturating_record(u64::try_from(begun.elapsed().as_micros()).unwrap_or(MICROS_MAX)),
            Err(status) => failed = (failed.0 + 1, Some(status)),
        }
    }
    (micros, failed)
}

fn histogram() -> Histogram<u64> {
    #[expect(clippy::expect_used, reason = "constants: any test of the bench runs it")]
    Histogram::new_with_max(MICROS_MAX, 3).expect("the bounds are good")
}
