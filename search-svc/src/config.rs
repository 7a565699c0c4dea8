//! The settings of search-svc.

use clap::Parser;
use usher::{database::DatabaseConfig, serving::ServingConfig};

/// Everything that search-svc can be told.
#[derive(Debug, Clone, Parser)]
#[command(name = "search-svc", about)]
pub struct Config {
    /// How it is served.
    #[command(flatten)]
    pub serving: ServingConfig,
    /// Where the database is.
    #[command(flatten)]
    pub database: DatabaseConfig,
    /// Where the cache is: `redis://host:port/number`. While it is down, every search asks the database.
    #[arg(long, env, hide_env_values = true)]
    pub redis_url: String,
    /// The most connections to the cache.
    #[arg(long, env, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub cache_pool_size: u32,
    /// How long an answer is repeated, in seconds: how old a count of seats left can be, above the replica's own lag.
    #[arg(long, env, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub cache_ttl_seconds: u32,
    /// How long a search waits for the cache, in milliseconds, before it asks the database.
    #[arg(long, env, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=5_000))]
    pub cache_timeout_ms: u64,
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
