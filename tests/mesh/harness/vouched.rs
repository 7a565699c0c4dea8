//! Certificates of parts of Usher, and who vouches for them.

use std::path::PathBuf;

use clap::Parser;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType};
use tempfile::TempDir;
use usher::tls::{Mutual, MutualConfig};

/// Somebody who vouches.
pub struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A part's files.
pub struct Files(TempDir);

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    tls: MutualConfig,
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// What is to be trusted by who trusts it.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate and its key for whoever that address (`spiffe://…`) is.
    pub fn vouch(&self, uri: &str) -> [String; 2] {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        [params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem()]
    }

    /// The files of that service in the mesh under test.
    pub fn files(&self, service: &str) -> Files {
        self.files_of(&format!("spiffe://usher/ns/mesh/sa/{service}"))
    }

    /// The files of whoever that address is.
    pub fn files_of(&self, uri: &str) -> Files {
        let files = Files(tempfile::tempdir().unwrap());
        files.write(&self.vouch(uri), &self.pem);
        files
    }
}

impl Files {
    /// Replaces all of them.
    pub fn write(&self, [chain, key]: &[String; 2], authorities: &str) {
        for (name, content) in [("ca.crt", authorities), ("tls.crt", chain), ("tls.key", key)] {
            std::fs::write(self.path(name), content).unwrap();
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What a program is told.
    pub fn environment(&self) -> [(&'static str, String); 3] {
        let path = |name| self.path(name).display().to_string();
        [("TLS_CERT_FILE", path("tls.crt")), ("TLS_KEY_FILE", path("tls.key")), ("TLS_CA_FILE", path("ca.crt"))]
    }

    /// What proves in this process to be whom the files are for.
    pub fn mutual(&self) -> Mutual {
        let flags =
            self.environment().map(|(name, path)| format!("--{}={path}", name.to_lowercase().replace('_', "-")));
        let settings = Settings::try_parse_from(["test".to_owned()].into_iter().chain(flags)).unwrap();
        Mutual::new(&settings.tls).unwrap().unwrap()
    }
}
