//! Files that are looked at again while the process runs: what is made of them is replaced once they have changed and are
//! good. What is not good is kept out, said in the log and by a metric, and looked at again.
//!
//! They are read each second, not watched and not on a signal: a mounted secret is swapped by renaming a folder somewhere
//! above it, of which inotify says nothing, and nobody is there to send a signal.

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use metrics::{Gauge, gauge};
use ring::digest::{SHA256, digest};
use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};
use tokio_util::task::AbortOnDropHandle;
use zeroize::Zeroizing;

use super::{Certificate, Error};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What is made of files, as it is now. Cheap to clone; the files are looked at until the last clone is gone.
#[derive(Debug)]
pub struct Followed<T> {
    now: watch::Receiver<Arc<T>>,
    work: Arc<AbortOnDropHandle<()>>,
}

impl<T> Clone for Followed<T> {
    fn clone(&self) -> Self {
        Self { now: self.now.clone(), work: Arc::clone(&self.work) }
    }
}

impl<T> Followed<T> {
    /// As it is now.
    #[must_use]
    pub fn now(&self) -> Arc<T> {
        Arc::clone(&self.now.borrow())
    }
}

/// Contents of files, in their order.
type Contents = Vec<Zeroizing<Vec<u8>>>;

/// Makes something of the contents of `files`, in their order, and of the time (seconds since 1970), and says which
/// certificate is in use then. It keeps itself up to date: in a runtime only. Metrics tell what it is for by `purpose`.
pub fn follow<T, M>(purpose: &'static str, files: Vec<PathBuf>, make: M) -> Result<Followed<T>, Error>
where
    T: Send + Sync + 'static,
    M: Fn(&[&[u8]], i64) -> Result<(T, Certificate), Error> + Send + 'static,
{
    let gauges = Gauges::new(purpose);
    let contents = read(&files)?;
    let (first, certificate) = made(&make, &contents)?;
    gauges.show(&certificate);
    gauges.refused.set(0.0);
    let mut seen = fingerprint(&contents);
    let (changed, now) = watch::channel(Arc::new(first));
    let work = async move {
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut unread = false;
        loop {
            looks.tick().await;
            let paths = files.clone();
            // A file may lie on a disk that hangs.
            let contents = match spawn_blocking(move || read(&paths)).await {
                Ok(Ok(contents)) => contents,
                Ok(Err(error)) => {
                    gauges.refuse(purpose, &error, !unread);
                    unread = true;
                    continue;
                }
                Err(_) => return,
            };
            let found = fingerprint(&contents);
            if found == seen && !unread {
                continue;
            }
            (seen, unread) = (found, false);
            match made(&make, &contents) {
                Ok((new, certificate)) => {
                    tracing::info!(purpose, not_after = certificate.not_after, "a new certificate is in use");
                    gauges.show(&certificate);
                    gauges.refused.set(0.0);
                    changed.send_replace(Arc::new(new));
                }
                Err(error) => gauges.refuse(purpose, &error, true),
            }
        }
    };
    Ok(Followed { now, work: Arc::new(AbortOnDropHandle::new(tokio::spawn(work))) })
}

fn made<T, M>(make: &M, contents: &Contents) -> Result<(T, Certificate), Error>
where
    M: Fn(&[&[u8]], i64) -> Result<(T, Certificate), Error>,
{
    let contents: Vec<_> = contents.iter().map(|content| content.as_slice()).collect();
    make(&contents, crate::identity::unix_seconds())
}

fn read(files: &[PathBuf]) -> Result<Contents, Error> {
    let read = |path: &PathBuf| match fs::read(path) {
        Ok(content) => Ok(Zeroizing::new(content)),
        Err(error) => Err(Error::Read { path: path.clone(), error }),
    };
    files.iter().map(read).collect()
}

/// Tells contents apart without keeping a key's.
fn fingerprint(contents: &Contents) -> Vec<[u8; 32]> {
    let one = |content: &Zeroizing<Vec<u8>>| {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, content).as_ref());
        bytes
    };
    contents.iter().map(one).collect()
}

struct Gauges {
    not_before: Gauge,
    not_after: Gauge,
    refused: Gauge,
}

impl Gauges {
    fn new(purpose: &'static str) -> Self {
        Self {
            not_before: gauge!("tls_certificate_not_before_timestamp_seconds", "purpose" => purpose),
            not_after: gauge!("tls_certificate_not_after_timestamp_seconds", "purpose" => purpose),
            refused: gauge!("tls_certificate_refused", "purpose" => purpose),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2⁵³")]
    fn show(&self, certificate: &Certificate) {
        self.not_before.set(certificate.not_before as f64);
        self.not_after.set(certificate.not_after as f64);
    }

    /// Notes that what lies there is not good. `told` once for each content: a broken file stays broken each second.
    fn refuse(&self, purpose: &'static str, error: &Error, told: bool) {
        self.refused.set(1.0);
        if told {
            tracing::error!(purpose, %error, "the certificate's files are not good: the one before stays in use");
        }
    }
}
