//! Traces in a build without the feature `otlp`: there are none. A configuration that asks for them
//! is refused before this.

use tracing::Subscriber;
use tracing_subscriber::Layer;

use crate::server::config::Traces;

/// What sends traces: nothing does.
pub(crate) enum Sending {}

impl Sending {
    /// Sends what is left.
    #[expect(clippy::unused_async, reason = "where traces are sent, it waits")]
    pub(crate) async fn end(self) {
        match self {}
    }
}

/// Refuses.
pub(crate) fn send<S: Subscriber>(
    _: &Traces,
) -> anyhow::Result<(Sending, Box<dyn Layer<S> + Send + Sync>)> {
    anyhow::bail!("this program was built without the feature `otlp`")
}
