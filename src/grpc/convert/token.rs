//! Tokens.

use jiff::{SignedDuration, Timestamp};

use crate::broker::{NewToken, RotatedToken};
use crate::domain::access::{Grant, Role, Token};
use crate::domain::fault::Faults;
use crate::domain::id::{HomeId, OrganisationId};
use crate::grpc::v1;

use super::ask::bare;
use super::terms::known;
use super::time::{instant, read_instant};

/// A token to be issued.
pub(crate) fn new_token(request: v1::IssueTokenRequest) -> Result<NewToken, Faults> {
    let mut faults = Faults::new();
    let role = faults
        .take("", known::<v1::Role>("role", request.role))
        .flatten();
    let expiry = request.expires_at.as_ref();
    let expires_at = expiry.map(|at| read_instant("expires_at", at)).transpose();
    let expires_at = faults.take("", expires_at).flatten();
    let homes = request.homes.into_iter().map(|home| bare(home, "homes/"));
    let homes: Vec<String> = homes.collect();
    let organisation = bare(request.organisation, "organisations/");
    let role = role.map_or("", Role::as_str);
    let grant = Grant::parse(role, &organisation, &homes);
    let grant = faults.take("", grant.and_then(|grant| grant.leading(request.lead)));
    match (grant, faults.into_result()) {
        (Some(grant), Ok(())) => Ok(NewToken {
            label: request.label,
            grant,
            expires_at,
        }),
        (_, Err(faults)) => Err(faults),
        (None, Ok(())) => Err(Faults::one("role", "is missing")),
    }
}

/// A token without its secret.
pub(crate) fn token(token: &Token, former_ends: Vec<Timestamp>) -> v1::Token {
    let organisation = token.grant.organisation.as_ref();
    v1::Token {
        name: format!("tokens/{}", token.id),
        label: token.label.clone(),
        role: v1::Role::from(token.grant.role).into(),
        organisation: organisation
            .map(OrganisationId::resource)
            .unwrap_or_default(),
        homes: token.grant.homes.iter().map(HomeId::resource).collect(),
        issued_at: Some(instant(token.issued_at)),
        expires_at: token.expires_at.map(instant),
        revoked_at: token.revoked_at.map(instant),
        lead: token.grant.lead,
        former_end_at: former_ends.into_iter().map(instant).collect(),
    }
}

/// Of which role tokens are listed; none for any.
pub(crate) fn role(role: i32) -> Result<Option<Role>, Faults> {
    known::<v1::Role>("role", role)
}

/// How long a former secret goes on; none where it is not said.
pub(crate) fn rotation_overlap(
    sent: Option<prost_types::Duration>,
) -> Result<Option<SignedDuration>, Faults> {
    let Some(sent) = sent else {
        return Ok(None);
    };
    // The broker's own bound is far within what the pair can say.
    let is_normal = (0..1_000_000_000).contains(&sent.nanos);
    if is_normal && sent.seconds.unsigned_abs() < u64::MAX / 4 {
        return Ok(Some(SignedDuration::new(sent.seconds, sent.nanos)));
    }
    Err(Faults::one("overlap", "is not a positive time"))
}

/// A token with its new secret.
pub(crate) fn rotated(
    rotated: &RotatedToken,
    former_ends: Vec<Timestamp>,
) -> v1::RotateTokenResponse {
    v1::RotateTokenResponse {
        token: Some(token(&rotated.issued.token, former_ends)),
        secret: rotated.issued.secret.clone(),
        former_ends_at: Some(instant(rotated.former_ends_at)),
    }
}
