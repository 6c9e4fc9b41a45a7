//! `FormService`: a home's forms, its answers, drafts and receipts.

mod requests;

use tonic::{Request, Response, Status};

use super::auth::Access;
use super::v1::form_service_server::FormService;
use super::v1::{
    ConfirmUnchangedRequest, ConfirmUnchangedResponse, CorrectAnswerRequest, CorrectAnswerResponse,
    DeclineQuestionRequest, DeclineQuestionResponse, GetFormRequest, GetFormResponse,
    GetReceiptRequest, GetReceiptResponse, ListCollectionsRequest, ListCollectionsResponse,
    ListFormsRequest, ListFormsResponse, MarkFiledRequest, MarkFiledResponse,
    ReleaseAnswersRequest, ReleaseAnswersResponse, SaveDraftRequest, SaveDraftResponse,
    SubmitAnswersRequest, SubmitAnswersResponse,
};
use super::{Desk, checked, convert, status, v1};
use crate::broker::{AnswerWarning, CollectionFilter, CollectionPlace, ReceiptView};
use crate::domain::answer::Submission;
use crate::domain::fault::Faults;
use crate::domain::id::HomeId;

#[tonic::async_trait]
impl FormService for Desk {
    async fn list_forms(
        &self,
        request: Request<ListFormsRequest>,
    ) -> Result<Response<ListFormsResponse>, Status> {
        let access = Access::of(&request)?;
        let (home, filter) = checked(requests::filter(request.get_ref()))?;
        access.to_home(&home)?;
        let forms = self.broker.list_forms(&home, &filter).await;
        let forms = forms.map_err(status::of)?;
        Ok(Response::new(ListFormsResponse {
            forms: forms.iter().map(convert::summary).collect(),
        }))
    }

    async fn get_form(
        &self,
        request: Request<GetFormRequest>,
    ) -> Result<Response<GetFormResponse>, Status> {
        let access = Access::of(&request)?;
        let (home, period) = checked(convert::form_name("name", &request.get_ref().name))?;
        access.to_home(&home)?;
        let view = self.broker.get_form(&home, period).await;
        let view = view.map_err(status::of)?;
        Ok(Response::new(GetFormResponse {
            form: Some(convert::form(&view)),
        }))
    }

    async fn submit_answers(
        &self,
        request: Request<SubmitAnswersRequest>,
    ) -> Result<Response<SubmitAnswersResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let (request_id, validate_only) = (request.request_id.clone(), request.validate_only);
        let (home, _) = checked(convert::form_name("name", &request.name))?;
        access.to_home(&home)?;
        let sent = checked(requests::answers(request))?;
        let entries: Vec<String> = sent.answers.iter().map(|a| a.entry.clone()).collect();
        let submitting =
            self.broker
                .submit_answers(&access.caller, sent, &request_id, validate_only);
        let submitted = submitting.await.map_err(status::of)?;
        Ok(Response::new(SubmitAnswersResponse {
            receipt: self.receipt_of(submitted.submission.as_deref()).await?,
            warnings: warnings(submitted.warnings, &entries),
            form: Some(convert::summary(&submitted.form)),
        }))
    }

    async fn save_draft(
        &self,
        request: Request<SaveDraftRequest>,
    ) -> Result<Response<SaveDraftResponse>, Status> {
        let access = Access::of(&request)?;
        let (home, _) = checked(convert::form_name("name", &request.get_ref().name))?;
        access.to_home(&home)?;
        let sent = checked(requests::draft(request.into_inner()))?;
        let (form, draft) = self.broker.save_draft(&sent).await.map_err(status::of)?;
        let draft = draft.map(|draft| convert::draft(&draft, &form));
        Ok(Response::new(SaveDraftResponse {
            draft: Some(draft.unwrap_or_default()),
        }))
    }

    async fn correct_answer(
        &self,
        request: Request<CorrectAnswerRequest>,
    ) -> Result<Response<CorrectAnswerResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let (request_id, validate_only) = (request.request_id.clone(), request.validate_only);
        let (home, _, _) = checked(requests::corrected("name", &request.name))?;
        access.to_home(&home)?;
        let sent = checked(requests::correction(request))?;
        let entries = [sent.answer.entry.clone()];
        let correcting =
            self.broker
                .correct_answer(&access.caller, sent, &request_id, validate_only);
        let corrected = correcting.await.map_err(status::of)?;
        Ok(Response::new(CorrectAnswerResponse {
            receipt: self.receipt_of(corrected.submission.as_deref()).await?,
            warnings: warnings(corrected.warnings, &entries),
            unchanged: corrected.is_unchanged,
        }))
    }

    async fn confirm_unchanged(
        &self,
        request: Request<ConfirmUnchangedRequest>,
    ) -> Result<Response<ConfirmUnchangedResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let request_id = request.request_id.clone();
        let (home, _) = checked(convert::form_name("name", &request.name))?;
        access.to_home(&home)?;
        let asked = checked(requests::confirmation(request))?;
        let confirming = self
            .broker
            .confirm_unchanged(&access.caller, asked, &request_id);
        let confirmed = confirming.await.map_err(status::of)?;
        let submitted = confirmed.submitted;
        let answers = submitted.submission.iter().flat_map(|own| &own.answers);
        let entries: Vec<String> = answers.map(|answer| answer.entry.to_string()).collect();
        Ok(Response::new(ConfirmUnchangedResponse {
            receipt: self.receipt_of(submitted.submission.as_deref()).await?,
            not_confirmed: confirmed
                .not_confirmed
                .iter()
                .map(convert::not_confirmed)
                .collect(),
            warnings: warnings(submitted.warnings, &entries),
            form: Some(convert::summary(&submitted.form)),
        }))
    }

    async fn decline_question(
        &self,
        request: Request<DeclineQuestionRequest>,
    ) -> Result<Response<DeclineQuestionResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let request_id = request.request_id.clone();
        let (home, _) = checked(convert::form_name("name", &request.name))?;
        access.to_home(&home)?;
        let declined = checked(requests::declined(request))?;
        let declining = self
            .broker
            .decline_question(&access.caller, declined, &request_id);
        let submitted = declining.await.map_err(status::of)?;
        Ok(Response::new(DeclineQuestionResponse {
            receipt: self.receipt_of(submitted.submission.as_deref()).await?,
            form: Some(convert::summary(&submitted.form)),
        }))
    }

    async fn release_answers(
        &self,
        request: Request<ReleaseAnswersRequest>,
    ) -> Result<Response<ReleaseAnswersResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let request_id = request.request_id.clone();
        let (home, _) = checked(convert::form_name("name", &request.name))?;
        access.to_home(&home)?;
        let sent = checked(requests::release(request))?;
        let releasing = self
            .broker
            .release_answers(&access.caller, sent, &request_id);
        let sent = releasing.await.map_err(status::of)?;
        let receipt = match &sent.receipt {
            Some(view) => Some(self.receipt_view(view).await?),
            None => None,
        };
        Ok(Response::new(ReleaseAnswersResponse {
            receipt,
            form: Some(convert::summary(&sent.form)),
        }))
    }

    async fn mark_filed(
        &self,
        request: Request<MarkFiledRequest>,
    ) -> Result<Response<MarkFiledResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let request_id = request.request_id.clone();
        let (home, _) = checked(convert::form_name("name", &request.name))?;
        access.to_home(&home)?;
        let said = checked(requests::filed(request))?;
        let marking = self.broker.mark_filed(&access.caller, said, &request_id);
        let marked = marking.await.map_err(status::of)?;
        Ok(Response::new(MarkFiledResponse {
            filed_at: marked.filed_at.map(convert::instant),
            form: Some(convert::summary(&marked.form)),
        }))
    }

    async fn get_receipt(
        &self,
        request: Request<GetReceiptRequest>,
    ) -> Result<Response<GetReceiptResponse>, Status> {
        let access = Access::of(&request)?;
        let name = &request.get_ref().name;
        let (home, period, receipt) = checked(convert::receipt_name("name", name))?;
        access.to_home(&home)?;
        let found = self.broker.receipt(&home, &receipt).await;
        let found = found.map_err(status::of)?;
        if found.period() != period {
            return Err(status::not_found(name));
        }
        Ok(Response::new(GetReceiptResponse {
            receipt: Some(self.receipt_view(&found).await?),
        }))
    }

    async fn list_collections(
        &self,
        request: Request<ListCollectionsRequest>,
    ) -> Result<Response<ListCollectionsResponse>, Status> {
        let access = Access::of(&request)?;
        let mut request = request.into_inner();
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let (home, filter) = checked(read_collections(&request))?;
        access.to_home(&home)?;
        let page = self.pager.page(&access, &request, size, &token)?;
        let after = page.after.as_deref().and_then(read_collection_place);
        let listing = self
            .broker
            .list_collections(&home, &filter, after.as_ref(), page.rows_max);
        let found = listing.await.map_err(status::of)?;
        let mut collections = found.rows.iter().map(convert::collection).collect();
        let has_more = page.cut(&mut collections) || found.has_more;
        let last = found.rows.get(collections.len().wrapping_sub(1));
        let next = last.filter(|_| has_more).map(|row| {
            let (sequence, ask, reference, period) = &row.place;
            page.token(&format!("{sequence} {reference} {period} {ask}"))
        });
        Ok(Response::new(ListCollectionsResponse {
            collections,
            next_page_token: next.unwrap_or_default(),
        }))
    }
}

impl Desk {
    /// A submission as its receipt, with the wordings of what its answers were worked out from.
    async fn receipt_of(
        &self,
        submission: Option<&Submission>,
    ) -> Result<Option<v1::Receipt>, Status> {
        let Some(own) = submission else {
            return Ok(None);
        };
        let wordings = self.broker.source_wordings(&own.answers, &own.template);
        let wordings = wordings.await.map_err(status::of)?;
        Ok(Some(convert::submission(own, &wordings)))
    }

    /// A receipt, with the same.
    async fn receipt_view(&self, view: &ReceiptView) -> Result<v1::Receipt, Status> {
        let wordings = self.broker.source_wordings(view.answers(), view.template());
        let wordings = wordings.await.map_err(status::of)?;
        Ok(convert::receipt(view, &wordings))
    }
}

/// Where a page token says to go on.
fn read_collection_place(text: &str) -> Option<CollectionPlace> {
    let mut words = text.splitn(4, ' ');
    let mut word = || words.next();
    let (sequence, reference) = (word()?.parse().ok()?, word()?.parse().ok()?);
    let period = word()?.parse().ok()?;
    Some((sequence, word()?.parse().ok()?, reference, period))
}

fn read_collections(
    request: &ListCollectionsRequest,
) -> Result<(HomeId, CollectionFilter), Faults> {
    let mut faults = Faults::new();
    let home = faults.take("", convert::home_id("parent", &request.parent));
    let period = convert::optional("period", &request.period, convert::text);
    let period = faults.take("", period);
    let organisation = &request.organisation;
    let organisation = convert::optional("organisation", organisation, convert::organisation_id);
    let organisation = faults.take("", organisation);
    match (home, period, organisation) {
        (Some(home), Some(period), Some(organisation)) => Ok((
            home,
            CollectionFilter {
                period,
                organisation,
            },
        )),
        _ => Err(faults),
    }
}

/// Warnings, each with the entry of the answer that it is about.
fn warnings(warnings: Vec<AnswerWarning>, entries: &[String]) -> Vec<v1::AnswerWarning> {
    let warning = |warning: AnswerWarning| v1::AnswerWarning {
        entry: entries.get(warning.answer).cloned().unwrap_or_default(),
        answer: u32::try_from(warning.answer).unwrap_or(u32::MAX),
        message: warning.message,
    };
    warnings.into_iter().map(warning).collect()
}
