//! From identifiers to what they name.

use crate::domain::ask::{Ask, RawAsk};
use crate::domain::fault::Faults;
use crate::domain::id::{AskName, HomeId, OrganisationId};
use crate::domain::identifier::{HomeIdentifier, OrganisationIdentifier};

use super::{Broker, BrokerError};

/// How many unknown homes of one ask are named: the rest is the same fault over and over.
const UNKNOWN_HOMES_SHOWN: usize = 20;

/// Why an identifier does not name one thing.
enum Unresolved {
    Unknown,
    Ambiguous,
}

impl Broker {
    /// The home that an identifier names: of several that bear it, the one that is open today.
    ///
    /// # Errors
    /// If none bears it, or several that are open, or none that is.
    pub async fn resolve_home(&self, identifier: &HomeIdentifier) -> Result<HomeId, BrokerError> {
        let found = self.one_home(identifier).await?;
        found.map_err(|why| why.into_error(&format!("homes/{identifier}")))
    }

    /// The organisation that an identifier names, likewise.
    ///
    /// # Errors
    /// As for homes.
    pub async fn resolve_organisation(
        &self,
        identifier: &OrganisationIdentifier,
    ) -> Result<OrganisationId, BrokerError> {
        let bearers = self.store.organisations_of(identifier).await?;
        let successions = self.store.organisation_successions().await?.value;
        let today = self.now_in_london().date();
        let found = one_of(bearers, |id| !successions.has_ended(id, today));
        found.map_err(|why| why.into_error(&format!("organisations/{identifier}")))
    }

    /// Puts the CQC location id in the place of every other identifier of a target home, so that
    /// asks are the same however their targets are called.
    ///
    /// What is no identifier at all is left for the ask's own check.
    pub(super) async fn resolve_targets(
        &self,
        raw: &mut RawAsk,
        faults: &mut Faults,
    ) -> Result<(), BrokerError> {
        let mut unknown = 0usize;
        for (place, text) in raw.targets.homes.iter_mut().enumerate() {
            let bare = text.strip_prefix("homes/").unwrap_or(text);
            let path = format!("targets.homes[{place}]");
            let identifier = match bare.parse::<HomeIdentifier>() {
                Ok(identifier) => identifier,
                Err(error) if bare.contains(':') => {
                    faults.add(path, error.to_string());
                    continue;
                }
                Err(_) => continue,
            };
            match self.one_home(&identifier).await? {
                Ok(home) => {
                    if !matches!(identifier, HomeIdentifier::Cqc(_)) || bare.contains(':') {
                        *text = home.to_string();
                    }
                }
                Err(Unresolved::Ambiguous) => {
                    faults.add(path, format!("{identifier} is borne by several homes"));
                }
                Err(Unresolved::Unknown) => {
                    unknown += 1;
                    if unknown <= UNKNOWN_HOMES_SHOWN {
                        faults.add(path, format!("{bare} is not registered"));
                    }
                }
            }
        }
        let rest = unknown.saturating_sub(UNKNOWN_HOMES_SHOWN);
        if rest > 0 {
            faults.add("targets.homes", format!("{rest} more are not registered"));
        }
        Ok(())
    }

    /// What is wrong with who asks, by what came after whom: an organisation that has ended asks
    /// nothing, and carries on an ask of none but its predecessors', for the same ends.
    pub(super) async fn check_succession(
        &self,
        raw: &RawAsk,
        faults: &mut Faults,
    ) -> Result<(), BrokerError> {
        let Ok(organisation) = raw.organisation.parse::<OrganisationId>() else {
            return Ok(());
        };
        let successions = self.store.organisation_successions().await?.value;
        let today = self.now_in_london().date();
        if let Some(succession) = successions
            .of(&organisation)
            .filter(|known| known.on <= today)
        {
            let message = format!("{organisation} ended on {}", succession.on);
            faults.add("organisation", message);
        }
        let Ok(continued) = raw.continues.parse::<AskName>() else {
            return Ok(());
        };
        let is_predecessor = successions
            .predecessors(&organisation, today)
            .contains(&continued.organisation);
        let known = if is_predecessor {
            self.store.ask(&continued).await?
        } else {
            None
        };
        match known {
            // Another's ask and an unknown one look the same.
            None => faults.add(
                "continues",
                "is not an ask of a predecessor of the organisation",
            ),
            Some(known) => check_same_ends(raw, &known.value, faults),
        }
        Ok(())
    }

    async fn one_home(
        &self,
        identifier: &HomeIdentifier,
    ) -> Result<Result<HomeId, Unresolved>, BrokerError> {
        let bearers = self.store.homes_of(identifier).await?;
        if bearers.len() < 2 {
            return Ok(one_of(bearers, |_| true));
        }
        let successions = self.store.home_successions().await?.value;
        let today = self.now_in_london().date();
        Ok(one_of(bearers, |id| !successions.has_ended(id, today)))
    }
}

impl Unresolved {
    fn into_error(self, resource: &str) -> BrokerError {
        match self {
            Self::Unknown => BrokerError::NotFound {
                resource: resource.to_owned(),
            },
            Self::Ambiguous => {
                let message = format!("{resource} is borne by several; use the id");
                Faults::one("name", message).into()
            }
        }
    }
}

/// The one of several, or the one of them that has not ended.
fn one_of<I>(mut bearers: Vec<I>, is_open: impl Fn(&I) -> bool) -> Result<I, Unresolved> {
    if bearers.len() > 1 {
        bearers.retain(|id| is_open(id));
        if bearers.len() != 1 {
            return Err(Unresolved::Ambiguous);
        }
    }
    bearers.pop().ok_or(Unresolved::Unknown)
}

/// A new purpose or legal basis is a new ask, and needs a new release.
fn check_same_ends(raw: &RawAsk, continued: &Ask, faults: &mut Faults) {
    for (path, new, old) in [
        ("purpose", &raw.purpose, &continued.raw.purpose),
        ("legal_basis", &raw.legal_basis, &continued.raw.legal_basis),
    ] {
        if new.trim() != old.trim() {
            let message = format!(
                "is not that of {}: an ask with other ends continues none",
                continued.name
            );
            faults.add(path, message);
        }
    }
}
