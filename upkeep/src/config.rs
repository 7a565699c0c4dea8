//! The settings of upkeep.

use clap::{Parser, ValueEnum};
use secrecy::SecretString;

/// Everything that upkeep can be told.
#[derive(Debug, Clone, Parser)]
#[command(name = "upkeep", about = "What an operator runs beside the services")]
pub struct Config {
    /// What to do.
    #[arg(value_enum)]
    pub task: Task,
    /// The database: `postgres://user:password@host:port/name`. Migrations need the primary and the tables' owner; for the
    /// audit a replica is enough.
    #[arg(long, env, hide_env_values = true)]
    pub database_url: SecretString,
    /// How long one statement of the audit may run, in milliseconds: it reads every booking and every seat that is taken.
    #[arg(long, env, default_value_t = 600_000, value_parser = clap::value_parser!(u64).range(1..=86_400_000))]
    pub audit_statement_ms: u64,
}

/// What an operator runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Task {
    /// Bring the schema up to date. Safe to run twice and at once.
    Migrate,
    /// Check the invariants I1, I2 and I6.
    Audit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_every_setting() {
        let reference = usher::config::reference::<Config>();
        assert!(include_str!("../README.md").contains(&reference), "put this into README.md:\n{reference}");
    }
}
