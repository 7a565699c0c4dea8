//! The report as Markdown.

use std::fmt::Write as _;

use hdrhistogram::Histogram;

use super::machine::Machine;
use crate::{
    config::{Config, SEATS_PER_EVENT},
    cores::Part,
    goals::{self, Goal, Spread, Wanted},
    load::histogram,
    rounds::{Findings, Round},
    row::{Measured, Row, ms},
};

/// Columns of who worked how much, in the order of the report.
const PARTS: [Part; 3] = [Part::Generator, Part::Booking, Part::Postgres];
/// Others who used more than this, in cores, may have spoiled a row.
const OTHERS_MAX: f64 = 0.2;

/// The whole report.
pub fn report(config: &Config, machine: &Machine, findings: &Findings) -> String {
    let mut text = settings(config, machine, findings);
    text.push_str(
        "\n| measured | callers | a second | min to max | p50 ms | p99 ms | p99.9 ms | cores: generator, booking-svc, \
         PostgreSQL, others | beside it |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |\n",
    );
    for rounds in [&findings.rounds, &findings.replicated] {
        for row in rows(rounds) {
            line(&mut text, row, &of(rounds, row));
        }
    }
    for callers in [256, 1_024] {
        if let Some(limit) = Spread::of(findings.rounds.iter().filter_map(|round| goals::limit(round, callers))) {
            let (median, range) = (thousands(limit.median), range(limit));
            let _ =
                writeln!(text, "| the limit: 1 ÷ (1/empty call + 1/bare) | {callers} | {median} | {range} | | | | | |");
        }
    }
    text.push_str("\n| goal | wanted | measured | min to max | |\n| --- | --- | ---: | ---: | --- |\n");
    let goals = [
        (&goals::GOALS[..], &findings.rounds),
        (&goals::EDGE[..], &findings.rounds),
        (&goals::REPLICATED[..], &findings.replicated),
    ];
    for (goals, rounds) in goals {
        for goal in goals {
            text.push_str(&judged(goal, rounds));
        }
    }
    text.push('\n');
    for check in &findings.checks {
        let _ = writeln!(text, "- {check}");
    }
    text
}

fn settings(config: &Config, machine: &Machine, findings: &Findings) -> String {
    let window = config.window();
    let [alone, replicated] = &findings.postgres;
    let of = |settings: &std::collections::BTreeMap<String, String>, name: &str| {
        settings.get(name).cloned().unwrap_or_default()
    };
    let mut text = format!(
        "Generator, services and database on one machine: {} cores ({}), {:.0} GB, database on {}.\n",
        machine.cores,
        machine.processor,
        to_gigabytes(machine.memory_bytes),
        machine.file_system,
    );
    let _ = writeln!(
        text,
        "Seed {}; {} rounds, each measurement {} ms after {} ms of warm-up; {} seats of {} events; {} customers; {} \
         connections. Medians of the rounds; latencies of all rounds together.",
        config.seed,
        config.rounds(),
        window.measure.as_millis(),
        window.warm_up.as_millis(),
        thousands(f64::from(config.events) * f64::from(SEATS_PER_EVENT)),
        thousands(f64::from(config.events)),
        thousands(f64::from(config.customers)),
        config.connections,
    );
    let _ = writeln!(
        text,
        "PostgreSQL {}: fsync {}, full_page_writes {}, synchronous_commit {} (booking-svc and the bare batches: \
         remote_apply), shared_buffers {}; synchronous_standby_names '{}', in the rows with remote_apply '{}'.",
        of(alone, "server_version"),
        of(alone, "fsync"),
        of(alone, "full_page_writes"),
        of(alone, "synchronous_commit"),
        of(alone, "shared_buffers"),
        of(alone, "synchronous_standby_names"),
        of(replicated, "synchronous_standby_names"),
    );
    if let Some(others) = others(findings).filter(|others| *others > OTHERS_MAX) {
        let _ = writeln!(text, "**Others used up to {others:.1} cores meanwhile: these figures are worth little.**");
    }
    text
}

/// The most that others worked during a measurement.
fn others(findings: &Findings) -> Option<f64> {
    let all = findings.rounds.iter().chain(&findings.replicated).flat_map(Round::values);
    all.filter_map(|measured| measured.cores.get(&Part::Others)).copied().reduce(f64::max)
}

fn rows(rounds: &[Round]) -> Vec<Row> {
    rounds.first().map(|round| round.keys().copied().collect()).unwrap_or_default()
}

/// What all rounds found for a row.
pub fn of(rounds: &[Round], row: Row) -> Vec<&Measured> {
    rounds.iter().filter_map(|round| round.get(&row)).collect()
}

fn line(text: &mut String, row: Row, all: &[&Measured]) {
    let Some(rate) = Spread::of(all.iter().map(|measured| measured.per_second)) else { return };
    let micros = together(all.iter().map(|measured| &measured.micros));
    let callers = match row {
        Row::Batch(seats) => format!("{seats} a batch"),
        row => row.count().map(|count| count.to_string()).unwrap_or_default(),
    };
    let cores = PARTS.into_iter().chain([Part::Others]).map(|part| format!("{:.2}", cores(all, part)));
    let _ = writeln!(
        text,
        "| {} | {callers} | {} | {} | {:.2} | {:.2} | {:.2} | {} | {} |",
        row.title(),
        thousands(rate.median),
        range(rate),
        ms(&micros, 0.5),
        ms(&micros, 0.99),
        ms(&micros, 0.999),
        cores.collect::<Vec<_>>().join(", "),
        beside(all),
    );
}

/// What else is to be said of a row.
fn beside(all: &[&Measured]) -> String {
    let mut said = Vec::new();
    let median = |figure: &dyn Fn(&Measured) -> Option<f64>| {
        Spread::of(all.iter().filter_map(|measured| figure(measured))).map(|spread| spread.median)
    };
    if let (Some(wanted), Some(sent)) =
        (median(&|row| Some(row.offered?.wanted)), median(&|row| Some(row.offered?.sent)))
    {
        said.push(format!("{} a second were to be sent, {} were", thousands(wanted), thousands(sent)));
    }
    let taken = median(&|row| Some(row.taken.per_second)).unwrap_or_default();
    if taken > 0.0 {
        let p99 = ms(&together(all.iter().map(|measured| &measured.taken.micros)), 0.99);
        said.push(format!("{} a second were SEAT_TAKEN, p99 {p99:.2} ms", thousands(taken)));
    }
    let refused = median(&|row| Some(row.refused.per_second)).unwrap_or_default();
    if refused > 0.0 {
        let micros = together(all.iter().map(|measured| &measured.refused.micros));
        let (p50, p99) = (ms(&micros, 0.5), ms(&micros, 0.99));
        let mute: u64 = all.iter().map(|measured| measured.not_told_when).sum();
        said.push(format!(
            "{} a second were UNAVAILABLE, p50 {p50:.2} and p99 {p99:.2} ms after they were sent, {mute} of them \
             without RetryInfo",
            thousands(refused)
        ));
    }
    if let Some(bytes) = median(&|row| row.memory_bytes.map(to_megabytes)) {
        said.push(format!("booking-svc had {bytes:.0} MB at most"));
    }
    if let Some(with) = median(&|row| row.edge_bytes.map(|bytes| to_megabytes(bytes.with))) {
        let before = median(&|row| row.edge_bytes.map(|bytes| to_megabytes(bytes.before))).unwrap_or_default();
        let peak = median(&|row| row.edge_bytes.map(|bytes| to_megabytes(bytes.peak))).unwrap_or_default();
        said.push(format!("the edge had {with:.0} MB, {before:.0} before and {peak:.0} at most"));
    }
    if let Some(came) = median(&|row| row.callbacks_per_second) {
        said.push(format!("{} callbacks a second", thousands(came)));
    }
    for (name, part) in
        [("Redis", Part::Redis), ("sandbox", Part::Sandbox), ("edge", Part::Edge), ("Envoy", Part::Envoy)]
    {
        let used = cores(all, part);
        if used >= 0.01 {
            said.push(format!("{name} {used:.2} cores"));
        }
    }
    let failed: u64 = all.iter().map(|measured| measured.failed.0).sum();
    if let Some(why) = all.iter().find_map(|measured| measured.failed.1.as_deref()) {
        said.push(format!("**{failed} calls failed**: {}", why.replace('|', "/")));
    }
    said.join("; ")
}

/// One goal's line.
fn judged(goal: &Goal, rounds: &[Round]) -> String {
    let Some(spread) = goal.spread(rounds) else { return String::new() };
    let (wanted, verdict) = match goal.wanted {
        None => (String::new(), ""),
        Some(wanted) => (bound(wanted), if wanted.met(spread.median) { "met" } else { "**not met**" }),
    };
    let (low, high) = (figure(spread.min), figure(spread.max));
    format!("| {} | {wanted} | {} | {low} to {high} | {verdict} |\n", goal.what, figure(spread.median))
}

fn bound(wanted: Wanted) -> String {
    match wanted {
        Wanted::AtLeast(bound) => format!("≥ {}", figure(bound)),
        Wanted::AtMost(bound) => format!("≤ {}", figure(bound)),
        Wanted::Below(bound) => format!("< {}", figure(bound)),
    }
}

/// A ratio with two digits, a large figure with none.
fn figure(figure: f64) -> String {
    if figure.abs() < 100.0 { format!("{figure:.2}") } else { thousands(figure) }
}

fn range(spread: Spread) -> String {
    format!("{} to {}", thousands(spread.min), thousands(spread.max))
}

fn cores(all: &[&Measured], part: Part) -> f64 {
    Spread::of(all.iter().filter_map(|measured| measured.cores.get(&part)).copied()).map_or(0.0, |spread| spread.median)
}

fn together<'a>(all: impl Iterator<Item = &'a Histogram<u64>>) -> Histogram<u64> {
    let mut together = histogram(&[]);
    for micros in all {
        // It grows to what it is given: it can't be refused.
        let _ = together.add(micros);
    }
    together
}

/// `12345.6` as `12,346`.
pub fn thousands(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

#[expect(clippy::cast_precision_loss, reason = "far less than 2^52 bytes")]
fn to_megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "far less than 2^52 bytes")]
fn to_gigabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!(thousands(7.4), "7");
        assert_eq!(thousands(999.6), "1,000");
        assert_eq!(thousands(1_234_567.0), "1,234,567");
    }
}
