//! The standard services: health, and reflection that decodes error details too.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::watch;
use tonic::service::Routes;
use tonic_health::ServingStatus::{NotServing, Serving};
use tonic_health::server::{HealthReporter, health_reporter};
use tonic_reflection::server::Builder;

use crate::broker::Broker;
use crate::grpc::{policy, v1};

/// How often readiness is looked at.
const READINESS_INTERVAL: Duration = Duration::from_secs(1);

/// Adds health and both versions of reflection.
pub(super) fn add(routes: Routes) -> anyhow::Result<(Routes, HealthReporter)> {
    let descriptors = || {
        Builder::configure()
            .register_encoded_file_descriptor_set(v1::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let (reporter, health) = health_reporter();
    let v1 = descriptors()
        .build_v1()
        .context("reflection cannot read the descriptors")?;
    let v1alpha = descriptors().build_v1alpha();
    let v1alpha = v1alpha.context("reflection cannot read the descriptors")?;
    let routes = routes
        .add_service(health)
        .add_service(v1)
        .add_service(v1alpha);
    Ok((routes, reporter))
}

/// Reports readiness, for the server as a whole and for each service, for ever.
pub(super) async fn report_readiness(
    reporter: HealthReporter,
    broker: Arc<Broker>,
    is_ready: watch::Sender<bool>,
) {
    let mut interval = tokio::time::interval(READINESS_INTERVAL);
    loop {
        interval.tick().await;
        let ready = broker.ready().await.is_ok();
        is_ready.send_replace(ready);
        report(&reporter, ready).await;
    }
}

/// Reports that the server serves, or does not.
pub(super) async fn report(reporter: &HealthReporter, is_ready: bool) {
    let status = if is_ready { Serving } else { NotServing };
    reporter.set_service_status("", status).await;
    for service in policy::services() {
        reporter.set_service_status(service, status).await;
    }
}
