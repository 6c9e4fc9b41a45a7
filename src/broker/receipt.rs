//! Reading a receipt.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::answer::{Answer, Submission};
use crate::domain::digest::{Digest, QuestionId};
use crate::domain::event::Event;
use crate::domain::id::{HomeId, shown};
use crate::domain::period::Period;
use crate::domain::release::AnswersReleased;
use crate::domain::template::Template;

use super::{Broker, BrokerError};

/// What a home sent under a receipt.
#[derive(Debug, Clone)]
pub enum ReceiptView {
    /// Answers.
    Submitted(Arc<Submission>),
    /// Answers given before, each with when it was given; none for one that was erased since.
    Released(Arc<AnswersReleased>, Vec<Option<(Answer, Timestamp)>>),
}

impl ReceiptView {
    /// The answers on it, as far as they were not erased.
    pub fn answers(&self) -> impl Iterator<Item = &Answer> {
        let (sent, before) = match self {
            Self::Submitted(submission) => (submission.answers.as_slice(), [].as_slice()),
            Self::Released(_, given) => ([].as_slice(), given.as_slice()),
        };
        let before = before.iter().flatten().map(|(answer, _)| answer);
        sent.iter().chain(before)
    }

    /// Its number.
    #[must_use]
    pub fn receipt(&self) -> &str {
        match self {
            Self::Submitted(submission) => &submission.receipt,
            Self::Released(released, _) => &released.receipt,
        }
    }

    /// Digest of the template that it was sent on.
    #[must_use]
    pub fn template(&self) -> &Digest {
        match self {
            Self::Submitted(submission) => &submission.template,
            Self::Released(released, _) => &released.template,
        }
    }

    /// The form's period.
    #[must_use]
    pub fn period(&self) -> Period {
        match self {
            Self::Submitted(submission) => submission.period,
            Self::Released(released, _) => released.period,
        }
    }
}

impl Broker {
    /// What a home sent under a receipt.
    ///
    /// # Errors
    /// If the home has no such receipt.
    pub async fn receipt(&self, home: &HomeId, receipt: &str) -> Result<ReceiptView, BrokerError> {
        if let Some(submission) = self.store.receipt(home, receipt).await? {
            return Ok(ReceiptView::Submitted(submission.value));
        }
        match self.store.release(home, receipt).await? {
            Some(released) => self.release_receipt(released.value).await,
            None => Err(no_receipt(home, receipt)),
        }
    }

    /// A template as it was when something was sent on it; none where it is not kept.
    ///
    /// # Errors
    /// As the store says.
    pub async fn kept_template(
        &self,
        digest: &Digest,
    ) -> Result<Option<Arc<Template>>, BrokerError> {
        Ok(self.store.template(digest).await?)
    }

    /// The wordings of what answers were worked out from, as the home knows them: the dictionary's,
    /// else the form's that they were sent on.
    ///
    /// # Errors
    /// As the store says.
    pub async fn source_wordings(
        &self,
        answers: impl IntoIterator<Item = &Answer>,
        template: &Digest,
    ) -> Result<BTreeMap<QuestionId, String>, BrokerError> {
        let worked_out = answers
            .into_iter()
            .filter_map(|own| own.worked_out.as_ref());
        let sources = worked_out.flat_map(|own| own.from.iter().map(|source| source.question));
        let questions: BTreeSet<QuestionId> = sources.collect();
        if questions.is_empty() {
            return Ok(BTreeMap::new());
        }
        let dictionary = self.store.dictionary().await?.value;
        let links = self.store.links().await?.value;
        let template = self.store.template(template).await?;
        let wording = |question: &QuestionId| {
            let members = links.members(question);
            let element = dictionary.element_among(question, &links);
            let of_element = element.map(|element| element.field.label.clone());
            let entry = || {
                let mut entries = template.iter().flat_map(|template| template.entries());
                entries.find(|entry| members.contains(&entry.question))
            };
            of_element.or_else(|| entry().map(|entry| entry.wording.value.clone()))
        };
        let known = questions
            .iter()
            .filter_map(|own| Some((*own, wording(own)?)));
        Ok(known.collect())
    }

    /// A release with the answers that it names.
    pub(super) async fn release_receipt(
        &self,
        released: Arc<AnswersReleased>,
    ) -> Result<ReceiptView, BrokerError> {
        let mut submissions: BTreeMap<u64, Option<Submission>> = BTreeMap::new();
        for named in &released.answers {
            if let std::collections::btree_map::Entry::Vacant(place) =
                submissions.entry(named.sequence)
            {
                place.insert(self.submission_at(named.sequence).await?);
            }
        }
        let given = released.answers.iter().map(|named| {
            let submission = submissions.get(&named.sequence)?.as_ref()?;
            let is_it = |answer: &&Answer| {
                answer.question == named.question && answer.reference == named.reference
            };
            let answer = submission.answers.iter().find(is_it)?;
            Some((answer.clone(), submission.submitted_at))
        });
        let given = given.collect();
        Ok(ReceiptView::Released(released, given))
    }

    /// The submission recorded under a sequence; none if it was erased.
    pub(super) async fn submission_at(
        &self,
        sequence: u64,
    ) -> Result<Option<Submission>, BrokerError> {
        let mut events = self.store.events(sequence.saturating_sub(1), 1).await?;
        Ok(events.pop().and_then(|recorded| match recorded.event {
            Event::AnswersSubmitted(submission) if recorded.sequence == sequence => {
                Some(submission)
            }
            _ => None,
        }))
    }
}

/// The refusal of a receipt that a home does not have.
pub(super) fn no_receipt(home: &HomeId, receipt: &str) -> BrokerError {
    BrokerError::NotFound {
        resource: format!("{}/receipts/{}", home.resource(), shown(receipt)),
    }
}
