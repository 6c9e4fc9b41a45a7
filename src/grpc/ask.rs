//! `AskService`: submitting and reading asks.

use tonic::{Request, Response, Status};

use super::auth::Access;
use super::v1::ask_service_server::AskService;
use super::v1::{
    GetAskRequest, GetAskResponse, ListAsksRequest, ListAsksResponse, SubmitAskRequest,
    SubmitAskResponse,
};
use super::{Desk, checked, convert, status};
use crate::domain::ask::RawAsk;
use crate::domain::fault::Faults;
use crate::domain::id::{AskName, OrganisationId};

#[tonic::async_trait]
impl AskService for Desk {
    async fn submit_ask(
        &self,
        request: Request<SubmitAskRequest>,
    ) -> Result<Response<SubmitAskResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let ask = request.ask.ok_or_else(|| Faults::one("ask", "is missing"));
        let mut faults = Faults::new();
        let raw = faults.take("ask", RawAsk::try_from(checked(ask)?));
        checked(faults.into_result())?;
        let raw = raw.unwrap_or_default();
        // An id that is none is a fault that the use case names with the others.
        if let Ok(organisation) = raw.organisation.parse() {
            access.to_organisation(&organisation)?;
        }
        let submitting = self.broker.submit_ask(
            &access.caller,
            raw,
            &request.request_id,
            request.validate_only,
        );
        let submitted = submitting
            .await
            .map_err(|error| status::of_part("ask", error))?;
        Ok(Response::new(convert::submitted(&submitted)))
    }

    async fn get_ask(
        &self,
        request: Request<GetAskRequest>,
    ) -> Result<Response<GetAskResponse>, Status> {
        let access = Access::of(&request)?;
        let name = checked(convert::ask_name("name", &request.get_ref().name))?;
        access.to_organisation(&name.organisation)?;
        let stored = self.broker.ask(&name).await.map_err(status::of)?;
        Ok(Response::new(GetAskResponse {
            ask: Some(convert::recorded(&stored.value, stored.revision)),
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
            questions: None,
        };
        let (after, limit) = (after.as_ref(), page.rows_max + 1);
        let stored = if request.predecessors {
            self.broker.list_asks_inherited(&filter, after, limit).await
        } else {
            self.broker.list_asks(&filter, after, limit).await
        };
        let stored = stored.map_err(status::of)?;
        let mut asks = stored
            .iter()
            .map(|stored| convert::recorded(&stored.value, stored.revision))
            .collect();
        let next = page.next(&mut asks, |ask| ask.name.clone());
        Ok(Response::new(ListAsksResponse {
            asks,
            next_page_token: next,
        }))
    }
}

/// The organisation whose asks are listed; none for any.
fn parent(name: &str) -> Result<Option<OrganisationId>, Faults> {
    if convert::is_any_organisation(name) {
        return Ok(None);
    }
    convert::organisation_id("parent", name).map(Some)
}
