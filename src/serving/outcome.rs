//! One line per call that was not served well. Of those that are turned away there may be ten thousands a second, and
//! that is no time to write ten thousands of lines: one a second says how many there were.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::time::Instant;
use tonic::{Code, Status, body::Body, codegen::http::Response};

use super::calls::code;

/// What became of a server's calls.
#[derive(Debug)]
pub(super) struct Outcomes {
    began: Instant,
    /// The second, counted from `began` on and from 1, in which the last line was written.
    told: AtomicU64,
    /// How many were not told of since.
    untold: AtomicU64,
}

impl Outcomes {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), told: AtomicU64::new(0), untold: AtomicU64::new(0) }
    }

    /// Logs what became of a call.
    pub(super) fn note(&self, path: &str, response: &Response<Body>, took: Duration) {
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match code(response.headers()) {
            Code::Ok => tracing::debug!(path, took_ms, "answered"),
            code @ (Code::Internal | Code::Unknown | Code::DataLoss) => {
                tracing::error!(path, took_ms, ?code, message = message(response), "failed");
            }
            code @ (Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted) => {
                if let Some(others) = self.turn_to_tell(self.began.elapsed().as_secs()) {
                    tracing::warn!(path, took_ms, ?code, message = message(response), others, "not served");
                }
            }
            code => tracing::debug!(path, took_ms, ?code, message = message(response), "refused"),
        }
    }

    /// How many calls were not served since the last line, apart from this one; `None` where the second has its line.
    fn turn_to_tell(&self, seconds: u64) -> Option<u64> {
        let second = seconds + 1;
        if self.told.fetch_max(second, Ordering::Relaxed) >= second {
            self.untold.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(self.untold.swap(0, Ordering::Relaxed))
    }
}

/// What an error says.
fn message(response: &Response<Body>) -> String {
    Status::from_header_map(response.headers()).map(|status| status.message().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_second_says_how_many_there_were() {
        let outcomes = Outcomes::new();
        let told: Vec<_> = [0, 0, 0, 1, 1, 6, 5].into_iter().map(|second| outcomes.turn_to_tell(second)).collect();
        assert_eq!(told, [Some(0), None, None, Some(2), None, Some(1), None]);
    }
}
