//! A home sends answers that it has given to askers who came later.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::answer::Release;
use crate::domain::digest::Digest;
use crate::domain::event::{Event, Key};
use crate::domain::fault::Faults;
use crate::domain::form::{Form, Need, release_key};
use crate::domain::id::{AskName, HomeId};
use crate::domain::limits::{ANSWERS_PER_SUBMISSION_MAX, ASKS_PER_RELEASE_MAX};
use crate::domain::period::Period;
use crate::domain::release::{AnswersReleased, GivenBefore};
use crate::domain::template::TemplateAsk;
use crate::store::Expectation;

use super::confirm_unchanged::listed_entries;
use super::receipt::ReceiptView;
use super::submit_answers::{check_fresh, check_name, release_of};
use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller, Landed, idempotency};

/// What a home sends to whom.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ReleaseAnswers {
    /// The home.
    pub home: HomeId,
    /// The form's period.
    pub period: Period,
    /// Digest of the template that the home saw: it says who asks.
    pub template: Digest,
    /// The form's etag as the home saw it: it says which answers.
    pub etag: String,
    /// The asks to send to.
    pub asks: Vec<AskName>,
    /// The entries to send; none for every answered one that these asks do not have.
    pub entries: Vec<String>,
    /// Who sends, in the home's words.
    pub released_by: String,
}

/// What was sent.
#[derive(Debug, Clone)]
pub struct AnswersSent {
    /// What was recorded; none if these asks have all of it already.
    pub receipt: Option<ReceiptView>,
    /// The form as it stands now.
    pub form: Form,
}

impl Broker {
    /// Releases answers as they stand. Sending it twice is harmless.
    ///
    /// # Errors
    /// Every fault, by path; a form that has changed since the home saw it; a request id used for
    /// something else.
    pub async fn release_answers(
        &self,
        caller: &Caller,
        sent: ReleaseAnswers,
        request_id: &str,
    ) -> Result<AnswersSent, BrokerError> {
        check_envelope(&sent)?;
        let idempotency = idempotency(caller, "ReleaseAnswers", request_id, &sent)?;
        if let Some(first) = self.seen_before(idempotency.as_ref()).await? {
            return self.released_before(&sent, first).await;
        }
        for _ in 0..ATTEMPTS_MAX {
            let loaded = self.load_form(&sent.home, sent.period).await?;
            check_fresh(&sent.template, &sent.etag, &loaded.form)?;
            let (answers, to) = chosen(&sent, &loaded.form)?;
            if to.is_empty() {
                return Ok(AnswersSent {
                    receipt: None,
                    form: loaded.form,
                });
            }
            let released = AnswersReleased {
                receipt: self.new_id("r_"),
                home: sent.home.clone(),
                period: sent.period,
                template: sent.template,
                released_by: sent.released_by.clone(),
                released_at: self.now(),
                answers,
                releases: to,
            };
            let unchanged = |reference| Expectation {
                revision: loaded.drawn.revisions.get(&reference).copied().unwrap_or(0),
                key: Key::Sheet(sent.home.clone(), reference),
            };
            let expectations = released.references().map(unchanged).collect();
            let mut events = self.kept(&loaded.form.template).await?;
            events.push(Event::AnswersReleased(released.clone()));
            let landed = self.record(caller, events, expectations, idempotency);
            match landed.await? {
                Some(Landed::Now) => return self.released(&sent, released).await,
                Some(Landed::Before { first }) => return self.released_before(&sent, first).await,
                None => {}
            }
        }
        Err(BrokerError::Contended)
    }

    async fn released_before(
        &self,
        sent: &ReleaseAnswers,
        first: u64,
    ) -> Result<AnswersSent, BrokerError> {
        // A kept template may stand before the release in its append; nothing else does.
        for sequence in [first, first + 1] {
            if let Event::AnswersReleased(released) = self.event_at(sequence).await? {
                return self.released(sent, released).await;
            }
        }
        Err(BrokerError::Internal(format!("no release at {first}")))
    }

    async fn released(
        &self,
        sent: &ReleaseAnswers,
        released: AnswersReleased,
    ) -> Result<AnswersSent, BrokerError> {
        let receipt = self.release_receipt(Arc::new(released)).await?;
        let form = self.load_form(&sent.home, sent.period).await?.form;
        Ok(AnswersSent {
            receipt: Some(receipt),
            form,
        })
    }
}

fn check_envelope(sent: &ReleaseAnswers) -> Result<(), Faults> {
    let mut faults = Faults::new();
    if sent.etag.is_empty() {
        faults.add("etag", "is needed: it says which answers were seen");
    }
    if sent.asks.is_empty() {
        faults.add("asks", "are none; name one at least");
    }
    if sent.asks.len() > ASKS_PER_RELEASE_MAX {
        faults.add("asks", format!("are more than {ASKS_PER_RELEASE_MAX}"));
    }
    if sent.entries.len() > ANSWERS_PER_SUBMISSION_MAX {
        let message = format!("are more than {ANSWERS_PER_SUBMISSION_MAX}");
        faults.add("entries", message);
    }
    check_name("released_by", &sent.released_by, &mut faults);
    faults.into_result()
}

/// The answers that the asks do not have yet, and their releases.
fn chosen(sent: &ReleaseAnswers, form: &Form) -> Result<(Vec<GivenBefore>, Vec<Release>), Faults> {
    let mut faults = Faults::new();
    let asks = faults.take("", named_asks(sent, form));
    let listed = faults.take("", listed_entries(&sent.entries, form));
    for (position, text) in sent.entries.iter().enumerate() {
        let found = form
            .entries()
            .find(|(entry, _)| entry.id.to_string() == *text);
        let Some((_, state)) = found else { continue };
        if state.answer.is_none() {
            faults.add(format!("entries[{position}]"), "is not answered yet");
        } else if !matches!(state.need, Need::Send | Need::Nothing) {
            let message = "is worked out, and not all who ask take it so: confirm it instead";
            faults.add(format!("entries[{position}]"), message);
        }
    }
    faults.into_result()?;
    let (asks, listed) = (asks.unwrap_or_default(), listed.flatten());
    let (mut answers, mut releases) = (Vec::new(), Vec::new());
    for (entry, state) in form.entries() {
        let is_meant = listed
            .as_ref()
            .is_none_or(|listed| listed.contains(&entry.id));
        let is_meant = is_meant && state.need == Need::Send;
        let Some(known) = state.answer.as_ref().filter(|_| is_meant) else {
            continue;
        };
        let place = u32::try_from(answers.len()).expect("a form has far fewer entries");
        let lacking = state.unreleased.iter().filter_map(|place| {
            let place = usize::try_from(*place).ok()?;
            entry.demands.get(place)
        });
        let before = releases.len();
        for demand in lacking.filter(|demand| asks.contains(&demand.ask)) {
            let key = release_key(&form.template, demand);
            let basis = form.template.ask(&demand.ask).map(TemplateAsk::basis);
            releases.push(release_of(place, key, None, basis));
        }
        if releases.len() > before {
            answers.push(GivenBefore {
                entry: entry.id,
                question: known.answer.question,
                reference: known.answer.reference,
                sequence: known.sequence,
            });
        }
    }
    Ok((answers, releases))
}

/// The asks that are named, each on the form, once, and not filed elsewhere.
fn named_asks(sent: &ReleaseAnswers, form: &Form) -> Result<BTreeSet<AskName>, Faults> {
    let mut faults = Faults::new();
    let mut asks = BTreeSet::new();
    for (position, name) in sent.asks.iter().enumerate() {
        let path = format!("asks[{position}]");
        match form.template.ask(name) {
            None => faults.add(path, "is not on this form"),
            Some(ask) if ask.is_filed_elsewhere() => {
                let message = format!("is filed in {}; nothing is sent to it", ask.filed_elsewhere);
                faults.add(path, message);
            }
            Some(_) if !asks.insert(name.clone()) => faults.add(path, "is named twice"),
            Some(_) => {}
        }
    }
    faults.into_result()?;
    Ok(asks)
}
