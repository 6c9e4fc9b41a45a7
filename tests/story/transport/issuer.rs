//! An issuer of JWTs made for a test, which can also issue wrong ones.

use std::path::PathBuf;
use std::time::Duration;

use askonce::server::{Algorithm, JwtAccess, JwtTerms};
use data_encoding::BASE64URL_NOPAD;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaKeyPair,
};
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://id.example.org";
pub(crate) const AUDIENCE: &str = "askonce-tests";

/// Longest that a JWT may live here.
pub(crate) const LIFETIME_S: i64 = 600;

/// A key that signs.
pub(crate) enum Signer {
    Rsa(RsaKeyPair),
    Point(EcdsaKeyPair),
    Edwards(Ed25519KeyPair),
}

impl Signer {
    pub(crate) fn rsa() -> Self {
        let key = include_bytes!("rsa_for_tests_only.pk8");
        Self::Rsa(RsaKeyPair::from_pkcs8(key).unwrap())
    }

    pub(crate) fn point() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self::Point(EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).unwrap())
    }

    pub(crate) fn edwards() -> Self {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::Edwards(Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap())
    }

    /// The public key as a set lists it.
    pub(crate) fn public(&self, id: &str) -> Value {
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        match self {
            Self::Rsa(key) => {
                let parts: PublicKeyComponents<Vec<u8>> = key.public().into();
                json!({"kty": "RSA", "kid": id, "use": "sig", "n": text(&parts.n), "e": text(&parts.e)})
            }
            Self::Point(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "kid": id, "alg": "ES256", "x": text(x), "y": text(y)})
            }
            Self::Edwards(key) => {
                let x = text(key.public_key().as_ref());
                json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": x})
            }
        }
    }

    /// A JWT with a header and claims, signed as the header says, as far as the key can.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let random = SystemRandom::new();
        let bytes = message.as_bytes();
        let signed = match self {
            Self::Rsa(key) => {
                let mut signed = vec![0; key.public().modulus_len()];
                let padding: &'static dyn ring::signature::RsaEncoding = if header["alg"] == "PS256"
                {
                    &RSA_PSS_SHA256
                } else {
                    &RSA_PKCS1_SHA256
                };
                key.sign(padding, &random, bytes, &mut signed).unwrap();
                signed
            }
            Self::Point(key) => key.sign(&random, bytes).unwrap().as_ref().to_vec(),
            Self::Edwards(key) => key.sign(bytes).as_ref().to_vec(),
        };
        format!("{message}.{}", BASE64URL_NOPAD.encode(&signed))
    }
}

/// Header and claims as they are signed.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    format!("{}.{}", part(header), part(claims))
}

/// Claims of a requester of the council that hold now.
pub(crate) fn claims() -> Value {
    let now = now();
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "system-7", "iat": now, "nbf": now,
        "exp": now + 300, "askonce_role": "requester", "askonce_organisation": "council",
    })
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the server under test reads the same clock"
    )]
    jiff::Timestamp::now().as_second()
}

/// How JWTs of this issuer are taken.
pub(crate) fn taken(keys: PathBuf) -> JwtAccess {
    JwtAccess {
        terms: JwtTerms {
            issuer: ISSUER.into(),
            audience: AUDIENCE.into(),
            algorithms: vec![
                Algorithm::RS256,
                Algorithm::PS256,
                Algorithm::ES256,
                Algorithm::EdDSA,
            ],
            lifetime_max: Duration::from_secs(LIFETIME_S.unsigned_abs()),
            role_claim: "askonce_role".into(),
            organisation_claim: "askonce_organisation".into(),
            homes_claim: "askonce_homes".into(),
        },
        keys,
    }
}
