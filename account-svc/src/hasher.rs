//! Where passwords are hashed: off the runtime's threads, a few at once, the others in a queue of bounded length. Each
//! waits no longer than its request: the guard before the call drops it at its deadline, and its place is free again.

use std::{sync::Arc, time::Duration};

use secrecy::SecretString;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{error::Error, password};

/// When a caller may come back to a full queue.
pub const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Hashes and verifies passwords. Cheap to clone.
#[derive(Clone)]
pub struct Hasher {
    /// One place for each that runs or waits.
    places: Arc<Semaphore>,
    /// One for each that runs.
    running: Arc<Semaphore>,
    /// The hash of a password that nobody knows.
    nobodys: Arc<str>,
}

impl Hasher {
    /// A hasher that runs `at_once` hashes and lets `waiting_max` more wait.
    pub async fn start(at_once: u32, waiting_max: u32) -> Result<Self, Error> {
        let (at_once, waiting_max) = (at_once as usize, waiting_max as usize);
        let mut hasher = Self {
            places: Arc::new(Semaphore::new(at_once + waiting_max)),
            running: Arc::new(Semaphore::new(at_once)),
            nobodys: Arc::from(""),
        };
        let unknown = argon2::password_hash::SaltString::generate(&mut argon2::password_hash::rand_core::OsRng);
        hasher.nobodys = hasher.hash(unknown.as_str().into()).await?.into();
        Ok(hasher)
    }

    /// The hash of `password`.
    pub async fn hash(&self, password: SecretString) -> Result<String, Error> {
        self.run(move || password::hash(&password)).await
    }

    /// Whether `hash` is of `password`. Without a hash it is not, and takes as long to say so: the time of an answer
    /// does not tell who has an account.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<bool, Error> {
        let exists = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobodys.as_ref().to_owned());
        let matches = self.run(move || password::verify(&password, &hash)).await?;
        Ok(matches && exists)
    }

    /// The hash of an account that no password opens.
    pub fn nobodys(&self) -> String {
        self.nobodys.as_ref().to_owned()
    }

    async fn run<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, argon2::password_hash::Error> + Send + 'static,
    {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Error::TooManyHashes)?;
        let running = Arc::clone(&self.running).acquire_owned().await;
        let running = running.map_err(|closed| Error::Defect(closed.to_string()))?;
        // A hash goes on when its caller is gone, and keeps its permits until it ends: they count cores, not callers.
        let hashing = spawn_blocking(move || {
            let _held = (place, running);
            work()
        });
        let hashed = hashing.await.map_err(|stopped| Error::Defect(format!("hashing a password: {stopped}")))?;
        hashed.map_err(|error| Error::Defect(format!("hashing a password: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use tokio::{join, time::timeout};

    use super::*;

    #[tokio::test]
    async fn a_hash_verifies_and_a_missing_one_never_does() {
        let hasher = Hasher::start(1, 0).await.unwrap();
        let hash = hasher.hash("correct horse".into()).await.unwrap();
        assert!(hasher.verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify("wrong horse".into(), Some(hash)).await.unwrap());
        assert!(!hasher.verify("correct horse".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn an_account_that_does_not_exist_costs_the_same_work() {
        let hasher = Hasher::start(1, 0).await.unwrap();
        let parameters = |hash: &str| hash.rsplitn(3, '$').last().map(ToOwned::to_owned);
        let hash = hasher.hash("correct horse".into()).await.unwrap();
        assert_eq!(parameters(&hasher.nobodys), parameters(&hash));
        assert_eq!(hasher.nobodys.len(), hash.len());
    }

    #[tokio::test]
    async fn a_full_queue_turns_callers_away_and_serves_again_after() {
        let hasher = Hasher::start(1, 1).await.unwrap();
        let hash = || hasher.hash("correct horse".into());
        let (first, second, third) = join!(hash(), hash(), hash());
        assert!(first.is_ok() && second.is_ok());
        assert!(matches!(third, Err(Error::TooManyHashes)));
        assert!(hash().await.is_ok());
    }

    #[tokio::test]
    async fn who_gives_up_waiting_leaves_the_queue() {
        let hasher = Hasher::start(1, 1).await.unwrap();
        let busy = Arc::clone(&hasher.running).acquire_owned().await.unwrap();
        let given_up = timeout(Duration::from_millis(20), hasher.hash("correct horse".into())).await;
        assert!(given_up.is_err(), "it was waiting");
        assert_eq!(hasher.places.available_permits(), 2);
        drop(busy);
        assert!(hasher.hash("correct horse".into()).await.is_ok());
    }

    #[tokio::test]
    async fn a_broken_hash_is_a_defect_and_opens_nothing() {
        let hasher = Hasher::start(1, 0).await.unwrap();
        let verified = hasher.verify("correct horse".into(), Some("broken".to_owned())).await;
        assert!(matches!(verified, Err(Error::Defect(_))));
    }
}
