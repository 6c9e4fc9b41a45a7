//! `FormService`: a home's forms, its answers and receipts.

use tonic::{Request, Response, Status};

use super::auth::Access;
use super::v1::form_service_server::FormService;
use super::v1::{
    AnswerWarning, GetFormRequest, GetFormResponse, GetReceiptRequest, GetReceiptResponse,
    ListCollectionsRequest, ListCollectionsResponse, ListFormsRequest, ListFormsResponse,
    SubmitAnswersRequest, SubmitAnswersResponse,
};
use super::{Desk, checked, convert, status};
use crate::broker::{CollectionFilter, CollectionPlace, FormsFilter, SubmitAnswers};
use crate::domain::calendar::parse_day;
use crate::domain::check::RawAnswer;
use crate::domain::fault::Faults;
use crate::domain::id::HomeId;

#[tonic::async_trait]
impl FormService for Desk {
    async fn list_forms(
        &self,
        request: Request<ListFormsRequest>,
    ) -> Result<Response<ListFormsResponse>, Status> {
        let access = Access::of(&request)?;
        let (home, filter) = checked(read_filter(request.get_ref()))?;
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
        let sent = checked(read_answers(request))?;
        let entries: Vec<String> = sent.answers.iter().map(|a| a.entry.clone()).collect();
        let submitting =
            self.broker
                .submit_answers(&access.caller, sent, &request_id, validate_only);
        let submitted = submitting.await.map_err(status::of)?;
        let warnings = submitted.warnings.into_iter().map(|warning| AnswerWarning {
            entry: entries.get(warning.answer).cloned().unwrap_or_default(),
            answer: u32::try_from(warning.answer).unwrap_or(u32::MAX),
            message: warning.message,
        });
        Ok(Response::new(SubmitAnswersResponse {
            receipt: submitted.submission.as_deref().map(convert::receipt),
            warnings: warnings.collect(),
            form: Some(convert::summary(&submitted.form)),
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
        let submission = found.map_err(status::of)?.value;
        if submission.period != period {
            return Err(status::not_found(name));
        }
        Ok(Response::new(GetReceiptResponse {
            receipt: Some(convert::receipt(&submission)),
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

fn read_filter(request: &ListFormsRequest) -> Result<(HomeId, FormsFilter), Faults> {
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
            },
        )),
        _ => Err(faults),
    }
}

fn read_answers(request: SubmitAnswersRequest) -> Result<SubmitAnswers, Faults> {
    let mut faults = Faults::new();
    let name = faults.take("", convert::form_name("name", &request.name));
    let template = faults.take("", convert::text("template", &request.template));
    let mut answers = Vec::with_capacity(request.answers.len());
    for (place, answer) in request.answers.into_iter().enumerate() {
        let path = format!("answers[{place}]");
        answers.extend(faults.take(&path, RawAnswer::try_from(answer)));
    }
    match (name, template, faults.into_result()) {
        (Some((home, period)), Some(template), Ok(())) => Ok(SubmitAnswers {
            home,
            period,
            template,
            etag: request.etag,
            answers,
            answered_by: request.answered_by,
        }),
        (_, _, Err(faults)) => Err(faults),
        (_, _, Ok(())) => Err(Faults::one("name", "is missing")),
    }
}
