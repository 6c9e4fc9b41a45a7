//! A home corrects one answer that it sent, however long ago.
//!
//! The correction follows the template on which the answer was given, not today's form: so it can be
//! made when the window has closed, the ask was withdrawn or the form is done. It goes to exactly
//! those who hold the very answer that it takes the place of.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use crate::domain::answer::{Answer, Release, Submission};
use crate::domain::check::{Checked, RawAnswer, check};
use crate::domain::digest::QuestionId;
use crate::domain::event::{Event, Key};
use crate::domain::fault::Faults;
use crate::domain::form::Sheets;
use crate::domain::id::{AskName, HomeId};
use crate::domain::link::Links;
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::domain::sheet::{ReleaseKey, Released, Sheet, SheetAnswer};
use crate::domain::template::{Entry, EntryId, Template};
use crate::store::{Expectation, Stored};

use super::follow::{Followed, Following};
use super::receipt::no_receipt;
use super::sources::MOMENTS_MAX;
use super::submit_answers::{check_name, release_of};
use super::{ATTEMPTS_MAX, AnswerWarning, Broker, BrokerError, Caller, Landed, idempotency};

/// A correction of one answer.
#[derive(Debug, Clone, serde::Serialize)]
pub struct CorrectAnswer {
    /// The home.
    pub home: HomeId,
    /// The period of the form that it was sent on.
    pub period: Period,
    /// The receipt that it was sent under; none for the answer in force.
    pub receipt: Option<String>,
    /// The form's etag as the home saw it; empty for whatever is in force.
    pub etag: String,
    /// The entry, with the new value.
    pub answer: RawAnswer,
    /// Who corrects, in the home's words.
    pub answered_by: String,
}

/// What became of a correction.
#[derive(Debug, Clone)]
pub struct Corrected {
    /// What was recorded; none if nothing was.
    pub submission: Option<Arc<Submission>>,
    /// What is worth a second look.
    pub warnings: Vec<AnswerWarning>,
    /// Whether the value is the one in force already.
    pub is_unchanged: bool,
}

/// An answer as it stands, for whoever would correct it.
#[derive(Debug, Clone)]
pub struct Correctable {
    /// The answer.
    pub known: SheetAnswer,
    /// The entry that it was given on, as it was then.
    pub entry: Entry,
    /// The asks that hold it, and so get the correction.
    pub holders: BTreeSet<AskName>,
    /// Who gave it, in the home's words.
    pub answered_by: String,
}

/// Where an answer stands.
struct Place {
    question: QuestionId,
    reference: Reference,
    /// The sequence of the answer that is meant; none for the one in force.
    sequence: Option<u64>,
}

/// An answer in force, with what it was given on.
struct Given {
    sheet: Stored<Arc<Sheet>>,
    known: SheetAnswer,
    submission: Submission,
    template: Arc<Template>,
}

impl Broker {
    /// Corrects an answer. Sending it twice under one request id is harmless.
    ///
    /// # Errors
    /// Every fault, by path; an answer that has changed since; a request id used for something else.
    pub async fn correct_answer(
        &self,
        caller: &Caller,
        sent: CorrectAnswer,
        request_id: &str,
        validate_only: bool,
    ) -> Result<Corrected, BrokerError> {
        check_envelope(&sent)?;
        let idempotency = idempotency(caller, "CorrectAnswer", request_id, &sent)?;
        if let Some(first) = self.seen_before(idempotency.as_ref()).await? {
            return self.corrected_before(first).await;
        }
        for _ in 0..ATTEMPTS_MAX {
            let given = self.given(&sent).await?;
            let today = self.now_in_london().date();
            let checked = checked(&sent.answer, &given, today)?;
            let warnings = checked.warnings.into_iter().map(|warning| AnswerWarning {
                answer: 0,
                message: warning.message,
            });
            let mut corrected = Corrected {
                submission: None,
                warnings: warnings.collect(),
                is_unchanged: is_same(&checked.answer, &given.known.answer),
            };
            if validate_only || corrected.is_unchanged {
                return Ok(corrected);
            }
            let unchanged = Expectation {
                key: Key::Sheet(sent.home.clone(), checked.answer.reference),
                revision: given.sheet.revision,
            };
            let submission = Submission {
                receipt: self.new_id("r_"),
                home: sent.home.clone(),
                period: given.submission.period,
                template: given.submission.template,
                answered_by: sent.answered_by.clone(),
                submitted_at: self.now(),
                releases: to_holders(&given),
                answers: vec![checked.answer],
            };
            let followed = self.followed_by(&given, &submission).await?;
            let mut events = vec![Event::AnswersSubmitted(submission.clone())];
            events.extend(followed.events);
            let mut expectations = vec![unchanged];
            expectations.extend(followed.expectations);
            let landed = self.record(caller, events, expectations, idempotency);
            match landed.await? {
                Some(Landed::Now) => {
                    corrected.submission = Some(Arc::new(submission));
                    return Ok(corrected);
                }
                Some(Landed::Before { first }) => return self.corrected_before(first).await,
                None => {}
            }
        }
        Err(BrokerError::Contended)
    }

    /// An answer that was sent under a receipt, as it is to be corrected.
    ///
    /// # Errors
    /// If it is not on that receipt, was erased, or has changed since.
    pub async fn correctable(
        &self,
        home: &HomeId,
        period: Period,
        receipt: &str,
        entry: &str,
    ) -> Result<Correctable, BrokerError> {
        let meant = CorrectAnswer {
            home: home.clone(),
            period,
            receipt: Some(receipt.to_owned()),
            etag: String::new(),
            answer: RawAnswer {
                entry: entry.to_owned(),
                ..RawAnswer::default()
            },
            answered_by: String::new(),
        };
        let given = self.given(&meant).await?;
        let entry = entry_of(&given)?.clone();
        Ok(Correctable {
            entry,
            holders: to_holders(&given).into_iter().map(|own| own.ask).collect(),
            answered_by: given.submission.answered_by,
            known: given.known,
        })
    }

    /// What follows from a correction.
    async fn followed_by(
        &self,
        given: &Given,
        submission: &Submission,
    ) -> Result<Followed, BrokerError> {
        let home = self.home(&submission.home).await?;
        let links = self.store.links().await?.value;
        let dictionary = self.store.dictionary().await?.value;
        let following = Following {
            home: &home,
            links: &links,
            dictionary: &dictionary,
            submission,
        };
        let reference = given.known.answer.reference;
        let before = Sheets::from([(reference, Arc::clone(&given.sheet.value))]);
        self.follow(&following, &before).await
    }

    async fn corrected_before(&self, first: u64) -> Result<Corrected, BrokerError> {
        let submission = self.submission_from(first).await?;
        Ok(Corrected {
            submission: Some(Arc::new(submission)),
            warnings: Vec::new(),
            is_unchanged: false,
        })
    }

    /// The answer to be corrected, in force.
    async fn given(&self, sent: &CorrectAnswer) -> Result<Given, BrokerError> {
        let not_answered = || Faults::one("answer.entry", "was never answered, or was erased");
        let links = self.store.links().await?.value;
        let place = match &sent.receipt {
            Some(receipt) => self.on_receipt(sent, receipt).await?,
            None => self.on_form(sent, &links).await?,
        };
        let sheet = self.store.sheet(&sent.home, &place.reference).await?;
        let known = sheet.value.answer(&place.question, &links).cloned();
        let known = known.ok_or_else(not_answered)?;
        let submission = self.submission_at(known.sequence).await?;
        let submission = submission.ok_or_else(not_answered)?;
        if place.sequence.is_some_and(|meant| meant != known.sequence) {
            let form = format!("{}/forms/{}", sent.home.resource(), submission.period);
            return Err(BrokerError::Stale {
                what: "the answer".into(),
                current: format!("{form}/receipts/{}", submission.receipt),
            });
        }
        let template = self.store.template(&submission.template).await?;
        let template = template.ok_or_else(|| {
            let receipt = &submission.receipt;
            BrokerError::Internal(format!("the template of {receipt} is not there"))
        })?;
        Ok(Given {
            sheet,
            known,
            submission,
            template,
        })
    }

    async fn on_receipt(&self, sent: &CorrectAnswer, receipt: &str) -> Result<Place, BrokerError> {
        let is_meant = |entry: EntryId| entry.to_string() == sent.answer.entry;
        let not_there = || Faults::one("answer.entry", "is not on this receipt");
        if let Some(stored) = self.store.receipt(&sent.home, receipt).await? {
            if stored.value.period != sent.period {
                return Err(no_receipt(&sent.home, receipt));
            }
            let answer = stored.value.answers.iter().find(|own| is_meant(own.entry));
            let answer = answer.ok_or_else(not_there)?;
            return Ok(Place {
                question: answer.question,
                reference: answer.reference,
                sequence: Some(stored.revision),
            });
        }
        let released = self.store.release(&sent.home, receipt).await?;
        let released = released.filter(|stored| stored.value.period == sent.period);
        let released = released.ok_or_else(|| no_receipt(&sent.home, receipt))?;
        let named = released
            .value
            .answers
            .iter()
            .find(|own| is_meant(own.entry));
        let named = named.ok_or_else(not_there)?;
        Ok(Place {
            question: named.question,
            reference: named.reference,
            sequence: Some(named.sequence),
        })
    }

    /// The entry on today's form or, where it has left that, on the sheets of the period.
    async fn on_form(&self, sent: &CorrectAnswer, links: &Links) -> Result<Place, BrokerError> {
        let loaded = self.load_form(&sent.home, sent.period).await?;
        if !sent.etag.is_empty() && sent.etag != loaded.form.etag.to_string() {
            return Err(BrokerError::Stale {
                what: "the form".into(),
                current: loaded.form.etag.to_string(),
            });
        }
        let mut entries = loaded.form.template.entries().iter();
        if let Some(entry) = entries.find(|entry| entry.id.to_string() == sent.answer.entry) {
            return Ok(Place {
                question: entry.question,
                reference: entry.reference,
                sequence: None,
            });
        }
        let (first, last) = (sent.period.start(), sent.period.last_day());
        let moments = self.store.moments(&sent.home, first, last, MOMENTS_MAX);
        let mut references = moments.await?;
        references.extend([Reference::Span { first, last }, Reference::Standing]);
        for reference in references {
            let sheet = self.store.sheet(&sent.home, &reference).await?.value;
            let mut answers = sheet.answers();
            let known = answers.find(|own| own.answer.entry.to_string() == sent.answer.entry);
            if let Some(known) = known {
                let in_force = sheet.answer(&known.answer.question, links).unwrap_or(known);
                return Ok(Place {
                    question: in_force.answer.question,
                    reference,
                    sequence: None,
                });
            }
        }
        let message = "is not on this form today; name the receipt that it was sent under";
        Err(Faults::one("answer.entry", message).into())
    }
}

fn check_envelope(sent: &CorrectAnswer) -> Result<(), Faults> {
    let mut faults = Faults::new();
    if sent.answer.confirm {
        faults.add(
            "answer.confirm",
            "is no correction; give the value that is right",
        );
    }
    if sent.receipt.is_some() && !sent.etag.is_empty() {
        faults.add(
            "etag",
            "goes with a form's name; the receipt says which answer is meant",
        );
    }
    check_name("answered_by", &sent.answered_by, &mut faults);
    faults.into_result()
}

/// The new value, checked against the entry as it was answered.
fn checked(raw: &RawAnswer, given: &Given, today: Date) -> Result<Checked, BrokerError> {
    let entry = entry_of(given)?;
    let mut raw = raw.clone();
    if raw.on.is_none() {
        raw.on = given.known.answer.on.map(|day| day.to_string());
    }
    let mut faults = Faults::new();
    let checked = faults.take("answer", check(&raw, entry, None, today));
    checked.ok_or_else(|| faults.into())
}

/// The entry that an answer was given on.
fn entry_of(given: &Given) -> Result<&Entry, BrokerError> {
    let id = given.known.answer.entry;
    given.template.entry(&id).ok_or_else(|| {
        let receipt = &given.submission.receipt;
        BrokerError::Internal(format!("{id} is not on the template of {receipt}"))
    })
}

fn is_same(new: &Answer, old: &Answer) -> bool {
    new.said == old.said && new.on == old.on
}

/// To exactly those who hold the very answer, each in the shape that it was asked in.
fn to_holders(given: &Given) -> Vec<Release> {
    let known = &given.known;
    let holds = given.sheet.value.releases().filter(|(_, released)| {
        released.given == known.sequence && released.answer.question == known.answer.question
    });
    let release = |(key, released): (&ReleaseKey, &Released)| {
        let other = released.template != given.submission.template;
        let template = other.then_some(released.template);
        release_of(0, key.clone(), template, released.basis)
    };
    holds.map(release).collect()
}
