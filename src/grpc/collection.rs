//! `CollectionService`: what asks receive.

use tonic::{Request, Response, Status};

use super::auth::Access;
use super::v1::collection_service_server::CollectionService;
use super::v1::{
    AcknowledgeDeliveriesRequest, AcknowledgeDeliveriesResponse, GetCompletenessRequest,
    GetCompletenessResponse, ListDeliveriesRequest, ListDeliveriesResponse, WatchDeliveriesRequest,
};
use super::watch::Watch;
use super::{Desk, checked, convert, status};
use crate::broker::{CompletenessFilter, CompletenessPlace, Cursor, DeliveryFilter, DeliveryScope};
use crate::domain::fault::Faults;
use crate::domain::limits::PERIODS_PER_REQUEST_MAX;

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
        let (scope, filter, from) = checked(read_list(&request))?;
        access.to_organisation(scope.organisation())?;
        let page = self.pager.page(&access, &request, size, &token)?;
        let after = page.after.as_deref().and_then(|place| place.parse().ok());
        let after = match after {
            Some(after) => after,
            None => self.begin(&scope, from).await?,
        };
        let (caller, rows_max) = (&access.caller, page.rows_max);
        let collecting = self
            .broker
            .collect_deliveries(caller, &scope, &filter, &after, rows_max);
        let found = collecting.await.map_err(status::of)?;
        let cursor = found.cursor.to_string();
        Ok(Response::new(ListDeliveriesResponse {
            deliveries: found.rows.iter().map(convert::delivery).collect(),
            next_page_token: if found.is_end {
                String::new()
            } else {
                page.token(&cursor)
            },
            cursor,
        }))
    }

    type WatchDeliveriesStream = super::watch::Messages;

    async fn watch_deliveries(
        &self,
        request: Request<WatchDeliveriesRequest>,
    ) -> Result<Response<Self::WatchDeliveriesStream>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let (scope, from, heartbeat) = checked(read_watch(&request))?;
        access.to_organisation(scope.organisation())?;
        self.broker
            .check_delivery_scope(&scope)
            .await
            .map_err(status::of)?;
        let after = self.begin(&scope, from).await?;
        let watch = Watch::new(&self.broker, access.caller, scope, after, heartbeat);
        Ok(Response::new(watch.messages()))
    }

    async fn acknowledge_deliveries(
        &self,
        request: Request<AcknowledgeDeliveriesRequest>,
    ) -> Result<Response<AcknowledgeDeliveriesResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let mut faults = Faults::new();
        let scope = faults.take("", convert::delivery_scope("parent", &request.parent));
        let cursor = faults.take("", convert::text("cursor", &request.cursor));
        let (scope, cursor): (DeliveryScope, Cursor) = checked(scope.zip(cursor).ok_or(faults))?;
        access.to_organisation(scope.organisation())?;
        let acknowledging = self
            .broker
            .acknowledge_deliveries(&access.caller, &scope, &cursor);
        let through = acknowledging.await.map_err(status::of)?;
        Ok(Response::new(AcknowledgeDeliveriesResponse {
            cursor: Cursor::after(through).to_string(),
        }))
    }

    async fn get_completeness(
        &self,
        request: Request<GetCompletenessRequest>,
    ) -> Result<Response<GetCompletenessResponse>, Status> {
        let access = Access::of(&request)?;
        let mut request = request.into_inner();
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let filter = checked(read_completeness(&request))?;
        access.to_organisation(filter.scope.organisation())?;
        let page = self.pager.page(&access, &request, size, &token)?;
        let mut response = GetCompletenessResponse::default();
        if page.after.is_none() {
            let counting = self.broker.completeness_summaries(&filter);
            let counts = counting.await.map_err(status::of)?;
            response.counts = counts.iter().map(convert::completeness_counts).collect();
        }
        if !request.counts_only {
            let after = page.after.as_deref().and_then(read_place);
            let looking = self
                .broker
                .completeness(&filter, after.as_ref(), page.rows_max);
            let found = looking.await.map_err(status::of)?;
            response.homes = found.rows.iter().map(convert::home_completeness).collect();
            let next = found.next;
            let next =
                next.map(|(ask, period, home)| page.token(&format!("{home} {period} {ask}")));
            response.next_page_token = next.unwrap_or_default();
        }
        Ok(Response::new(response))
    }
}

/// Where to begin.
enum From {
    Cursor(Cursor),
    Acknowledged,
}

impl Desk {
    async fn begin(&self, scope: &DeliveryScope, from: From) -> Result<Cursor, Status> {
        match from {
            From::Cursor(cursor) => Ok(cursor),
            From::Acknowledged => {
                let found = self.broker.acknowledged_cursor(scope).await;
                found.map_err(status::of)
            }
        }
    }
}

fn read_list(
    request: &ListDeliveriesRequest,
) -> Result<(DeliveryScope, DeliveryFilter, From), Faults> {
    let mut faults = Faults::new();
    let scope = faults.take("", convert::delivery_scope("parent", &request.parent));
    let home = convert::optional("home", &request.home, convert::home_id);
    let home = faults.take("", home);
    let period = convert::optional("period", &request.period, convert::text);
    let period = faults.take("", period);
    let from = read_from(
        &request.after_cursor,
        request.after_sequence,
        request.from_acknowledged,
    );
    let from = faults.take("", from);
    match (scope, home, period, from) {
        (Some(scope), Some(home), Some(period), Some(from)) => {
            Ok((scope, DeliveryFilter { home, period }, from))
        }
        _ => Err(faults),
    }
}

fn read_from(cursor: &str, sequence: u64, is_acknowledged: bool) -> Result<From, Faults> {
    if is_acknowledged && (sequence > 0 || !cursor.is_empty()) {
        let message = "is given beside another place to begin";
        return Err(Faults::one("from_acknowledged", message));
    }
    if is_acknowledged {
        return Ok(From::Acknowledged);
    }
    let cursor = convert::optional("after_cursor", cursor, convert::text)?;
    Ok(From::Cursor(
        cursor.unwrap_or_else(|| Cursor::after(sequence)),
    ))
}

fn read_watch(
    request: &WatchDeliveriesRequest,
) -> Result<(DeliveryScope, From, std::time::Duration), Faults> {
    let mut faults = Faults::new();
    let scope = faults.take("", convert::delivery_scope("parent", &request.parent));
    let from = read_from(&request.after_cursor, 0, request.from_acknowledged);
    let from = faults.take("", from);
    let heartbeat = faults.take("", super::watch::heartbeat(request.heartbeat_seconds));
    match (scope, from, heartbeat) {
        (Some(scope), Some(from), Some(heartbeat)) => Ok((scope, from, heartbeat)),
        _ => Err(faults),
    }
}

fn read_completeness(request: &GetCompletenessRequest) -> Result<CompletenessFilter, Faults> {
    let mut faults = Faults::new();
    let scope = faults.take("", convert::delivery_scope("parent", &request.parent));
    let home = convert::optional("home", &request.home, convert::home_id);
    let home = faults.take("", home);
    let states = faults.take("", convert::progress_states(&request.states));
    let count = request.periods.len();
    if count == 0 || count > PERIODS_PER_REQUEST_MAX {
        let message = format!("are {count}; name 1 to {PERIODS_PER_REQUEST_MAX}");
        faults.add("periods", message);
    }
    let periods = request.periods.iter().enumerate();
    let periods = periods
        .take(PERIODS_PER_REQUEST_MAX)
        .filter_map(|(place, period)| {
            faults.take("", convert::text(&format!("periods[{place}]"), period))
        });
    let periods = periods.collect();
    match (scope, home, states, faults.into_result()) {
        (Some(scope), Some(home), Some(states), Ok(())) => Ok(CompletenessFilter {
            scope,
            periods,
            home,
            states,
        }),
        (_, _, _, Err(faults)) => Err(faults),
        (_, _, _, Ok(())) => Err(Faults::one("parent", "is missing")),
    }
}

/// Where a page token says to go on.
fn read_place(text: &str) -> Option<CompletenessPlace> {
    let mut words = text.splitn(3, ' ');
    let mut word = || words.next();
    let (home, period, ask) = (word()?, word()?, word()?);
    Some((ask.parse().ok()?, period.parse().ok()?, home.parse().ok()?))
}
