//! A home says why one question has no answer.

use crate::domain::answer::DeclineReason;
use crate::domain::check::RawAnswer;
use crate::domain::digest::Digest;
use crate::domain::fault::Faults;
use crate::domain::id::HomeId;
use crate::domain::period::Period;

use super::{Broker, BrokerError, Caller, SubmitAnswers, SubmittedAnswers, idempotency};

/// Why a question has no answer.
#[derive(Debug, Clone, serde::Serialize)]
pub struct DeclineQuestion {
    /// The home.
    pub home: HomeId,
    /// The form's period.
    pub period: Period,
    /// Digest of the template that the home saw.
    pub template: Digest,
    /// The form's etag as the home saw it; empty to send whatever others sent meanwhile.
    pub etag: String,
    /// The entry's id.
    pub entry: String,
    /// Why there is no answer.
    pub reason: DeclineReason,
    /// More of it, in the home's words.
    pub note: String,
    /// Who says so, in the home's words.
    pub answered_by: String,
}

impl Broker {
    /// Declines one question of a form. Sending it twice under one request id is harmless.
    ///
    /// # Errors
    /// As [`Broker::submit_answers`].
    pub async fn decline_question(
        &self,
        caller: &Caller,
        declined: DeclineQuestion,
        request_id: &str,
    ) -> Result<SubmittedAnswers, BrokerError> {
        let idempotency = idempotency(caller, "DeclineQuestion", request_id, &declined)?;
        let answer = RawAnswer {
            entry: declined.entry,
            declined: Some(declined.reason.to_string()),
            note: declined.note,
            ..RawAnswer::default()
        };
        let sent = SubmitAnswers {
            home: declined.home,
            period: declined.period,
            template: declined.template,
            etag: declined.etag,
            answers: vec![answer],
            answered_by: declined.answered_by,
            draft_etag: String::new(),
            send_worked_out: false,
            none_in: Vec::new(),
        };
        if let Some(before) = self.submitted_before(&sent, idempotency.as_ref()).await? {
            return Ok(before);
        }
        let submitted = self.submit(caller, sent, idempotency, false).await;
        submitted.map_err(of_one_answer)
    }
}

/// Faults of the one answer stand at the request's own members.
fn of_one_answer(error: BrokerError) -> BrokerError {
    let BrokerError::Invalid(faults) = error else {
        return error;
    };
    let mut own = Faults::new();
    for fault in faults.iter() {
        let path = fault.path.strip_prefix("answers[0]").unwrap_or(&fault.path);
        let path = path.trim_start_matches('.').replace("declined", "reason");
        own.add(path, fault.message.clone());
    }
    own.into()
}
