//! `PeopleService`: who answers for homes.

use tonic::{Request, Response, Status};

use super::auth::Access;
use super::v1::people_service_server::PeopleService;
use super::v1::{
    InvitePersonRequest, InvitePersonResponse, ListPeopleRequest, ListPeopleResponse,
    RemovePersonRequest, RemovePersonResponse,
};
use super::{Desk, checked, convert, status};

#[tonic::async_trait]
impl PeopleService for Desk {
    async fn invite_person(
        &self,
        request: Request<InvitePersonRequest>,
    ) -> Result<Response<InvitePersonResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let request_id = request.request_id.clone();
        let invitation = checked(convert::invitation(request))?;
        for home in &invitation.homes {
            access.to_home(home)?;
        }
        let led = access.led()?;
        let inviting = self
            .broker
            .invite_person(&access.caller, led, invitation, &request_id);
        let person = inviting.await.map_err(status::of)?;
        Ok(Response::new(InvitePersonResponse {
            person: Some(convert::person(&person)),
        }))
    }

    async fn list_people(
        &self,
        request: Request<ListPeopleRequest>,
    ) -> Result<Response<ListPeopleResponse>, Status> {
        let access = Access::of(&request)?;
        let mut request = request.into_inner();
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let home = checked(convert::parent_home(&request.parent))?;
        if let Some(home) = &home {
            access.to_home(home)?;
        }
        let page = self.pager.page(&access, &request, size, &token)?;
        let after = page.after.as_deref().unwrap_or_default();
        let led = access.led()?;
        let listing = self
            .broker
            .list_people(led, home.as_ref(), after, page.rows_max + 1);
        let people = listing.await.map_err(status::of)?;
        let mut people = people.iter().map(convert::person).collect();
        let next = page.next(&mut people, |person| {
            person.name.trim_start_matches("people/").to_owned()
        });
        Ok(Response::new(ListPeopleResponse {
            people,
            next_page_token: next,
        }))
    }

    async fn remove_person(
        &self,
        request: Request<RemovePersonRequest>,
    ) -> Result<Response<RemovePersonResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let id = checked(convert::person_id("name", &request.name))?;
        let homes = checked(convert::removed_homes(&request.homes))?;
        for home in &homes {
            access.to_home(home)?;
        }
        let led = access.led()?;
        let removing = self.broker.remove_person(&access.caller, led, &id, &homes);
        removing.await.map_err(status::of)?;
        Ok(Response::new(RemovePersonResponse {}))
    }
}
