//! `serve`: a broker on an embedded store, until it is told to stop.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::server::{Data, Options, Server};

use super::failure::{Failure, Result};
use super::out;

/// What is logged where `ASKONCE_LOG` does not say.
const LOG_DEFAULT: &str = "info";

/// Serve a data folder over gRPC, until told to stop (Ctrl-C or SIGTERM)
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Logs go to standard error: lines on a terminal, JSON elsewhere; \
    ASKONCE_LOG says how much, such as debug or askonce=trace. Data made with `askonce init`."
)]
pub(crate) struct Serve {
    /// The data folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where to listen; connections are not encrypted, so only addresses of this machine are taken
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7410")]
    listen: SocketAddr,
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
        log_to_stderr();
        let listener = TcpListener::bind(self.listen).await.map_err(|error| {
            Failure::refused(format!("{} cannot be listened on: {error}", self.listen))
        })?;
        let options = Options::new(Data::Embedded(self.data.clone()));
        let server = Server::start(options, listener).await.map_err(failed)?;
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

fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("ASKONCE_LOG");
    let filter = filter.unwrap_or_else(|_| EnvFilter::new(LOG_DEFAULT));
    let is_terminal = std::io::stderr().is_terminal();
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(is_terminal && !is_plain);
    // There is one server in a process, so nobody else has set this.
    let _ = if is_terminal {
        logs.try_init()
    } else {
        logs.json().try_init()
    };
}
