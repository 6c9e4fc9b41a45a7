//! What a home said to the questions of a form the period before.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::form::{Form, Sheets};
use crate::domain::id::{AskName, FieldName};
use crate::domain::reference::Reference;
use crate::domain::sheet::SheetAnswer;
use crate::domain::template::{Demand, Entry, EntryId, bearings};

use super::{Broker, BrokerError};

/// What each field of some asks spoke of the period before.
type Before = BTreeMap<(AskName, FieldName), Reference>;

impl Broker {
    /// The answer that each entry of a form was given the period before, as far as one was: by the
    /// fields that ask it, each of which spoke of an earlier time then. What stands until it changes
    /// has no time before.
    ///
    /// # Errors
    /// As the store says.
    pub async fn last_time(
        &self,
        form: &Form,
    ) -> Result<BTreeMap<EntryId, SheetAnswer>, BrokerError> {
        let before = self.before(form).await?;
        if before.is_empty() {
            return Ok(BTreeMap::new());
        }
        let links = self.store.links().await?.value;
        let mut sheets = Sheets::new();
        for reference in before.values().copied().collect::<BTreeSet<_>>() {
            let sheet = self.store.sheet(&form.home, &reference).await?.value;
            sheets.insert(reference, sheet);
        }
        let said_before = |demand: &Demand, entry: &Entry| {
            let key = (demand.ask.clone(), demand.field.name.clone());
            let then = before.get(&key).filter(|then| **then != entry.reference)?;
            sheets.get(then)?.answer(&entry.question, &links).cloned()
        };
        let entries = form.template.entries().iter();
        let found = entries.filter_map(|entry| {
            let mut demands = entry.demands.iter();
            let known = demands.find_map(|demand| said_before(demand, entry));
            Some((entry.id, known?))
        });
        Ok(found.collect())
    }

    async fn before(&self, form: &Form) -> Result<Before, BrokerError> {
        let Some(previous) = form.template.body().period.previous() else {
            return Ok(Before::new());
        };
        let links = self.store.links().await?.value;
        let mut before = Before::new();
        for own in &form.template.body().asks {
            let Some(ask) = self.store.ask(&own.name).await? else {
                continue;
            };
            for bearing in bearings(&ask.value, previous, &links) {
                let field = ask.value.fields[bearing.field].field.name.clone();
                before.insert((own.name.clone(), field), bearing.reference);
            }
        }
        Ok(before)
    }
}
