//! The rows of the report: what is measured, and what one measurement of a row found.

use hdrhistogram::Histogram;

use crate::{
    cores::Cores,
    gateways::{Idle, Way, What},
    load::{Found, Offered, histogram},
};

/// One row: something that is measured in each round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    /// pgbench's textbook transaction, with so many clients.
    Textbook(u16),
    /// pgbench's one statement.
    OneStatement(u16),
    /// An empty call from so many callers.
    Echo(u16),
    /// The bare statements of the hot path, so many seats a batch.
    Batch(u16),
    /// Reserve on seats of all events, from so many callers.
    Reserve(u16),
    /// The same, each call with a token that booking-svc has not seen before.
    FirstCalls(u16),
    /// The same of a booking-svc that was just started, and tells a collector nothing.
    Untold(u16),
    /// The same where it tells of a share of its calls.
    Sampled(u16),
    /// The same where it tells of all.
    Recorded(u16),
    /// All callers on one event, until it is sold out.
    Hot(u16),
    /// Nine of ten wishes on a few seats.
    Contended(u16),
    /// Reserve at a constant rate, below the peak.
    Steady,
    /// Reserve as the edge calls it, from so many callers.
    Channelled(u16),
    /// Reserve as the edge calls it, at twice the peak.
    Overload,
    /// Reserve at twice the peak, from callers who know no bound.
    OverloadUnbounded,
    /// Book, as the provider's own answer decides it.
    Book(u16),
    /// Book, with the provider's callbacks coming as well.
    BookCalledBack(u16),
    /// A view of an event of 3,000 seats.
    View(u16),
    /// The same bytes from a server that does nothing else.
    SameBytes(u16),
    /// A search that others asked for before.
    Search(u16),
    /// The same answer, from Redis.
    RedisGet(u16),
    /// A search among very many events, which nobody asked for before, in PostgreSQL.
    ColdSql,
    /// The same in search-svc's index.
    ColdIndex,
    /// A change, as so many watchers see it.
    Watched(u16),
    /// The same through the edge, as server-sent events.
    WatchedSse(u16),
    /// A call that goes some way, beside the same call that goes another, from so many callers.
    Passed(What, Way, u16),
    /// What an edge holds open that does nothing, and how much of it.
    Idle(Idle, u16),
    /// pgbench's textbook transaction while commits wait for the replica to apply them.
    TextbookReplicated(u16),
    /// Reserve, likewise.
    ReserveReplicated(u16),
}

impl Row {
    /// Its name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Textbook(_) => "pgbench, textbook transaction",
            Self::OneStatement(_) => "pgbench, one statement",
            Self::Echo(_) => "empty call (health check)",
            Self::Batch(_) => "bare batches, 2 workers",
            Self::Reserve(_) => "Reserve",
            Self::FirstCalls(_) => "Reserve, every token new",
            Self::Untold(_) => "Reserve, telemetry off",
            Self::Sampled(_) => "Reserve, telemetry on, 0.01 of the traces recorded",
            Self::Recorded(_) => "Reserve, telemetry on, all traces recorded",
            Self::Hot(_) => "Reserve, one hot event until sold out",
            Self::Contended(_) => "Reserve, 90 % of the wishes on 50 seats",
            Self::Steady => "Reserve, constant rate, 0.7 × peak",
            Self::Channelled(_) => "Reserve, called as the edge calls",
            Self::Overload => "Reserve, called as the edge calls, constant rate, 2 × peak",
            Self::OverloadUnbounded => "Reserve, constant rate, 2 × peak, all of it sent",
            Self::Book(_) => "Book, callbacks off",
            Self::BookCalledBack(_) => "Book, with callbacks",
            Self::View(_) => "GetEvent, 3,000 seats",
            Self::SameBytes(_) => "bare server, the same bytes",
            Self::Search(_) => "Search, kept",
            Self::RedisGet(_) => "Redis GET, the same answer",
            Self::ColdSql => "Search, cold, with sql",
            Self::ColdIndex => "Search, cold, with index",
            Self::Watched(_) => "WatchSeats, from a reserve to all who watch",
            Self::WatchedSse(_) => "WatchSeats over SSE through the edge, likewise",
            Self::Passed(what, way, _) => what.title(way),
            Self::Idle(idle, _) => idle.title(),
            Self::TextbookReplicated(_) => "pgbench, textbook transaction, remote_apply",
            Self::ReserveReplicated(_) => "Reserve, remote_apply",
        }
    }

    /// Its name for programs.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Textbook(_) => "pgbench_textbook",
            Self::OneStatement(_) => "pgbench_one_statement",
            Self::Echo(_) => "echo",
            Self::Batch(_) => "bare_batch",
            Self::Reserve(_) => "reserve",
            Self::FirstCalls(_) => "reserve_new_tokens",
            Self::Untold(_) => "reserve_untold",
            Self::Sampled(_) => "reserve_sampled",
            Self::Recorded(_) => "reserve_recorded",
            Self::Hot(_) => "reserve_hot_event",
            Self::Contended(_) => "reserve_contended",
            Self::Steady => "reserve_steady",
            Self::Channelled(_) => "reserve_channelled",
            Self::Overload => "reserve_overload",
            Self::OverloadUnbounded => "reserve_overload_unbounded",
            Self::Book(_) => "book",
            Self::BookCalledBack(_) => "book_called_back",
            Self::View(_) => "view",
            Self::SameBytes(_) => "view_same_bytes",
            Self::Search(_) => "search",
            Self::RedisGet(_) => "redis_get",
            Self::ColdSql => "search_cold_sql",
            Self::ColdIndex => "search_cold_index",
            Self::Watched(_) => "watched",
            Self::WatchedSse(_) => "watched_sse",
            Self::Passed(what, way, _) => what.key(way),
            Self::Idle(idle, _) => idle.key(),
            Self::TextbookReplicated(_) => "pgbench_textbook_remote_apply",
            Self::ReserveReplicated(_) => "reserve_remote_apply",
        }
    }

    /// How many callers, clients or seats of a batch it has; `None` for an open loop.
    pub const fn count(self) -> Option<u16> {
        match self {
            Self::Textbook(count)
            | Self::OneStatement(count)
            | Self::Echo(count)
            | Self::Batch(count)
            | Self::Reserve(count)
            | Self::FirstCalls(count)
            | Self::Untold(count)
            | Self::Sampled(count)
            | Self::Recorded(count)
            | Self::Channelled(count)
            | Self::Hot(count)
            | Self::Contended(count)
            | Self::Book(count)
            | Self::BookCalledBack(count)
            | Self::View(count)
            | Self::SameBytes(count)
            | Self::Search(count)
            | Self::RedisGet(count)
            | Self::Watched(count)
            | Self::WatchedSse(count)
            | Self::Passed(_, _, count)
            | Self::Idle(_, count)
            | Self::TextbookReplicated(count)
            | Self::ReserveReplicated(count) => Some(count),
            Self::ColdSql | Self::ColdIndex => Some(1),
            Self::Steady | Self::Overload | Self::OverloadUnbounded => None,
        }
    }
}

/// Answers of another kind than the wanted one.
#[derive(Debug)]
pub struct Aside {
    /// How many a second.
    pub per_second: f64,
    /// How long each took, in microseconds.
    pub micros: Histogram<u64>,
}

/// How much memory an edge had, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct EdgeBytes {
    /// When nobody had called yet.
    pub before: u64,
    /// With everything open.
    pub with: u64,
    /// At most, meanwhile.
    pub peak: u64,
}

/// What one measurement found.
#[derive(Debug)]
pub struct Measured {
    /// What was wanted, a second: seats held, bookings, calls, transactions.
    pub per_second: f64,
    /// How long each call took, in microseconds.
    pub micros: Histogram<u64>,
    /// Answers `SEAT_TAKEN`.
    pub taken: Aside,
    /// Answers UNAVAILABLE.
    pub refused: Aside,
    /// How many of those did not say when to come back.
    pub not_told_when: u64,
    /// How many calls failed in another way, and what one of them said.
    pub failed: (u64, Option<String>),
    /// Who worked how much meanwhile.
    pub cores: Cores,
    /// The rate of an open loop.
    pub offered: Option<Offered>,
    /// The most memory that booking-svc had meanwhile, where it was looked at.
    pub memory_bytes: Option<u64>,
    /// The memory of the edge, where it was looked at.
    pub edge_bytes: Option<EdgeBytes>,
    /// The provider's callbacks that came and were acted on, a second, where they were on.
    pub callbacks_per_second: Option<f64>,
}

impl Measured {
    /// What `found` says, where each call is for so many seats.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 calls")]
    pub fn new(found: Found, seats: u16, cores: Cores) -> Self {
        let Found { samples, in_time, lasted } = found;
        let seconds = lasted.as_secs_f64().max(f64::MIN_POSITIVE);
        let aside = |micros: &[u32]| Aside { per_second: micros.len() as f64 / seconds, micros: histogram(micros) };
        Self {
            per_second: in_time as f64 * f64::from(seats) / seconds,
            micros: histogram(&samples.good),
            taken: aside(&samples.taken),
            refused: aside(&samples.refused),
            not_told_when: samples.not_told_when,
            failed: (samples.failed, samples.said),
            cores,
            offered: None,
            memory_bytes: None,
            edge_bytes: None,
            callbacks_per_second: None,
        }
    }

    /// A quantile of its latencies, in milliseconds.
    pub fn ms(&self, quantile: f64) -> f64 {
        ms(&self.micros, quantile)
    }
}

/// A quantile of latencies in microseconds, in milliseconds.
#[expect(clippy::cast_precision_loss, reason = "microseconds of a few minutes")]
pub fn ms(micros: &Histogram<u64>, quantile: f64) -> f64 {
    micros.value_at_quantile(quantile) as f64 / 1_000.0
}
