//! The identity provider's keys, found by discovery and followed, so that they can change while the house runs. Whatever
//! tokens bring, the provider is asked no more often than the gap between two looks allows.

use std::{sync::Arc, time::Duration};

use jsonwebtoken::Algorithm;
use reqwest::{Client, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};

use super::keys::{Key, Published};
use crate::error::Error;

/// How often the keys are asked for when nothing else happens.
const REFRESH_EVERY: Duration = Duration::from_secs(3_600);
/// The least time between two looks.
const REFRESH_GAP_MIN: Duration = Duration::from_secs(2);
/// How long each of the two requests of a look may take.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// How long a log-in waits for a key that is not known yet.
const UNKNOWN_KEY_WAIT_MAX: Duration = Duration::from_secs(4);
/// The largest document that is read, in bytes.
const DOCUMENT_BYTES_MAX: usize = 256 << 10;

/// What of a provider's configuration is used here (OpenID Connect Discovery 1.0, 3).
#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: String,
}

/// The keys as last seen. Cheap to clone.
#[derive(Clone)]
pub struct ProviderKeys {
    /// `None` until the provider answered for the first time.
    seen: watch::Receiver<Option<Arc<Vec<Key>>>>,
    wanted: Arc<Notify>,
}

impl ProviderKeys {
    /// The key with that id; where a token names none, the only one of its algorithm.
    pub async fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<Key, Error> {
        let mut seen = self.seen.clone();
        let known = seen.borrow_and_update().as_deref().and_then(|keys| pick(keys, kid, algorithm));
        if let Some(known) = known {
            return Ok(known);
        }
        self.wanted.notify_one();
        // Elapsed: what is known is all there is.
        let _ = timeout(UNKNOWN_KEY_WAIT_MAX, seen.changed()).await;
        match seen.borrow().as_deref() {
            Some(keys) => pick(keys, kid, algorithm).ok_or(Error::IdToken("its key is not one of the provider's")),
            None => Err(Error::ProviderGone),
        }
    }
}

fn pick(keys: &[Key], kid: Option<&str>, algorithm: Algorithm) -> Option<Key> {
    let mut fitting =
        keys.iter().filter(|key| key.algorithm == algorithm && (kid.is_none() || key.kid.as_deref() == kid));
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => Some(key.clone()),
        // None fits, or it can't be told which.
        _ => None,
    }
}

/// Follows the keys of the provider `issuer`.
pub fn follow(issuer: String) -> Result<(ProviderKeys, impl Future<Output = ()> + Send), reqwest::Error> {
    let http = Client::builder().timeout(ANSWER_MAX).redirect(Policy::none()).build()?;
    let (found, seen) = watch::channel(None);
    let wanted = Arc::new(Notify::new());
    let keys = ProviderKeys { seen, wanted: Arc::clone(&wanted) };
    let work = async move {
        loop {
            match fetch(&http, &issuer).await {
                Ok(keys) => {
                    found.send_replace(Some(Arc::new(keys)));
                }
                Err(error) => tracing::warn!(issuer, error, "can't refresh the identity provider's keys"),
            }
            sleep(REFRESH_GAP_MIN).await;
            if found.borrow().is_some() {
                // Elapsed or wanted: both mean to look again.
                let _ = timeout(REFRESH_EVERY, wanted.notified()).await;
            }
        }
    };
    Ok((keys, work))
}

async fn fetch(http: &Client, issuer: &str) -> Result<Vec<Key>, String> {
    let at = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let discovered: Discovered = document(http, &at).await?;
    if discovered.issuer != issuer {
        return Err(format!("{at} is of another issuer: {}", discovered.issuer));
    }
    let published: Published = document(http, &discovered.jwks_uri).await?;
    let keys = published.usable();
    if keys.is_empty() {
        Err(format!("{} has no key for RS256, ES256 or EdDSA", discovered.jwks_uri))
    } else {
        Ok(keys)
    }
}

async fn document<T: DeserializeOwned>(http: &Client, url: &str) -> Result<T, String> {
    let failed = |error: reqwest::Error| format!("{url}: {error}");
    let mut answer = http.get(url).send().await.and_then(reqwest::Response::error_for_status).map_err(failed)?;
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if bytes.len() + chunk.len() > DOCUMENT_BYTES_MAX {
            return Err(format!("{url}: larger than {DOCUMENT_BYTES_MAX} bytes"));
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).map_err(|error| format!("{url}: {error}"))
}
