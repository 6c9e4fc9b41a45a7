//! The public keys of an issuer: a JSON Web Key Set, RFC 7517.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
pub use jsonwebtoken::Algorithm;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use serde::Deserialize;
use serde_json::Value;

use crate::domain::fault::Faults;

/// Every algorithm that may be allowed, with its name: none by which whoever can check a signature
/// can also make one.
pub const ALGORITHMS: [(&str, Algorithm); 4] = [
    ("RS256", Algorithm::RS256),
    ("PS256", Algorithm::PS256),
    ("ES256", Algorithm::ES256),
    ("EdDSA", Algorithm::EdDSA),
];

/// Most keys of a set: an issuer rotates between two or three.
const KEYS_MAX: usize = 100;

/// Longest id of a key, in bytes.
const KEY_ID_BYTES_MAX: usize = 200;

/// Fewest bytes of an RSA modulus: 2,048 bits.
const MODULUS_BYTES_MIN: usize = 256;

/// Public keys by id.
#[derive(Debug, Clone)]
pub struct KeySet {
    keys: BTreeMap<String, PublicKey>,
}

/// A key with what it may check.
#[derive(Debug, Clone)]
pub(super) struct PublicKey {
    pub(super) key: DecodingKey,
    algorithms: Vec<Algorithm>,
}

impl PublicKey {
    /// Whether it may check a signature of this algorithm.
    pub(super) fn checks(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }
}

#[derive(Deserialize)]
struct RawSet {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a key set. Keys for other uses than signatures, or of other kinds, are left out.
    ///
    /// # Errors
    /// Every fault: no JSON, a key without an id or with the id of another, a weak key, one that
    /// should be secret, a set of which no key can be used.
    pub fn read(bytes: &[u8]) -> Result<Self, Faults> {
        let raw: RawSet = serde_json::from_slice(bytes).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            Faults::one("", format!("is not a JSON Web Key Set ({place})"))
        })?;
        if raw.keys.len() > KEYS_MAX {
            return Err(Faults::one("keys", format!("are more than {KEYS_MAX}")));
        }
        let mut faults = Faults::new();
        let mut keys = BTreeMap::new();
        for (position, value) in raw.keys.iter().enumerate() {
            let path = format!("keys[{position}]");
            match read_key(value) {
                Ok(None) => {}
                Ok(Some((id, key))) => {
                    if keys.insert(id, key).is_some() {
                        faults.add(path, "has the `kid` of another key");
                    }
                }
                Err(why) => faults.add(path, why),
            }
        }
        if keys.is_empty() && faults.is_empty() {
            faults.add(
                "keys",
                "hold no key for RS256, PS256, ES256 or EdDSA signatures",
            );
        }
        faults.into_result().map(|()| Self { keys })
    }

    /// How many keys can be used.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key can be used; never so for one that was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn key(&self, id: &str) -> Option<&PublicKey> {
        self.keys.get(id)
    }
}

/// A key with its id; none if it is not for us. The error never quotes the key.
fn read_key(value: &Value) -> Result<Option<(String, PublicKey)>, String> {
    let kind = value.get("kty").and_then(Value::as_str).unwrap_or_default();
    if kind == "oct" || value.get("d").is_some() {
        return Err(
            "is secret: a key set holds public keys only; replace the key at its issuer".into(),
        );
    }
    let Ok(jwk) = serde_json::from_value::<Jwk>(value.clone()) else {
        return Ok(None);
    };
    let is_for_signatures = !matches!(
        jwk.common.public_key_use,
        Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_))
    );
    let Some(mut algorithms) = algorithms_of(&jwk.algorithm)?.filter(|_| is_for_signatures) else {
        return Ok(None);
    };
    if let Some(own) = jwk.common.key_algorithm {
        algorithms.retain(|algorithm| format!("{algorithm:?}") == own.to_string());
        if algorithms.is_empty() {
            return Ok(None);
        }
    }
    let id = jwk.common.key_id.clone().unwrap_or_default();
    if id.is_empty() || id.len() > KEY_ID_BYTES_MAX {
        return Err(format!("needs a `kid` of at most {KEY_ID_BYTES_MAX} bytes"));
    }
    let key = DecodingKey::from_jwk(&jwk).map_err(|_| "is not well-formed".to_owned())?;
    Ok(Some((id, PublicKey { key, algorithms })))
}

/// What a key of this kind may check; none if nothing that is taken here.
fn algorithms_of(parameters: &AlgorithmParameters) -> Result<Option<Vec<Algorithm>>, String> {
    let length = |text: &str| {
        BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map(|bytes| bytes.len())
    };
    match parameters {
        AlgorithmParameters::RSA(rsa) => match length(&rsa.n) {
            Ok(bytes) if bytes >= MODULUS_BYTES_MIN => {
                Ok(Some(vec![Algorithm::RS256, Algorithm::PS256]))
            }
            Ok(_) => Err("is an RSA key of fewer than 2,048 bits".into()),
            Err(_) => Err("is not well-formed".into()),
        },
        AlgorithmParameters::EllipticCurve(point) if point.curve == EllipticCurve::P256 => {
            match (length(&point.x), length(&point.y)) {
                (Ok(32), Ok(32)) => Ok(Some(vec![Algorithm::ES256])),
                _ => Err("is not a point of P-256".into()),
            }
        }
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            match length(&pair.x) {
                Ok(32) => Ok(Some(vec![Algorithm::EdDSA])),
                _ => Err("is not an Ed25519 key".into()),
            }
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(keys: &Value) -> Result<usize, Vec<String>> {
        let set = KeySet::read(json!({ "keys": keys }).to_string().as_bytes());
        set.map(|set| set.len())
            .map_err(|faults| faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_set_is_read_whole_or_refused_with_every_fault() {
        let x = BASE64URL_NOPAD.encode(&[9; 32]);
        let ed = json!({"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": x});
        let ec = json!({"kty": "EC", "crv": "P-256", "kid": "b", "x": x, "y": x});
        assert_eq!(read(&json!([ed, ec])), Ok(2));
        let mut unnamed = ed.clone();
        unnamed.as_object_mut().unwrap().remove("kid");
        let weak = json!({"kty": "RSA", "kid": "w", "e": "AQAB", "n": x});
        let secret = json!({"kty": "oct", "kid": "s", "k": x});
        let mut private = ed.clone();
        private["d"] = json!(x);
        let faults = read(&json!([ed, ed, unnamed, weak, secret, private])).unwrap_err();
        assert_eq!(faults.len(), 5, "{faults:?}");
        assert!(faults.iter().all(|fault| !fault.contains(&x)), "{faults:?}");
        // What is for another use is no fault, but does not make a set either.
        let mut encrypting = ed.clone();
        encrypting["use"] = json!("enc");
        let p384 = json!({"kty": "EC", "crv": "P-384", "kid": "c", "x": x, "y": x});
        assert_eq!(read(&json!([ed, encrypting, p384])), Ok(1));
        assert!(read(&json!([encrypting, p384])).is_err());
        assert!(KeySet::read(b"-----BEGIN").is_err());
    }
}
