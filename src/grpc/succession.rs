//! What came after whom: the part of `RegistryService` that records it.

use tonic::{Response, Status};

use super::auth::Access;
use super::v1::{
    SucceedHomeRequest, SucceedHomeResponse, SucceedOrganisationRequest,
    SucceedOrganisationResponse, UndoHomeSuccessionRequest, UndoHomeSuccessionResponse,
    UndoOrganisationSuccessionRequest, UndoOrganisationSuccessionResponse,
};
use super::{Desk, checked, convert, status};
use crate::broker::BrokerError;
use crate::domain::calendar::parse_day;
use crate::domain::fault::Faults;
use crate::domain::id::{HomeId, OrganisationId};
use crate::domain::succession::{Succession, SuccessionUndone};

impl Desk {
    pub(super) async fn organisation_succeeds(
        &self,
        access: &Access,
        request: SucceedOrganisationRequest,
    ) -> Result<Response<SucceedOrganisationResponse>, Status> {
        let mut faults = Faults::new();
        let old = self
            .organisation_of("predecessor", &request.predecessor, &mut faults)
            .await?;
        let new = self
            .organisation_of("successor", &request.successor, &mut faults)
            .await?;
        let on = faults.take("", day(&request.on));
        let succession = checked(whole(old, new, on, faults))?;
        let (etag, request_id) = (&request.etag, &request.request_id);
        let recording =
            self.broker
                .succeed_organisation(&access.caller, succession, etag, request_id);
        let recorded = recording.await.map_err(status::of)?;
        Ok(Response::new(SucceedOrganisationResponse {
            succession: Some(convert::organisation_succession(&recorded)),
        }))
    }

    pub(super) async fn home_succeeds(
        &self,
        access: &Access,
        request: SucceedHomeRequest,
    ) -> Result<Response<SucceedHomeResponse>, Status> {
        let mut faults = Faults::new();
        let old = self
            .home_of("predecessor", &request.predecessor, &mut faults)
            .await?;
        let new = match request.successor.as_str() {
            "" => None,
            name => self.home_of("successor", name, &mut faults).await?,
        };
        let on = faults.take("", day(&request.on));
        let succession = checked(whole(old, new, on, faults))?;
        let (etag, request_id) = (&request.etag, &request.request_id);
        let recording = self
            .broker
            .succeed_home(&access.caller, succession, etag, request_id);
        let recorded = recording.await.map_err(status::of)?;
        Ok(Response::new(SucceedHomeResponse {
            succession: Some(convert::home_succession(&recorded)),
        }))
    }

    pub(super) async fn organisation_goes_on(
        &self,
        access: &Access,
        request: UndoOrganisationSuccessionRequest,
    ) -> Result<Response<UndoOrganisationSuccessionResponse>, Status> {
        let named = convert::organisation_identifier("predecessor", &request.predecessor);
        let predecessor = self.broker.resolve_organisation(&checked(named)?).await;
        let undone = SuccessionUndone {
            predecessor: predecessor.map_err(status::of)?,
            reason: request.reason,
        };
        let etag = &request.etag;
        let undoing = self
            .broker
            .undo_organisation_succession(&access.caller, undone, etag);
        undoing.await.map_err(status::of)?;
        Ok(Response::new(UndoOrganisationSuccessionResponse {}))
    }

    pub(super) async fn home_goes_on(
        &self,
        access: &Access,
        request: UndoHomeSuccessionRequest,
    ) -> Result<Response<UndoHomeSuccessionResponse>, Status> {
        let named = convert::home_identifier("predecessor", &request.predecessor);
        let predecessor = self.broker.resolve_home(&checked(named)?).await;
        let undone = SuccessionUndone {
            predecessor: predecessor.map_err(status::of)?,
            reason: request.reason,
        };
        let undoing = self
            .broker
            .undo_home_succession(&access.caller, undone, &request.etag);
        undoing.await.map_err(status::of)?;
        Ok(Response::new(UndoHomeSuccessionResponse {}))
    }

    async fn organisation_of(
        &self,
        member: &str,
        name: &str,
        faults: &mut Faults,
    ) -> Result<Option<OrganisationId>, Status> {
        let read = convert::organisation_identifier(member, name);
        let Some(identifier) = faults.take("", read) else {
            return Ok(None);
        };
        named(
            member,
            self.broker.resolve_organisation(&identifier).await,
            faults,
        )
    }

    async fn home_of(
        &self,
        member: &str,
        name: &str,
        faults: &mut Faults,
    ) -> Result<Option<HomeId>, Status> {
        let read = convert::home_identifier(member, name);
        let Some(identifier) = faults.take("", read) else {
            return Ok(None);
        };
        named(member, self.broker.resolve_home(&identifier).await, faults)
    }
}

/// What a member names; that it names nothing, or no one thing, is a fault of the member.
fn named<I>(
    member: &str,
    resolved: Result<I, BrokerError>,
    faults: &mut Faults,
) -> Result<Option<I>, Status> {
    match resolved {
        Ok(id) => Ok(Some(id)),
        Err(BrokerError::NotFound { resource }) => {
            faults.add(member, format!("{resource} is not registered"));
            Ok(None)
        }
        Err(BrokerError::Invalid(told)) => {
            for fault in told.iter() {
                faults.add(member, &*fault.message);
            }
            Ok(None)
        }
        Err(other) => Err(status::of(other)),
    }
}

fn day(text: &str) -> Result<jiff::civil::Date, Faults> {
    if text.is_empty() {
        return Err(Faults::one("on", "is missing"));
    }
    parse_day(text).map_err(|error| Faults::one("on", error.to_string()))
}

fn whole<I>(
    predecessor: Option<I>,
    successor: Option<I>,
    on: Option<jiff::civil::Date>,
    faults: Faults,
) -> Result<Succession<I>, Faults> {
    faults.into_result()?;
    match (predecessor, on) {
        (Some(predecessor), Some(on)) => Ok(Succession {
            predecessor,
            successor,
            on,
        }),
        _ => Err(Faults::one("predecessor", "is missing")),
    }
}
