//! The settings of account-svc.

use std::path::PathBuf;

use clap::Parser;
use usher::{database::DatabaseConfig, serving::ServingConfig};

/// Everything that account-svc can be told.
#[derive(Debug, Clone, Parser)]
#[command(name = "account-svc", about)]
pub struct Config {
    /// How it is served.
    #[command(flatten)]
    pub serving: ServingConfig,
    /// Where the database is.
    #[command(flatten)]
    pub database: DatabaseConfig,
    /// The Ed25519 key, PKCS#8 PEM, that signs tokens.
    #[arg(long, env)]
    pub token_signing_key_file: PathBuf,
    /// The keys that signed tokens before, PKCS#8 PEM, separated by commas: their tokens stay good while they last.
    #[arg(long, env, value_delimiter = ',')]
    pub token_previous_key_files: Vec<PathBuf>,
    /// How long a token is accepted, in seconds.
    #[arg(long, env, default_value_t = 43_200, value_parser = clap::value_parser!(u32).range(60..=2_592_000))]
    pub token_ttl_seconds: u32,
    /// How many passwords are hashed at once; each takes a core and 19 MiB for some 20 ms.
    #[arg(long, env, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub hashes_at_once: u32,
    /// How many sign-ups and log-ins may wait for their hash; more are answered UNAVAILABLE with `RetryInfo`.
    #[arg(long, env, default_value_t = 128, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub hash_queue_max: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_every_setting() {
        let reference = usher::config::reference::<Config>();
        assert!(include_str!("../README.md").contains(&reference), "put this into README.md:\n{reference}");
    }

    #[test]
    fn previous_keys_come_as_a_list() {
        let flags = [
            "account-svc",
            "--listen-addr=127.0.0.1:0",
            "--database-url=postgres://",
            "--token-signing-key-file=now.pem",
            "--token-previous-key-files=a.pem,b.pem",
        ];
        let config = Config::try_parse_from(flags).unwrap();
        assert_eq!(config.token_previous_key_files, [PathBuf::from("a.pem"), PathBuf::from("b.pem")]);
    }
}
