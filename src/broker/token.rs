//! Issuing, listing and revoking static tokens.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::access::{Grant, Token, check_token_label};
use crate::domain::event::{Event, Key, TokenRevoked};
use crate::domain::fault::Faults;
use crate::store::Expectation;

use super::authenticate::secret_hash;
use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller};

/// What every secret starts with, so that a scanner of repositories can know one.
pub(super) const SECRET_PREFIX: &str = "askonce_";

/// A token to be issued.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for.
    pub label: String,
    /// What its bearer may be.
    pub grant: Grant,
    /// From when it opens nothing any longer; none for no end.
    pub expires_at: Option<Timestamp>,
}

/// A token with its secret, which is shown this once, and never by accident: it has no `Debug`.
#[derive(Clone)]
pub struct IssuedToken {
    /// The token.
    pub token: Token,
    /// The secret.
    pub secret: String,
}

impl Broker {
    /// Issues a token.
    ///
    /// # Errors
    /// An unfit label, a grant that names what the register does not know, an expiry in the past.
    pub async fn issue_token(
        &self,
        caller: &Caller,
        new: NewToken,
    ) -> Result<IssuedToken, BrokerError> {
        let mut faults = Faults::new();
        faults.take("", check_token_label(&new.label));
        if new.expires_at.is_some_and(|expiry| expiry <= self.now()) {
            faults.add("expires_at", "lies in the past");
        }
        self.check_grant(&new.grant, &mut faults).await?;
        faults.into_result()?;
        let mut bytes = [0; 20];
        (self.entropy)(&mut bytes);
        let mut random = data_encoding::BASE32_NOPAD.encode(&bytes);
        random.make_ascii_lowercase();
        let secret = format!("{SECRET_PREFIX}{random}");
        let token = Token {
            id: self.new_id("t_"),
            label: new.label,
            hash: secret_hash(&secret),
            grant: new.grant,
            issued_at: self.now(),
            expires_at: new.expires_at,
            revoked_at: None,
        };
        let fresh = Expectation {
            key: Key::Token(token.id.clone()),
            revision: 0,
        };
        let events = vec![Event::TokenIssued(token.clone())];
        match self.record(caller, events, vec![fresh], None).await? {
            Some(_) => Ok(IssuedToken { token, secret }),
            None => Err(BrokerError::Contended),
        }
    }

    /// Every token, by id, revoked ones too.
    ///
    /// # Errors
    /// As the store says.
    pub async fn tokens(&self) -> Result<Vec<Arc<Token>>, BrokerError> {
        let tokens = self.store.tokens().await?;
        Ok(tokens.into_iter().map(|stored| stored.value).collect())
    }

    /// Revokes a token at once. Revoking twice is harmless.
    ///
    /// # Errors
    /// If there is no such token.
    pub async fn revoke_token(&self, caller: &Caller, id: &str) -> Result<(), BrokerError> {
        for _ in 0..ATTEMPTS_MAX {
            let tokens = self.store.tokens().await?;
            let Some(stored) = tokens.into_iter().find(|stored| stored.value.id == id) else {
                return Err(BrokerError::NotFound {
                    resource: format!("tokens/{id}"),
                });
            };
            if stored.value.revoked_at.is_some() {
                return Ok(());
            }
            let unchanged = Expectation {
                key: Key::Token(id.to_owned()),
                revision: stored.revision,
            };
            let events = vec![Event::TokenRevoked(TokenRevoked { id: id.to_owned() })];
            if self
                .record(caller, events, vec![unchanged], None)
                .await?
                .is_some()
            {
                return Ok(());
            }
        }
        Err(BrokerError::Contended)
    }

    async fn check_grant(&self, grant: &Grant, faults: &mut Faults) -> Result<(), BrokerError> {
        if let Some(organisation) = &grant.organisation
            && self.store.organisation(organisation).await?.is_none()
        {
            faults.add("organisation", format!("{organisation} is not registered"));
        }
        for (position, home) in grant.homes.iter().enumerate() {
            if self.store.home(home).await?.is_none() {
                faults.add(
                    format!("homes[{position}]"),
                    format!("{home} is not registered"),
                );
            }
        }
        Ok(())
    }
}
