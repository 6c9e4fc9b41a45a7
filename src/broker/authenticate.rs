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
        let token = self.store.token_of_hash(&secret_hash(secret)).await?;
        let live = token.filter(|token| token.is_live(self.now()));
        Ok(live.map(|token| Principal {
            token_id: token.id.clone(),
            grant: token.grant.clone(),
        }))
    }

    /// Whether a caller that was recognised may still do what it might then: its token is live, and
    /// grants the same. For whom no token is kept, whatever recognised it answers.
    ///
    /// # Errors
    /// As the store says.
    pub async fn is_still_granted(&self, caller: &Principal) -> Result<bool, BrokerError> {
        let tokens = self.store.tokens().await?;
        let token = tokens
            .iter()
            .find(|token| token.value.id == caller.token_id);
        Ok(token.is_none_or(|token| {
            token.value.is_live(self.now()) && token.value.grant == caller.grant
        }))
    }

    /// Tells up to which sequence the store sees, and wakes whoever waits for releases.
    #[must_use]
    pub fn changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.store.changes()
    }
}
