//! What was measured, for people.

use crate::load::Measured;

/// One round: both measurements, one after the other.
#[derive(Debug)]
pub struct Round {
    /// A call that does nothing.
    pub empty: Measured,
    /// One seat each.
    pub reserve: Measured,
}

/// Prints the best of all rounds, and the ratio.
#[expect(clippy::print_stdout, reason = "a report is what this program is for")]
pub fn print(callers: u16, rounds: &[Round]) {
    println!("{callers} callers; generator, services and database on this machine; best of {} rounds", rounds.len());
    println!();
    println!("| call | a second | p50 ms | p99 ms | failed |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    let empty = best(rounds.iter().map(|round| &round.empty));
    let reserve = best(rounds.iter().map(|round| &round.reserve));
    for (name, measured) in [("empty call (health check)", empty), ("Reserve, one seat", reserve)] {
        if let Some(measured) = measured {
            println!("{}", line(name, measured));
        }
    }
    if let (Some(empty), Some(reserve)) = (empty, reserve) {
        println!();
        println!("Reserve / empty call: {:.2}", reserve.per_second / empty.per_second);
        if let Some(status) = &reserve.failed.1 {
            println!("A Reserve that failed said: {} {}", status.code(), status.message());
        }
    }
}

fn best<'a>(measured: impl Iterator<Item = &'a Measured>) -> Option<&'a Measured> {
    measured.max_by(|a, b| a.per_second.total_cmp(&b.per_second))
}

fn line(name: &str, measured: &Measured) -> String {
    #[expect(clippy::cast_precision_loss, reason = "bounded by a minute in microseconds")]
    let ms = |quantile: f64| measured.micros.value_at_quantile(quantile) as f64 / 1_000.0;
    let Measured { per_second, failed, .. } = measured;
    format!("| {name} | {per_second:.0} | {:.2} | {:.2} | {} |", ms(0.5), ms(0.99), failed.0)
}
