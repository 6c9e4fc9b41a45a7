//! Encrypted connections: certificate, key, and the authority for clients, from PEM files.
//!
//! TLS 1.2 and 1.3, with HTTP/2, for browsers HTTP/1.1 too. Sessions are not resumed: each connection proves itself anew, by
//! what the files say now.

use std::path::PathBuf;
use std::sync::Arc;

use ::ring::digest;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{self, InconsistentKeys, RootCertStore, ServerConfig};
use webpki::EndEntityCert;

use super::files;
use crate::broker::ClientCertificate;
use crate::domain::digest::Digest;
use crate::domain::fault::Faults;

/// The protocols that are spoken inside, those liked best first.
const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";

/// For whom connections are encrypted: by which names its files are configured, and what is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// Systems: the API.
    Api,
    /// Browsers: the pages.
    Pages,
}

impl Door {
    fn certificate(self) -> &'static str {
        match self {
            Self::Api => "tls.certificate",
            Self::Pages => "portal.tls_certificate",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Api => "tls.key",
            Self::Pages => "portal.tls_key",
        }
    }

    fn protocols(self) -> Vec<Vec<u8>> {
        match self {
            Self::Api => vec![HTTP_2.to_vec()],
            Self::Pages => vec![HTTP_2.to_vec(), HTTP_1.to_vec()],
        }
    }
}

/// Files for encrypted connections, all PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate, and those between it and an authority.
    pub certificate: PathBuf,
    /// The certificate's private key.
    pub key: PathBuf,
    /// Authorities whose certificates clients may show; without them none is asked for.
    pub client_authority: Option<PathBuf>,
    /// Whether a client without such a certificate is turned away in the handshake.
    pub is_client_certificate_required: bool,
}

/// What the files held at one time.
pub(super) struct TlsMaterial {
    door: Door,
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_authority: Option<Vec<u8>>,
    is_client_certificate_required: bool,
}

impl TlsMaterial {
    /// Reads the files.
    pub(super) fn read(door: Door, files: &TlsFiles) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let mut take = |key: &str, path: &PathBuf| {
            faults.take(key, files::read(path).map_err(|why| Faults::one("", why)))
        };
        let certificate = take(door.certificate(), &files.certificate);
        let key = take(door.key(), &files.key);
        let client_authority = files.client_authority.as_ref();
        let client_authority = client_authority.map(|path| take("tls.client_authority", path));
        match (certificate, key, faults.into_result()) {
            (_, _, Err(faults)) => Err(faults),
            (Some(certificate), Some(key), Ok(())) => Ok(Self {
                door,
                certificate,
                key,
                client_authority: client_authority.flatten(),
                is_client_certificate_required: files.is_client_certificate_required,
            }),
            _ => Err(Faults::one("tls", "could not be read")),
        }
    }

    /// What tells this state of the files from another.
    pub(super) fn digest(&self) -> Digest {
        let authority = self.client_authority.as_deref().unwrap_or_default();
        files::digest([&*self.certificate, &*self.key, authority])
    }

    /// How connections are encrypted with this.
    ///
    /// # Errors
    /// Every fault; none quotes a file.
    pub(super) fn config(&self) -> Result<Arc<ServerConfig>, Faults> {
        let provider = Arc::new(ring::default_provider());
        let mut faults = Faults::new();
        let own = faults.take("", self.certified_key(&provider));
        let verifier = faults.take("tls.client_authority", self.verifier(&provider));
        let (own, verifier) = match (own, verifier, faults.into_result()) {
            (Some(own), Some(verifier), Ok(())) => (own, verifier),
            (_, _, outcome) => {
                outcome?;
                return Err(Faults::one("tls", "is not whole"));
            }
        };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| Faults::one("tls", error.to_string()))?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(own)));
        config.alpn_protocols = self.door.protocols();
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }

    /// The certificate with its key, if they belong together.
    fn certified_key(&self, provider: &CryptoProvider) -> Result<CertifiedKey, Faults> {
        let mut faults = Faults::new();
        let chain = faults.take(self.door.certificate(), certificates(&self.certificate));
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .ok()
            .and_then(|key| provider.key_provider.load_private_key(key).ok());
        if key.is_none() {
            faults.add(
                self.door.key(),
                "holds no private key in PEM that can be used (RSA, ECDSA P-256 or P-384, Ed25519; \
                 no password)",
            );
        }
        let (Some(chain), Some(key)) = (chain, key) else {
            return Err(faults);
        };
        let own = CertifiedKey::new(chain, key);
        match own.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(own),
            Err(rustls::Error::InconsistentKeys(_)) => Err(Faults::one(
                self.door.key(),
                format!(
                    "is not the key of the first certificate in `{}`",
                    self.door.certificate()
                ),
            )),
            Err(error) => Err(Faults::one(self.door.certificate(), error.to_string())),
        }
    }

    /// Who checks what clients show.
    fn verifier(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ClientCertVerifier>, Faults> {
        let Some(authority) = &self.client_authority else {
            return Ok(WebPkiClientVerifier::no_client_auth());
        };
        let mut roots = RootCertStore::empty();
        for certificate in certificates(authority)? {
            let added = roots.add(certificate);
            added.map_err(|error| Faults::one("", format!("holds a bad authority: {error}")))?;
        }
        let builder =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        let verifier = if self.is_client_certificate_required {
            builder.build()
        } else {
            builder.allow_unauthenticated().build()
        };
        verifier.map_err(|error| Faults::one("", error.to_string()))
    }
}

/// Every certificate of a PEM file, each of which parses.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Faults> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    // The error may quote a line of the file, which may be the wrong file: a key.
    let read = read.map_err(|_| Faults::one("", "is not well-formed PEM"))?;
    if read.is_empty() {
        return Err(Faults::one("", "holds no certificate in PEM"));
    }
    for (position, certificate) in read.iter().enumerate() {
        EndEntityCert::try_from(certificate).map_err(|error| {
            Faults::one(
                "",
                format!("has as certificate {} none: {error}", position + 1),
            )
        })?;
    }
    Ok(read)
}

/// What a client's certificate is known by; none if it cannot be read.
pub(super) fn client_certificate(certificate: &CertificateDer<'_>) -> Option<ClientCertificate> {
    let parsed = EndEntityCert::try_from(certificate).ok()?;
    let uris = parsed.valid_uri_names().map(ToOwned::to_owned);
    let digest = digest::digest(&digest::SHA256, certificate.as_ref());
    let digest = digest.as_ref().try_into().ok()?;
    Some(ClientCertificate::new(digest, uris))
}
