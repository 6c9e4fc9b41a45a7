//! Identifiers are borne once: no two homes that have not ended, and no two such organisations, share
//! one.

use crate::domain::event::Key;
use crate::domain::fault::Faults;
use crate::domain::home::Home;
use crate::domain::identifier::{HomeIdentifier, OrganisationIdentifier, ods_code};
use crate::domain::organisation::Organisation;
use crate::store::Expectation;

use super::{Broker, BrokerError};

impl Broker {
    /// What must not change so that the identifiers of a home stay its own.
    ///
    /// # Errors
    /// Every identifier that another home bears, by column; an ODS code that is none; what an
    /// organisation calls it that is not registered.
    pub(super) async fn check_home_identifiers(
        &self,
        home: &Home,
    ) -> Result<Vec<Expectation>, BrokerError> {
        let successions = self.store.home_successions().await?.value;
        let mut faults = Faults::new();
        let mut unchanged = Vec::new();
        if !home.row.ods.is_empty()
            && let Err(error) = ods_code(&home.row.ods)
        {
            faults.add("ods", error.to_string());
        }
        for identifier in home.identifiers() {
            let column = column_of(&identifier, home);
            if let HomeIdentifier::Local(organisation, _) = &identifier
                && self.store.organisation(organisation).await?.is_none()
            {
                faults.add(column.clone(), format!("{organisation} is not registered"));
            }
            let mut revision = 0;
            for bearer in self.store.homes_of(&identifier).await? {
                let entry = self.store.home(&bearer).await?;
                revision = revision.max(entry.map_or(0, |entry| entry.revision));
                let is_free = bearer == home.id
                    || successions.of(&bearer).is_some()
                    || successions.of(&home.id).is_some();
                if !is_free {
                    faults.add(column.clone(), borne(&identifier, &bearer.resource()));
                }
            }
            let key = Key::HomeIdentifier(identifier);
            unchanged.push(Expectation { key, revision });
        }
        faults.into_result()?;
        Ok(unchanged)
    }

    /// As for homes, of an organisation's codes.
    ///
    /// # Errors
    /// Every code that another organisation bears, by column.
    pub(super) async fn check_organisation_codes(
        &self,
        organisation: &Organisation,
    ) -> Result<Vec<Expectation>, BrokerError> {
        let successions = self.store.organisation_successions().await?.value;
        let mut faults = Faults::new();
        let mut unchanged = Vec::new();
        for identifier in organisation.identifiers() {
            let column = match &identifier {
                OrganisationIdentifier::Gss(_) => "gss",
                _ => "ods",
            };
            let mut revision = 0;
            for bearer in self.store.organisations_of(&identifier).await? {
                let entry = self.store.organisation(&bearer).await?;
                revision = revision.max(entry.map_or(0, |entry| entry.revision));
                let is_free = bearer == organisation.id
                    || successions.of(&bearer).is_some()
                    || successions.of(&organisation.id).is_some();
                if !is_free {
                    faults.add(column, borne(&identifier, &bearer.resource()));
                }
            }
            let key = Key::OrganisationIdentifier(identifier);
            unchanged.push(Expectation { key, revision });
        }
        faults.into_result()?;
        Ok(unchanged)
    }
}

fn borne(identifier: &impl std::fmt::Display, bearer: &str) -> String {
    format!(
        "{identifier} is borne by {bearer}; correct one of them, or record first how that ended"
    )
}

fn column_of(identifier: &HomeIdentifier, home: &Home) -> String {
    match identifier {
        HomeIdentifier::Cqc(_) => "cqc_id".to_owned(),
        HomeIdentifier::Ods(_) => "ods".to_owned(),
        HomeIdentifier::Uprn(_) => "uprn".to_owned(),
        HomeIdentifier::Local(organisation, id) => {
            let text = format!("{organisation}:{id}");
            let place = home.row.local.iter().position(|known| *known == text);
            format!("local[{}]", place.unwrap_or_default())
        }
    }
}
