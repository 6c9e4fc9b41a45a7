//! Receipts: what a home sent, and to whom.

use std::collections::BTreeMap;

use crate::broker::{NotConfirmed, ReceiptView, WhyNot};
use crate::domain::answer::{Answer, Release, Submission};
use crate::domain::digest::QuestionId;
use crate::domain::release::{AnswersReleased, GivenBefore};
use crate::domain::worked_out::Source;
use crate::grpc::v1;

use super::answer::value;
use super::entry::worked_out;
use super::form::form_name;
use super::time::instant;

/// The wordings of what answers were worked out from.
type Wordings = BTreeMap<QuestionId, String>;

/// A receipt, with the wordings of what its answers were worked out from.
pub(crate) fn receipt(view: &ReceiptView, wordings: &Wordings) -> v1::Receipt {
    match view {
        ReceiptView::Submitted(own) => submission(own, wordings),
        ReceiptView::Released(own, given) => released(own, given, wordings),
    }
}

/// How an answer was worked out; none for what the home typed.
fn of_answer(answer: &Answer, wordings: &Wordings) -> Option<v1::WorkedOut> {
    let own = answer.worked_out.as_ref()?;
    let wording = |source: &Source| wordings.get(&source.question).cloned();
    let sources: Vec<String> = own
        .from
        .iter()
        .map(|source| wording(source).unwrap_or_default())
        .collect();
    Some(worked_out(own, "", &sources))
}

/// A submission as its receipt.
pub(crate) fn submission(submission: &Submission, wordings: &Wordings) -> v1::Receipt {
    let form = form_name(&submission.home, submission.period);
    let given = submission.answers.iter();
    let answers = given.map(|answer| v1::ReceiptAnswer {
        entry: answer.entry.to_string(),
        question: answer.question.to_string(),
        reference: answer.reference.to_string(),
        reference_label: answer.reference.label(),
        on: answer.on.map(|day| day.to_string()).unwrap_or_default(),
        value: Some(value(&answer.said)),
        releases: Vec::new(),
        given_at: None,
        worked_out: of_answer(answer, wordings),
    });
    v1::Receipt {
        name: format!("{form}/receipts/{}", submission.receipt),
        template: submission.template.to_string(),
        answered_by: submission.answered_by.clone(),
        submitted_at: Some(instant(submission.submitted_at)),
        answers: with_releases(answers.collect(), &submission.releases),
    }
}

/// Why an entry could not be confirmed.
pub(crate) fn not_confirmed(own: &NotConfirmed) -> v1::NotConfirmed {
    let reason = match own.reason {
        WhyNot::During => v1::NotConfirmedReason::During,
        WhyNot::NothingOffered => v1::NotConfirmedReason::NothingOffered,
        WhyNot::Sent => v1::NotConfirmedReason::Sent,
        WhyNot::NoLongerFits => v1::NotConfirmedReason::NoLongerFits,
    };
    v1::NotConfirmed {
        entry: own.entry.to_string(),
        reason: reason.into(),
        message: own.message.clone(),
    }
}

fn released(
    released: &AnswersReleased,
    given: &[Option<(Answer, jiff::Timestamp)>],
    wordings: &Wordings,
) -> v1::Receipt {
    let form = form_name(&released.home, released.period);
    let answer = |(named, given): (&GivenBefore, &Option<(Answer, jiff::Timestamp)>)| {
        let on = given.as_ref().and_then(|(answer, _)| answer.on);
        v1::ReceiptAnswer {
            entry: named.entry.to_string(),
            question: named.question.to_string(),
            reference: named.reference.to_string(),
            reference_label: named.reference.label(),
            on: on.map(|day| day.to_string()).unwrap_or_default(),
            value: given.as_ref().map(|(answer, _)| value(&answer.said)),
            releases: Vec::new(),
            given_at: given.as_ref().map(|(_, at)| instant(*at)),
            worked_out: given
                .as_ref()
                .and_then(|(answer, _)| of_answer(answer, wordings)),
        }
    };
    let answers = released.answers.iter().zip(given).map(answer);
    v1::Receipt {
        name: format!("{form}/receipts/{}", released.receipt),
        template: released.template.to_string(),
        answered_by: released.released_by.clone(),
        submitted_at: Some(instant(released.released_at)),
        answers: with_releases(answers.collect(), &released.releases),
    }
}

fn with_releases(
    mut answers: Vec<v1::ReceiptAnswer>,
    releases: &[Release],
) -> Vec<v1::ReceiptAnswer> {
    for release in releases {
        let place = usize::try_from(release.answer).ok();
        if let Some(answer) = place.and_then(|place| answers.get_mut(place)) {
            answer.releases.push(v1::ReceiptRelease {
                ask: release.ask.to_string(),
                field: release.field.to_string(),
                period: release.period.to_string(),
            });
        }
    }
    answers
}
