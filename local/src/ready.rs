//! What a running mesh says of itself, for programs that drive it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{error::Error, files, servers::PostgresUrls};

/// The content of the ready file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// The edge's URL.
    pub edge: String,
    /// The services' URLs.
    pub services: Services,
    /// The database's URLs.
    pub postgres: PostgresUrls,
    /// Redis' URL; null on a machine without Redis.
    pub redis: Option<String>,
    /// The payment provider's URL.
    pub payment_sandbox: String,
    /// A customer's account.
    pub customer: Login,
    /// An admin's account.
    pub admin: Login,
}

/// The services' URLs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Services {
    /// search-svc.
    pub search: String,
    /// event-svc.
    pub event: String,
    /// booking-svc.
    pub booking: String,
    /// account-svc.
    pub account: String,
}

/// What somebody signs in with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The email address.
    pub email: String,
    /// The password.
    pub password: String,
}

impl Ready {
    /// Writes it; a reader sees it whole or not at all.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::file("write JSON")(error.into()))?;
        files::write_private(path, &(text + "\n"), None)
    }

    /// Reads it, if it is there.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, Error> {
        let Some(text) = files::read(path)? else { return Ok(None) };
        let ready = serde_json::from_str(&text);
        ready.map(Some).map_err(|error| Error::file(format!("read {}", path.display()))(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_the_fields_that_programs_rely_on() {
        let login = |email: &str| Login { email: email.into(), password: "p".into() };
        let ready = Ready {
            edge: "http://127.0.0.1:1".into(),
            services: Services {
                search: "http://127.0.0.1:2".into(),
                event: "http://127.0.0.1:3".into(),
                booking: "http://127.0.0.1:4".into(),
                account: "http://127.0.0.1:5".into(),
            },
            postgres: PostgresUrls { primary: "postgres://6".into(), replica: "postgres://7".into() },
            redis: Some("redis://8".into()),
            payment_sandbox: "http://127.0.0.1:9".into(),
            customer: login("c@x"),
            admin: login("a@x"),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ready.json");
        ready.write(&path).unwrap();
        assert_eq!(Ready::read(&path).unwrap(), Some(ready));
        let expected = serde_json::json!({
            "edge": "http://127.0.0.1:1",
            "services": {
                "search": "http://127.0.0.1:2", "event": "http://127.0.0.1:3",
                "booking": "http://127.0.0.1:4", "account": "http://127.0.0.1:5",
            },
            "postgres": {"primary": "postgres://6", "replica": "postgres://7"},
            "redis": "redis://8",
            "payment_sandbox": "http://127.0.0.1:9",
            "customer": {"email": "c@x", "password": "p"},
            "admin": {"email": "a@x", "password": "p"},
        });
        let written: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(written, expected);
    }
}
