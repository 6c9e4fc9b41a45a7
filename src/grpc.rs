//! The gRPC face: messages in, use cases, messages out.
//!
//! **Architecture invariant:** `convert` is the only reader of generated types, `status` the only
//! builder of a status, and no service acts without the access that `auth` found by the table in
//! `policy`.

mod ask;
mod ask_stream;
mod auth;
mod collection;
mod convert;
mod dictionary;
mod failures;
mod form;
mod gate;
mod governance;
mod insight;
mod ledger;
mod level;
mod observe;
mod page;
mod peer;
mod people;
pub mod policy;
mod registry;
mod status;
mod succession;
mod suggestions;
mod token;
pub mod v1;
mod watch;

use std::sync::Arc;

use tonic::Status;
use tonic::codec::CompressionEncoding::{Gzip, Zstd};
use tonic::service::Routes;

pub use self::auth::{Auth, AuthLayer};
pub use self::failures::FailureTerms;
pub use self::gate::{
    Cut, Gate, GateLayer, GateLimits, MESSAGE_BYTES_MAX, STREAMS_PER_CALLER_MAX, SeatLayer, Seated,
};
pub use self::level::{Level, LevelLayer};
pub use self::observe::{Observe, ObserveLayer};
pub use self::peer::Peer;

use self::page::Pager;
use crate::broker::Broker;
use crate::domain::fault::Faults;

/// What the services share.
#[derive(Clone)]
pub(crate) struct Desk {
    broker: Arc<Broker>,
    pager: Pager,
}

/// A service with the bounds and encodings that all have.
macro_rules! bounded {
    ($server:path, $desk:expr) => {{
        use $server as Server;
        Server::new($desk.clone())
            .accept_compressed(Gzip)
            .accept_compressed(Zstd)
            .send_compressed(Gzip)
            .send_compressed(Zstd)
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
    }};
}

/// Every service of the package over a broker. `page_key` seals page tokens: random, and the same for
/// all brokers of one store. [`AuthLayer`] must stand before them, or they refuse everything.
#[must_use]
pub fn routes(broker: Arc<Broker>, page_key: [u8; 32]) -> Routes {
    let pager = Pager::new(page_key);
    let desk = Desk { broker, pager };
    Routes::new(bounded!(v1::ask_service_server::AskServiceServer, desk))
        .add_service(bounded!(v1::form_service_server::FormServiceServer, desk))
        .add_service(bounded!(
            v1::collection_service_server::CollectionServiceServer,
            desk
        ))
        .add_service(bounded!(
            v1::registry_service_server::RegistryServiceServer,
            desk
        ))
        .add_service(bounded!(
            v1::dictionary_service_server::DictionaryServiceServer,
            desk
        ))
        .add_service(bounded!(
            v1::insight_service_server::InsightServiceServer,
            desk
        ))
        .add_service(bounded!(
            v1::ledger_service_server::LedgerServiceServer,
            desk
        ))
        .add_service(bounded!(v1::token_service_server::TokenServiceServer, desk))
        .add_service(bounded!(
            v1::people_service_server::PeopleServiceServer,
            desk
        ))
}

/// What was read of a request, or every fault of it.
fn checked<T>(read: Result<T, Faults>) -> Result<T, Status> {
    read.map_err(|faults| status::invalid(&faults))
}
