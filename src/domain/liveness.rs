//! Which asks are on a home's forms: by what came after whom, and from which day.
//!
//! It is decided by the days of the period, never by the clock, so that a form looks the same
//! whenever it is made: a period that began before an organisation ended stays with that
//! organisation's ask to its end, and one that begins later is never asked by it.

use std::sync::Arc;

use jiff::civil::Date;

use super::ask::Ask;
use super::id::{HomeId, OrganisationId};
use super::period::Period;
use super::succession::Successions;

/// Which asks are on the forms of one home.
#[derive(Debug, Clone)]
pub struct Liveness {
    /// The first day of a home that was registered anew.
    began: Option<Date>,
    /// The first day on which it is no longer.
    ended: Option<Date>,
    organisations: Arc<Successions<OrganisationId>>,
}

impl Liveness {
    /// What holds of a home.
    #[must_use]
    pub fn of(
        home: &HomeId,
        homes: &Successions<HomeId>,
        organisations: Arc<Successions<OrganisationId>>,
    ) -> Self {
        Self {
            began: homes.began(home),
            ended: homes.of(home).map(|succession| succession.on),
            organisations,
        }
    }

    /// Whether the home has a form for a period: one that ends after it began anew, and begins
    /// before it ended.
    #[must_use]
    pub fn has_form(&self, period: &Period) -> bool {
        self.began.is_none_or(|began| began <= period.last_day())
            && self.ended.is_none_or(|ended| period.start() < ended)
    }

    /// Whether the home has a form for every period for which it is asked something.
    #[must_use]
    pub fn is_unbroken(&self) -> bool {
        self.began.is_none() && self.ended.is_none()
    }

    /// Whether an ask that is asked of the home is on its form for a period.
    #[must_use]
    pub fn is_live(&self, ask: &Ask, period: &Period) -> bool {
        self.has_form(period) && may_ask(&self.organisations, &ask.name.organisation, period)
    }
}

/// Whether an organisation asks for a period: one that begins before it ended.
#[must_use]
pub fn may_ask(
    successions: &Successions<OrganisationId>,
    id: &OrganisationId,
    period: &Period,
) -> bool {
    let ended = successions.of(id);
    ended.is_none_or(|succession| period.start() < succession.on)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::succession::Succession;

    #[test]
    fn a_home_has_forms_from_its_first_day_until_the_day_it_ended() {
        let id = |text: &str| text.parse::<HomeId>().unwrap();
        let (old, new) = (id("1-100000001"), id("1-100000002"));
        let mut homes = Successions::default();
        homes.put(
            Succession {
                predecessor: old.clone(),
                successor: Some(new.clone()),
                on: date(2026, 11, 15),
            },
            1,
        );
        let has = |home: &HomeId, period: &str| {
            let liveness = Liveness::of(home, &homes, Arc::default());
            liveness.has_form(&period.parse().unwrap())
        };
        for (period, of_old, of_new) in [
            ("2026-11-14", true, false),
            ("2026-11-15", false, true),
            ("2026-11", true, true),
            ("2026-10", true, false),
            ("2026-12", false, true),
        ] {
            assert_eq!(
                (has(&old, period), has(&new, period)),
                (of_old, of_new),
                "{period}"
            );
        }
    }
}
