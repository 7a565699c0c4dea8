//! account-svc: signs users up and in, and publishes the keys that verify their tokens.

mod config;
pub use config::Config;

mod account;
mod email;
mod password;
mod registration;
mod tokens;

mod hasher;

mod clock;
mod error;
mod rpc;
mod store;

use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use usher::{
    contract::account::account_service_server::AccountServiceServer,
    database::Database,
    identity::Keys,
    serving,
    signing::{self, SigningKey},
};

use hasher::Hasher;
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
    /// The server failed.
    #[error(transparent)]
    Serving(#[from] serving::Error),
}

/// Serves on `listener` until `shutdown`.
pub async fn serve(config: Config, listener: TcpListener, shutdown: CancellationToken) -> Result<(), ServeError> {
    let signing = SigningKey::from_file(&config.token_signing_key_file).map_err(ServeError::Key)?;
    let previous = config.token_previous_key_files.iter().map(|path| SigningKey::from_file(path));
    let previous = previous.collect::<Result<Vec<_>, _>>().map_err(ServeError::PreviousKey)?;
    let tokens = Tokens::new(signing, &previous, config.token_ttl_seconds);
    let hasher = Hasher::start(config.hashes_at_once, config.hash_queue_max).await.map_err(ServeError::Hasher)?;
    let database = Database::new(&config.database);

    let keys = Keys::fixed(tokens.public_keys().iter().cloned());
    let service = rpc::Accounts { keys, database: database.clone(), hasher, tokens };
    let served = serving::serve(&config.serving, AccountServiceServer::new(service), listener, shutdown).await;
    database.drain(DRAIN_MAX).await;
    Ok(served?)
}
