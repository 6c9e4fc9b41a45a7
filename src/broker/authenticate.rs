//! Who a caller is, by what it shows: the one door for tokens, JWTs and client certificates.
//!
//! What is shown must be good: a bad token is not made up for by a good certificate. Where both
//! are shown and the certificate is known, both must speak for the same role and organisation,
//! and the token, which may be narrower in homes, decides. Rights are never added up.

use std::sync::{Arc, PoisonError, RwLock};

use quick_cache::sync::Cache;

use crate::domain::access::{Grant, Principal, Proof, Token};
use crate::domain::digest::{Digest, derive};

use super::token::SECRET_PREFIX;
use super::trust::{ClientCertificate, Trust};
use super::{Broker, BrokerError};

const TOKEN_CONTEXT: &str = "askonce 2026-11-21 token v1";
const JWT_CONTEXT: &str = "askonce 2026-11-22 jwt let in v1";

/// Longest secret worth hashing, in bytes.
const SECRET_BYTES_MAX: usize = 256;

/// How many JWTs that were let in are remembered, least used first out: every home of England with
/// one each takes two megabytes.
const LET_IN_MAX: usize = 16_384;

/// What a caller shows.
#[derive(Clone, Copy, Default)]
pub struct Shown<'a> {
    /// The secret or JWT in its authorization header.
    pub bearer: Option<&'a str>,
    /// The certificate of its connection.
    pub certificate: Option<&'a ClientCertificate>,
    /// Whether its address has failed too often of late: then a JWT that was never let in is not
    /// looked at, since checking a signature costs more than making one up. Static tokens are
    /// looked up all the same: that is one hash, 160 random bits are guessed at no rate, and a
    /// whole office may share the address of whoever guesses.
    pub is_pressing: bool,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is this caller.
    Known(Principal),
    /// Nothing was shown, or nothing that is known.
    Stranger,
    /// What was shown opens nothing, now or any longer.
    Refused,
    /// It was not looked at: its address must wait.
    Unheard,
}

/// What the door knows beside the store.
pub(super) struct Callers {
    trust: RwLock<Arc<Trust>>,
    /// JWTs that were let in, by digest.
    let_in: Cache<Digest, ()>,
}

impl Callers {
    pub(super) fn new() -> Self {
        Self {
            trust: RwLock::default(),
            let_in: Cache::new(LET_IN_MAX),
        }
    }

    fn trust(&self) -> Arc<Trust> {
        // Whoever panicked while holding it had only read it, or replaced it whole.
        let trust = self.trust.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&trust)
    }
}

/// What the ledger keeps of a secret. A secret has 160 random bits, so a plain keyed hash cannot
/// be searched.
pub(super) fn secret_hash(secret: &str) -> Digest {
    derive(TOKEN_CONTEXT, secret.as_bytes())
}

impl Broker {
    /// Replaces whom the broker trusts beside its own tokens, for the next call of everybody.
    pub fn set_trust(&self, trust: Trust) {
        let mut held = (self.callers.trust.write()).unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(trust);
    }

    /// Who shows this.
    ///
    /// # Errors
    /// As the store says.
    pub async fn authenticate(&self, shown: Shown<'_>) -> Result<Verdict, BrokerError> {
        let trust = self.callers.trust();
        let by_certificate = shown
            .certificate
            .and_then(|shown| trust.principal_of(shown));
        let Some(bearer) = shown.bearer else {
            return Ok(match (by_certificate, shown.certificate) {
                (Some(principal), _) => Verdict::Known(principal),
                (None, Some(_)) => Verdict::Refused,
                (None, None) => Verdict::Stranger,
            });
        };
        let verdict = if bearer.starts_with(SECRET_PREFIX) {
            self.of_static_token(bearer).await?
        } else {
            self.of_jwt(&trust, bearer, shown.is_pressing)
        };
        Ok(match (verdict, by_certificate) {
            (Verdict::Known(token), Some(certificate)) => {
                if is_within(&token.grant, &certificate.grant) {
                    Verdict::Known(token)
                } else {
                    tracing::debug!(
                        "a token and the certificate beside it speak for different callers"
                    );
                    Verdict::Refused
                }
            }
            (verdict, _) => verdict,
        })
    }

    async fn of_static_token(&self, secret: &str) -> Result<Verdict, BrokerError> {
        if secret.len() > SECRET_BYTES_MAX {
            return Ok(Verdict::Refused);
        }
        let hash = secret_hash(secret);
        let token = self.store.token_of_hash(&hash).await?;
        let live = token.filter(|token| token.opens_with(&hash, self.now()));
        Ok(live.map_or(Verdict::Refused, |token| {
            Verdict::Known(Principal {
                token_id: token.id.clone(),
                grant: token.grant.clone(),
                proof: Proof::Token { hash },
            })
        }))
    }

    fn of_jwt(&self, trust: &Trust, jwt: &str, is_pressing: bool) -> Verdict {
        let Some(issuer) = &trust.issuer else {
            return Verdict::Refused;
        };
        let digest = derive(JWT_CONTEXT, jwt.as_bytes());
        if is_pressing && self.callers.let_in.get(&digest).is_none() {
            return Verdict::Unheard;
        }
        match issuer.principal_of(jwt, self.now()) {
            Ok(principal) => {
                self.callers.let_in.insert(digest, ());
                Verdict::Known(principal)
            }
            Err(why) => {
                tracing::debug!(why, "a JWT is refused");
                Verdict::Refused
            }
        }
    }

    /// Whether a caller that was recognised may still do what it might then: its token is live and
    /// grants the same; its JWT has not expired, and its issuer is taken; its certificate's name is
    /// in the table, for the same grant. A long stream asks before each thing that it sends.
    ///
    /// # Errors
    /// As the store says.
    pub async fn is_still_granted(&self, caller: &Principal) -> Result<bool, BrokerError> {
        Ok(match caller.proof {
            Proof::Token { hash } => self.is_live_token(caller, &hash).await?,
            Proof::Jwt { until } => {
                self.now() < until && self.callers.trust().takes_subject(caller)
            }
            Proof::Certificate => self.callers.trust().names(caller),
            Proof::Process => true,
        })
    }

    async fn is_live_token(&self, caller: &Principal, hash: &Digest) -> Result<bool, BrokerError> {
        let token = self.store.token(&caller.token_id).await?;
        let is_good =
            |token: &Token| token.opens_with(hash, self.now()) && token.grant == caller.grant;
        Ok(token.is_some_and(|token| is_good(&token.value)))
    }

    /// Tells up to which sequence the store sees, and wakes whoever waits for releases.
    #[must_use]
    pub fn changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.store.changes()
    }
}

/// Whether a token may be used over a connection whose certificate speaks for `outer`.
fn is_within(token: &Grant, outer: &Grant) -> bool {
    token.role == outer.role
        && token.organisation == outer.organisation
        && token.homes.is_subset(&outer.homes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_over_the_connection_of_its_own_caller_only() {
        let grant = |role: &str, organisation: &str, homes: &[&str]| {
            let homes: Vec<String> = homes.iter().map(|home| (*home).to_owned()).collect();
            Grant::parse(role, organisation, &homes).unwrap()
        };
        let council = grant("requester", "council", &[]);
        let homes = grant("home", "", &["1-466088203", "1-1938268568"]);
        let one_home = grant("home", "", &["1-466088203"]);
        assert!(is_within(&council, &council));
        assert!(is_within(&one_home, &homes) && !is_within(&homes, &one_home));
        assert!(!is_within(&council, &grant("requester", "icb", &[])));
        assert!(!is_within(&council, &grant("operator", "", &[])));
    }
}
