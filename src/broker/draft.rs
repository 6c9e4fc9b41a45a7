//! What people have typed for a form and not sent: kept, merged, and taken out once it is sent.

use std::sync::Arc;

use crate::domain::check::RawAnswer;
use crate::domain::draft::{Draft, DraftVersion, Typed, Typing, check_typed, is_blank};
use crate::domain::fault::Faults;
use crate::domain::form::Form;
use crate::domain::id::{HomeId, shown};
use crate::domain::limits::DRAFT_ENTRIES_MAX;
use crate::domain::period::Period;
use crate::domain::template::EntryId;
use crate::store::PutDraft;

use super::submit_answers::check_name;
use super::{ATTEMPTS_MAX, Broker, BrokerError};

/// What a person has typed.
#[derive(Debug, Clone)]
pub struct SaveDraft {
    /// The home.
    pub home: HomeId,
    /// The form's period.
    pub period: Period,
    /// The draft's etag as it was seen; empty where there was none.
    pub etag: String,
    /// What was typed; one that names its entry alone discards what was typed for it.
    pub answers: Vec<RawAnswer>,
    /// Who types, in the home's words.
    pub saved_by: String,
}

/// What was sent of a draft.
pub(super) struct Sent<'a> {
    pub(super) home: &'a HomeId,
    pub(super) period: Period,
    pub(super) entries: Vec<EntryId>,
    /// The draft's etag as the home saw it; empty for not said.
    pub(super) etag: &'a str,
    pub(super) at: jiff::Timestamp,
}

impl Broker {
    /// Keeps what a person has typed, durably. Saving the same again changes nothing.
    ///
    /// # Errors
    /// Every fault, by path; an entry that somebody else changed since the draft was seen, and that
    /// is sent with another value: then nothing is saved.
    pub async fn save_draft(
        &self,
        sent: &SaveDraft,
    ) -> Result<(Form, Option<Arc<Draft>>), BrokerError> {
        let seen = check_envelope(sent)?;
        let form = self.load_form(&sent.home, sent.period).await?.form;
        for _ in 0..ATTEMPTS_MAX {
            let known = self.store.draft(&sent.home, sent.period).await?;
            let typing = self.typing(sent, &form, known.as_deref())?;
            let mut draft = match &known {
                Some(known) => Draft::clone(known),
                None => Draft::new(self.new_id("f_")),
            };
            let conflicts = match (&known, &seen) {
                // The draft that was seen was sent or discarded since.
                (None, Some(_)) => typing.keys().copied().collect(),
                (None, None) => Vec::new(),
                (Some(known), seen) => known.conflicts(seen.as_ref(), &typing),
            };
            if !conflicts.is_empty() {
                let current = known.map(|known| known.version.to_string());
                return Err(BrokerError::DraftChanged {
                    current: current.unwrap_or_default(),
                    entries: conflicts,
                });
            }
            if !draft.take(typing) {
                return Ok((form, known));
            }
            draft.check_size()?;
            if self.put_draft(sent, known.as_deref(), draft).await? {
                let draft = self.store.draft(&sent.home, sent.period).await?;
                return Ok((form, draft));
            }
        }
        Err(BrokerError::Contended)
    }

    /// Takes what was sent out of the draft. Sending does not fail for a draft that cannot be
    /// changed: that is logged, and the draft shows what was sent until it is saved again.
    pub(super) async fn clear_draft(&self, sent: Sent<'_>) {
        if let Err(error) = self.clear(&sent).await {
            let (home, period) = (sent.home, sent.period);
            tracing::error!(%error, %home, %period, "what was sent stays in the draft");
        }
    }

    async fn clear(&self, sent: &Sent<'_>) -> Result<(), BrokerError> {
        let seen = sent.etag.parse::<DraftVersion>().ok();
        for _ in 0..ATTEMPTS_MAX {
            let Some(known) = self.store.draft(sent.home, sent.period).await? else {
                return Ok(());
            };
            let mut draft = Draft::clone(&known);
            if !draft.sent(&sent.entries, seen.as_ref(), sent.at) {
                return Ok(());
            }
            let put = PutDraft {
                home: sent.home.clone(),
                period: sent.period,
                expected: Some(known.version.clone()),
                draft: (!draft.is_empty()).then_some(draft),
            };
            if self.store.put_draft(put).await? {
                return Ok(());
            }
        }
        Err(BrokerError::Contended)
    }

    async fn put_draft(
        &self,
        sent: &SaveDraft,
        known: Option<&Draft>,
        draft: Draft,
    ) -> Result<bool, BrokerError> {
        let put = PutDraft {
            home: sent.home.clone(),
            period: sent.period,
            expected: known.map(|known| known.version.clone()),
            draft: (!draft.is_empty()).then_some(draft),
        };
        if put.draft.is_none() && put.expected.is_none() {
            return Ok(true);
        }
        Ok(self.store.put_draft(put).await?)
    }

    /// What was typed, by entry: of the form, or of what was typed before for what has left it.
    fn typing(
        &self,
        sent: &SaveDraft,
        form: &Form,
        known: Option<&Draft>,
    ) -> Result<Typing, Faults> {
        let mut faults = Faults::new();
        let mut typing = Typing::new();
        let at = self.now();
        for (position, answer) in sent.answers.iter().enumerate() {
            let path = format!("answers[{position}]");
            faults.take(&path, check_typed(answer));
            let on_form = form
                .entries()
                .find(|(entry, _)| entry.id.to_string() == answer.entry);
            let on_form = on_form.map(|(entry, _)| (entry.id, entry.wording.value.clone()));
            let before = answer.entry.parse::<EntryId>().ok().and_then(|id| {
                let typed = known?.entries.get(&id)?.typed.as_ref()?;
                Some((id, typed.wording.clone()))
            });
            let Some((id, wording)) = on_form.or(before) else {
                let message = format!("{} is not on this form", shown(&answer.entry));
                faults.add(format!("{path}.entry"), message);
                continue;
            };
            let typed = (!is_blank(answer)).then(|| Typed {
                answer: answer.clone(),
                by: sent.saved_by.clone(),
                at,
                wording,
            });
            if typing.insert(id, typed).is_some() {
                faults.add(format!("{path}.entry"), "is typed twice here");
            }
        }
        faults.into_result()?;
        Ok(typing)
    }
}

fn check_envelope(sent: &SaveDraft) -> Result<Option<DraftVersion>, Faults> {
    let mut faults = Faults::new();
    if sent.answers.is_empty() {
        faults.add("answers", "are none; send one at least");
    }
    if sent.answers.len() > DRAFT_ENTRIES_MAX {
        faults.add("answers", format!("are more than {DRAFT_ENTRIES_MAX}"));
    }
    check_name("saved_by", &sent.saved_by, &mut faults);
    let seen = match sent.etag.as_str() {
        "" => Some(None),
        etag => faults.take("", etag.parse().map(Some)),
    };
    faults.into_result()?;
    Ok(seen.flatten())
}
