//! What was measured, for people and for programs. The table goes to standard output, progress to standard error.

mod json;
mod machine;
mod table;

use std::fmt::Write as _;

use crate::{
    config::Config,
    error::Error,
    rounds::Findings,
    row::{Measured, Row},
};
use machine::Machine;

/// Prints the table and writes the JSON file.
#[expect(clippy::print_stdout, reason = "a report is what this program is for")]
pub fn publish(config: &Config, findings: &Findings) -> Result<(), Error> {
    let machine = Machine::look(&findings.postgres[0])?;
    println!("{}", table::report(config, &machine, findings));
    let text = serde_json::to_string_pretty(&json::report(config, &machine, findings))?;
    if let Some(folder) = config.json.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&config.json, text + "\n")?;
    note(&format!("all of it, as JSON: {}", config.json.display()));
    Ok(())
}

/// Says what is going on.
pub fn note(what: &str) {
    eprintln!("bench: {what}");
}

/// One measurement in a line.
pub fn brief(row: Row, measured: &Measured) -> String {
    let count = row.count().map(|count| format!(", {count}")).unwrap_or_default();
    let Measured { per_second, .. } = measured;
    let mut line = format!(
        "  {}{count}: {} a second, p50 {:.2} ms, p99 {:.2} ms",
        row.title(),
        table::thousands(*per_second),
        measured.ms(0.5),
        measured.ms(0.99)
    );
    if let (failed @ 1.., said) = &measured.failed {
        // Writing to a String can't fail.
        let _ = write!(line, "; {failed} failed: {}", said.as_deref().unwrap_or_default());
    }
    line
}
