//! The forms of a home around a time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::ask::SharedAsk;
use crate::domain::fault::Faults;
use crate::domain::form::{Form, FormState};
use crate::domain::id::HomeId;
use crate::domain::period::Period;

use super::{Broker, BrokerError};

/// How far back and ahead forms are listed where the caller does not say, in days: a month's form
/// and the one after it are among them at any time.
const LISTED_DAYS: i64 = 45;

/// Longest stretch of time that may be listed at once, in days.
const LISTED_DAYS_MAX: i64 = 400;

/// Most forms listed at once: daily, weekly, monthly, quarterly and yearly forms of that stretch.
const FORMS_MAX: usize = 500;

/// Which forms to list.
#[derive(Debug, Clone, Default)]
pub struct FormsFilter {
    /// In one of these states; any if empty.
    pub states: BTreeSet<FormState>,
    /// Whose period shares a day with this one or a later day.
    pub from: Option<Date>,
    /// Whose period shares a day with this one or an earlier day.
    pub until: Option<Date>,
    /// Where an ask has opened by now that closes on this day or a later one: what is not open yet
    /// and what is long past is left out, without making its form.
    pub closing_from: Option<Date>,
}

impl Broker {
    /// The forms of a home, by the end of their period.
    ///
    /// # Errors
    /// If there is no such home, or the stretch of time is too long.
    pub async fn list_forms(
        &self,
        home: &HomeId,
        filter: &FormsFilter,
    ) -> Result<Vec<Form>, BrokerError> {
        let entry = self.home(home).await?;
        let (first, last) = self.stretch(filter)?;
        let asks = self.store.asks_of_home(home, first, last).await?;
        let liveness = self.liveness(home).await?;
        let links = self.store.links().await?.value;
        let mut by_period: BTreeMap<Period, Vec<SharedAsk>> = BTreeMap::new();
        let now = self.now_in_london();
        for ask in &asks {
            let periods = ask.schedule.periods_between(first, last).into_iter();
            for period in periods.filter(|period| liveness.is_live(ask, period)) {
                by_period.entry(period).or_default().push(ask.clone());
            }
        }
        if let Some(day) = filter.closing_from {
            by_period.retain(|period, asks| {
                let mut windows = asks.iter().filter_map(|ask| ask.window.window(period).ok());
                windows.any(|own| own.opens <= now && day <= own.closes.date())
            });
        }
        if by_period.len() > FORMS_MAX {
            let message = format!("these dates hold more than {FORMS_MAX} forms; ask for fewer");
            return Err(Faults::one("until", message).into());
        }
        let mut forms = Vec::new();
        for (period, asks) in by_period {
            let loaded = self.load_form_of(Arc::clone(&entry), period, &asks, links.clone());
            let form = loaded.await?.form;
            let is_wanted = filter.states.is_empty() || filter.states.contains(&form.state);
            if is_wanted && !form.entries.is_empty() {
                forms.push(form);
            }
        }
        forms.sort_by_key(|form| {
            let period = form.template.body().period;
            (period.last_day(), period.start())
        });
        Ok(forms)
    }

    fn stretch(&self, filter: &FormsFilter) -> Result<(Date, Date), BrokerError> {
        let today = self.now_in_london().date();
        let first = filter.from.unwrap_or_else(|| {
            let from = filter.until.unwrap_or(today);
            from.saturating_sub(LISTED_DAYS.days())
        });
        let last = filter.until.unwrap_or_else(|| {
            let until = filter
                .from
                .unwrap_or(today)
                .max(today.min(first.saturating_add(LISTED_DAYS.days())));
            until.saturating_add(LISTED_DAYS.days())
        });
        if last < first {
            return Err(Faults::one("until", "lies before from").into());
        }
        if first.saturating_add(LISTED_DAYS_MAX.days()) < last {
            let message = format!("lies more than {LISTED_DAYS_MAX} days after from");
            return Err(Faults::one("until", message).into());
        }
        Ok((first, last))
    }
}
