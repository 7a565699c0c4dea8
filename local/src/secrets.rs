//! Keys and passwords of this mesh: made once, kept in the data folder, readable by nobody else.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;

use crate::{error::Error, files, layout::Layout};

/// Random bytes in a secret.
const SECRET_BYTES: usize = 24;

/// What the services sign and pay with.
#[derive(Debug)]
pub(crate) struct Secrets {
    /// Signs the users' tokens.
    pub(crate) token_key: PathBuf,
    /// Signs tickets.
    pub(crate) ticket_key: PathBuf,
    /// Booking's key to the payment provider.
    pub(crate) payment_key: String,
    /// Signs the provider's callbacks.
    pub(crate) webhook_secret: String,
    /// Signs the passes of waiting rooms.
    pub(crate) waiting_room_secret: String,
}

impl Secrets {
    /// Reads them, and makes those that are missing.
    pub(crate) fn keep(layout: &Layout) -> Result<Self, Error> {
        let keys = layout.keys();
        let (token_key, ticket_key) = (keys.join("token-signing.pem"), keys.join("ticket-signing.pem"));
        for key in [&token_key, &ticket_key] {
            keep(key, || Ok(usher::signing::generate_pem()?))?;
        }
        Ok(Self {
            token_key,
            ticket_key,
            payment_key: keep(&keys.join("payment-api-key"), || Ok(format!("sk_test_{}", random())))?,
            webhook_secret: keep(&keys.join("payment-webhook-secret"), || Ok(format!("whsec_{}", random())))?,
            waiting_room_secret: keep(&keys.join("waiting-room-secret"), || Ok(random()))?,
        })
    }
}

/// The password of the database's one user.
pub(crate) fn database_password(layout: &Layout) -> Result<String, Error> {
    keep(&layout.keys().join("database-password"), || Ok(random()))
}

fn keep(path: &Path, make: impl FnOnce() -> Result<String, Error>) -> Result<String, Error> {
    if let Some(kept) = files::read(path)? {
        return Ok(kept);
    }
    let secret = make()?;
    files::write_private(path, &secret, None)?;
    Ok(secret)
}

fn random() -> String {
    HEXLOWER.encode(&rand::random::<[u8; SECRET_BYTES]>())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn secrets_are_made_once_and_are_private() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::make(folder.path()).unwrap();
        let (first, second) = (Secrets::keep(&layout).unwrap(), Secrets::keep(&layout).unwrap());
        assert_eq!(first.payment_key, second.payment_key);
        assert_eq!(first.webhook_secret, second.webhook_secret);
        let mode = std::fs::metadata(first.token_key).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
