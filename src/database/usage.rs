//! How a pool is used, as OpenTelemetry names it: how long for a connection is waited, how many are in use, and of how many.

use std::time::Instant;

use bb8::RunError;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

/// What is counted of a pool. Pools of the same name are counted together. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Usage {
    waited: Histogram,
    used: Gauge,
    timeouts: Counter,
}

/// A connection in use, until this is dropped.
pub(super) struct Using(Gauge);

impl Usage {
    /// A pool named `pool` of at most `size` connections.
    pub(super) fn of(pool: &'static str, size: u32) -> Self {
        gauge!("db_client_connection_max", "db_client_connection_pool_name" => pool).increment(f64::from(size));
        let timeouts = counter!("db_client_connection_timeouts_total", "db_client_connection_pool_name" => pool);
        timeouts.increment(0);
        Self {
            waited: histogram!("db_client_connection_wait_time_seconds", "db_client_connection_pool_name" => pool),
            used: gauge!(
                "db_client_connection_count",
                "db_client_connection_pool_name" => pool,
                "db_client_connection_state" => "used"
            ),
            timeouts,
        }
    }

    /// Waits for a connection and notes how long that took.
    pub(super) async fn waiting<T, E>(
        &self,
        getting: impl Future<Output = Result<T, RunError<E>>>,
    ) -> Result<T, RunError<E>> {
        let began = Instant::now();
        let got = getting.await;
        self.waited.record(began.elapsed());
        if matches!(got, Err(RunError::TimedOut)) {
            self.timeouts.increment(1);
        }
        got
    }

    /// Notes that a connection is in use.
    pub(super) fn begin(&self) -> Using {
        self.used.increment(1.0);
        Using(self.used.clone())
    }
}

impl Drop for Using {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
