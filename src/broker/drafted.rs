//! A form as it would be if what is typed were sent: what follows from it, what is asked because of
//! it, and what is wrong with it, before anything is.

use std::collections::{BTreeMap, BTreeSet};

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

/// How often it is looked at again because what is typed decides what else is asked: as many steps as
/// conditions build on one another.
const ROUNDS_MAX: usize = 8;

/// A form as it stands, and as it would be with what is typed.
#[derive(Debug, Clone)]
pub struct DraftedForm {
    /// The form as it stands, with what is typed beside it.
    pub view: FormView,
    /// The form with everything given that is typed, can be an answer, and is asked.
    pub form: Form,
    /// Where the offers of that form come from.
    pub words: BTreeMap<EntryId, OfferWords>,
    /// What is made of everything typed that is on the form.
    pub typed: BTreeMap<EntryId, Result<Checked, Faults>>,
}

/// A form with what is typed for it.
struct LookedAt {
    loaded: Loaded,
    view: FormView,
    typed: BTreeMap<EntryId, Result<Checked, Faults>>,
}

/// A form as it would be.
struct WouldBe {
    form: Form,
    words: BTreeMap<EntryId, OfferWords>,
}

/// Entries by their form's place.
type Places = BTreeSet<(usize, EntryId)>;

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
        let mut forms = Vec::with_capacity(periods.len());
        for period in periods {
            forms.push(self.looked_at(home, *period).await?);
        }
        // What is typed and, because of what else is typed, not asked does not go.
        let mut unasked = Places::new();
        let mut would_be = self.as_if_sent(&forms, &unasked);
        for _ in 0..ROUNDS_MAX {
            let more = not_put(&forms, &would_be);
            if more.is_subset(&unasked) {
                break;
            }
            unasked.extend(more);
            would_be = self.as_if_sent(&forms, &unasked);
        }
        let drafted = forms.into_iter().zip(would_be);
        let drafted = drafted.map(|(own, would_be)| DraftedForm {
            view: own.view,
            form: would_be.form,
            words: would_be.words,
            typed: own.typed,
        });
        Ok(drafted.collect())
    }

    /// A form with everything typed that is on it.
    async fn looked_at(&self, home: &HomeId, period: Period) -> Result<LookedAt, BrokerError> {
        let loaded = self.load_form(home, period).await?;
        let words = loaded.words(&loaded.form, &loaded.drawn.sheets);
        let view = self.form_view(loaded.form.clone(), words).await?;
        let today = self.now_in_london().date();
        let draft = view.draft.as_deref();
        let typed = view.form.entries().filter_map(|(entry, state)| {
            let typed = draft?.entries.get(&entry.id)?.typed.as_ref()?;
            let checked = check(&typed.answer, entry, state.confirmable(), today);
            Some((entry.id, checked))
        });
        let typed = typed.collect();
        Ok(LookedAt {
            loaded,
            view,
            typed,
        })
    }

    /// Each form as it would be with what is typed on all of them, but for some. Where two forms have
    /// something typed of the very same, the first counts.
    fn as_if_sent(&self, forms: &[LookedAt], unasked: &Places) -> Vec<WouldBe> {
        let mut answers: BTreeMap<EntryId, Answer> = BTreeMap::new();
        for (at, form) in forms.iter().enumerate() {
            for (id, checked) in &form.typed {
                let asked = checked
                    .as_ref()
                    .ok()
                    .filter(|_| !unasked.contains(&(at, *id)));
                if let Some(checked) = asked {
                    answers.entry(*id).or_insert_with(|| checked.answer.clone());
                }
            }
        }
        let answers: Vec<Answer> = answers.into_values().collect();
        let now = self.now_in_london();
        let would_be = forms.iter().map(|own| {
            let sent = self.submission_of(&own.loaded, &answers);
            let mut sheets = own.loaded.drawn.sheets.clone();
            with_answers(&mut sheets, &sent);
            let form = own.loaded.form_with(&sheets, now);
            let words = own.loaded.words(&form, &sheets);
            WouldBe { form, words }
        });
        would_be.collect()
    }

    /// What would be recorded if these answers were sent on a form.
    fn submission_of(&self, loaded: &Loaded, answers: &[Answer]) -> Submission {
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

/// What is typed on each form and not put.
fn not_put(forms: &[LookedAt], would_be: &[WouldBe]) -> Places {
    let mut places = Places::new();
    for (at, (own, would_be)) in forms.iter().zip(would_be).enumerate() {
        let states = would_be.form.entries();
        let idle =
            states.filter(|(entry, state)| !state.is_put && own.typed.contains_key(&entry.id));
        places.extend(idle.map(|(entry, _)| (at, entry.id)));
    }
    places
}
