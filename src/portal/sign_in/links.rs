//! Links that sign somebody in: random, hashed, used once, and gone after a time.
//!
//! They are kept where every broker finds them: one mailed by one broker opens at another.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::broker::{BrokerError, Passing, PassingKind, Putting};
use crate::domain::person::{Email, Person};

use super::super::Portal;
use super::super::sealed::{SECRET_BYTES_MAX, Use};

const LINK: Use = Use {
    found_by: "askonce 2026-11-22 sign-in link v1",
    sealed_by: "askonce 2026-11-22 sign-in link, sealed v1",
};

/// Whom a link signs in.
#[derive(Serialize, Deserialize)]
pub(super) struct Link {
    /// Her id.
    pub(super) person: String,
    /// Her address.
    pub(super) email: Email,
}

/// Has a secret sign somebody in, once and until then.
pub(in crate::portal) async fn add(
    portal: &Portal,
    secret: &str,
    person: &Person,
    expires_at: Timestamp,
) -> Result<(), BrokerError> {
    let link = Link {
        person: person.id.clone(),
        email: person.email.clone(),
    };
    let secret = secret.as_bytes();
    let passing = Passing {
        kind: PassingKind::SignInLink,
        key: LINK.key(secret),
        value: LINK.seal(secret, &link, &portal.entropy)?,
        expires_at,
        ends_at: expires_at,
    };
    // A secret of ours is drawn once.
    portal.broker.put_passing(Putting::New, passing).await?;
    Ok(())
}

/// Whether a secret would sign somebody in.
pub(super) async fn is_live(portal: &Portal, secret: &str) -> Result<bool, BrokerError> {
    if secret.len() > SECRET_BYTES_MAX {
        return Ok(false);
    }
    let found = portal.broker.passing(&LINK.key(secret.as_bytes())).await?;
    Ok(found.is_some())
}

/// Uses a secret up: whom it signs in, if it was good.
pub(super) async fn take(portal: &Portal, secret: &str) -> Result<Option<Link>, BrokerError> {
    if secret.len() > SECRET_BYTES_MAX {
        return Ok(None);
    }
    let secret = secret.as_bytes();
    let taken = portal.broker.take_passing(&LINK.key(secret)).await?;
    Ok(taken.and_then(|sealed| LINK.open(secret, &sealed)))
}

/// When a link made now expires.
pub(in crate::portal) fn expiry(now: Timestamp, valid_for: SignedDuration) -> Timestamp {
    now.checked_add(valid_for).unwrap_or(Timestamp::MAX)
}
