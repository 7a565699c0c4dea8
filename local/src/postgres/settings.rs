//! PostgreSQL's settings. They are given on the command line at each start, so that a newer `local` needs no migration
//! of configuration files; only `synchronous_standby_names` changes while the server runs, and is not among them.

use std::net::SocketAddr;

/// How a server is to be run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tuning {
    /// The most connections; the same on both servers, as a replica must not have fewer than its primary.
    pub(crate) connections_max: u16,
    /// Gives safety against a crash of the machine away for speed: for tests, whose data nobody misses.
    pub(crate) fast: bool,
}

impl Tuning {
    /// The arguments of `postgres` for both servers.
    pub(super) fn arguments(self, name: &str, addr: SocketAddr) -> Vec<String> {
        let mut settings: Vec<(&str, String)> = vec![
            ("listen_addresses", addr.ip().to_string()),
            ("port", addr.port().to_string()),
            // Others on the machine can't be told apart over a socket file in a shared folder; the password can.
            ("unix_socket_directories", String::new()),
            ("cluster_name", format!("usher-{name}")),
            ("max_connections", self.connections_max.to_string()),
            ("shared_buffers", if self.fast { "128MB" } else { "256MB" }.into()),
            ("wal_level", "replica".into()),
            ("max_wal_senders", "6".into()),
            ("max_replication_slots", "4".into()),
            // A replica that is away longer than this is rebuilt; the primary's disk doesn't fill for it.
            ("max_slot_wal_keep_size", "1GB".into()),
            ("max_wal_size", "2GB".into()),
            ("checkpoint_timeout", "15min".into()),
            // A replica that hangs stops sales until it is dropped.
            ("wal_sender_timeout", "5s".into()),
            ("wal_receiver_timeout", "5s".into()),
            ("wal_receiver_status_interval", "1s".into()),
            ("wal_retrieve_retry_interval", "500ms".into()),
            ("hot_standby", "on".into()),
            // Commits wait until the replica has applied them: its readers must not hold it up.
            ("hot_standby_feedback", "on".into()),
            ("max_standby_streaming_delay", "1s".into()),
            ("random_page_cost", "1.1".into()),
            // Short queries lose more by being compiled than they win.
            ("jit", "off".into()),
            ("timezone", "UTC".into()),
            ("log_timezone", "UTC".into()),
            // The services know some errors by their English text.
            ("lc_messages", "C".into()),
            ("log_line_prefix", "%m [%p] %a: ".into()),
            ("log_min_duration_statement", "1s".into()),
        ];
        if self.fast {
            settings.extend([("fsync", "off".to_owned()), ("full_page_writes", "off".to_owned())]);
        }
        settings.into_iter().flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={value}")]).collect()
    }
}
