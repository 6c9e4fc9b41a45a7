//! `CollectionService`: what asks receive.

use tonic::{Request, Response, Status};

use super::auth::Access;
use super::page::cut_groups;
use super::v1::collection_service_server::CollectionService;
use super::v1::{Delivery, ListDeliveriesRequest, ListDeliveriesResponse};
use super::{Desk, checked, convert, status};
use crate::broker::DeliveryFilter;
use crate::domain::fault::Faults;
use crate::domain::id::AskName;

#[tonic::async_trait]
impl CollectionService for Desk {
    async fn list_deliveries(
        &self,
        request: Request<ListDeliveriesRequest>,
    ) -> Result<Response<ListDeliveriesResponse>, Status> {
        let access = Access::of(&request)?;
        let mut request = request.into_inner();
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let (ask, filter) = checked(read_filter(&request))?;
        access.to_organisation(&ask.organisation)?;
        let page = self.pager.page(&access, &request, size, &token)?;
        let after = page.after.as_deref().and_then(|place| place.parse().ok());
        let after = after.unwrap_or(request.after_sequence);
        let listing = self
            .broker
            .list_deliveries(&ask, &filter, after, page.rows_max);
        let found = listing.await.map_err(status::of)?;
        let mut deliveries: Vec<Delivery> = found
            .rows
            .iter()
            .map(|row| convert::delivery(&ask, row))
            .collect();
        let is_cut = cut_groups(&mut deliveries, |delivery| delivery.sequence);
        let last_kept = deliveries.last().filter(|_| is_cut);
        let next = last_kept.map(|last| last.sequence).or(found.next);
        let next = next.map(|sequence| page.token(&sequence.to_string()));
        Ok(Response::new(ListDeliveriesResponse {
            deliveries,
            next_page_token: next.unwrap_or_default(),
        }))
    }
}

fn read_filter(request: &ListDeliveriesRequest) -> Result<(AskName, DeliveryFilter), Faults> {
    let mut faults = Faults::new();
    let ask = faults.take("", convert::ask_name("parent", &request.parent));
    let home = convert::optional("home", &request.home, convert::home_id);
    let home = faults.take("", home);
    let period = convert::optional("period", &request.period, convert::text);
    let period = faults.take("", period);
    match (ask, home, period) {
        (Some(ask), Some(home), Some(period)) => Ok((ask, DeliveryFilter { home, period })),
        _ => Err(faults),
    }
}
