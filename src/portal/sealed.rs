//! What is kept for whoever holds a secret: found by the secret's digest, and sealed under a key
//! that only the secret gives.
//!
//! **Architecture invariant:** whoever reads all that a store keeps can neither use a link or a
//! session nor learn whose it is: only the letter and the cookie hold the secret.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::broker::{BrokerError, Entropy};
use crate::domain::digest::{Digest, derive};

/// Longest secret that is looked up, in bytes: ours have 32.
pub(super) const SECRET_BYTES_MAX: usize = 64;

/// For what secrets are: their digests and keys have nothing to do with those of any other use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Use {
    /// Under which what is kept is found.
    pub(super) found_by: &'static str,
    /// Under which it is sealed.
    pub(super) sealed_by: &'static str,
}

impl Use {
    /// What something is found by.
    pub(super) fn key(self, secret: &[u8]) -> Digest {
        derive(self.found_by, secret)
    }

    /// Seals what is kept.
    ///
    /// # Errors
    /// What cannot be written down, which is a fault of ours.
    pub(super) fn seal(
        self,
        secret: &[u8],
        value: &impl Serialize,
        entropy: &Entropy,
    ) -> Result<Vec<u8>, BrokerError> {
        let text = serde_json::to_vec(value);
        let mut text = text.map_err(|error| BrokerError::Internal(error.to_string()))?;
        let mut nonce = [0; NONCE_LEN];
        entropy(&mut nonce);
        let sealing = self.cipher(secret).seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::empty(),
            &mut text,
        );
        sealing.map_err(|_| BrokerError::Internal("what passes cannot be sealed".to_owned()))?;
        let mut sealed = nonce.to_vec();
        sealed.append(&mut text);
        Ok(sealed)
    }

    /// Opens what is kept; none of what was not sealed under this secret, or as another version did.
    pub(super) fn open<T: DeserializeOwned>(self, secret: &[u8], sealed: &[u8]) -> Option<T> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = text.to_vec();
        let opening = self.cipher(secret);
        let text = opening.open_in_place(nonce, Aad::empty(), &mut text).ok()?;
        serde_json::from_slice(text).ok()
    }

    fn cipher(self, secret: &[u8]) -> LessSafeKey {
        let key = derive(self.sealed_by, secret);
        let key = UnboundKey::new(&CHACHA20_POLY1305, key.as_bytes());
        LessSafeKey::new(key.expect("a digest has as many bytes as a key of this cipher"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    const USE: Use = Use {
        found_by: "askonce test found by",
        sealed_by: "askonce test sealed by",
    };

    #[test]
    fn what_is_sealed_opens_under_its_secret_alone_and_says_nothing() {
        let next = AtomicU8::new(0);
        let entropy: Entropy =
            Arc::new(move |bytes: &mut [u8]| bytes.fill(next.fetch_add(1, Ordering::Relaxed)));
        let sealed = USE.seal(b"a secret", &"ann@b.example", &entropy).unwrap();
        let open = |secret: &[u8], sealed: &[u8]| USE.open::<String>(secret, sealed);
        assert_eq!(open(b"a secret", &sealed).as_deref(), Some("ann@b.example"));
        assert_eq!(open(b"another", &sealed), None);
        for at in 0..sealed.len() {
            let mut torn = sealed.clone();
            torn[at] ^= 1;
            assert_eq!(open(b"a secret", &torn), None, "byte {at}");
            assert_eq!(open(b"a secret", &sealed[..at]), None, "{at} bytes");
        }
        assert!(!sealed.windows(3).any(|three| three == b"ann"));
        let again = USE.seal(b"a secret", &"ann@b.example", &entropy).unwrap();
        assert_ne!(sealed, again, "the same, sealed anew, looks other");
        let other = Use {
            found_by: "askonce test other",
            ..USE
        };
        assert_ne!(USE.key(b"a secret"), other.key(b"a secret"));
        assert_ne!(USE.key(b"a secret"), derive(USE.sealed_by, b"a secret"));
    }
}
