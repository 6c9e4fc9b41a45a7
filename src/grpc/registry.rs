//! `RegistryService`: homes and organisations.

use std::pin::Pin;
use std::sync::Arc;

use futures_util::stream::{self, Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

use super::auth::Access;
use super::v1::registry_service_server::RegistryService;
use super::v1::{
    GetHomeRequest, GetHomeResponse, GetOrganisationRequest, GetOrganisationResponse,
    GrantPowersRequest, GrantPowersResponse, ImportHomesRequest, ImportHomesResponse,
    ImportOrganisationsRequest, ImportOrganisationsResponse, ListHomesRequest, ListHomesResponse,
    ListOrganisationsRequest, ListOrganisationsResponse, SucceedHomeRequest, SucceedHomeResponse,
    SucceedOrganisationRequest, SucceedOrganisationResponse, UndoHomeSuccessionRequest,
    UndoHomeSuccessionResponse, UndoOrganisationSuccessionRequest,
    UndoOrganisationSuccessionResponse,
};
use super::{Desk, checked, convert, status};
use crate::broker::{Broker, Caller};
use crate::domain::fault::Faults;

/// Most rows that are entered side by side: they share the store's groups, and a response waits
/// for those before it.
const ROWS_AT_ONCE_MAX: usize = 256;

type Results<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl RegistryService for Desk {
    type ImportHomesStream = Results<ImportHomesResponse>;
    type ImportOrganisationsStream = Results<ImportOrganisationsResponse>;

    async fn import_homes(
        &self,
        request: Request<Streaming<ImportHomesRequest>>,
    ) -> Result<Response<Self::ImportHomesStream>, Status> {
        let caller = Access::of(&request)?.caller;
        let broker = Arc::clone(&self.broker);
        let batches = request.into_inner().ready_chunks(ROWS_AT_ONCE_MAX);
        let results = batches.then(move |batch| {
            let (broker, caller) = (Arc::clone(&broker), caller.clone());
            async move { in_order(enter_homes(&broker, &caller, batch).await) }
        });
        Ok(Response::new(Box::pin(until_broken(results.flatten()))))
    }

    async fn import_organisations(
        &self,
        request: Request<Streaming<ImportOrganisationsRequest>>,
    ) -> Result<Response<Self::ImportOrganisationsStream>, Status> {
        let caller = Access::of(&request)?.caller;
        let broker = Arc::clone(&self.broker);
        let batches = request.into_inner().ready_chunks(ROWS_AT_ONCE_MAX);
        let results = batches.then(move |batch| {
            let (broker, caller) = (Arc::clone(&broker), caller.clone());
            async move { in_order(enter_organisations(&broker, &caller, batch).await) }
        });
        Ok(Response::new(Box::pin(until_broken(results.flatten()))))
    }

    async fn get_home(
        &self,
        request: Request<GetHomeRequest>,
    ) -> Result<Response<GetHomeResponse>, Status> {
        Access::of(&request)?;
        let named = checked(convert::home_identifier("name", &request.get_ref().name))?;
        let id = self.broker.resolve_home(&named).await.map_err(status::of)?;
        let found = self.broker.home_view(&id).await.map_err(status::of)?;
        Ok(Response::new(GetHomeResponse {
            home: Some(convert::home(&found)),
        }))
    }

    async fn list_homes(
        &self,
        request: Request<ListHomesRequest>,
    ) -> Result<Response<ListHomesResponse>, Status> {
        let access = Access::of(&request)?;
        let mut request = request.into_inner();
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let filter = checked(convert::home_filter(&request))?;
        let page = self.pager.page(&access, &request, size, &token)?;
        let after = page.after.as_deref().and_then(|id| id.parse().ok());
        let listing = self
            .broker
            .list_homes(&filter, after.as_ref(), page.rows_max + 1);
        let found = listing.await.map_err(status::of)?;
        let mut homes = found.iter().map(convert::home).collect();
        let next = page.next(&mut homes, |home| without_collection(&home.name));
        Ok(Response::new(ListHomesResponse {
            homes,
            next_page_token: next,
        }))
    }

    async fn get_organisation(
        &self,
        request: Request<GetOrganisationRequest>,
    ) -> Result<Response<GetOrganisationResponse>, Status> {
        Access::of(&request)?;
        let name = &request.get_ref().name;
        let named = checked(convert::organisation_identifier("name", name))?;
        let id = self.broker.resolve_organisation(&named).await;
        let id = id.map_err(status::of)?;
        let organisation = self.broker.organisation_view(&id).await;
        let organisation = organisation.map_err(status::of)?;
        let powers = self.broker.powers(&id).await.map_err(status::of)?;
        Ok(Response::new(GetOrganisationResponse {
            organisation: Some(convert::organisation(&organisation, &powers)),
        }))
    }

    async fn grant_powers(
        &self,
        request: Request<GrantPowersRequest>,
    ) -> Result<Response<GrantPowersResponse>, Status> {
        let caller = Access::of(&request)?.caller;
        let request = request.into_inner();
        if request.powers.is_none() {
            let message = "are missing; give empty ones to take back all";
            return Err(status::invalid(&Faults::one("powers", message)));
        }
        let raw = convert::raw_powers(&request);
        let (etag, id) = (&request.etag, &request.request_id);
        let granting = self.broker.grant_powers(&caller, raw, etag, id).await;
        let granted = granting.map_err(status::of)?;
        Ok(Response::new(GrantPowersResponse {
            powers: Some(convert::powers(&granted)),
        }))
    }

    async fn list_organisations(
        &self,
        request: Request<ListOrganisationsRequest>,
    ) -> Result<Response<ListOrganisationsResponse>, Status> {
        let access = Access::of(&request)?;
        let mut request = request.into_inner();
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let kind = checked(convert::kind(request.kind))?;
        let page = self.pager.page(&access, &request, size, &token)?;
        let after = page.after.as_deref().and_then(|id| id.parse().ok());
        let listing = self
            .broker
            .list_organisations(kind, after.as_ref(), page.rows_max + 1);
        let found = listing.await.map_err(status::of)?;
        let mut organisations = Vec::with_capacity(found.len());
        for one in &found {
            let powers = self.broker.powers(&one.organisation.id).await;
            let powers = powers.map_err(status::of)?;
            organisations.push(convert::organisation(one, &powers));
        }
        let next = page.next(&mut organisations, |row| without_collection(&row.name));
        Ok(Response::new(ListOrganisationsResponse {
            organisations,
            next_page_token: next,
        }))
    }

    async fn succeed_organisation(
        &self,
        request: Request<SucceedOrganisationRequest>,
    ) -> Result<Response<SucceedOrganisationResponse>, Status> {
        let access = Access::of(&request)?;
        self.organisation_succeeds(&access, request.into_inner())
            .await
    }

    async fn undo_organisation_succession(
        &self,
        request: Request<UndoOrganisationSuccessionRequest>,
    ) -> Result<Response<UndoOrganisationSuccessionResponse>, Status> {
        let access = Access::of(&request)?;
        self.organisation_goes_on(&access, request.into_inner())
            .await
    }

    async fn succeed_home(
        &self,
        request: Request<SucceedHomeRequest>,
    ) -> Result<Response<SucceedHomeResponse>, Status> {
        let access = Access::of(&request)?;
        self.home_succeeds(&access, request.into_inner()).await
    }

    async fn undo_home_succession(
        &self,
        request: Request<UndoHomeSuccessionRequest>,
    ) -> Result<Response<UndoHomeSuccessionResponse>, Status> {
        let access = Access::of(&request)?;
        self.home_goes_on(&access, request.into_inner()).await
    }
}

/// Enters a batch of rows. What came before a row that could not be read is still entered.
async fn enter_homes(
    broker: &Broker,
    caller: &Caller,
    batch: Vec<Result<ImportHomesRequest, Status>>,
) -> Vec<Result<ImportHomesResponse, Status>> {
    if let Err(status) = still_granted(broker, caller).await {
        return vec![Err(status)];
    }
    let (requests, unread) = readable(batch);
    let (indexes, rows): (Vec<u32>, Vec<_>) = requests
        .into_iter()
        .map(|request| (request.index, convert::home_row(request.row)))
        .unzip();
    let results = match broker.import_homes(caller, rows).await {
        Ok(results) => results,
        Err(error) => return vec![Err(status::of(error))],
    };
    let responses = indexes.into_iter().zip(&results).map(|(index, result)| {
        let (outcome, faults) = convert::imported(result);
        Ok(ImportHomesResponse {
            index,
            outcome,
            faults,
        })
    });
    responses.chain(unread.map(Err)).collect()
}

/// As [`enter_homes`], of organisations.
/// Refuses a caller whose proof is gone since the stream began.
async fn still_granted(broker: &Broker, caller: &Caller) -> Result<(), Status> {
    let knowing = broker.is_still_granted(caller).await;
    if knowing.map_err(status::of)? {
        return Ok(());
    }
    Err(status::unauthenticated())
}

async fn enter_organisations(
    broker: &Broker,
    caller: &Caller,
    batch: Vec<Result<ImportOrganisationsRequest, Status>>,
) -> Vec<Result<ImportOrganisationsResponse, Status>> {
    if let Err(status) = still_granted(broker, caller).await {
        return vec![Err(status)];
    }
    let (requests, unread) = readable(batch);
    let mut rows = Vec::with_capacity(requests.len());
    let mut read = Vec::with_capacity(requests.len());
    for request in requests {
        let row = convert::organisation_row(request.row);
        read.push((request.index, row.map(|row| rows.push(row))));
    }
    let results = match broker.import_organisations(caller, rows).await {
        Ok(results) => results,
        Err(error) => return vec![Err(status::of(error))],
    };
    let mut results = results.into_iter();
    let responses = read.into_iter().filter_map(|(index, row)| {
        let result = match row {
            Ok(()) => results.next()?,
            Err(faults) => Err(faults),
        };
        let (outcome, faults) = convert::imported(&result);
        Some(Ok(ImportOrganisationsResponse {
            index,
            outcome,
            faults,
        }))
    });
    let responses: Vec<_> = responses.collect();
    responses.into_iter().chain(unread.map(Err)).collect()
}

/// The requests up to the first that could not be read, and why it could not.
fn readable<T>(batch: Vec<Result<T, Status>>) -> (Vec<T>, Option<Status>) {
    let mut requests = Vec::with_capacity(batch.len());
    for request in batch {
        match request {
            Ok(request) => requests.push(request),
            Err(broken) => return (requests, Some(status::of_stream(broken))),
        }
    }
    (requests, None)
}

fn in_order<T>(results: Vec<T>) -> stream::Iter<std::vec::IntoIter<T>> {
    stream::iter(results)
}

/// A stream that ends after its first error.
fn until_broken<T>(
    results: impl Stream<Item = Result<T, Status>>,
) -> impl Stream<Item = Result<T, Status>> {
    results.scan(false, |is_broken, result| {
        let was_broken = std::mem::replace(is_broken, result.is_err());
        std::future::ready((!was_broken).then_some(result))
    })
}

fn without_collection(name: &str) -> String {
    let id = name.split_once('/').map_or(name, |(_, id)| id);
    id.to_owned()
}
