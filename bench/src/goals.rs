//! The goals, each as a ratio or figure of one round, and whether the rounds meet it. Only figures of the same round
//! are compared.

mod edge;

pub use edge::EDGE;

use crate::{
    cores::Part,
    rounds::{CLIENTS, Round, WATCHERS, batch},
    row::{Measured, Row},
};

/// What a figure must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wanted {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
    /// Less than this.
    Below(f64),
}

impl Wanted {
    /// Whether `figure` is what is wanted.
    pub fn met(self, figure: f64) -> bool {
        match self {
            Self::AtLeast(bound) => figure >= bound,
            Self::AtMost(bound) => figure <= bound,
            Self::Below(bound) => figure < bound,
        }
    }
}

/// The figures of all rounds, in short.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The middle one; of an even number, the mean of the two in the middle.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
}

impl Spread {
    /// The spread of `figures`; `None` where there is none.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        Some(Self { median: f64::midpoint(low, high), min, max })
    }
}

/// One goal.
pub struct Goal {
    /// What is compared, for people.
    pub what: &'static str,
    /// What it must be; `None` where it is only told.
    pub wanted: Option<Wanted>,
    /// Its figure in one round; `None` where a row is missing.
    figure: fn(&Round) -> Option<f64>,
}

impl Goal {
    /// Its figures over all rounds.
    pub fn spread(&self, rounds: &[Round]) -> Option<Spread> {
        Spread::of(rounds.iter().filter_map(self.figure))
    }
}

const fn goal(what: &'static str, wanted: Wanted, figure: fn(&Round) -> Option<f64>) -> Goal {
    Goal { what, wanted: Some(wanted), figure }
}

const fn told(what: &'static str, figure: fn(&Round) -> Option<f64>) -> Goal {
    Goal { what, wanted: None, figure }
}

/// All goals, and what helps to read them.
pub static GOALS: [Goal; 30] = [
    goal("Reserve, 256 callers ÷ pgbench textbook, 32 clients", Wanted::AtLeast(4.0), |round| {
        ratio(round, Row::Reserve(256), Row::Textbook(CLIENTS))
    }),
    told("Reserve, 256 callers ÷ pgbench one statement, 32 clients", |round| {
        ratio(round, Row::Reserve(256), Row::OneStatement(CLIENTS))
    }),
    goal("Reserve, 1,024 callers ÷ the limit", Wanted::AtLeast(0.85), |round| of_limit(round, 1_024)),
    told("Reserve, 256 callers ÷ the limit", |round| of_limit(round, 256)),
    goal("p99 of Reserve, 1,024 callers ÷ p99 of a bare batch of 512", Wanted::Below(3.0), |round| {
        Some(round.get(&Row::Reserve(1_024))?.ms(0.99) / round.get(&Row::Batch(batch(1_024)))?.ms(0.99))
    }),
    told("p99 of Reserve, 256 callers ÷ p99 of a bare batch of 128", |round| {
        Some(round.get(&Row::Reserve(256))?.ms(0.99) / round.get(&Row::Batch(batch(256)))?.ms(0.99))
    }),
    goal("p50 of Reserve, 1 caller ÷ p50 of pgbench textbook, 1 client", Wanted::AtMost(1.5), |round| {
        Some(round.get(&Row::Reserve(1))?.ms(0.5) / round.get(&Row::Textbook(1))?.ms(0.5))
    }),
    goal("one hot event ÷ spread, 256 callers", Wanted::AtLeast(0.8), |round| {
        ratio(round, Row::Hot(256), Row::Reserve(256))
    }),
    goal("one hot event ÷ spread, 1,024 callers", Wanted::AtLeast(0.8), |round| {
        ratio(round, Row::Hot(1_024), Row::Reserve(1_024))
    }),
    goal("Book a second, less the sandbox's share of the processors", Wanted::AtLeast(3_000.0), |round| {
        Some(without_sandbox(round.get(&Row::Book(256))?))
    }),
    told("the same with callbacks", |round| Some(without_sandbox(round.get(&Row::BookCalledBack(256))?))),
    goal("memory of booking-svc at 1,024 callers, MB", Wanted::Below(60.0), |round| {
        megabytes(round.get(&Row::Reserve(1_024))?)
    }),
    goal("goodput at 2 × peak ÷ peak, called as the edge calls", Wanted::AtLeast(0.9), |round| {
        Some(round.get(&Row::Overload)?.per_second / edges_peak(round)?)
    }),
    told("the same, a core of booking-svc and PostgreSQL", |round| {
        Some(a_core(round.get(&Row::Overload)?)? / a_core(round.get(&Row::Channelled(1_024))?)?)
    }),
    told("the same where callers send all of it", |round| {
        Some(round.get(&Row::OverloadUnbounded)?.per_second / peak(round))
    }),
    goal("refusals at 2 × peak without RetryInfo", Wanted::AtMost(0.0), |round| {
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 calls")]
        let mute = |row| round.get(&row).map(|overload| overload.not_told_when as f64);
        Some(mute(Row::Overload)? + mute(Row::OverloadUnbounded)?)
    }),
    goal("view of 3,000 seats ÷ a bare server's same bytes, 1 caller", Wanted::AtLeast(0.5), |round| {
        ratio(round, Row::View(1), Row::SameBytes(1))
    }),
    goal("the same, 32 callers", Wanted::AtLeast(0.5), |round| ratio(round, Row::View(32), Row::SameBytes(32))),
    goal("the same, 256 callers", Wanted::AtLeast(0.5), |round| ratio(round, Row::View(256), Row::SameBytes(256))),
    goal("a kept search ÷ an empty call, 256 callers", Wanted::AtLeast(0.5), |round| {
        ratio(round, Row::Search(256), Row::Echo(256))
    }),
    goal("p50 of a kept search ÷ p50 of a Redis GET, 1 caller", Wanted::AtMost(1.5), |round| {
        Some(round.get(&Row::Search(1))?.ms(0.5) / round.get(&Row::RedisGet(1))?.ms(0.5))
    }),
    goal("p99 of a cold search among a million events with sql, ms", Wanted::AtMost(10.0), |round| {
        Some(round.get(&Row::ColdSql)?.ms(0.99))
    }),
    told("p50 of it, ms", |round| Some(round.get(&Row::ColdSql)?.ms(0.5))),
    goal("p99 of a cold search among a million events with index, ms", Wanted::AtMost(1.0), |round| {
        Some(round.get(&Row::ColdIndex)?.ms(0.99))
    }),
    told("p50 of it, ms", |round| Some(round.get(&Row::ColdIndex)?.ms(0.5))),
    goal("p99 from a reserve to 5,000 who watch, ms", Wanted::Below(250.0), |round| {
        Some(round.get(&Row::Watched(WATCHERS))?.ms(0.99))
    }),
    goal("the same over SSE through the edge, ms", Wanted::Below(250.0), |round| {
        Some(round.get(&Row::WatchedSse(WATCHERS))?.ms(0.99))
    }),
    told("every token new ÷ tokens seen before, 256 callers", |round| {
        ratio(round, Row::FirstCalls(256), Row::Reserve(256))
    }),
    goal("telemetry on, 0.01 of the traces recorded ÷ telemetry off, 256 callers", Wanted::AtLeast(0.95), |round| {
        ratio(round, Row::Sampled(256), Row::Untold(256))
    }),
    told("the same with all traces recorded", |round| ratio(round, Row::Recorded(256), Row::Untold(256))),
];

/// What a round with the replica tells.
pub static REPLICATED: [Goal; 1] =
    [told("remote_apply: Reserve, 256 callers ÷ pgbench textbook, 32 clients", |round| {
        ratio(round, Row::ReserveReplicated(256), Row::TextbookReplicated(CLIENTS))
    })];

/// What so many callers could reserve a second if the machine did nothing but an empty call and a share of a bare batch
/// for each: both take the same processors, so that their times add up.
pub fn limit(round: &Round, callers: u16) -> Option<f64> {
    let (echo, batch) = (round.get(&Row::Echo(callers))?, round.get(&Row::Batch(batch(callers)))?);
    Some(1.0 / (1.0 / echo.per_second + 1.0 / batch.per_second))
}

fn of_limit(round: &Round, callers: u16) -> Option<f64> {
    Some(round.get(&Row::Reserve(callers))?.per_second / limit(round, callers)?)
}

fn ratio(round: &Round, above: Row, below: Row) -> Option<f64> {
    Some(round.get(&above)?.per_second / round.get(&below)?.per_second)
}

/// The most that any number of callers reserved a second in this round.
pub fn peak(round: &Round) -> f64 {
    let reserves = round.iter().filter(|(row, _)| matches!(row, Row::Reserve(_)));
    reserves.map(|(_, measured)| measured.per_second).fold(0.0, f64::max)
}

/// What so many reserved a second who call as the edge calls.
pub fn edges_peak(round: &Round) -> Option<f64> {
    Some(round.get(&Row::Channelled(1_024))?.per_second)
}

/// What the rate would be if the provider's work were done elsewhere, and the processors stayed as busy.
fn without_sandbox(measured: &Measured) -> f64 {
    let of = |part| measured.cores.get(&part).copied().unwrap_or_default();
    let ours: f64 = [Part::Generator, Part::Booking, Part::Postgres, Part::Sandbox, Part::Edge].map(of).iter().sum();
    if ours > 0.0 { measured.per_second / (1.0 - of(Part::Sandbox) / ours) } else { measured.per_second }
}

/// What booking-svc and PostgreSQL do a second with one processor between them.
fn a_core(measured: &Measured) -> Option<f64> {
    let of = |part| measured.cores.get(&part).copied().unwrap_or_default();
    let cores: f64 = [Part::Booking, Part::Postgres].map(of).iter().sum();
    (cores > 0.0).then(|| measured.per_second / cores)
}

#[expect(clippy::cast_precision_loss, reason = "far less than 2^52 bytes")]
fn megabytes(measured: &Measured) -> Option<f64> {
    measured.memory_bytes.map(|bytes| bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        cores::Cores,
        load::{Found, Samples},
    };

    fn measured(per_second: u32, micros: u32) -> Measured {
        let good = vec![micros; per_second as usize];
        let samples = Samples { good, ..Samples::default() };
        Measured::new(Found { samples, in_time: per_second.into(), lasted: Duration::from_secs(1) }, 1, Cores::new())
    }

    fn close(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-9 * other.abs().max(1.0)
    }

    #[test]
    fn the_median_is_of_the_rounds() {
        let spread = Spread { median: 2.0, min: 1.0, max: 9.0 };
        assert_eq!(Spread::of([9.0, 1.0, 2.0]), Some(spread));
        assert!(close(Spread::of([9.0, 1.0, 2.0, 4.0]).unwrap().median, 3.0));
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn the_limit_adds_the_times_of_its_parts() {
        let round = Round::from([(Row::Echo(1_024), measured(90_000, 1)), (Row::Batch(512), measured(45_000, 1))]);
        assert!(close(limit(&round, 1_024).unwrap(), 30_000.0));
        assert_eq!(limit(&round, 256), None);
    }

    #[test]
    fn what_is_compared_is_of_one_round() {
        let slow = Round::from([(Row::Reserve(256), measured(400, 1)), (Row::Textbook(32), measured(100, 1))]);
        let fast = Round::from([(Row::Reserve(256), measured(900, 1)), (Row::Textbook(32), measured(300, 1))]);
        let spread = GOALS[0].spread(&[slow, fast]).unwrap();
        assert!(close(spread.max, 4.0) && close(spread.min, 3.0), "{spread:?}");
    }

    #[test]
    fn the_sandboxs_share_is_taken_off() {
        let mut booked = measured(1_000, 1);
        booked.cores = Cores::from([(Part::Booking, 0.5), (Part::Sandbox, 0.5), (Part::Others, 1.0)]);
        assert!(close(without_sandbox(&booked), 2_000.0));
    }

    #[test]
    fn a_bound_itself_is_met_or_not() {
        assert!(Wanted::AtLeast(4.0).met(4.0) && Wanted::AtMost(1.5).met(1.5) && !Wanted::Below(3.0).met(3.0));
    }
}
