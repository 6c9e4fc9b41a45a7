//! What a client certificate is known by.

use std::fmt;

use data_encoding::HEXLOWER;

/// Longest URI by which a certificate is known, in bytes: it becomes the author of what its holder
/// does, in every event.
const URI_BYTES_MAX: usize = 200;

/// Most URIs that are read of one certificate: it names one caller.
const URIS_MAX: usize = 8;

/// A name by which a table knows a client certificate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CertificateName {
    /// A URI among its subject alternative names, compared byte by byte.
    Uri(String),
    /// The SHA-256 digest of the whole certificate in DER.
    Sha256([u8; 32]),
}

impl CertificateName {
    /// A certificate known by a URI.
    ///
    /// # Errors
    /// What is wrong with the URI.
    pub fn uri(text: &str) -> Result<Self, String> {
        let has_scheme = text
            .split_once(':')
            .is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty());
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if !has_scheme || !is_plain || text.len() > URI_BYTES_MAX {
            return Err(format!(
                "expected a URI of at most {URI_BYTES_MAX} characters, such as \
                 spiffe://example.org/council or urn:example:council"
            ));
        }
        Ok(Self::Uri(text.to_owned()))
    }

    /// A certificate known by its digest: 64 hexadecimal digits, colons between them or not.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn sha256(text: &str) -> Result<Self, String> {
        let digits: String = text.chars().filter(|c| *c != ':').collect();
        let bytes = HEXLOWER.decode(digits.to_ascii_lowercase().as_bytes());
        let bytes = bytes
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(Self::Sha256).ok_or_else(|| {
            "expected 64 hexadecimal digits, as `openssl x509 -noout -fingerprint -sha256` prints"
                .to_owned()
        })
    }
}

impl fmt::Display for CertificateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uri(uri) => f.write_str(uri),
            Self::Sha256(digest) => write!(f, "sha256:{}", HEXLOWER.encode(digest)),
        }
    }
}

/// A certificate whose holder proved, in the handshake, to have its key, and whose chain ends at
/// the authority for clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    digest: [u8; 32],
    uris: Vec<String>,
}

impl ClientCertificate {
    /// A certificate of this SHA-256 digest with these URIs among its names.
    pub fn new(digest: [u8; 32], uris: impl IntoIterator<Item = String>) -> Self {
        Self {
            digest,
            uris: uris.into_iter().take(URIS_MAX).collect(),
        }
    }

    /// Every name by which it may be known, its digest first.
    pub(super) fn names(&self) -> impl Iterator<Item = CertificateName> {
        let uris = self.uris.iter().cloned().map(CertificateName::Uri);
        std::iter::once(CertificateName::Sha256(self.digest)).chain(uris)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_tools_print_them() {
        let hex = "0a".repeat(32);
        let colons = vec!["0A"; 32].join(":");
        let name = CertificateName::sha256(&hex).unwrap();
        assert_eq!(CertificateName::sha256(&colons).unwrap(), name);
        assert_eq!(name.to_string(), format!("sha256:{hex}"));
        assert!(CertificateName::sha256("0a").is_err());
        assert!(CertificateName::uri("urn:example:council").is_ok());
        for wrong in [
            "",
            "council",
            "urn:",
            "urn:a b",
            &format!("urn:{hex:0<300}"),
        ] {
            assert!(CertificateName::uri(wrong).is_err(), "{wrong}");
        }
    }
}
