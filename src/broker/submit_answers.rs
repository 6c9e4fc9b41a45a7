//! A home sends answers, and releases each to exactly the askers on the form that it saw.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::answer::{Answer, Release, Submission};
use crate::domain::check::{RawAnswer, check};
use crate::domain::digest::Digest;
use crate::domain::event::{Event, Key, TemplateKept};
use crate::domain::fault::Faults;
use crate::domain::form::{Form, Need, release_key};
use crate::domain::id::{HomeId, shown};
use crate::domain::limits::{
    ANSWERED_BY_CHARS_MAX, ANSWERS_PER_SUBMISSION_MAX, TOPICS_PER_SUBMISSION_MAX,
};
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::domain::sheet::ReleaseKey;
use crate::domain::template::{EntryId, Template, TemplateAsk};
use crate::domain::worked_out::How;
use crate::store::{Expectation, Idempotency};

use super::draft::Sent;
use super::follow::{Following, with_answers};
use super::form::Loaded;
use super::none_in::nil_answers;
use super::waiting::{Waiting, check_put};
use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller, Landed, idempotency};

/// What a home sends.
#[derive(Debug, Clone, serde::Serialize)]
pub struct SubmitAnswers {
    /// The home.
    pub home: HomeId,
    /// The form's period.
    pub period: Period,
    /// Digest of the template that the home saw.
    pub template: Digest,
    /// The form's etag as the home saw it; empty to send whatever others sent meanwhile.
    pub etag: String,
    /// The answers: any part of the form.
    pub answers: Vec<RawAnswer>,
    /// Who answers, in the home's words.
    pub answered_by: String,
    /// The draft's etag as the home saw it: what others typed since stays. Empty for not said.
    #[serde(skip)]
    pub draft_etag: String,
    /// Whether everything goes with it that the form shows as worked out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub send_worked_out: bool,
    /// Topics of which nothing happened: every number of events that is still to be answered there
    /// is nought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub none_in: Vec<String>,
}

/// What is worth a second look at an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerWarning {
    /// Place of the answer in what was sent.
    pub answer: usize,
    /// What, without the answer itself.
    pub message: String,
}

/// What became of what a home sent.
#[derive(Debug, Clone)]
pub struct SubmittedAnswers {
    /// The submission, with its receipt number; none where it was only to be checked.
    pub submission: Option<Arc<Submission>>,
    /// What is worth a second look.
    pub warnings: Vec<AnswerWarning>,
    /// The form as it stands now.
    pub form: Form,
}

impl Broker {
    /// Takes answers. Sending them twice under one request id is harmless.
    ///
    /// # Errors
    /// Every fault, by path; a form that has changed since the home saw it; a request id used for
    /// something else.
    pub async fn submit_answers(
        &self,
        caller: &Caller,
        sent: SubmitAnswers,
        request_id: &str,
        validate_only: bool,
    ) -> Result<SubmittedAnswers, BrokerError> {
        check_envelope(&sent)?;
        let idempotency = idempotency(caller, "SubmitAnswers", request_id, &sent)?;
        if let Some(before) = self.submitted_before(&sent, idempotency.as_ref()).await? {
            return Ok(before);
        }
        self.submit(caller, sent, idempotency, validate_only).await
    }

    /// Takes answers that are well formed as a whole and were not sent before.
    pub(super) async fn submit(
        &self,
        caller: &Caller,
        sent: SubmitAnswers,
        idempotency: Option<Idempotency>,
        validate_only: bool,
    ) -> Result<SubmittedAnswers, BrokerError> {
        for _ in 0..ATTEMPTS_MAX {
            let loaded = self.load_form(&sent.home, sent.period).await?;
            check_fresh(&sent.template, &sent.etag, &loaded.form)?;
            let now = self.now_in_london();
            let mut raw = sent.answers.clone();
            raw.extend(nil_answers(&sent.none_in, &sent.answers, &loaded.form)?);
            let (answers, warnings) = check_answers(&raw, &loaded.form, now.date())?;
            let mut submission = Submission {
                receipt: self.new_id("r_"),
                home: sent.home.clone(),
                period: sent.period,
                template: sent.template,
                answered_by: sent.answered_by.clone(),
                submitted_at: self.now(),
                releases: Vec::new(),
                answers,
            };
            let mut warnings = warnings;
            let form = self.add_what_follows(&sent, &loaded, &mut submission, &mut warnings);
            let waiting = check_put(&submission.answers, &loaded.form, &form)?;
            if validate_only || submission.answers.is_empty() {
                return Ok(SubmittedAnswers {
                    submission: None,
                    warnings,
                    form: loaded.form,
                });
            }
            submission.releases = releases(&submission.answers, &waiting, &loaded);
            let following = Following {
                home: &loaded.home,
                links: &loaded.links,
                dictionary: &loaded.dictionary,
                submission: &submission,
            };
            let followed = self.follow(&following, &loaded.drawn.sheets).await?;
            let mut expectations = unchanged_sheets(&submission, &raw, &loaded);
            expectations.extend(followed.expectations);
            let mut events = self.kept(&loaded.form.template).await?;
            events.push(Event::AnswersSubmitted(submission.clone()));
            events.extend(followed.events);
            let landed = self
                .record(caller, events, expectations, idempotency)
                .await?;
            match landed {
                Some(Landed::Now) => {
                    let submission = Arc::new(submission);
                    return self.answered(&sent, submission, warnings).await;
                }
                Some(Landed::Before { first }) => return self.replay(&sent, first).await,
                None => {}
            }
        }
        Err(BrokerError::Contended)
    }

    /// Adds what goes without typing: what the register says and, if it is to be sent, what is worked
    /// out. With it, what is worth a second look once all of it stands side by side. The form as it
    /// then is.
    fn add_what_follows(
        &self,
        sent: &SubmitAnswers,
        loaded: &Loaded,
        submission: &mut Submission,
        warnings: &mut Vec<AnswerWarning>,
    ) -> Form {
        let mut sheets = loaded.drawn.sheets.clone();
        with_answers(&mut sheets, submission);
        let form = loaded.form_with(&sheets, self.now_in_london());
        let places = (0..).zip(submission.answers.clone());
        let places: BTreeMap<EntryId, usize> = places.map(|(at, own)| (own.entry, at)).collect();
        for (entry, state) in form.entries() {
            if let Some(at) = places.get(&entry.id) {
                if !state.disagreeing.is_empty() && *at < sent.answers.len() {
                    warnings.push(AnswerWarning {
                        answer: *at,
                        message: "does not agree with what follows from other answers".into(),
                    });
                }
                continue;
            }
            let goes = match state.need {
                Need::Register => true,
                Need::WorkedOut => sent.send_worked_out,
                _ => false,
            };
            let offered = state.offered.iter().filter(|_| goes);
            submission
                .answers
                .extend(offered.map(|offer| Answer::clone(&offer.answer)));
        }
        form
    }

    /// What became of what was sent; it leaves the draft.
    async fn answered(
        &self,
        sent: &SubmitAnswers,
        submission: Arc<Submission>,
        warnings: Vec<AnswerWarning>,
    ) -> Result<SubmittedAnswers, BrokerError> {
        self.clear_draft(Sent {
            home: &sent.home,
            period: sent.period,
            // What went without typing leaves what others typed where it is.
            entries: submission
                .answers
                .iter()
                .filter(|answer| answer.is_given())
                .map(|answer| answer.entry)
                .collect(),
            etag: &sent.draft_etag,
            at: submission.submitted_at,
        })
        .await;
        let form = self.load_form(&sent.home, sent.period).await?.form;
        Ok(SubmittedAnswers {
            submission: Some(submission),
            warnings,
            form,
        })
    }

    pub(super) async fn submitted_before(
        &self,
        sent: &SubmitAnswers,
        idempotency: Option<&Idempotency>,
    ) -> Result<Option<SubmittedAnswers>, BrokerError> {
        match self.seen_before(idempotency).await? {
            Some(first) => self.replay(sent, first).await.map(Some),
            None => Ok(None),
        }
    }

    /// The result of a request that was recorded before, found from its first event on.
    async fn replay(
        &self,
        sent: &SubmitAnswers,
        first: u64,
    ) -> Result<SubmittedAnswers, BrokerError> {
        let submission = self.submission_from(first).await?;
        self.answered(sent, Arc::new(submission), Vec::new()).await
    }

    /// The submission that was recorded from a sequence on.
    pub(super) async fn submission_from(&self, first: u64) -> Result<Submission, BrokerError> {
        // A kept template may stand before the submission in its append; nothing else does.
        for sequence in [first, first + 1] {
            if let Event::AnswersSubmitted(submission) = self.event_at(sequence).await? {
                return Ok(submission);
            }
        }
        Err(BrokerError::Internal(format!("no submission at {first}")))
    }

    /// The event that keeps a template, if it is not kept yet.
    pub(super) async fn kept(&self, template: &Template) -> Result<Vec<Event>, BrokerError> {
        let mut events = Vec::with_capacity(2);
        if self.store.template(&template.digest()).await?.is_none() {
            let text = String::from_utf8(template.bytes().to_vec())
                .expect("a template's bytes are the JSON text that serde_json wrote");
            events.push(Event::TemplateKept(TemplateKept {
                digest: template.digest(),
                template: text,
            }));
        }
        Ok(events)
    }
}

fn check_envelope(sent: &SubmitAnswers) -> Result<(), Faults> {
    let mut faults = Faults::new();
    if sent.answers.is_empty() && sent.none_in.is_empty() && !sent.send_worked_out {
        faults.add("answers", "are none; send one at least");
    }
    if sent.none_in.len() > TOPICS_PER_SUBMISSION_MAX {
        let message = format!("are more than {TOPICS_PER_SUBMISSION_MAX}");
        faults.add("none_in", message);
    }
    if sent.etag.is_empty() && sent.send_worked_out {
        let message = "is needed to send what is worked out: it says what of it was seen";
        faults.add("etag", message);
    }
    if sent.answers.len() > ANSWERS_PER_SUBMISSION_MAX {
        faults.add(
            "answers",
            format!("are more than {ANSWERS_PER_SUBMISSION_MAX}"),
        );
    }
    if sent.etag.is_empty() && sent.answers.iter().any(|answer| answer.confirm) {
        faults.add(
            "etag",
            "is needed to confirm what the form offers: it says which offer was seen",
        );
    }
    check_name("answered_by", &sent.answered_by, &mut faults);
    faults.into_result()
}

/// Whether a person is named in a line.
pub(super) fn check_name(path: &str, name: &str, faults: &mut Faults) {
    if name.chars().count() > ANSWERED_BY_CHARS_MAX || name.chars().any(char::is_control) {
        let message = format!("must be at most {ANSWERED_BY_CHARS_MAX} printable characters");
        faults.add(path, message);
    }
}

/// Whether a form is as the home saw it; an empty etag says that answers of others do not matter.
pub(super) fn check_fresh(template: &Digest, etag: &str, form: &Form) -> Result<(), BrokerError> {
    let stale = |current: String| BrokerError::Stale {
        what: "the form".into(),
        current,
    };
    if form.template.digest() != *template {
        return Err(stale(form.template.digest().to_string()));
    }
    if !etag.is_empty() && etag != form.etag.to_string() {
        return Err(stale(form.etag.to_string()));
    }
    Ok(())
}

fn check_answers(
    raw: &[RawAnswer],
    form: &Form,
    today: jiff::civil::Date,
) -> Result<(Vec<Answer>, Vec<AnswerWarning>), Faults> {
    let mut faults = Faults::new();
    let mut answers = Vec::with_capacity(raw.len());
    let mut warnings = Vec::new();
    let mut seen = BTreeSet::new();
    for (position, row) in raw.iter().enumerate() {
        let path = format!("answers[{position}]");
        let found = form
            .entries()
            .find(|(entry, _)| entry.id.to_string() == row.entry);
        let Some((entry, state)) = found else {
            let message = format!("{} is not on this form", shown(&row.entry));
            faults.add(format!("{path}.entry"), message);
            continue;
        };
        if !seen.insert(entry.id) {
            faults.add(format!("{path}.entry"), "is answered twice here");
        }
        let checked = check(row, entry, state.confirmable(), today);
        if let Some(checked) = faults.take(&path, checked) {
            answers.push(checked.answer);
            warnings.extend(checked.warnings.into_iter().map(|warning| AnswerWarning {
                answer: position,
                message: warning.message,
            }));
        }
    }
    faults.into_result()?;
    Ok((answers, warnings))
}

/// Each answer to exactly the demands of its entry that apply, but those of asks that are filed
/// elsewhere; and, as a correction, to whomever an answer
/// whose place it takes was released on another form, in the shape that they asked for then.
///
/// A demand that waits for another answer is sent a correction of what it has, and nothing new. A
/// demand that stands on this form has its own entry here, so no correction of another entry
/// reaches it. A standing fact that changes is no correction of what was sent when it held.
fn releases(answers: &[Answer], waiting: &Waiting, loaded: &Loaded) -> Vec<Release> {
    let template = &loaded.form.template;
    let on_form: BTreeSet<ReleaseKey> = template
        .entries()
        .iter()
        .flat_map(|entry| &entry.demands)
        .map(|demand| release_key(template, demand))
        .collect();
    let mut releases = Vec::new();
    for (place, answer) in (0u32..).zip(answers) {
        let Some(entry) = template.entry(&answer.entry) else {
            continue;
        };
        let mut waits = BTreeSet::new();
        for (at, demand) in (0u32..).zip(&entry.demands) {
            if template.is_filed_elsewhere(&demand.ask) {
                continue;
            }
            let key = release_key(template, demand);
            if waiting.is(&entry.id, at) {
                waits.insert(key);
                continue;
            }
            let basis = template.ask(&demand.ask).map(TemplateAsk::basis);
            releases.push(release_of(place, key, None, basis));
        }
        let sheet = loaded.drawn.sheets.get(&answer.reference);
        let Some(sheet) = sheet.filter(|_| answer.reference != Reference::Standing) else {
            continue;
        };
        let members = loaded.links.members(&answer.question);
        let earlier = sheet.releases().filter(|(key, released)| {
            let is_asked_here = on_form.contains(key) && !waits.contains(key);
            members.contains(&released.answer.question) && !is_asked_here
        });
        for (key, released) in earlier {
            let template = Some(released.template);
            releases.push(release_of(place, key.clone(), template, released.basis));
        }
    }
    releases
}

pub(super) fn release_of(
    answer: u32,
    key: ReleaseKey,
    template: Option<Digest>,
    basis: Option<Digest>,
) -> Release {
    Release {
        answer,
        ask: key.ask,
        field: key.field,
        period: key.period,
        template,
        basis,
    }
}

/// What must still be as it was read: the sheets that are written and, where an offer is taken,
/// those that it may have come from.
fn unchanged_sheets(
    submission: &Submission,
    raw: &[RawAnswer],
    loaded: &Loaded,
) -> Vec<Expectation> {
    let mut references: BTreeSet<Reference> = submission.references().collect();
    let is_worked_out = |answer: &Answer| {
        let own = answer.worked_out.as_ref();
        own.is_some_and(|own| own.how != How::Register)
    };
    if raw.iter().any(|answer| answer.confirm) || submission.answers.iter().any(is_worked_out) {
        references.extend(loaded.drawn.revisions.keys());
    }
    references
        .into_iter()
        .map(|reference| Expectation {
            revision: loaded.drawn.revisions.get(&reference).copied().unwrap_or(0),
            key: Key::Sheet(submission.home.clone(), reference),
        })
        .collect()
}
