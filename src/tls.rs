//! Certificates: read from files, looked at again while the process runs, watched by metrics. What TLS is for, the door's
//! or that of the arrows between services, is the caller's.

mod certificate;
mod files;
mod following;
mod identity;
mod mutual;

pub use certificate::Certificate;
pub use files::{Chain, Error, Trusted};
pub use following::{Followed, follow};
pub use identity::Identity;
pub use mutual::{Mutual, MutualConfig};

use std::sync::Arc;

use tokio_rustls::rustls::crypto::{CryptoProvider, ring};

/// The one library that computes for TLS here.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
