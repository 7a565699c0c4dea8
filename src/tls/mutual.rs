//! TLS between parts of Usher, on which both sides prove who they are. One certificate is for both directions. Names of
//! hosts prove nothing here: an instance is reached by its number, and is who its certificate says.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use metrics::{Counter, counter};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{
    TlsAcceptor, TlsConnector,
    client::TlsStream as Outgoing,
    rustls::{
        self, ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig, SignatureScheme,
        client::{
            ResolvesClientCert,
            danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
            verify_server_cert_signed_by_trust_anchor,
        },
        crypto::{CryptoProvider, verify_tls13_signature},
        pki_types::{CertificateDer, ServerName, UnixTime},
        server::{ParsedCertificate, ResolvesServerCert, WebPkiClientVerifier},
        sign::SingleCertAndKey,
        version::TLS13,
    },
    server::TlsStream as Incoming,
};

use super::{Certificate, Chain, Error, Followed, Trusted, follow, identity::Identity, provider};

/// What metrics and the log call it.
const PURPOSE: &str = "mesh";
/// The longest that agreeing on TLS may take.
const HANDSHAKE_MAX: Duration = Duration::from_secs(5);
/// What is spoken inside.
const HTTP_2: &[u8] = b"h2";

/// How parts of Usher prove to each other who they are.
#[derive(Debug, Clone, Args)]
pub struct MutualConfig {
    /// This program's certificate among the parts of Usher, in PEM form: its own, then those that vouch for it. With it all
    /// calls between them are TLS, on which both sides show theirs. A new one is in use a second after its file has changed.
    #[arg(long, env, requires = "tls_key_file", requires = "tls_ca_file")]
    pub tls_cert_file: Option<PathBuf>,
    /// The key of that certificate, in PEM form.
    #[arg(long, env, requires = "tls_cert_file")]
    pub tls_key_file: Option<PathBuf>,
    /// The certificates, in PEM form, of who vouches for the parts of Usher. While one is replaced, both.
    #[arg(long, env, requires = "tls_cert_file")]
    pub tls_ca_file: Option<PathBuf>,
}

/// Proves who this program is, and asks others. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Mutual {
    settings: Followed<Settings>,
    refused: Refused,
}

#[derive(Debug)]
struct Settings {
    own: Identity,
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

impl Mutual {
    /// As it is configured; `None` where it is not. It follows the files by itself: in a runtime only.
    pub fn new(config: &MutualConfig) -> Result<Option<Self>, Error> {
        let files = [&config.tls_cert_file, &config.tls_key_file, &config.tls_ca_file];
        let files: Vec<_> = files.into_iter().flatten().cloned().collect();
        if files.is_empty() {
            return Ok(None);
        }
        let settings = follow(PURPOSE, files, |contents, now| {
            let [chain, key, authorities] = contents else { return Err(Error::NoCertificate) };
            let chain = Chain::read(chain, key, now)?;
            let certificate = chain.certificate.clone();
            Ok((Settings::new(chain, &Trusted::read(authorities)?)?, certificate))
        })?;
        Ok(Some(Self { settings, refused: Refused::new() }))
    }

    /// Asks who comes, and proves who this is. Answers who it is that came.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<(Incoming<TcpStream>, Identity)> {
        let settings = self.settings.now();
        let accepting = TlsAcceptor::from(Arc::clone(&settings.server)).accept(stream);
        let accepted = async {
            let stream = in_time(accepting).await?;
            let identity = settings.other(stream.get_ref().1.peer_certificates())?;
            Ok((stream, identity))
        };
        accepted.await.inspect_err(|error: &io::Error| {
            tracing::debug!(%error, "somebody who came did not prove to be a part of Usher");
            self.refused.coming.increment(1);
        })
    }

    /// Proves who this is, and sees that the other side is `service`.
    pub(crate) async fn connect(&self, stream: TcpStream, service: &'static str) -> io::Result<Outgoing<TcpStream>> {
        let settings = self.settings.now();
        let name = ServerName::try_from(service).map_err(io::Error::other)?;
        let connecting = TlsConnector::from(Arc::clone(&settings.client)).connect(name, stream);
        let connected = async {
            let stream = in_time(connecting).await?;
            let other = settings.other(stream.get_ref().1.peer_certificates())?;
            match other.service == service {
                true => Ok(stream),
                false => Err(io::Error::other(format!("{service} was called, and {other} answered"))),
            }
        };
        connected.await.inspect_err(|error: &io::Error| {
            tracing::warn!(service, %error, "a service does not prove who it is");
            self.refused.called.increment(1);
        })
    }
}

async fn in_time<T>(handshake: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = || io::Error::new(io::ErrorKind::TimedOut, "TLS was not agreed on in time");
    timeout(HANDSHAKE_MAX, handshake).await.map_err(|_| late())?
}

impl Settings {
    fn new(chain: Chain, trusted: &Trusted) -> Result<Self, Error> {
        let own = Identity::of(&chain.certificate).ok_or(Error::NoIdentity)?;
        let key = Arc::new(SingleCertAndKey::from(chain.key));
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::clone(&trusted.0), provider()).build()?;
        let server_key: Arc<dyn ResolvesServerCert> = Arc::<SingleCertAndKey>::clone(&key);
        let mut server = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(clients)
            .with_cert_resolver(server_key);
        server.alpn_protocols = vec![HTTP_2.to_vec()];
        let client_key: Arc<dyn ResolvesClientCert> = key;
        let mut client = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Vouched { roots: Arc::clone(&trusted.0), provider: provider() }))
            .with_client_cert_resolver(client_key);
        client.alpn_protocols = vec![HTTP_2.to_vec()];
        Ok(Self { own, server: Arc::new(server), client: Arc::new(client) })
    }

    /// Who showed these certificates.
    fn other(&self, shown: Option<&[CertificateDer<'_>]>) -> io::Result<Identity> {
        let certificate = shown.and_then(<[_]>::first).and_then(|first| Certificate::read(first));
        let identity = certificate.as_ref().and_then(Identity::of);
        identity.filter(|identity| self.own.is_with(identity)).ok_or_else(|| {
            let uris = certificate.map(|certificate| certificate.uris).unwrap_or_default();
            io::Error::other(format!("no part of this mesh: {uris:?}"))
        })
    }
}

/// That somebody trusted vouches for a server. Who it is, is asked once the connection stands.
#[derive(Debug)]
struct Vouched {
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Vouched {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let certificate = ParsedCertificate::try_from(certificate)?;
        let known = self.provider.signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&certificate, &self.roots, others, now, known)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::PeerIncompatible::Tls12NotOfferedOrEnabled.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Connections that did not come up, since one side did not prove who it is.
#[derive(Clone)]
struct Refused {
    coming: Counter,
    called: Counter,
}

impl Refused {
    fn new() -> Self {
        let of = |side: &'static str| counter!("tls_peers_refused_total", "side" => side);
        Self { coming: of("caller"), called: of("called") }
    }
}

impl std::fmt::Debug for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refused").finish_non_exhaustive()
    }
}
