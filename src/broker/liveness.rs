//! Which asks are on a home's forms: the one place that decides it.

use std::sync::Arc;

use jiff::civil::Date;

use crate::domain::ask::Targets;
use crate::domain::id::HomeId;
use crate::domain::liveness::{Liveness, may_ask};
use crate::domain::period::Period;
use crate::store::HomeClass;

use super::{Broker, BrokerError};

impl Broker {
    /// What decides which asks are on the forms of a home.
    ///
    /// # Errors
    /// As the store says.
    pub async fn liveness(&self, home: &HomeId) -> Result<Liveness, BrokerError> {
        let homes = self.store.home_successions().await?.value;
        let organisations = self.store.organisation_successions().await?.value;
        Ok(Liveness::of(home, &homes, organisations))
    }

    /// The homes that targets include and that have a form for a period, by the asks that may be on
    /// it: without homes that are closed then, and without what bodies ask that have ended. Of the
    /// asks, only those of some days, the first and the last, are told.
    ///
    /// # Errors
    /// As the store says.
    pub(super) async fn live_classes(
        &self,
        targets: &Targets,
        period: &Period,
        (first, last): (Date, Date),
    ) -> Result<Vec<HomeClass>, BrokerError> {
        let mut classes = self.store.home_classes(targets, first, last).await?;
        let homes = self.store.home_successions().await?.value;
        let organisations = self.store.organisation_successions().await?.value;
        let has_form = |home: &HomeId| {
            let liveness = Liveness::of(home, &homes, Arc::clone(&organisations));
            liveness.has_form(period)
        };
        for class in &mut classes {
            class.homes.retain(has_form);
            class
                .asks
                .retain(|ask| may_ask(&organisations, &ask.organisation, period));
        }
        classes.retain(|class| !class.homes.is_empty());
        Ok(classes)
    }
}
