//! account-svc: signs users up and in, and publishes the keys that verify their tokens.

mod config;
pub use config::Config;

mod account;
mod email;
mod password;
mod refresh_token;
mod registration;
mod tokens;

mod hasher;
mod oidc;
mod sign_in;
mod throttle;

mod clock;
mod ended;
mod error;
mod rpc;
mod store;

use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use usher::{
    contract::account::account_service_server::AccountServiceServer,
    database::Database,
    identity::Keys,
    limit::{self, Limiter},
    serving,
    signing::{self, SigningKey},
    tls::{self, Mutual},
};

use ended::EndedSessions;
use hasher::Hasher;
use oidc::Provider;
use store::sessions::Lifetimes;
use throttle::Throttle;
use tokens::Tokens;

/// How long a transaction that outlives its request may take to end.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// What keeps account-svc from serving.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The key that signs tokens is missing or malformed.
    #[error("TOKEN_SIGNING_KEY_FILE: {0}")]
    Key(signing::Error),
    /// A key that signed tokens before is missing or malformed.
    #[error("TOKEN_PREVIOUS_KEY_FILES: {0}")]
    PreviousKey(signing::Error),
    /// Passwords can't be hashed.
    #[error("can't hash passwords: {0}")]
    Hasher(error::Error),
    /// Redis's address makes no sense.
    #[error("REDIS_URL: {0}")]
    Redis(#[from] limit::MalformedUrl),
    /// The identity provider can't be asked for anything.
    #[error("can't make an HTTP client: {0}")]
    Provider(#[from] reqwest::Error),
    /// The certificate among the parts of Usher is none.
    #[error("TLS_CERT_FILE, TLS_KEY_FILE, TLS_CA_FILE: {0}")]
    Tls(#[from] tls::Error),
    /// The server failed.
    #[error(transparent)]
    Serving(#[from] serving::Error),
}

/// Serves on `listener` until `shutdown`.
pub async fn serve(config: Config, listener: TcpListener, shutdown: CancellationToken) -> Result<(), ServeError> {
    let tls = Mutual::new(&config.serving.tls)?;
    let signing = SigningKey::from_file(&config.token_signing_key_file).map_err(ServeError::Key)?;
    let previous = config.token_previous_key_files.iter().map(|path| SigningKey::from_file(path));
    let previous = previous.collect::<Result<Vec<_>, _>>().map_err(ServeError::PreviousKey)?;
    let tokens = Tokens::new(signing, &previous, config.token_ttl_seconds);
    let hasher = Hasher::start(config.hashes_at_once, config.hash_queue_max).await.map_err(ServeError::Hasher)?;
    let database = Database::new(&config.database);

    let (limiter, telling) = Limiter::start(&config.shared)?;
    let _telling = AbortOnDropHandle::new(tokio::spawn(telling));
    let (provider, following) = Provider::start(&config.oidc)?.unzip();
    let _following = following.map(|following| AbortOnDropHandle::new(tokio::spawn(following)));
    let keys = Keys::fixed(tokens.public_keys().iter().cloned());
    let ended = EndedSessions::new();
    let following = ended::follow(ended.clone(), keys.clone(), database.clone(), tokens.ttl_seconds());
    let _ended = AbortOnDropHandle::new(tokio::spawn(following));

    let lifetimes = Lifetimes { refresh_token: config.refresh_ttl_seconds, session: config.session_ttl_seconds };
    let throttle = Throttle::new(&config, limiter);
    let service =
        rpc::Accounts { keys, database: database.clone(), hasher, tokens, lifetimes, throttle, ended, provider };
    database.meet().await;
    let served = serving::serve(&config.serving, tls, AccountServiceServer::new(service), listener, shutdown).await;
    database.drain(DRAIN_MAX).await;
    Ok(served?)
}
