//! The settings of search-svc.

use std::time::Duration;

use clap::{Args, Parser, ValueEnum};
use secrecy::SecretString;
use usher::{database::DatabaseConfig, serving::ServingConfig};

use crate::cache;

/// Everything that search-svc can be told.
#[derive(Debug, Clone, Parser)]
#[command(name = "search-svc", about)]
pub struct Config {
    /// How it is served.
    #[command(flatten)]
    pub serving: ServingConfig,
    /// What it reads, and where it keeps what it read.
    #[command(flatten)]
    pub reading: ReadingConfig,
    /// What searches: `sql` is PostgreSQL; `index` is an index in the process, built from the database at the start, which
    /// then needs neither PostgreSQL nor Redis, and some 350 bytes of memory an event.
    #[arg(long, env, value_enum, default_value_t)]
    pub search_backend: Backend,
    /// How many answers the process keeps; one takes some 20 kB.
    #[arg(long, env, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub near_cache_answers: u64,
}

/// What searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Backend {
    /// PostgreSQL.
    #[default]
    Sql,
    /// An index in the process.
    Index,
}

/// What is read, and where it is kept: what serving and warming have in common.
#[derive(Debug, Clone, Args)]
pub struct ReadingConfig {
    /// Where the database is.
    #[command(flatten)]
    pub database: DatabaseConfig,
    /// Where the cache is: `redis://host:port/number`, or `redis-cluster://host:port,host:port`. While it is down, searches ask
    /// the database.
    #[arg(long, env, hide_env_values = true)]
    pub redis_url: SecretString,
    /// The most connections to the cache.
    #[arg(long, env, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub cache_pool_size: u32,
    /// How long a page is repeated as it is, in seconds; after that it is searched again while it is repeated.
    #[arg(long, env, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub cache_ttl_seconds: u32,
    /// How long a page is kept, in seconds, for who asks next and for when the database is down. An edit ends it before.
    #[arg(long, env, default_value_t = 43_200, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub cache_keep_seconds: u32,
    /// How long a page without events is kept, in seconds.
    #[arg(long, env, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub cache_empty_seconds: u32,
    /// How long a search waits for the cache, in milliseconds, before it asks the database.
    #[arg(long, env, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=5_000))]
    pub cache_timeout_ms: u64,
}

/// What `search-svc warm` can be told.
#[derive(Debug, Clone, Parser)]
#[command(name = "search-svc", about = "Searches again for what is searched for most, and forgets the rest")]
pub struct WarmConfig {
    /// The word `warm`.
    #[arg(value_parser = ["warm"])]
    pub task: String,
    /// What it reads, and where it keeps what it read.
    #[command(flatten)]
    pub reading: ReadingConfig,
    /// How many of the most frequent searches `search-svc warm` keeps.
    #[arg(long, env, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub warm_searches: u32,
}

impl ReadingConfig {
    /// How the cache is used.
    pub(crate) fn cache(&self) -> cache::Settings {
        cache::Settings {
            connections: self.cache_pool_size,
            keep_for: Duration::from_secs(self.cache_keep_seconds.into()),
            keep_empty_for: Duration::from_secs(self.cache_empty_seconds.into()),
            wait_max: Duration::from_millis(self.cache_timeout_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_every_setting() {
        let readme = include_str!("../README.md");
        let serving = usher::config::reference::<Config>();
        assert!(readme.contains(&serving), "put this into README.md:\n{serving}");
        let warming = usher::config::reference::<WarmConfig>();
        let missing: Vec<_> = warming.lines().filter(|line| !readme.contains(line)).collect();
        assert!(missing.is_empty(), "put this into README.md:\n{}", missing.join("\n"));
    }
}
