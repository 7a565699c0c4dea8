//! TLS at the door: HTTP/2 or HTTP/1.1 as both sides like best, under a certificate that can change meanwhile, and within a
//! time. Who came by TLS is told to come so again.

use std::{
    io::{Error, ErrorKind, Result},
    sync::Arc,
    time::Duration,
};

use http::{HeaderValue, Response, header};
use metrics::{Counter, counter};
use tokio::time::timeout;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, server::ResolvesServerCert, sign::SingleCertAndKey},
    server::TlsStream,
};
use usher::tls::{self, Chain, Followed};

use super::patient::Patient;
use crate::config::TlsConfig;

/// What metrics and the log call it.
const PURPOSE: &str = "door";
/// What is spoken inside, the best first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// TLS at the door.
#[derive(Debug)]
pub(crate) struct Tls {
    settings: Followed<ServerConfig>,
    handshake_max: Duration,
    strict: Option<HeaderValue>,
    handshakes: Handshakes,
}

/// How agreeing on TLS went.
struct Handshakes {
    ok: Counter,
    failed: Counter,
    late: Counter,
}

impl Tls {
    /// TLS where there is a certificate, the files of which it follows by itself: in a runtime only.
    pub(crate) fn new(config: &TlsConfig) -> std::result::Result<Option<Self>, tls::Error> {
        let (Some(chain), Some(key)) = (&config.listen_cert_file, &config.listen_key_file) else { return Ok(None) };
        let settings = tls::follow(PURPOSE, vec![chain.clone(), key.clone()], |contents, now| {
            let [chain, key] = contents else { return Err(tls::Error::NoCertificate) };
            let chain = Chain::read(chain, key, now)?;
            let certificate = chain.certificate.clone();
            Ok((settings(chain)?, certificate))
        })?;
        let strict = Some(config.hsts_seconds).filter(|seconds| *seconds > 0);
        Ok(Some(Self {
            settings,
            handshake_max: Duration::from_millis(config.handshake_ms_max),
            strict: strict.and_then(|seconds| HeaderValue::try_from(format!("max-age={seconds}")).ok()),
            handshakes: Handshakes::new(),
        }))
    }

    /// Agrees on TLS, under the certificate of now. Kept apart from the connection: it is large.
    pub(super) async fn accept(&self, stream: Patient) -> Result<Box<TlsStream<Patient>>> {
        let accepted = timeout(self.handshake_max, TlsAcceptor::from(self.settings.now()).accept(stream)).await;
        match accepted {
            Ok(Ok(stream)) => {
                self.handshakes.ok.increment(1);
                Ok(Box::new(stream))
            }
            Ok(Err(error)) => {
                self.handshakes.failed.increment(1);
                Err(error)
            }
            Err(_) => {
                self.handshakes.late.increment(1);
                Err(Error::new(ErrorKind::TimedOut, "TLS was not agreed on in time"))
            }
        }
    }

    /// What browsers are told: to come by TLS only.
    pub(super) fn strict(&self) -> Option<HeaderValue> {
        self.strict.clone()
    }
}

/// Tells a browser to keep to TLS.
pub(super) fn keep_to<B>(mut response: Response<B>, strict: Option<&HeaderValue>) -> Response<B> {
    if let Some(strict) = strict {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, strict.clone());
    }
    response
}

fn settings(chain: Chain) -> std::result::Result<ServerConfig, tls::Error> {
    let certificate: Arc<dyn ResolvesServerCert> = Arc::new(SingleCertAndKey::from(chain.key));
    let mut settings = ServerConfig::builder_with_provider(tls::provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    settings.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok(settings)
}

impl Handshakes {
    fn new() -> Self {
        let ended =
            |outcome: &'static str| counter!("tls_handshakes_total", "purpose" => PURPOSE, "outcome" => outcome);
        Self { ok: ended("ok"), failed: ended("failed"), late: ended("late") }
    }
}

impl std::fmt::Debug for Handshakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handshakes").finish_non_exhaustive()
    }
}
