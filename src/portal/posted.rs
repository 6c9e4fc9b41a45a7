//! What a form of ours posts: names with values, bounded, from whoever is signed in.

mod carried;
mod uploaded;

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};

use self::carried::Place;
pub(super) use self::uploaded::Uploaded;
use super::session::SignedIn;
use super::{Portal, PortalError};

/// Most bytes of what a form posts: a page of long texts.
pub(super) const POSTED_BYTES_MAX: usize = 512 << 10;

/// Most fields of what a form posts: a page of large breakdowns.
const POSTED_FIELDS_MAX: usize = 20_000;

/// The name under which every form carries the session's token.
const CSRF: &str = "csrf";

/// Names with values, in the order of the page.
#[derive(Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a body of the type that forms post.
    pub(super) fn read(body: &[u8]) -> Result<Self, PortalError> {
        let fields: Vec<_> = form_urlencoded::parse(body)
            .take(POSTED_FIELDS_MAX + 1)
            .map(|(name, value)| (name.into_owned(), value.replace("\r\n", "\n")))
            .collect();
        if fields.len() > POSTED_FIELDS_MAX {
            return Err(PortalError::TooLarge);
        }
        Ok(Self(fields))
    }

    /// Reads a body of that type as it comes.
    async fn of(body: Body) -> Result<Self, PortalError> {
        let body = to_bytes(body, POSTED_BYTES_MAX).await;
        Self::read(&body.map_err(|_| PortalError::TooLarge)?)
    }

    /// The first value of a name; empty if there is none.
    pub(super) fn one(&self, name: &str) -> &str {
        let mut fields = self.0.iter();
        let found = fields.find(|(own, _)| own == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// Whether a name was posted.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| own == name)
    }

    /// Every value of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let fields = self.0.iter().filter(move |(own, _)| own == name);
        fields.map(|(_, value)| value.as_str())
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = PortalError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, PortalError> {
        Self::of(request.into_body()).await
    }
}

/// What somebody who is signed in posts from a page of her own session.
pub(super) struct Posted {
    /// Who.
    pub(super) who: SignedIn,
    /// What.
    pub(super) fields: Fields,
}

impl FromRequest<Arc<Portal>> for Posted {
    type Rejection = PortalError;

    async fn from_request(request: Request, portal: &Arc<Portal>) -> Result<Self, PortalError> {
        let (mut parts, body) = request.into_parts();
        let who = SignedIn::from_request_parts(&mut parts, portal).await;
        let Some(place) = Place::of(&parts) else {
            let (who, fields) = (who?, Fields::of(body).await?);
            if !who.is_token(fields.one(CSRF)) {
                return Err(PortalError::Forged);
            }
            return Ok(Self { who, fields });
        };
        let fields = Fields::of(body).await?;
        match who {
            Ok(who) if who.is_token(fields.one(CSRF)) => Ok(Self { who, fields }),
            // Signed out while she typed: none of it is lost.
            who => Err(place.carry(who, &fields).await),
        }
    }
}
