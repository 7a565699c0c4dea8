//! The settings of event-svc.

use clap::Parser;
use usher::{database::DatabaseConfig, serving::ServingConfig};

use crate::seat::PRICE_MAX;

/// Everything that event-svc can be told.
#[derive(Debug, Clone, Parser)]
#[command(name = "event-svc", about)]
pub struct Config {
    /// How it is served.
    #[command(flatten)]
    pub serving: ServingConfig,
    /// Where the database is.
    #[command(flatten)]
    pub database: DatabaseConfig,
    /// Where account-svc publishes the keys of the tokens.
    #[arg(long, env, default_value = "http://127.0.0.1:50054")]
    pub account_url: String,
    /// What a new event's seat costs that neither the layout nor the request prices, in minor units.
    #[arg(long, env, default_value_t = 1_000, value_parser = clap::value_parser!(i64).range(0..=PRICE_MAX))]
    pub default_price: i64,
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
