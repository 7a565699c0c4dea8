//! Files in PEM form, as TLS needs them.

use std::{io, path::PathBuf, sync::Arc};

use tokio_rustls::rustls::{
    self, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};

use super::{Certificate, provider};

/// What is wrong with files. Tells what is in none of them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file can't be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// There is no certificate in it.
    #[error(
        "the certificate's file holds no certificate: it must be in PEM form, the certificate first, then those that vouch for it"
    )]
    NoCertificate,
    /// There is no key in it.
    #[error("the key's file holds no private key in PEM form (PKCS#8, PKCS#1 or SEC1)")]
    NoKey,
    /// There is nothing in it to trust.
    #[error("the authority's file holds no certificate in PEM form")]
    NoAuthority,
    /// Certificate and key are no pair, or of a kind that TLS does not know.
    #[error("the certificate and the key don't go together: {0}")]
    NoPair(rustls::Error),
    /// Its time is over, or has not come.
    #[error(
        "the certificate is good from {not_before} to {not_after} only, and now it is {now} (seconds since 1970): renew it"
    )]
    OutOfTime {
        /// Since when it is good.
        not_before: i64,
        /// Until when.
        not_after: i64,
        /// Now.
        now: i64,
    },
    /// What the files say makes no settings for TLS.
    #[error("TLS: {0}")]
    Settings(#[from] rustls::Error),
    /// Who is trusted can't vouch for clients.
    #[error("the authority: {0}")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
    /// The certificate is not for a part of Usher.
    #[error("the certificate is for no service: it must have one URI, spiffe://<domain>/ns/<namespace>/sa/<service>")]
    NoIdentity,
}

/// A certificate with those that vouch for it, and its key.
#[derive(Debug, Clone)]
pub struct Chain {
    /// What TLS shows, and proves to have.
    pub key: Arc<CertifiedKey>,
    /// What the certificate says.
    pub certificate: Certificate,
}

impl Chain {
    /// Reads both files' contents at `now`, in seconds since 1970.
    pub fn read(chain: &[u8], key: &[u8], now: i64) -> Result<Self, Error> {
        let chain: Vec<_> =
            CertificateDer::pem_slice_iter(chain).collect::<Result<_, _>>().map_err(|_| Error::NoCertificate)?;
        let certificate = chain.first().and_then(|first| Certificate::read(first)).ok_or(Error::NoCertificate)?;
        let Certificate { not_before, not_after, .. } = certificate;
        if !(not_before..not_after).contains(&now) {
            return Err(Error::OutOfTime { not_before, not_after, now });
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| Error::NoKey)?;
        let key = CertifiedKey::from_der(chain, key, &provider()).map_err(Error::NoPair)?;
        Ok(Self { key: Arc::new(key), certificate })
    }
}

/// Whose word counts.
#[derive(Debug, Clone)]
pub struct Trusted(pub Arc<RootCertStore>);

impl Trusted {
    /// Reads a file's contents. While an authority is replaced, both of them are in it.
    pub fn read(authorities: &[u8]) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        for authority in CertificateDer::pem_slice_iter(authorities) {
            roots.add(authority.map_err(|_| Error::NoAuthority)?)?;
        }
        if roots.is_empty() { Err(Error::NoAuthority) } else { Ok(Self(Arc::new(roots))) }
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    const NOW: i64 = 1_600_000_000;

    fn made(until: i32) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["usher.example".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until, 1, 1));
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    fn read(chain: &str, key: &str) -> Result<Chain, Error> {
        Chain::read(chain.as_bytes(), key.as_bytes(), NOW)
    }

    #[test]
    fn a_certificate_and_its_own_key_are_taken_and_nothing_else() {
        let ((chain, key), (_, other_key), (old, old_key)) = (made(2021), made(2021), made(2020));
        assert!(read(&chain, &key).is_ok());
        assert!(matches!(read(&chain, &other_key), Err(Error::NoPair(_))));
        assert!(matches!(read(&old, &old_key), Err(Error::OutOfTime { now: NOW, .. })));
        assert!(matches!(read(&key, &key), Err(Error::NoCertificate)));
        assert!(matches!(read(&chain, &chain), Err(Error::NoKey)));
        assert!(matches!(read("", ""), Err(Error::NoCertificate)));
        let half = &chain[..chain.len() / 2];
        assert!(matches!(read(half, &key), Err(Error::NoCertificate)), "still being written");
    }

    #[test]
    fn several_may_be_trusted_but_not_nobody() {
        let ((one, _), (two, _)) = (made(2021), made(2022));
        assert_eq!(Trusted::read(format!("{one}{two}").as_bytes()).unwrap().0.len(), 2);
        assert!(matches!(Trusted::read(b"nobody"), Err(Error::NoAuthority)));
    }
}
