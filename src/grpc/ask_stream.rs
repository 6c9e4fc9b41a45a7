//! A stream of asks: one result for each, in their order.

use std::pin::Pin;
use std::sync::Arc;

use futures_util::stream::{Stream, StreamExt};
use tonic::{Status, Streaming};
use tonic_types::StatusExt;

use super::ask::own_ask;
use super::auth::Access;
use super::v1::{AskRefusal, Fault, SubmitAsksRequest, SubmitAsksResponse};
use super::{Desk, convert, status};
use crate::broker::Broker;
use crate::domain::limits::ASKS_AT_ONCE_MAX;

/// The results.
pub(super) type Results = Pin<Box<dyn Stream<Item = Result<SubmitAsksResponse, Status>> + Send>>;

/// Submits asks as they come, some side by side so that they share the store's groups. A result
/// waits for those before it; no more is read while as many are under way as may be.
pub(super) fn submit(desk: &Desk, access: Access, asks: Streaming<SubmitAsksRequest>) -> Results {
    let broker = Arc::clone(&desk.broker);
    let results = asks.map(move |request| {
        let (broker, access) = (Arc::clone(&broker), access.clone());
        async move {
            match request {
                Ok(request) => {
                    let knowing = broker.is_still_granted(&access.caller).await;
                    if !knowing.map_err(status::of)? {
                        return Err(status::unauthenticated());
                    }
                    Ok(submit_one(&broker, &access, request).await)
                }
                Err(unread) => Err(status::of_stream(unread)),
            }
        }
    });
    let results = results.buffered(ASKS_AT_ONCE_MAX);
    // What comes behind a message that could not be read is not there any longer.
    let results = results.scan(false, |is_broken, result| {
        let was_broken = std::mem::replace(is_broken, result.is_err());
        std::future::ready((!was_broken).then_some(result))
    });
    Box::pin(results)
}

async fn submit_one(
    broker: &Broker,
    access: &Access,
    request: SubmitAsksRequest,
) -> SubmitAsksResponse {
    let index = request.index;
    let submitted = async {
        let raw = own_ask(access, request.ask)?;
        let (id, validate_only) = (&request.request_id, request.validate_only);
        let submitting = broker.submit_ask(&access.caller, raw, id, validate_only);
        submitting
            .await
            .map_err(|error| status::of_part("ask", error))
    };
    match submitted.await {
        Ok(submitted) => SubmitAsksResponse {
            index,
            ask: Some(convert::ask_view(&submitted.ask)),
            outcome: convert::outcome(&submitted),
            refusal: None,
        },
        Err(refused) => SubmitAsksResponse {
            index,
            refusal: Some(refusal(&refused)),
            ..SubmitAsksResponse::default()
        },
    }
}

/// What a status says, as part of a response.
fn refusal(refused: &Status) -> AskRefusal {
    let details = refused.get_error_details();
    let faults = details.bad_request().map(|bad| &bad.field_violations);
    let faults = faults.into_iter().flatten().map(|fault| Fault {
        path: fault.field.clone(),
        message: fault.description.clone(),
    });
    let info = details.error_info();
    AskRefusal {
        code: refused.code().into(),
        reason: info.map(|info| info.reason.clone()).unwrap_or_default(),
        message: refused.message().to_owned(),
        faults: faults.collect(),
    }
}
