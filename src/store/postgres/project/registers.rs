//! Who is who: bodies, homes, tokens; never a person, and never a hash of a secret.

use std::cmp::Ordering;
use std::sync::OnceLock;

use tokio_postgres::types::Type;

use super::Gathered;
use super::column::{Column, Day, Instant, Texts, Values, said};
use super::row::{Row, Sort, row, statement};
use crate::domain::access::{self, TokenRotated};
use crate::domain::event::TokenRevoked;
use crate::domain::home;
use crate::domain::id::{AreaCode, HomeId, OrganisationId};
use crate::domain::organisation;
use crate::domain::powers::Powers;
use crate::domain::succession::{Succession, SuccessionUndone};
use crate::store::index::Noted;
use crate::store::postgres::place::EventAt;

row! {
    OrganisationRow<'a> in "organisations", Latest by (organisation_id) {
        organisation_id: &'a str,
        name: &'a str,
        kind: &'a str,
        ods: Option<&'a str>,
        gss: Option<&'a str>,
    }
}

row! {
    OrganisationSuccessionRow<'a> in "organisation_successions", Latest by (organisation_id) {
        organisation_id: &'a str,
        successor: Option<&'a str>,
        ended_on: Option<Day>,
    }
}

row! {
    PowerRow<'a> in "powers", Latest by (organisation_id) {
        organisation_id: &'a str,
        areas: Texts,
        statutory: Texts,
    }
}

row! {
    HomeRow<'a> in "homes", Latest by (home_id) {
        home_id: &'a str,
        name: &'a str,
        provider: Option<&'a str>,
        ods: Option<&'a str>,
        council_code: &'a str,
        icb_code: Option<&'a str>,
        services: Texts,
        beds: Option<i32>,
    }
}

row! {
    HomeSuccessionRow<'a> in "home_successions", Latest by (home_id) {
        home_id: &'a str,
        successor: Option<&'a str>,
        ended_on: Option<Day>,
    }
}

row! {
    TokenRow<'a> in "tokens", Latest by (token_id) {
        token_id: &'a str,
        label: &'a str,
        role: &'a str,
        organisation_id: Option<&'a str>,
        homes: Texts,
        is_lead: bool,
        issued_at: Instant,
        expires_at: Option<Instant>,
    }
}

row! {
    TokenRevocationRow<'a> in "token_revocations", Latest by (token_id) {
        token_id: &'a str,
        revoked_at: Instant,
    }
}

row! {
    TokenRotationRow<'a> in "token_rotations", Latest by (token_id) {
        token_id: &'a str,
        rotated_at: Instant,
        former_ends_at: Instant,
    }
}

impl<'a> Gathered<'a> {
    pub(super) fn add_organisation(&mut self, at: EventAt, entry: &'a organisation::Organisation) {
        self.organisations.push(OrganisationRow {
            organisation_id: entry.id.as_str(),
            name: &entry.name,
            kind: entry.kind.as_str(),
            ods: said(&entry.ods),
            gss: said(&entry.gss),
            at,
        });
    }

    pub(super) fn add_organisation_ended(
        &mut self,
        at: EventAt,
        ended: &'a Succession<OrganisationId>,
    ) {
        self.organisation_successions
            .push(OrganisationSuccessionRow {
                organisation_id: ended.predecessor.as_str(),
                successor: ended.successor.as_ref().map(OrganisationId::as_str),
                ended_on: Some(Day(ended.on)),
                at,
            });
    }

    pub(super) fn add_organisation_going_on(
        &mut self,
        at: EventAt,
        undone: &'a SuccessionUndone<OrganisationId>,
    ) {
        self.organisation_successions
            .push(OrganisationSuccessionRow {
                organisation_id: undone.predecessor.as_str(),
                successor: None,
                ended_on: None,
                at,
            });
    }

    pub(super) fn add_powers(&mut self, at: EventAt, powers: &'a Powers) {
        self.powers.push(PowerRow {
            organisation_id: powers.organisation.as_str(),
            areas: Texts::of(powers.areas.iter().map(AreaCode::as_str)),
            statutory: Texts::of(&powers.statutory),
            at,
        });
    }

    pub(super) fn add_home(&mut self, at: EventAt, entry: &'a home::Home) {
        self.homes.push(HomeRow {
            home_id: entry.id.as_str(),
            name: &entry.name,
            provider: said(&entry.row.provider),
            ods: said(&entry.row.ods),
            council_code: entry.council.as_str(),
            icb_code: entry.icb.as_ref().map(AreaCode::as_str),
            services: Texts::of(entry.normalised_services()),
            beds: entry.beds.and_then(|beds| i32::try_from(beds).ok()),
            at,
        });
    }

    pub(super) fn add_home_ended(&mut self, at: EventAt, ended: &'a Succession<HomeId>) {
        self.home_successions.push(HomeSuccessionRow {
            home_id: ended.predecessor.as_str(),
            successor: ended.successor.as_ref().map(HomeId::as_str),
            ended_on: Some(Day(ended.on)),
            at,
        });
    }

    pub(super) fn add_home_going_on(&mut self, at: EventAt, undone: &'a SuccessionUndone<HomeId>) {
        self.home_successions.push(HomeSuccessionRow {
            home_id: undone.predecessor.as_str(),
            successor: None,
            ended_on: None,
            at,
        });
    }

    pub(super) fn add_token(&mut self, at: EventAt, token: &'a access::Token) {
        let grant = &token.grant;
        self.tokens.push(TokenRow {
            token_id: &token.id,
            label: &token.label,
            role: grant.role.as_str(),
            organisation_id: grant.organisation.as_ref().map(OrganisationId::as_str),
            homes: Texts::of(grant.homes.iter().map(HomeId::as_str)),
            is_lead: grant.lead,
            issued_at: Instant(token.issued_at),
            expires_at: token.expires_at.map(Instant),
            at,
        });
    }

    pub(super) fn add_revoked(&mut self, at: EventAt, noted: &Noted, revoked: &'a TokenRevoked) {
        self.token_revocations.push(TokenRevocationRow {
            token_id: &revoked.id,
            revoked_at: Instant(noted.at),
            at,
        });
    }

    pub(super) fn add_rotated(&mut self, at: EventAt, noted: &Noted, rotated: &'a TokenRotated) {
        self.token_rotations.push(TokenRotationRow {
            token_id: &rotated.id,
            rotated_at: Instant(noted.at),
            former_ends_at: Instant(rotated.former_ends_at),
            at,
        });
    }
}
