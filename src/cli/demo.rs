//! `demo`: the whole of it in one go, with invented homes and bodies, over the wire.
//!
//! A broker is started in this process on a folder of its own; everything after that is what any
//! client could do.

mod pages;
mod sample;
mod story;

use tokio::net::TcpListener;

use crate::domain::access::{Grant, Role};
use crate::server::{Data, Options, Server};

use self::story::Story;
use super::connect::Remote;
use super::failure::{Failure, Result};
use super::out;
use super::serve::{failed, until_told};

/// Show what this program does, with invented homes and bodies; needs no network and leaves nothing
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// Go on serving afterwards, the home's pages too, and show how to look around
    #[arg(long)]
    keep: bool,
}

impl Demo {
    /// Runs the command.
    pub(crate) async fn run(&self) -> Result<()> {
        let cannot =
            |what: &str, error: std::io::Error| Failure::refused(format!("{what}: {error}"));
        let folder = tempfile::tempdir().map_err(|e| cannot("no folder can be made", e))?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.map_err(|e| cannot("no port can be listened on", e))?;
        let mut options = Options::new(Data::Embedded(folder.path().to_owned()));
        options.portal = self.keep.then(pages::options);
        let server = Server::start(options, listener).await.map_err(failed)?;
        let address = format!("http://{}", server.addr());
        let grant = Grant::unbound(Role::Operator);
        let secret = server
            .issue_token("demo operator", grant)
            .await
            .map_err(failed)?;
        let operator = Remote::connect(&address, Some(&secret)).await?;
        let mut story = Story::new(address, operator, secret);
        let told = story.tell().await;
        if told.is_err() || !self.keep {
            let stopped = server.stop().await.map_err(failed);
            told?;
            out::data(story::TRY_NEXT)?;
            return stopped;
        }
        let link = pages::invite(&server, story.operator()).await?;
        out::data(&story.ways_on(&link))?;
        until_told(server, None).await
    }
}
