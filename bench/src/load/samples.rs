//! What a load found: how long each call took, by how it ended.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::Answer;
use crate::error::Error;

/// Significant digits of a latency.
const DIGITS: u8 = 3;

/// Latencies in microseconds, as they came.
#[derive(Debug, Default)]
pub struct Samples {
    /// Of calls that did what they were sent for.
    pub good: Vec<u32>,
    /// Of calls for a seat that was taken.
    pub taken: Vec<u32>,
    /// Of calls that were turned away.
    pub refused: Vec<u32>,
    /// How many of those were not told when to come back.
    pub not_told_when: u64,
    /// How many failed.
    pub failed: u64,
    /// What one of them said.
    pub said: Option<String>,
}

/// The samples of one measurement.
#[derive(Debug)]
pub struct Found {
    /// All of them.
    pub samples: Samples,
    /// How many good answers came within that time.
    pub in_time: u64,
    /// The time that they were taken in.
    pub lasted: Duration,
}

impl Samples {
    /// Notes how a call ended, and after how long.
    pub fn note(&mut self, answer: Answer, took: Duration) {
        let micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        match answer {
            Answer::Good => self.good.push(micros),
            Answer::Taken => self.taken.push(micros),
            Answer::Refused { told_when } => {
                self.refused.push(micros);
                self.not_told_when += u64::from(!told_when);
            }
            Answer::Failed(said) => {
                self.failed += 1;
                self.said = Some(said);
            }
        }
    }

    /// An error that says what went wrong, where anything did.
    pub fn all_good(self, what: &'static str) -> Result<(), Error> {
        let failed = self.failed + self.taken.len() as u64 + self.refused.len() as u64;
        let said = self.said.unwrap_or_else(|| "seats were taken, or calls turned away".to_owned());
        if failed == 0 { Ok(()) } else { Err(Error::Calls { what, failed, said }) }
    }

    /// Takes in those of another caller.
    pub fn add(&mut self, other: Self) {
        self.good.extend(other.good);
        self.taken.extend(other.taken);
        self.refused.extend(other.refused);
        self.not_told_when += other.not_told_when;
        self.failed += other.failed;
        self.said = other.said.or_else(|| self.said.take());
    }
}

/// A histogram of latencies in microseconds. Nothing is left out: it grows to the longest.
pub fn histogram(micros: &[u32]) -> Histogram<u64> {
    #[expect(clippy::expect_used, reason = "a constant, within the bounds of 0 to 5")]
    let mut histogram = Histogram::new(DIGITS).expect("the number of digits is good");
    for &micros in micros {
        // It grows to what it is given: it can't be refused.
        let _ = histogram.record(micros.into());
    }
    histogram
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_end_is_counted_apart() {
        let mut samples = Samples::default();
        samples.note(Answer::Good, Duration::from_micros(7));
        samples.note(Answer::Taken, Duration::from_micros(8));
        samples.note(Answer::Refused { told_when: false }, Duration::from_micros(9));
        let mut all = Samples::default();
        all.note(Answer::Failed("why".to_owned()), Duration::ZERO);
        all.add(samples);
        assert_eq!((all.good, all.taken, all.refused, all.not_told_when), (vec![7], vec![8], vec![9], 1));
        assert_eq!((all.failed, all.said.as_deref()), (1, Some("why")));
    }

    #[test]
    fn the_longest_call_is_in_the_histogram() {
        let histogram = histogram(&[1, 2, 600_000_000]);
        assert!(histogram.max() >= 600_000_000 - 600_000, "{}", histogram.max());
        assert_eq!(histogram.len(), 3);
    }
}
