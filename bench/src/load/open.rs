//! An open loop: calls are sent at a constant rate, whatever became of those before. Latency counts from the moment a
//! call was meant to be sent, so that a caller that had to wait for its turn is not left out (coordinated omission).

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::timeout,
};
use tokio_util::task::TaskTracker;

use super::{Answer, CALLS_END_MAX, Found, Samples, Window};
use crate::error::Error;

/// How long the pacer sleeps between looks at the clock: the most by which a call is late on an idle machine.
const TICK: Duration = Duration::from_micros(250);
/// The most calls under way; beyond, calls wait for their turn, and their time counts.
const UNDER_WAY_MAX: usize = 16_384;
/// How many notebooks the answers are written to, so that they seldom wait for each other.
const NOTEBOOKS: usize = 16;

/// What was to be sent within the measured time, and what was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Offered {
    /// Calls a second that were meant to be sent.
    pub wanted: f64,
    /// Calls a second that were sent: less where the generator itself could not keep up.
    pub sent: f64,
}

/// Sends `per_second` calls a second for the window. Noted are the calls that were meant for the measured time, however
/// late they were answered: with their time from when they were meant to be sent; refusals from when they were really
/// sent. `call` is told its number.
pub async fn open<F, C>(per_second: f64, window: Window, call: F) -> Result<(Found, Offered), Error>
where
    F: Fn(usize) -> C + Clone + Send + 'static,
    C: Future<Output = Option<Answer>> + Send + 'static,
{
    let begun = Instant::now();
    let from = begun + window.warm_up;
    let pace = Pace { per_second, begun, until: from + window.measure };
    let notes = Arc::new(Notes { from, until: pace.until, in_time: AtomicU64::new(0), books: Default::default() });
    let (under_way, calls) = (Arc::new(Semaphore::new(UNDER_WAY_MAX)), TaskTracker::new());
    let stop = StopOnDrop(Arc::new(AtomicBool::new(false)));
    let pacer = {
        let (runtime, calls, notes) = (Handle::current(), calls.clone(), Arc::clone(&notes));
        let send = move |number: usize, meant: Instant, place: OwnedSemaphorePermit| {
            let (call, notes) = (call.clone(), Arc::clone(&notes));
            let sent = async move {
                let sent = Instant::now();
                let answer = call(number).await;
                notes.note(number, answer, meant, sent);
                drop(place);
            };
            calls.spawn_on(sent, &runtime);
        };
        let stopped = Arc::clone(&stop.0);
        spawn_blocking(move || pace.run(&under_way, &stopped, send))
    };
    let sent = pacer.await?;
    calls.close();
    let ended = timeout(CALLS_END_MAX, calls.wait()).await;
    let mut samples = notes.collect();
    if ended.is_err() {
        samples.failed += calls.len() as u64;
        samples.said = Some("a call was not answered at all".to_owned());
    }
    let offered = Offered { wanted: per_second, sent: pace.sent_within(sent, window) };
    Ok((Found { samples, in_time: notes.in_time.load(Ordering::Relaxed), lasted: window.measure }, offered))
}

/// When which call is to be sent.
#[derive(Debug, Clone, Copy)]
struct Pace {
    per_second: f64,
    begun: Instant,
    until: Instant,
}

impl Pace {
    /// Sends each call when it is due, on a thread of its own: the runtime's timers are too coarse for it. Answers how
    /// many it sent.
    fn run(
        &self,
        under_way: &Arc<Semaphore>,
        stopped: &AtomicBool,
        call: impl Fn(usize, Instant, OwnedSemaphorePermit),
    ) -> usize {
        let mut sent = 0;
        loop {
            let now = Instant::now();
            while self.meant(sent) <= now.min(self.until) {
                let Ok(place) = Arc::clone(under_way).try_acquire_owned() else { break };
                call(sent, self.meant(sent), place);
                sent += 1;
            }
            if now >= self.until || stopped.load(Ordering::Relaxed) {
                return sent;
            }
            #[expect(clippy::disallowed_methods, reason = "a thread of its own: no task of the runtime waits for it")]
            std::thread::sleep(TICK);
        }
    }

    /// When the call with this number is to be sent.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 calls")]
    fn meant(&self, number: usize) -> Instant {
        self.begun + Duration::from_secs_f64(number as f64 / self.per_second)
    }

    /// Of `sent` calls, those a second that were meant for the measured time.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 calls")]
    fn sent_within(&self, sent: usize, window: Window) -> f64 {
        let before = self.per_second * window.warm_up.as_secs_f64();
        (sent as f64 - before).max(0.0) / window.measure.as_secs_f64()
    }
}

/// What the calls found.
struct Notes {
    from: Instant,
    until: Instant,
    /// Good answers that came within the measured time.
    in_time: AtomicU64,
    books: [Mutex<Samples>; NOTEBOOKS],
}

impl Notes {
    fn note(&self, number: usize, answer: Option<Answer>, meant: Instant, sent: Instant) {
        let now = Instant::now();
        let Some(answer) = answer else { return };
        let within = |at| self.from <= at && at < self.until;
        if matches!(answer, Answer::Good) && within(now) {
            self.in_time.fetch_add(1, Ordering::Relaxed);
        }
        if !within(meant) {
            return;
        }
        let since = if matches!(answer, Answer::Refused { .. }) { sent } else { meant };
        let mut book = self.books[number % NOTEBOOKS].lock().unwrap_or_else(PoisonError::into_inner);
        book.note(answer, now - since);
    }

    fn collect(&self) -> Samples {
        let mut all = Samples::default();
        for book in &self.books {
            all.add(std::mem::take(&mut *book.lock().unwrap_or_else(PoisonError::into_inner)));
        }
        all
    }
}

/// Ends the pacer when the measurement is given up.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(from: Instant, until: Instant) -> Notes {
        Notes { from, until, in_time: AtomicU64::new(0), books: Default::default() }
    }

    #[test]
    fn a_call_that_could_not_be_sent_counts_from_when_it_was_meant() {
        let meant = Instant::now().checked_sub(Duration::from_secs(5)).unwrap();
        let notes = notes(meant, meant + Duration::from_secs(60));
        notes.note(0, Some(Answer::Good), meant, Instant::now());
        notes.note(1, Some(Answer::Refused { told_when: true }), meant, Instant::now());
        let found = notes.collect();
        assert!(found.good[0] >= 5_000_000, "{found:?}");
        assert!(found.refused[0] < 5_000_000, "{found:?}");
        assert_eq!(notes.in_time.into_inner(), 1);
    }

    #[test]
    fn an_answer_after_the_end_has_a_latency_but_is_not_in_time() {
        let meant = Instant::now().checked_sub(Duration::from_secs(5)).unwrap();
        let notes = notes(meant, meant + Duration::from_secs(1));
        notes.note(0, Some(Answer::Good), meant, meant);
        assert_eq!(notes.collect().good.len(), 1);
        assert_eq!(notes.in_time.into_inner(), 0);
    }

    #[test]
    fn what_was_sent_is_told_from_what_was_wanted() {
        let begun = Instant::now();
        let window = Window { warm_up: Duration::from_secs(1), measure: Duration::from_secs(2) };
        let pace = Pace { per_second: 100.0, begun, until: begun + Duration::from_secs(3) };
        assert!((pace.sent_within(300, window) - 100.0).abs() < 1e-9);
        assert!((pace.sent_within(200, window) - 50.0).abs() < 1e-9);
        assert!((pace.sent_within(50, window) - 0.0).abs() < 1e-9);
    }

    #[tokio::test]
    async fn every_call_is_sent_once_and_in_order_of_its_number() {
        let window = Window { warm_up: Duration::ZERO, measure: Duration::from_millis(100) };
        let seen = Arc::new(Mutex::new(Vec::new()));
        let call = {
            let seen = Arc::clone(&seen);
            move |number| {
                let seen = Arc::clone(&seen);
                async move {
                    seen.lock().unwrap().push(number);
                    Some(Answer::Good)
                }
            }
        };
        let (_, offered) = open(1_000.0, window, call).await.unwrap();
        let mut numbers = seen.lock().unwrap().clone();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..numbers.len()).collect::<Vec<_>>());
        assert!(offered.sent <= offered.wanted * 1.1, "{offered:?}");
    }
}
