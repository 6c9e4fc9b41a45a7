//! `health`: whether a broker is ready, for whoever runs it and for what restarts it.

use std::time::Duration;

use serde_json::json;
use tonic::Request;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;

use super::connect::ServerArgs;
use super::failure::{Exit, Failure, Result};
use super::out::{self, Format, Listing};

/// How long an answer may take: what asks does so every few seconds.
const ANSWER_DEADLINE: Duration = Duration::from_secs(3);

/// Ask a broker whether it is ready; no token is needed
#[derive(Debug, clap::Args)]
#[command(
    after_help = "For a container's health check, and for scripts that wait for a broker. Exit code 0: it \
    is ready; 3: it cannot be reached, or is not ready, as while it stops or its database is away."
)]
pub(crate) struct Health {}

impl Health {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let mut health = server.connect().await?.health();
        let mut request = Request::new(HealthCheckRequest::default());
        request.set_timeout(ANSWER_DEADLINE);
        let said = health.check(request).await?.into_inner().status();
        if said != ServingStatus::Serving {
            return Err(Failure::new(Exit::Unreachable, "the broker is not ready"));
        }
        if format == Format::Table {
            return out::data("ready\n");
        }
        let mut listing = Listing::new(["ready"]);
        listing.add([json!(true)]);
        listing.print(format)
    }
}
