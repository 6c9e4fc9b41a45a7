//! A form as it would be if what is typed were sent: what follows from it, what is asked because of
//! it, and what is wrong with it, before anything is.

use std::collections::BTreeMap;

use crate::domain::answer::{Answer, Submission};
use crate::domain::check::{Checked, check};
use crate::domain::fault::Faults;
use crate::domain::form::Form;
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::domain::template::EntryId;

use super::follow::with_answers;
use super::form::Loaded;
use super::{Broker, BrokerError, FormView, OfferWords};

/// A form as it stands, and as it would be with what is typed.
#[derive(Debug, Clone)]
pub struct DraftedForm {
    /// The form as it stands, with what is typed beside it.
    pub view: FormView,
    /// The form with everything given that is typed and can be an answer.
    pub form: Form,
    /// Where the offers of that form come from.
    pub words: BTreeMap<EntryId, OfferWords>,
    /// What is made of everything typed that is on the form.
    pub typed: BTreeMap<EntryId, Result<Checked, Faults>>,
}

impl Broker {
    /// The form of a home for a period, with what is typed looked at. Nothing is written.
    ///
    /// # Errors
    /// If there is no such home.
    pub async fn drafted_form(
        &self,
        home: &HomeId,
        period: Period,
    ) -> Result<DraftedForm, BrokerError> {
        let mut forms = self.drafted_forms(home, &[period]).await?;
        let missing = || BrokerError::Internal(format!("no form of {period} was made"));
        forms.pop().ok_or_else(missing)
    }

    /// The forms of a home for some periods, as they would be if what is typed for any of them were
    /// sent. Nothing is written.
    ///
    /// # Errors
    /// If there is no such home.
    pub async fn drafted_forms(
        &self,
        home: &HomeId,
        periods: &[Period],
    ) -> Result<Vec<DraftedForm>, BrokerError> {
        let mut seen = Vec::with_capacity(periods.len());
        let mut answers: Vec<Answer> = Vec::new();
        for period in periods {
            let loaded = self.load_form(home, *period).await?;
            let words = loaded.words(&loaded.form, &loaded.drawn.sheets);
            let view = self.form_view(loaded.form.clone(), words).await?;
            let typed = self.looked_at(&view);
            let well = typed.values().filter_map(|checked| checked.as_ref().ok());
            answers.extend(well.map(|checked| checked.answer.clone()));
            seen.push((loaded, view, typed));
        }
        let now = self.now_in_london();
        let forms = seen.into_iter().map(|(loaded, view, typed)| {
            let sent = self.as_if_sent(&loaded, &answers);
            let mut sheets = loaded.drawn.sheets.clone();
            with_answers(&mut sheets, &sent);
            let form = loaded.form_with(&sheets, now);
            DraftedForm {
                words: loaded.words(&form, &sheets),
                form,
                view,
                typed,
            }
        });
        Ok(forms.collect())
    }

    /// What is made of everything typed that is on a form.
    fn looked_at(&self, view: &FormView) -> BTreeMap<EntryId, Result<Checked, Faults>> {
        let today = self.now_in_london().date();
        let Some(draft) = &view.draft else {
            return BTreeMap::new();
        };
        let looked_at = view.form.entries().filter_map(|(entry, state)| {
            let typed = draft.entries.get(&entry.id)?.typed.as_ref()?;
            let checked = check(&typed.answer, entry, state.confirmable(), today);
            Some((entry.id, checked))
        });
        looked_at.collect()
    }

    /// What would be recorded if these answers were sent on a form.
    fn as_if_sent(&self, loaded: &Loaded, answers: &[Answer]) -> Submission {
        let template = &loaded.form.template;
        Submission {
            receipt: String::new(),
            home: loaded.form.home.clone(),
            period: template.body().period,
            template: template.digest(),
            answered_by: String::new(),
            submitted_at: self.now(),
            answers: answers.to_vec(),
            releases: Vec::new(),
        }
    }
}
