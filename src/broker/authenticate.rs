//! Who bears a secret.

use crate::domain::access::Principal;
use crate::domain::digest::{Digest, derive};

use super::{Broker, BrokerError};

const TOKEN_CONTEXT: &str = "askonce 2026-11-21 token v1";

/// Longest secret worth hashing, in bytes.
const SECRET_BYTES_MAX: usize = 256;

/// What the ledger keeps of a secret. A secret has 160 random bits, so a plain keyed hash cannot
/// be searched.
pub(super) fn secret_hash(secret: &str) -> Digest {
    derive(TOKEN_CONTEXT, secret.as_bytes())
}

impl Broker {
    /// The principal whose secret this is; none if it opens nothing, now or any longer.
    ///
    /// # Errors
    /// As the store says.
    pub async fn authenticate(&self, secret: &str) -> Result<Option<Principal>, BrokerError> {
        if secret.len() > SECRET_BYTES_MAX {
            return Ok(None);
        }
        let hash = secret_hash(secret);
        let token = self.store.token_of_hash(&hash).await?;
        let live = token.filter(|token| token.opens_with(&hash, self.now()));
        Ok(live.map(|token| Principal {
            token_id: token.id.clone(),
            grant: token.grant.clone(),
        }))
    }
}
