//! `serve`: a broker on an embedded store, until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::server::{Data, Options, Server};

use super::failure::{Failure, Result};
use super::log::LogArgs;
use super::out;

/// Serve a data folder over gRPC, until told to stop (Ctrl-C or SIGTERM)
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Logs go to standard error, one line a call, never with an answer or a secret. \
    Data made with `askonce init`."
)]
pub(crate) struct Serve {
    /// The data folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where to listen; connections are not encrypted, so only addresses of this machine are taken
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7410")]
    listen: SocketAddr,
    /// Serve measurements over HTTP there, at /metrics, beside /livez and /readyz; to whoever reaches
    /// the port, so best an address of this machine, such as 127.0.0.1:9464 [default: nowhere]
    #[arg(long, value_name = "ADDR")]
    metrics_addr: Option<SocketAddr>,
    #[command(flatten)]
    log: LogArgs,
}

impl Serve {
    /// Runs the command.
    pub(crate) async fn run(&self) -> Result<()> {
        if !self.listen.ip().is_loopback() {
            return Err(Failure::usage(format!(
                "--listen {}: connections are not encrypted; expected an address of this machine, \
                 such as 127.0.0.1:7410",
                self.listen
            )));
        }
        // A mistyped folder must not become an empty broker.
        if !self.data.join("format").is_file() {
            return Err(Failure::refused(format!(
                "{} is not a data folder; make one with `askonce init --data {0}`",
                self.data.display()
            )));
        }
        self.log.start()?;
        let listener = TcpListener::bind(self.listen).await.map_err(|error| {
            Failure::refused(format!("{} cannot be listened on: {error}", self.listen))
        })?;
        let options = Options {
            metrics_addr: self.metrics_addr,
            ..Options::new(Data::Embedded(self.data.clone()))
        };
        let server = Server::start(options, listener).await.map_err(failed)?;
        if let Some(addr) = server.metrics_addr() {
            out::note(format_args!("measurements at http://{addr}/metrics"));
        }
        out::note(format_args!("serving at http://{}", server.addr()));
        until_told(server).await
    }
}

/// Serves until told to stop, or until the server ends by itself.
pub(crate) async fn until_told(server: Server) -> Result<()> {
    let unheard = |error| Failure::refused(format!("signals cannot be heard: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(unheard)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unheard)?;
    tokio::select! {
        ended = server.ended() => return ended.map_err(failed),
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    out::note("stopping: calls in flight may end");
    server.stop().await.map_err(failed)
}

/// Why a server did not start or go on.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it goes where an error is mapped"
)]
pub(crate) fn failed(error: anyhow::Error) -> Failure {
    Failure::refused(format!("{error:#}"))
}
