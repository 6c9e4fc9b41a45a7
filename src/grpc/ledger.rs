//! `LedgerService`: the ledger for whoever audits it.

use std::pin::Pin;

use tokio_stream::Stream;
use tonic::{Request, Response, Status};

use super::auth::Access;
use super::v1::ledger_service_server::LedgerService;
use super::v1::{
    GetCheckpointRequest, GetCheckpointResponse, ReadLedgerRequest, ReadLedgerResponse,
    VerifyLedgerRequest, VerifyLedgerResponse,
};
use super::{Desk, convert, status};
use crate::broker::{BrokerError, LedgerWalk};

/// Events checked between two messages, and before others have their turn: some hundredths of a
/// second.
const CHECKED_AT_A_TIME: usize = 4_096;

#[tonic::async_trait]
impl LedgerService for Desk {
    async fn read_ledger(
        &self,
        request: Request<ReadLedgerRequest>,
    ) -> Result<Response<ReadLedgerResponse>, Status> {
        let access = Access::of(&request)?;
        let mut request = request.into_inner();
        let size = std::mem::take(&mut request.page_size);
        let page = self.pager.page(&access, &request, size, "")?;
        let reading = self
            .broker
            .read_ledger(request.after_sequence, page.rows_max);
        let found = reading.await.map_err(status::of)?;
        let is_full = found.len() >= page.rows_max;
        let mut events = found.iter().map(convert::ledger_event).collect();
        let is_cut = page.cut(&mut events);
        let last = events.last().filter(|_| is_cut || is_full);
        Ok(Response::new(ReadLedgerResponse {
            next_after_sequence: last.map_or(0, |last| last.sequence),
            events,
        }))
    }

    type VerifyLedgerStream =
        Pin<Box<dyn Stream<Item = Result<VerifyLedgerResponse, Status>> + Send>>;

    async fn verify_ledger(
        &self,
        request: Request<VerifyLedgerRequest>,
    ) -> Result<Response<Self::VerifyLedgerStream>, Status> {
        Access::of(&request)?;
        let walk = self.broker.verify_ledger().await.map_err(status::of)?;
        let messages = futures_util::stream::unfold(Some(walk), |walk| async {
            let mut walk = walk?;
            // A long check lets others have their turn.
            tokio::task::yield_now().await;
            match check(walk.as_mut()).await {
                Ok(found) => {
                    let is_over = found.done || !found.damage.is_empty();
                    Some((Ok(found), Some(walk).filter(|_| !is_over)))
                }
                Err(status) => Some((Err(status), None)),
            }
        });
        Ok(Response::new(Box::pin(messages)))
    }

    async fn get_checkpoint(
        &self,
        request: Request<GetCheckpointRequest>,
    ) -> Result<Response<GetCheckpointResponse>, Status> {
        Access::of(&request)?;
        let head = self.broker.ledger_checkpoint().await.map_err(status::of)?;
        Ok(Response::new(GetCheckpointResponse {
            sequence: head.sequence,
            chain: head.chain,
        }))
    }
}

async fn check(walk: &mut dyn LedgerWalk) -> Result<VerifyLedgerResponse, Status> {
    let found = walk.check(CHECKED_AT_A_TIME).await;
    let found = found.map_err(|error| status::of(BrokerError::from(error)))?;
    Ok(convert::verified(&found))
}
