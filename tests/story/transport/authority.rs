//! Authorities and certificates made for a test.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use askonce::server::TlsFiles;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

/// An authority that certifies servers and clients.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate with its key, both PEM.
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
    /// The certificate's SHA-256 digest.
    pub(crate) sha256: [u8; 32],
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let key = KeyPair::generate().unwrap();
        Self {
            issuer: CertifiedIssuer::self_signed(params, key).unwrap(),
        }
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A server's certificate for this machine.
    pub(crate) fn server(&self) -> Pair {
        self.server_of(&["localhost", "127.0.0.1"])
    }

    /// A certificate of a server by these names.
    pub(crate) fn server_of(&self, names: &[&str]) -> Pair {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let params = CertificateParams::new(names).unwrap();
        self.sign(params, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A client's certificate, with a URI among its names.
    pub(crate) fn client(&self, uri: &str) -> Pair {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())];
        self.sign(params, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn sign(&self, mut params: CertificateParams, usage: ExtendedKeyUsagePurpose) -> Pair {
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let digest = ring::digest::digest(&ring::digest::SHA256, certificate.der());
        Pair {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            sha256: digest.as_ref().try_into().unwrap(),
        }
    }
}

/// A folder with a server's certificate, its key, and authorities for clients.
pub(crate) struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    pub(crate) fn new(server: &Pair) -> Self {
        let files = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        files.replace(server);
        files
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Puts another certificate with its key in the place of what is there.
    pub(crate) fn replace(&self, server: &Pair) {
        self.write("server.pem", &server.certificate);
        self.write("server.key", &server.key);
    }

    pub(crate) fn tls(&self) -> TlsFiles {
        TlsFiles {
            certificate: self.path("server.pem"),
            key: self.path("server.key"),
            client_authority: None,
            is_client_certificate_required: false,
        }
    }

    /// As [`Files::tls`], where clients may show certificates of an authority.
    pub(crate) fn mutual_tls(&self, clients: &Authority) -> TlsFiles {
        self.write("clients.pem", &clients.pem());
        TlsFiles {
            client_authority: Some(self.path("clients.pem")),
            ..self.tls()
        }
    }
}

impl Authority {
    /// A connection to a server that has shaken hands, and said nothing else.
    pub(crate) async fn shaken(&self, address: std::net::SocketAddr) -> TlsStream<TcpStream> {
        self.shaken_for(address, &[b"h2"]).await
    }

    /// The same by somebody who speaks certain protocols.
    pub(crate) async fn shaken_for(
        &self,
        address: std::net::SocketAddr,
        protocols: &[&[u8]],
    ) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        let stream = TcpStream::connect(address).await.unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        let name = "localhost".try_into().unwrap();
        connector.connect(name, stream).await.unwrap()
    }
}
