//! Issuing, listing and revoking static tokens.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::access::{Grant, Role, Token, check_token_label};
use crate::domain::digest::Digest;
use crate::domain::event::{Event, Key, TokenRevoked};
use crate::domain::fault::Faults;
use crate::store::{Expectation, Stored};

use super::authenticate::secret_hash;
use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller};

/// What every secret starts with, so that a scanner of repositories can know one.
pub(super) const SECRET_PREFIX: &str = "askonce_";

/// What every token's id starts with.
pub(super) const TOKEN_PREFIX: &str = "t_";

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
        let (secret, hash) = self.new_secret();
        let token = Token {
            id: self.new_id(TOKEN_PREFIX),
            label: new.label,
            hash,
            grant: new.grant,
            issued_at: self.now(),
            expires_at: new.expires_at,
            revoked_at: None,
            former: Vec::new(),
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

    /// A secret and its hash.
    pub(super) fn new_secret(&self) -> (String, Digest) {
        let mut bytes = [0; 20];
        (self.entropy)(&mut bytes);
        let mut random = data_encoding::BASE32_NOPAD.encode(&bytes);
        random.make_ascii_lowercase();
        let secret = format!("{SECRET_PREFIX}{random}");
        let hash = secret_hash(&secret);
        (secret, hash)
    }

    /// Tokens by id, revoked ones too: of a role or of any, those that open something now or all.
    ///
    /// # Errors
    /// As the store says.
    pub async fn tokens(
        &self,
        role: Option<Role>,
        live_only: bool,
    ) -> Result<Vec<Arc<Token>>, BrokerError> {
        let tokens = self.store.tokens().await?;
        let now = self.now();
        let tokens = tokens.into_iter().map(|stored| stored.value);
        let is_wanted = |token: &Arc<Token>| {
            role.is_none_or(|role| token.grant.role == role) && (!live_only || token.is_live(now))
        };
        Ok(tokens.filter(is_wanted).collect())
    }

    /// The secrets of a token that go on for a while, beside the present one.
    #[must_use]
    pub fn former_ends(&self, token: &Token) -> Vec<Timestamp> {
        let now = self.now();
        let ends = token.former.iter().map(|former| former.ends_at);
        ends.filter(|ends_at| now < *ends_at && token.is_live(now))
            .collect()
    }

    /// Revokes a token at once. Revoking twice is harmless.
    ///
    /// The last token of an operator stays, or nobody could let anybody in: unless an operator who
    /// needs no token takes it back, by a JWT or a certificate, and so has shown another way in.
    ///
    /// # Errors
    /// If there is no such token, or it is the last of an operator that opens anything.
    pub async fn revoke_token(&self, caller: &Caller, id: &str) -> Result<(), BrokerError> {
        for _ in 0..ATTEMPTS_MAX {
            let tokens = self.store.tokens().await?;
            let Some(stored) = tokens.iter().find(|stored| stored.value.id == id) else {
                return Err(BrokerError::NotFound {
                    resource: format!("tokens/{id}"),
                });
            };
            if stored.value.revoked_at.is_some() {
                return Ok(());
            }
            let mut unchanged = vec![expected(stored)];
            if self.is_live_operator(&stored.value) {
                let others = tokens.iter().filter(|other| other.value.id != id);
                let others = others.filter(|other| self.is_live_operator(&other.value));
                unchanged.extend(others.map(expected));
                if unchanged.len() == 1 && caller.token_id.starts_with(TOKEN_PREFIX) {
                    return Err(last_operator(id));
                }
            }
            let events = vec![Event::TokenRevoked(TokenRevoked { id: id.to_owned() })];
            if self
                .record(caller, events, unchanged, None)
                .await?
                .is_some()
            {
                return Ok(());
            }
        }
        Err(BrokerError::Contended)
    }

    fn is_live_operator(&self, token: &Token) -> bool {
        token.grant.role == Role::Operator && token.is_live(self.now())
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

fn expected(stored: &Stored<Arc<Token>>) -> Expectation {
    Expectation {
        key: Key::Token(stored.value.id.clone()),
        revision: stored.revision,
    }
}

fn last_operator(id: &str) -> BrokerError {
    BrokerError::Precondition {
        reason: "LAST_OPERATOR",
        subject: format!("tokens/{id}"),
        message: "is the last that opens anything as an operator; issue another first".to_owned(),
    }
}
