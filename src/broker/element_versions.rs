//! What an element was at other times.

use jiff::civil::Date;

use crate::domain::dictionary::{Element, ElementVersion, RawElement, Said, versions};
use crate::domain::id::ElementId;

use super::{Broker, BrokerError};

/// Most changes that versions are read from, the latest: what was before them is not told.
const CHANGES_READ_MAX: usize = 200;

impl Broker {
    /// The versions of an element, in the order in which they were in force.
    ///
    /// # Errors
    /// If there never was such an element.
    pub async fn element_versions(
        &self,
        id: &ElementId,
    ) -> Result<Vec<ElementVersion>, BrokerError> {
        let recorded = self.store.element_changes(id, CHANGES_READ_MAX).await?;
        let said = recorded.iter().map(|recorded| Said {
            event: &recorded.event,
            by: &recorded.by,
            at: recorded.at,
        });
        let versions = versions(id, said);
        if versions.is_empty() {
            return Err(no_element(id));
        }
        Ok(versions)
    }

    /// An element as it was when a day of London ended, as written and as read.
    ///
    /// # Errors
    /// If there was no such element then.
    pub async fn element_as_of(
        &self,
        id: &ElementId,
        day: Date,
    ) -> Result<(RawElement, Element), BrokerError> {
        let versions = self.element_versions(id).await?.into_iter();
        let of_day = versions.rev().find(|version| version.is_of(day));
        let version = of_day.ok_or_else(|| no_element(id))?;
        let dictionary = self.store.dictionary().await?.value;
        let element = dictionary.read_alone(&version.element);
        let unreadable = |faults| BrokerError::Internal(format!("{id} as it was: {faults}"));
        Ok((version.element, element.map_err(unreadable)?))
    }
}

fn no_element(id: &ElementId) -> BrokerError {
    BrokerError::NotFound {
        resource: format!("elements/{id}"),
    }
}
