//! A closed loop: every caller sends its next call when the last one was answered.

use std::time::Instant;

use tokio::{task::JoinSet, time::timeout};

use super::{Answer, CALLS_END_MAX, Found, Samples, Window};
use crate::error::Error;

/// Lets `callers` call until the window is over, or until there is nothing left to call for (`None`). Only calls that
/// ended within the measured time are noted. `call` is told which caller it is for.
pub async fn closed<F, C>(callers: usize, window: Window, call: F) -> Result<Found, Error>
where
    F: Fn(usize) -> C + Clone + Send + 'static,
    C: Future<Output = Option<Answer>> + Send,
{
    let from = Instant::now() + window.warm_up;
    let until = from + window.measure;
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let call = call.clone();
        tasks.spawn(async move { one_caller(caller, call, from, until).await });
    }
    let mut samples = Samples::default();
    // Where nothing was left to call for, the last answer ended the measurement.
    let mut last = None;
    let all = async {
        while let Some(ended) = tasks.join_next().await {
            let (own, exhausted) = ended?;
            samples.add(own);
            last = last.max(exhausted);
        }
        Ok::<_, Error>(())
    };
    let max = window.warm_up + window.measure + CALLS_END_MAX;
    if timeout(max, all).await.is_err() {
        samples.failed += 1;
        samples.said = Some("a call was not answered at all".to_owned());
    }
    let ended = last.map_or(until, |last| last.min(until));
    let in_time = samples.good.len() as u64;
    Ok(Found { samples, in_time, lasted: ended.saturating_duration_since(from) })
}

/// Its samples, and when it found nothing more to call for, if it did.
async fn one_caller<F, C>(caller: usize, call: F, from: Instant, until: Instant) -> (Samples, Option<Instant>)
where
    F: Fn(usize) -> C,
    C: Future<Output = Option<Answer>>,
{
    let mut samples = Samples::default();
    loop {
        let begun = Instant::now();
        let Some(answer) = call(caller).await else { return (samples, Some(begun)) };
        let ended = Instant::now();
        if ended >= until {
            return (samples, None);
        }
        if ended >= from {
            samples.note(answer, ended - begun);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering},
        },
        time::Duration,
    };

    use super::*;

    #[tokio::test]
    async fn a_loop_ends_when_there_is_nothing_left() {
        let left = Arc::new(AtomicU32::new(100));
        let window = Window { warm_up: Duration::ZERO, measure: Duration::from_secs(60) };
        let call = move |_| {
            let left = Arc::clone(&left);
            async move {
                let some = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
                some.is_ok().then_some(Answer::Good)
            }
        };
        let found = closed(7, window, call).await.unwrap();
        assert_eq!(found.samples.good.len(), 100);
        assert!(found.lasted < window.measure);
    }
}
