//! Requests of homes, read into what use cases take; every fault under the member that holds it.

use crate::broker::{
    ConfirmUnchanged, CorrectAnswer, DeclineQuestion, FormsFilter, MarkFiled, ReleaseAnswers,
    SaveDraft, SubmitAnswers,
};
use crate::domain::answer::DeclineReason;
use crate::domain::calendar::parse_day;
use crate::domain::check::RawAnswer;
use crate::domain::digest::Digest;
use crate::domain::fault::Faults;
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::grpc::{convert, v1};

/// Which forms to list.
pub(super) fn filter(request: &v1::ListFormsRequest) -> Result<(HomeId, FormsFilter), Faults> {
    let day = |member: &str, text: &str| {
        let read = parse_day(text);
        read.map_err(|error| Faults::one(member, error.to_string()))
    };
    let mut faults = Faults::new();
    let home = faults.take("", convert::home_id("parent", &request.parent));
    let states = faults.take("", convert::states(&request.states));
    let from = faults.take("", convert::optional("from", &request.from, day));
    let until = faults.take("", convert::optional("until", &request.until, day));
    match (home, states, from, until) {
        (Some(home), Some(states), Some(from), Some(until)) => Ok((
            home,
            FormsFilter {
                states,
                from,
                until,
                closing_from: None,
            },
        )),
        _ => Err(faults),
    }
}

/// Answers to a form.
pub(super) fn answers(request: v1::SubmitAnswersRequest) -> Result<SubmitAnswers, Faults> {
    let mut faults = Faults::new();
    let seen = faults.take("", seen(&request.name, &request.template));
    let answers = faults.take("", raw_answers(request.answers));
    let ((home, period, template), answers) = seen.zip(answers).ok_or(faults)?;
    Ok(SubmitAnswers {
        home,
        period,
        template,
        etag: request.etag,
        answers,
        answered_by: request.answered_by,
        draft_etag: request.draft_etag,
        send_worked_out: request.send_worked_out,
        none_in: request.none_in,
    })
}

/// What was typed.
pub(super) fn draft(request: v1::SaveDraftRequest) -> Result<SaveDraft, Faults> {
    let mut faults = Faults::new();
    let name = faults.take("", convert::form_name("name", &request.name));
    let answers = faults.take("", raw_answers(request.answers));
    let ((home, period), answers) = name.zip(answers).ok_or(faults)?;
    Ok(SaveDraft {
        home,
        period,
        etag: request.etag,
        answers,
        saved_by: request.saved_by,
    })
}

/// The home, period and, if it is of one, receipt that a correction names.
pub(super) fn corrected(
    member: &str,
    name: &str,
) -> Result<(HomeId, Period, Option<String>), Faults> {
    if name.contains("/receipts/") {
        let (home, period, receipt) = convert::receipt_name(member, name)?;
        return Ok((home, period, Some(receipt)));
    }
    let (home, period) = convert::form_name(member, name)?;
    Ok((home, period, None))
}

/// A correction.
pub(super) fn correction(request: v1::CorrectAnswerRequest) -> Result<CorrectAnswer, Faults> {
    let mut faults = Faults::new();
    let name = faults.take("", corrected("name", &request.name));
    let answer = match request.answer {
        None => Err(Faults::one("answer", "is missing")),
        Some(answer) => Ok(answer),
    };
    let answer = answer.and_then(|answer| {
        let mut own = Faults::new();
        let read = own.take("answer", RawAnswer::try_from(answer));
        read.ok_or(own)
    });
    let answer = faults.take("", answer);
    let ((home, period, receipt), answer) = name.zip(answer).ok_or(faults)?;
    Ok(CorrectAnswer {
        home,
        period,
        receipt,
        etag: request.etag,
        answer,
        answered_by: request.answered_by,
    })
}

/// That nothing has changed.
pub(super) fn confirmation(
    request: v1::ConfirmUnchangedRequest,
) -> Result<ConfirmUnchanged, Faults> {
    let (home, period, template) = seen(&request.name, &request.template)?;
    Ok(ConfirmUnchanged {
        home,
        period,
        template,
        etag: request.etag,
        entries: request.entries,
        answered_by: request.answered_by,
    })
}

/// Why a question has no answer.
pub(super) fn declined(request: v1::DeclineQuestionRequest) -> Result<DeclineQuestion, Faults> {
    let mut faults = Faults::new();
    let seen = faults.take("", seen(&request.name, &request.template));
    let reason = convert::known::<v1::DeclineReason>("reason", request.reason);
    let reason: Option<Option<DeclineReason>> = faults.take("", reason);
    if reason == Some(None) {
        faults.add("reason", "is missing");
    }
    let ((home, period, template), reason) = seen.zip(reason.flatten()).ok_or(faults)?;
    Ok(DeclineQuestion {
        home,
        period,
        template,
        etag: request.etag,
        entry: request.entry,
        reason,
        note: request.note,
        answered_by: request.answered_by,
    })
}

/// Answers to be sent to who asked since.
pub(super) fn release(request: v1::ReleaseAnswersRequest) -> Result<ReleaseAnswers, Faults> {
    let mut faults = Faults::new();
    let seen = faults.take("", seen(&request.name, &request.template));
    let mut asks = Vec::with_capacity(request.asks.len());
    for (place, ask) in request.asks.iter().enumerate() {
        let read = convert::ask_name(&format!("asks[{place}]"), ask);
        asks.extend(faults.take("", read));
    }
    let all = seen.filter(|_| faults.is_empty());
    let (home, period, template) = all.ok_or(faults)?;
    Ok(ReleaseAnswers {
        home,
        period,
        template,
        etag: request.etag,
        asks,
        entries: request.entries,
        released_by: request.released_by,
    })
}

/// Whether an ask is filed.
pub(super) fn filed(request: v1::MarkFiledRequest) -> Result<MarkFiled, Faults> {
    let mut faults = Faults::new();
    let name = faults.take("", convert::form_name("name", &request.name));
    let ask = faults.take("", convert::ask_name("ask", &request.ask));
    let ((home, period), ask) = name.zip(ask).ok_or(faults)?;
    Ok(MarkFiled {
        home,
        period,
        ask,
        is_filed: request.filed.unwrap_or(true),
        filed_by: request.filed_by,
    })
}

/// A form as the home saw it.
fn seen(name: &str, template: &str) -> Result<(HomeId, Period, Digest), Faults> {
    let mut faults = Faults::new();
    let name = faults.take("", convert::form_name("name", name));
    let template = faults.take("", convert::text("template", template));
    let ((home, period), template) = name.zip(template).ok_or(faults)?;
    Ok((home, period, template))
}

fn raw_answers(answers: Vec<v1::Answer>) -> Result<Vec<RawAnswer>, Faults> {
    let mut faults = Faults::new();
    let mut read = Vec::with_capacity(answers.len());
    for (place, answer) in answers.into_iter().enumerate() {
        let path = format!("answers[{place}]");
        read.extend(faults.take(&path, RawAnswer::try_from(answer)));
    }
    faults.into_result()?;
    Ok(read)
}
