//! Entering homes and organisations in the register, row by row.

use crate::domain::event::{Event, Key};
use crate::domain::fault::Faults;
use crate::domain::home::{Home, RawHome};
use crate::domain::organisation::{Organisation, RawOrganisation};
use crate::store::Expectation;

use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// It is new in the register.
    Added,
    /// It took the place of what the register said.
    Replaced,
    /// The register said just that already.
    Unchanged,
}

impl Broker {
    /// Enters a home in the register.
    ///
    /// # Errors
    /// Every fault of the row, by column.
    pub async fn import_home(
        &self,
        caller: &Caller,
        row: RawHome,
    ) -> Result<Imported, BrokerError> {
        let home = Home::parse(row)?;
        for _ in 0..ATTEMPTS_MAX {
            let known = self.store.home(&home.id).await?;
            if known.as_ref().is_some_and(|known| *known.value == home) {
                return Ok(Imported::Unchanged);
            }
            let revision = known.map_or(0, |known| known.revision);
            let mut unchanged = self.check_home_identifiers(&home).await?;
            unchanged.push(Expectation {
                key: Key::Home(home.id.clone()),
                revision,
            });
            let event = Event::HomeRegistered(home.clone());
            if self.register(caller, event, unchanged).await? {
                return Ok(added_or_replaced(revision));
            }
        }
        Err(BrokerError::Contended)
    }

    /// Enters homes in the register, all at once but each on its own: a faulty row does not stop
    /// the others.
    ///
    /// # Errors
    /// Only for what concerns all rows; each row has its own result.
    pub async fn import_homes(
        &self,
        caller: &Caller,
        rows: Vec<RawHome>,
    ) -> Result<Vec<Result<Imported, Faults>>, BrokerError> {
        let imports = rows.into_iter().map(|row| self.import_home(caller, row));
        each(imports).await
    }

    /// Enters an organisation in the register.
    ///
    /// # Errors
    /// Every fault of the row, by column.
    pub async fn import_organisation(
        &self,
        caller: &Caller,
        row: RawOrganisation,
    ) -> Result<Imported, BrokerError> {
        let organisation = Organisation::parse(row)?;
        for _ in 0..ATTEMPTS_MAX {
            let known = self.store.organisation(&organisation.id).await?;
            if known
                .as_ref()
                .is_some_and(|known| *known.value == organisation)
            {
                return Ok(Imported::Unchanged);
            }
            let revision = known.map_or(0, |known| known.revision);
            let mut unchanged = self.check_organisation_codes(&organisation).await?;
            unchanged.push(Expectation {
                key: Key::Organisation(organisation.id.clone()),
                revision,
            });
            let event = Event::OrganisationRegistered(organisation.clone());
            if self.register(caller, event, unchanged).await? {
                return Ok(added_or_replaced(revision));
            }
        }
        Err(BrokerError::Contended)
    }

    /// Enters organisations in the register, each on its own.
    ///
    /// # Errors
    /// Only for what concerns all rows; each row has its own result.
    pub async fn import_organisations(
        &self,
        caller: &Caller,
        rows: Vec<RawOrganisation>,
    ) -> Result<Vec<Result<Imported, Faults>>, BrokerError> {
        let imports = rows
            .into_iter()
            .map(|row| self.import_organisation(caller, row));
        each(imports).await
    }

    async fn register(
        &self,
        caller: &Caller,
        event: Event,
        unchanged: Vec<Expectation>,
    ) -> Result<bool, BrokerError> {
        let landed = self.record(caller, vec![event], unchanged, None);
        Ok(landed.await?.is_some())
    }
}

fn added_or_replaced(revision: u64) -> Imported {
    match revision {
        0 => Imported::Added,
        _ => Imported::Replaced,
    }
}

/// Runs the imports side by side, so that they share the store's groups, and keeps each row's
/// result apart.
async fn each(
    imports: impl Iterator<Item = impl Future<Output = Result<Imported, BrokerError>>>,
) -> Result<Vec<Result<Imported, Faults>>, BrokerError> {
    let mut results = Vec::new();
    for outcome in futures_util::future::join_all(imports).await {
        results.push(match outcome {
            Ok(imported) => Ok(imported),
            Err(BrokerError::Invalid(faults)) => Err(faults),
            Err(other) => return Err(other),
        });
    }
    Ok(results)
}
