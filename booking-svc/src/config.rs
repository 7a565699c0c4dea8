//! The settings of booking-svc.

use std::path::PathBuf;

use clap::Parser;
use secrecy::SecretString;
use usher::{
    channel::{ChannelConfig, Target},
    database::DatabaseConfig,
    feed::FeedConfig,
    pass::PassConfig,
    serving::ServingConfig,
};

/// Everything that booking-svc can be told.
#[derive(Debug, Clone, Parser)]
#[command(name = "booking-svc", about)]
pub struct Config {
    /// How it is served.
    #[command(flatten)]
    pub serving: ServingConfig,
    /// Where the database is.
    #[command(flatten)]
    pub database: DatabaseConfig,
    /// Where changes of seats are told.
    #[command(flatten)]
    pub feed: FeedConfig,
    /// What lets customers in from waiting rooms.
    #[command(flatten)]
    pub passes: PassConfig,
    /// Where account-svc publishes the keys of the tokens: `http://host:port`, or several separated by commas.
    #[arg(long, env, default_value = "http://127.0.0.1:50054")]
    pub account_url: Target,
    /// How it is called.
    #[command(flatten)]
    pub peers: ChannelConfig,
    /// How long a hold lasts, in seconds.
    #[arg(long, env, default_value_t = 3_600, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub hold_seconds: u32,
    /// The most seats that one user holds at one event at once.
    #[arg(long, env, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub held_seats_max: u32,
    /// How many batches of reserves run at once, each on a connection beside those of `DATABASE_POOL_SIZE`.
    #[arg(long, env, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub reserve_workers: u32,
    /// How many reserves may wait for their batch; more are answered UNAVAILABLE with `RetryInfo`.
    #[arg(long, env, default_value_t = 8_192, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub reserve_queue_max: u32,
    /// Whether the tables are shared out by event over several databases (`k8s/overlays/citus`): each transaction is of one
    /// event then, and its statements say which, so that it is one database's. Batches are smaller.
    #[arg(long, env, default_value_t = false, action = clap::ArgAction::Set)]
    pub sharded_by_event: bool,
    /// How many batches of bookings are opened at once, how many of payments' outcomes written, and how many of callbacks
    /// stored; each on a connection beside those of `DATABASE_POOL_SIZE`.
    #[arg(long, env, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub book_workers: u32,
    /// How many bookings may wait to be opened, and how many callbacks to be stored; more are answered UNAVAILABLE with
    /// `RetryInfo`.
    #[arg(long, env, default_value_t = 4_096, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub book_queue_max: u32,
    /// The Ed25519 key, PKCS#8 PEM, that signs admission tokens.
    #[arg(long, env)]
    pub ticket_signing_key_file: PathBuf,
    /// The keys that signed admission tokens before, PEM, separated by commas: their tickets still admit. The public
    /// halves suffice.
    #[arg(long, env, value_delimiter = ',')]
    pub ticket_verifying_key_files: Vec<PathBuf>,
    /// The payment provider's API: Stripe's, or the sandbox's.
    #[arg(long, env, default_value = "https://api.stripe.com")]
    pub payment_url: String,
    /// The payment provider's secret key (`sk_…`).
    #[arg(long, env, hide_env_values = true)]
    pub payment_api_key: SecretString,
    /// The secrets (`whsec_…`) that callbacks may be signed with, separated by commas: two while one is replaced.
    #[arg(long, env, hide_env_values = true, value_delimiter = ',', required = true)]
    pub payment_webhook_secrets: Vec<SecretString>,
    /// Where the provider sends a customer back to who had to confirm a payment at the bank.
    #[arg(long, env, default_value = "http://127.0.0.1:8080/")]
    pub payment_return_url: String,
    /// How long a payment may stay undecided, in seconds, before it is cancelled and its seats are let go.
    #[arg(long, env, default_value_t = 900, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub payment_seconds_max: u32,
    /// How often undecided payments are looked for, in milliseconds.
    #[arg(long, env, default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(50..=3_600_000))]
    pub reconcile_every_ms: u64,
    /// How long after a payment began, or was last looked at, the provider is asked about it, in milliseconds.
    #[arg(long, env, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(50..=3_600_000))]
    pub reconcile_after_ms: u64,
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
