//! Giving a token another secret, while the one before goes on for a while.

use jiff::{SignedDuration, Timestamp};

use crate::domain::access::{Token, TokenRotated};
use crate::domain::event::{Event, Key};
use crate::domain::fault::Faults;
use crate::domain::limits::{ROTATION_OVERLAP_SECONDS_MAX, SECRETS_PER_TOKEN_MAX};
use crate::store::Expectation;

use super::token::IssuedToken;
use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller};

/// How long the former secret goes on where the caller does not say, in seconds: a day.
const OVERLAP_SECONDS_DEFAULT: i64 = 86_400;

/// A token with its new secret.
#[derive(Clone)]
pub struct RotatedToken {
    /// The token and the secret.
    pub issued: IssuedToken,
    /// When the secret before it ends.
    pub former_ends_at: Timestamp,
}

impl Broker {
    /// Gives a token another secret; the present one goes on for `overlap`.
    ///
    /// Each call makes another secret, since none can be shown twice: one that was lost on its way
    /// goes on until its own overlap ends.
    ///
    /// # Errors
    /// If there is no such token, or it opens nothing any longer, or has too many secrets that still
    /// open; an overlap out of bounds.
    pub async fn rotate_token(
        &self,
        caller: &Caller,
        id: &str,
        overlap: Option<SignedDuration>,
    ) -> Result<RotatedToken, BrokerError> {
        let overlap = overlap.unwrap_or(SignedDuration::from_secs(OVERLAP_SECONDS_DEFAULT));
        let longest = SignedDuration::from_secs(ROTATION_OVERLAP_SECONDS_MAX);
        if overlap < SignedDuration::ZERO || longest < overlap {
            let days = ROTATION_OVERLAP_SECONDS_MAX / 86_400;
            return Err(Faults::one("overlap", format!("is not between 0 and {days} days")).into());
        }
        for _ in 0..ATTEMPTS_MAX {
            let Some(stored) = self.store.token(id).await? else {
                return Err(BrokerError::NotFound {
                    resource: format!("tokens/{id}"),
                });
            };
            let now = self.now();
            check_rotatable(&stored.value, now)?;
            let (secret, hash) = self.new_secret();
            let former_ends_at = now
                .checked_add(overlap)
                .map_err(|_| Faults::one("overlap", "ends after the last day of time"))?;
            let rotated = TokenRotated {
                id: id.to_owned(),
                hash,
                former_ends_at,
            };
            let mut token = stored.value.as_ref().clone();
            token.rotate(&rotated, now);
            let unchanged = vec![Expectation {
                key: Key::Token(id.to_owned()),
                revision: stored.revision,
            }];
            let events = vec![Event::TokenRotated(rotated)];
            if self
                .record(caller, events, unchanged, None)
                .await?
                .is_some()
            {
                let issued = IssuedToken { token, secret };
                return Ok(RotatedToken {
                    issued,
                    former_ends_at,
                });
            }
        }
        Err(BrokerError::Contended)
    }
}

fn check_rotatable(token: &Token, now: Timestamp) -> Result<(), BrokerError> {
    let fails = |reason, message: String| {
        Err(BrokerError::Precondition {
            reason,
            subject: format!("tokens/{}", token.id),
            message,
        })
    };
    if !token.is_live(now) {
        return fails(
            "TOKEN_ENDED",
            "is revoked or expired; issue another".to_owned(),
        );
    }
    let open = token.former.iter().filter(|former| now < former.ends_at);
    if open.count() + 1 >= SECRETS_PER_TOKEN_MAX {
        let message = format!(
            "has {SECRETS_PER_TOKEN_MAX} secrets that still open; wait until one ends, or issue \
             another token and revoke this one"
        );
        return fails("TOO_MANY_SECRETS", message);
    }
    Ok(())
}
