//! `AskService`: asks, from what they would cost to their end.

use tonic::{Request, Response, Status, Streaming};

use super::auth::Access;
use super::v1::ask_service_server::AskService;
use super::v1::{
    AmendAskRequest, AmendAskResponse, GetAskRequest, GetAskResponse, ListAsksRequest,
    ListAsksResponse, PreviewAskRequest, PreviewAskResponse, SubmitAskRequest, SubmitAskResponse,
    SubmitAsksRequest, WithdrawAskRequest, WithdrawAskResponse,
};
use super::{Desk, ask_stream, checked, convert, status, v1};
use crate::broker::AmendAsk;
use crate::domain::ask::RawAsk;
use crate::domain::fault::Faults;
use crate::domain::id::{AskName, OrganisationId};

#[tonic::async_trait]
impl AskService for Desk {
    type SubmitAsksStream = ask_stream::Results;

    async fn preview_ask(
        &self,
        request: Request<PreviewAskRequest>,
    ) -> Result<Response<PreviewAskResponse>, Status> {
        let access = Access::of(&request)?;
        let raw = own_ask(&access, request.into_inner().ask)?;
        let previewed = self.broker.preview_ask(raw).await;
        let previewed = previewed.map_err(|error| status::of_part("ask", error))?;
        Ok(Response::new(convert::previewed(&previewed)))
    }

    async fn submit_ask(
        &self,
        request: Request<SubmitAskRequest>,
    ) -> Result<Response<SubmitAskResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let raw = own_ask(&access, request.ask)?;
        let submitting = self.broker.submit_ask(
            &access.caller,
            raw,
            &request.request_id,
            request.validate_only,
        );
        let submitted = submitting
            .await
            .map_err(|error| status::of_part("ask", error))?;
        Ok(Response::new(SubmitAskResponse {
            suggestions: self.suggested(request.suggest, &submitted.ask.ask).await,
            ask: Some(convert::ask_view(&submitted.ask)),
            outcome: convert::outcome(&submitted),
        }))
    }

    async fn submit_asks(
        &self,
        request: Request<Streaming<SubmitAsksRequest>>,
    ) -> Result<Response<Self::SubmitAsksStream>, Status> {
        let access = Access::of(&request)?;
        let asks = request.into_inner();
        Ok(Response::new(ask_stream::submit(self, access, asks)))
    }

    async fn amend_ask(
        &self,
        request: Request<AmendAskRequest>,
    ) -> Result<Response<AmendAskResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let mut faults = Faults::new();
        let name = faults.take("", convert::ask_name("name", &request.name));
        let ask = request.ask.ok_or_else(|| Faults::one("", "is missing"));
        let ask = faults.take("ask", ask.and_then(RawAsk::try_from));
        if request.etag.is_empty() {
            faults.add("etag", "give the etag that the ask had when you read it");
        }
        checked(faults.into_result())?;
        let name = name.ok_or_else(|| status::invalid(&Faults::one("name", "is missing")))?;
        access.to_organisation(&name.organisation)?;
        let sent = AmendAsk {
            name,
            ask: ask.unwrap_or_default(),
            etag: request.etag,
        };
        let (id, validate_only) = (&request.request_id, request.validate_only);
        let amending = self
            .broker
            .amend_ask(&access.caller, sent, id, validate_only);
        let amended = amending
            .await
            .map_err(|error| status::of_part("ask", error))?;
        Ok(Response::new(AmendAskResponse {
            suggestions: self.suggested(request.suggest, &amended.ask.ask).await,
            ask: Some(convert::ask_view(&amended.ask)),
            outcome: convert::outcome(&amended),
        }))
    }

    async fn withdraw_ask(
        &self,
        request: Request<WithdrawAskRequest>,
    ) -> Result<Response<WithdrawAskResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let name = checked(convert::ask_name("name", &request.name))?;
        access.to_organisation(&name.organisation)?;
        let withdrawing = self.broker.withdraw_ask(
            &access.caller,
            &name,
            &request.reason,
            &request.etag,
            &request.request_id,
        );
        let withdrawn = withdrawing.await.map_err(status::of)?;
        Ok(Response::new(WithdrawAskResponse {
            ask: Some(convert::ask_view(&withdrawn)),
        }))
    }

    async fn get_ask(
        &self,
        request: Request<GetAskRequest>,
    ) -> Result<Response<GetAskResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let name = checked(convert::ask_name("name", &request.name))?;
        access.to_organisation(&name.organisation)?;
        let revision = Some(request.revision).filter(|revision| *revision > 0);
        let view = self.broker.ask_view(&name, revision).await;
        Ok(Response::new(GetAskResponse {
            ask: Some(convert::ask_view(&view.map_err(status::of)?)),
        }))
    }

    async fn list_asks(
        &self,
        request: Request<ListAsksRequest>,
    ) -> Result<Response<ListAsksResponse>, Status> {
        let access = Access::of(&request)?;
        let mut request = request.into_inner();
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let mut faults = Faults::new();
        let parent = faults.take("", parent(&request.parent));
        let home = convert::optional("home", &request.home, convert::home_id);
        let home = faults.take("", home).flatten();
        let states = faults.take("", convert::ask_states(&request.states));
        checked(faults.into_result())?;
        let organisation = match parent.flatten() {
            Some(organisation) => {
                access.to_organisation(&organisation)?;
                Some(organisation)
            }
            None => access.confined_to()?,
        };
        let page = self.pager.page(&access, &request, size, &token)?;
        let after = page
            .after
            .as_deref()
            .and_then(|name| name.parse::<AskName>().ok());
        let filter = crate::broker::AskFilter {
            organisation,
            home,
            ..crate::broker::AskFilter::default()
        };
        let states = states.unwrap_or_default();
        let (after, limit) = (after.as_ref(), page.rows_max + 1);
        let listed = if request.predecessors {
            let listing = self
                .broker
                .inherited_ask_views(&filter, &states, after, limit);
            listing.await
        } else {
            self.broker.ask_views(&filter, &states, after, limit).await
        };
        let listed = listed.map_err(status::of)?;
        let mut asks: Vec<_> = listed.asks.iter().map(convert::ask_view).collect();
        let next_page_token = match (page.cut(&mut asks), asks.last(), listed.next) {
            (true, Some(last), _) => page.token(&last.name),
            (_, _, Some(next)) => page.token(&next.to_string()),
            _ => String::new(),
        };
        Ok(Response::new(ListAsksResponse {
            asks,
            next_page_token,
        }))
    }
}

/// An ask that the caller may submit.
pub(super) fn own_ask(access: &Access, ask: Option<v1::Ask>) -> Result<RawAsk, Status> {
    let ask = ask.ok_or_else(|| Faults::one("ask", "is missing"));
    let mut faults = Faults::new();
    let raw = faults.take("ask", RawAsk::try_from(checked(ask)?));
    checked(faults.into_result())?;
    let raw = raw.unwrap_or_default();
    // An id that is none is a fault that the use case names with the others.
    if let Ok(organisation) = raw.organisation.parse() {
        access.to_organisation(&organisation)?;
    }
    Ok(raw)
}

/// The organisation whose asks are listed; none for any.
fn parent(name: &str) -> Result<Option<OrganisationId>, Faults> {
    if convert::is_any_organisation(name) {
        return Ok(None);
    }
    convert::organisation_id("parent", name).map(Some)
}
