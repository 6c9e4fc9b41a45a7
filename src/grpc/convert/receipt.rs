//! Receipts: what a home sent, and to whom.

use crate::domain::answer::Submission;
use crate::grpc::v1;

use super::answer::value;
use super::form::form_name;
use super::time::instant;

/// A submission as its receipt.
pub(crate) fn receipt(submission: &Submission) -> v1::Receipt {
    let form = form_name(&submission.home, submission.period);
    let given = submission.answers.iter();
    let mut answers: Vec<v1::ReceiptAnswer> = given
        .map(|answer| v1::ReceiptAnswer {
            entry: answer.entry.to_string(),
            question: answer.question.to_string(),
            reference: answer.reference.to_string(),
            reference_label: answer.reference.label(),
            on: answer.on.map(|day| day.to_string()).unwrap_or_default(),
            value: Some(value(&answer.said)),
            releases: Vec::new(),
        })
        .collect();
    for release in &submission.releases {
        let place = usize::try_from(release.answer).ok();
        if let Some(answer) = place.and_then(|place| answers.get_mut(place)) {
            answer.releases.push(v1::ReceiptRelease {
                ask: release.ask.to_string(),
                field: release.field.to_string(),
                period: release.period.to_string(),
            });
        }
    }
    v1::Receipt {
        name: format!("{form}/receipts/{}", submission.receipt),
        template: submission.template.to_string(),
        answered_by: submission.answered_by.clone(),
        submitted_at: Some(instant(submission.submitted_at)),
        answers,
    }
}
