//! JWTs of one issuer, RFC 7519 and RFC 8725: who is borne out by a signature.
//!
//! The header only chooses among keys and algorithms that configuration allows; keys, addresses
//! and certificates that a JWT brings along are never looked at. Time is the broker's own.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::{Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Number, Value};

use super::key_set::{Algorithm, KeySet};
use super::ring_provider;
use crate::domain::access::{Grant, Principal, Proof};
use crate::domain::digest::derive;

/// Longest JWT worth reading, in bytes: what a header of HTTP/2 holds with room for others.
const JWT_BYTES_MAX: usize = 8 * 1024;

/// By how much the issuer's clock may differ from the broker's.
pub const JWT_LEEWAY: Duration = Duration::from_secs(30);

/// Longest subject, in bytes: it becomes part of the author's id in every event.
const SUBJECT_BYTES_MAX: usize = 200;

/// How much of the issuer's digest stands in a caller's id, in hexadecimal digits.
const ISSUER_DIGITS: usize = 12;

const ISSUER_CONTEXT: &str = "askonce 2026-11-22 jwt issuer v1";

/// What a JWT must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtTerms {
    /// Who issues them: `iss`, compared byte by byte.
    pub issuer: String,
    /// For whom they are: what `aud` is or has among others.
    pub audience: String,
    /// The algorithms taken, of [`ALGORITHMS`](super::ALGORITHMS).
    pub algorithms: Vec<Algorithm>,
    /// The longest time from `iat` to `exp`.
    pub lifetime_max: Duration,
    /// The claim that says the role's word.
    pub role_claim: String,
    /// The claim that says a requester's organisation, by id.
    pub organisation_claim: String,
    /// The claim that lists a home person's homes, by location id.
    pub homes_claim: String,
}

/// An issuer whose JWTs are taken.
#[derive(Debug, Clone)]
pub struct Issuer {
    terms: JwtTerms,
    keys: KeySet,
    /// What the ids of its subjects start with.
    prefix: String,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: Number,
    iat: Number,
    nbf: Option<Number>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl Issuer {
    /// An issuer with its present keys.
    #[must_use]
    pub fn new(terms: JwtTerms, keys: KeySet) -> Self {
        ring_provider::install();
        let digest = derive(ISSUER_CONTEXT, terms.issuer.as_bytes()).to_string();
        let prefix = format!("jwt:{}:", &digest[..ISSUER_DIGITS]);
        Self {
            terms,
            keys,
            prefix,
        }
    }

    /// Whom a JWT names.
    ///
    /// # Errors
    /// Why it is refused, for the log: it quotes nothing of the JWT.
    pub(in crate::broker) fn principal_of(
        &self,
        jwt: &str,
        now: Timestamp,
    ) -> Result<Principal, &'static str> {
        if jwt.len() > JWT_BYTES_MAX {
            return Err("it is too long");
        }
        let claims = self.claims_of(jwt)?;
        let until = self.check_time(&claims, now)?;
        let is_plain = claims.sub.bytes().all(|byte| byte.is_ascii_graphic());
        if claims.sub.is_empty() || claims.sub.len() > SUBJECT_BYTES_MAX || !is_plain {
            return Err("its `sub` is empty, too long or not plain");
        }
        Ok(Principal {
            token_id: format!("{}{}", self.prefix, claims.sub),
            grant: self.grant_of(&claims.others)?,
            proof: Proof::Jwt { until },
        })
    }

    /// Whether an id is that of a subject of this issuer.
    pub(in crate::broker) fn is_subject(&self, id: &str) -> bool {
        id.starts_with(&self.prefix)
    }

    /// The claims, if the signature, the issuer and the audience are right.
    fn claims_of(&self, jwt: &str) -> Result<Claims, &'static str> {
        let header = decode_header(jwt)
            .map_err(|_| "its header is not one, or names no algorithm that could be taken")?;
        if !self.terms.algorithms.contains(&header.alg) {
            return Err("its algorithm is not allowed");
        }
        if header.crit.is_some() || header.enc.is_some() || header.zip.is_some() {
            return Err("its header demands what is not understood");
        }
        let id = header
            .kid
            .as_deref()
            .ok_or("its header names no key (`kid`)")?;
        let key = self
            .keys
            .key(id)
            .ok_or("its key (`kid`) is not in the set")?;
        if !key.checks(header.alg) {
            return Err("its key is not for its algorithm");
        }
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&self.terms.issuer]);
        validation.set_audience(&[&self.terms.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub"]);
        // The library reads the system's clock; the broker is given its time.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let decoded = decode::<Claims>(jwt, &key.key, &validation);
        decoded.map(|decoded| decoded.claims).map_err(|error| {
            use jsonwebtoken::errors::ErrorKind;
            match error.kind() {
                ErrorKind::InvalidSignature => "its signature is wrong",
                ErrorKind::InvalidIssuer => "its issuer (`iss`) is another",
                ErrorKind::InvalidAudience => "it is for another audience (`aud`)",
                _ => "a claim is missing or malformed: it needs iss, aud, sub, iat and exp",
            }
        })
    }

    /// From when on the claims no longer hold, if they do now.
    fn check_time(&self, claims: &Claims, now: Timestamp) -> Result<Timestamp, &'static str> {
        let leeway = JWT_LEEWAY.as_secs_f64();
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds since 1970 stay exact for a hundred million years"
        )]
        let now = now.as_second() as f64;
        let read = |number: &Number| number.as_f64().filter(|seconds| seconds.is_finite());
        let (Some(issued), Some(expiry)) = (read(&claims.iat), read(&claims.exp)) else {
            return Err("a time is not a number");
        };
        if now >= expiry + leeway {
            return Err("it has expired");
        }
        if issued > now + leeway {
            return Err("it was issued in the future");
        }
        if let Some(from) = &claims.nbf
            && read(from).is_none_or(|from| from > now + leeway)
        {
            return Err("it is not valid yet");
        }
        if expiry <= issued || expiry - issued > self.terms.lifetime_max.as_secs_f64() {
            return Err("it lives for longer than is taken");
        }
        until(expiry + leeway)
    }

    fn grant_of(&self, claims: &Map<String, Value>) -> Result<Grant, &'static str> {
        let word = |name: &str| match claims.get(name) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err("the claim of its role or organisation is not text"),
        };
        let homes = match claims.get(&self.terms.homes_claim) {
            None | Some(Value::Null) => Ok(BTreeSet::new()),
            Some(Value::Array(homes)) => homes
                .iter()
                .map(Value::as_str)
                .map(|home| home.map(ToOwned::to_owned))
                .collect::<Option<_>>()
                .ok_or("the claim of its homes lists what is not text"),
            Some(_) => Err("the claim of its homes is not a list"),
        }?;
        let homes: Vec<String> = homes.into_iter().collect();
        let role = word(&self.terms.role_claim)?;
        let organisation = word(&self.terms.organisation_claim)?;
        Grant::parse(&role, &organisation, &homes)
            .map_err(|_| "its claims do not make a role with what that role is bound to")
    }
}

/// Seconds since 1970 as a time, a second's fraction dropped.
fn until(seconds: f64) -> Result<Timestamp, &'static str> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a number past the ends of i64 becomes its end, which is no time and refused"
    )]
    let seconds = seconds as i64;
    Timestamp::from_second(seconds).map_err(|_| "its time is too far away")
}
