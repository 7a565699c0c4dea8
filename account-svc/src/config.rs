//! The settings of account-svc.

use std::path::PathBuf;

use clap::Parser;
use usher::{database::DatabaseConfig, limit::SharedConfig, serving::ServingConfig};

use crate::oidc::OidcConfig;

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
    /// How long an auth token is accepted, in seconds. What was logged out is refused within some two seconds, all the same.
    #[arg(long, env, default_value_t = 900, value_parser = clap::value_parser!(u32).range(60..=86_400))]
    pub token_ttl_seconds: u32,
    /// How long a refresh token is accepted that nobody uses, in seconds: who stays away longer signs in again.
    #[arg(long, env, default_value_t = 2_592_000, value_parser = clap::value_parser!(i32).range(60..=31_536_000))]
    pub refresh_ttl_seconds: i32,
    /// How long a session lasts however often it is refreshed, in seconds.
    #[arg(long, env, default_value_t = 7_776_000, value_parser = clap::value_parser!(i32).range(60..=31_536_000))]
    pub session_ttl_seconds: i32,
    /// Where limits are kept.
    #[command(flatten)]
    pub shared: SharedConfig,
    /// How many log-ins to one account may fail at once; further ones are `RATE_LIMITED`.
    #[arg(long, env, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub login_account_failures_max: u32,
    /// After how many seconds another log-in to the account may fail.
    #[arg(long, env, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub login_account_seconds: u32,
    /// How many log-ins from one address may fail at once, each sign-up counted as one; further ones are `RATE_LIMITED`.
    #[arg(long, env, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub login_address_failures_max: u32,
    /// After how many seconds another log-in from the address may fail.
    #[arg(long, env, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub login_address_seconds: u32,
    /// The identity provider, if any.
    #[command(flatten)]
    pub oidc: OidcConfig,
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
