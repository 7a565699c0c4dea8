//! What every connection is set to, and when: once, as it is made, or anew in each transaction where a pooler hands the
//! server's sessions around.

use std::time::Duration;

use clap::ValueEnum;

/// What stands between a service and PostgreSQL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Pooler {
    /// Nothing, or what keeps a session for a connection: settings and prepared statements last as long as it.
    #[default]
    None,
    /// A pooler that lends a session for one transaction, as `PgBouncer` with `pool_mode = transaction`.
    Transaction,
}

/// What PostgreSQL may plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plans {
    /// Whatever it likes.
    Free,
    /// Look-ups: it reads no whole table.
    ByKeys,
    /// Look-ups, and each statement once.
    ByKeysOnce,
}

/// What every connection of a pool is set to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    pub(super) pool_size: u32,
    pub(super) wait_max: Duration,
    pub(super) statement_ms_max: u64,
    pub(super) read_only: bool,
    pub(super) plans: Plans,
    pub(super) pooler: Pooler,
}

impl Session {
    /// Sets up a connection. Nothing where its session is another one in the next transaction.
    pub(super) fn once(&self) -> Option<String> {
        (self.pooler == Pooler::None).then(|| {
            let read_only = ("default_transaction_read_only", on(self.read_only));
            // The services know some errors by their English text. Only who is granted it may set it; k8s/data sets it for
            // the server.
            let english =
                "SELECT set_config('lc_messages', 'C', false) WHERE has_parameter_privilege('lc_messages', 'SET')";
            format!("{english}; {}", self.statements("SET", read_only))
        })
    }

    /// Sets up a transaction that has begun, where nothing else does.
    pub(super) fn each_time(&self) -> Option<String> {
        (self.pooler == Pooler::Transaction).then(|| {
            // The names of prepared statements are each process's own count. Whoever had the session before may have left
            // one that this process is about to use.
            format!("DEALLOCATE ALL; {}", self.statements("SET LOCAL", ("transaction_read_only", on(self.read_only))))
        })
    }

    fn statements(&self, set: &str, read_only: (&'static str, String)) -> String {
        let (statement, idle) = (self.statement_ms_max, self.statement_ms_max.saturating_mul(2));
        // Shorter, so that who waited for a lock is told so, and not that its statement was slow.
        let lock = (statement / 4 * 3).max(1);
        let settings = [
            // A client that is gone must not hold its locks until its statement ends.
            ("client_connection_check_interval", "'200ms'".to_owned()),
            ("statement_timeout", statement.to_string()),
            ("lock_timeout", lock.to_string()),
            ("idle_in_transaction_session_timeout", idle.to_string()),
            ("timezone", "'UTC'".to_owned()),
            ("enable_seqscan", on(self.plans == Plans::Free)),
            ("plan_cache_mode", if self.plans == Plans::ByKeysOnce { "force_generic_plan" } else { "auto" }.to_owned()),
            ("synchronous_commit", "remote_apply".to_owned()),
            read_only,
        ];
        settings.map(|(name, value)| format!("{set} {name} = {value}")).join("; ")
    }
}

fn on(yes: bool) -> String {
    if yes { "on" } else { "off" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(pooler: Pooler) -> Session {
        let wait_max = Duration::from_secs(1);
        Session { pool_size: 1, wait_max, statement_ms_max: 700, read_only: true, plans: Plans::ByKeysOnce, pooler }
    }

    #[test]
    fn a_session_of_ones_own_is_set_up_once_and_a_borrowed_one_each_time() {
        let own = session(Pooler::None);
        assert_eq!(own.each_time(), None);
        assert!(own.once().unwrap().contains("; SET statement_timeout = 700; "));
        let borrowed = session(Pooler::Transaction);
        assert_eq!(borrowed.once(), None, "it would be somebody else's by then");
        let each_time = borrowed.each_time().unwrap();
        assert!(each_time.split("; ").skip(1).all(|one| one.starts_with("SET LOCAL ")), "{each_time}");
        assert!(each_time.contains("SET LOCAL synchronous_commit = remote_apply"), "{each_time}");
    }
}
