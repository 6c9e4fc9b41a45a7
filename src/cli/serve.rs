//! `serve`: a broker on an embedded store, until it is told to stop.

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::server::Server;
use crate::server::config::Served;

use super::failure::{Failure, Result};
use super::log;
use super::out;
use super::settings::SettingsArgs;

/// Serve a data folder over gRPC, until told to stop (Ctrl-C or SIGTERM)
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Logs go to standard error, one line a call, never with an answer or a secret. Data made \
    with `askonce init`. \
    On SIGHUP, certificates and keys, and in the \
    configuration the table of client certificates, are read again. `askonce check-config` shows every key."
)]
pub(crate) struct Serve {
    #[command(flatten)]
    settings: SettingsArgs,
}

impl Serve {
    /// Runs the command.
    pub(crate) async fn run(&self) -> Result<()> {
        let configured = self.settings.load()?.served();
        let Served {
            options,
            listen,
            log,
            log_format,
            traces,
        } = configured.map_err(|faults| Failure::of_faults("nothing is served:", &faults))?;
        let sending = log::start(&log, log_format.as_deref(), traces.as_ref());
        let sending = sending.map_err(failed)?;
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            Failure::refused(format!("{listen} cannot be listened on: {error}"))
        })?;
        let scheme = match options.access.tls {
            Some(_) => "https",
            None => "http",
        };
        let server = Server::start(options, listener).await.map_err(failed)?;
        if let Some(addr) = server.metrics_addr() {
            out::note(format_args!("measurements at http://{addr}/metrics"));
        }
        if let Some(url) = server.portal_url() {
            out::note(format_args!("the home's pages at {url}/"));
        }
        out::note(format_args!("serving at {scheme}://{}", server.addr()));
        let ended = until_told(server, Some(&self.settings)).await;
        if let Some(sending) = sending {
            sending.end().await;
        }
        ended
    }
}

/// Serves until told to stop, or until the server ends by itself. Told to hang up, it reads again
/// what may change while it serves.
pub(crate) async fn until_told(server: Server, settings: Option<&SettingsArgs>) -> Result<()> {
    let unheard = |error| Failure::refused(format!("signals cannot be heard: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(unheard)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unheard)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(unheard)?;
    loop {
        tokio::select! {
            ended = server.ended() => return ended.map_err(failed),
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => read_again(&server, settings),
        }
    }
    out::note("stopping: calls in flight may end");
    server.stop().await.map_err(failed)
}

/// Reads keys and certificates again, and from the configuration who is known by a certificate; the
/// rest of it is for the next start.
fn read_again(server: &Server, settings: Option<&SettingsArgs>) {
    // What cannot be read is logged there; what was read before stays.
    let _ = server.reload();
    let Some(Ok(settings)) = settings.map(SettingsArgs::load) else {
        return;
    };
    match settings.served() {
        Ok(anew) => server.set_certificates(anew.options.access.certificates),
        Err(faults) => {
            tracing::warn!(%faults, "the configuration is not good; what was read before stays");
        }
    }
}

/// Why a server did not start or go on.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it goes where an error is mapped"
)]
pub(crate) fn failed(error: anyhow::Error) -> Failure {
    Failure::refused(format!("{error:#}"))
}
