//! The server: the one place that puts store, use cases and faces together.
//!
//! A server is a value: built from options, handed a listener, told to stop.
//!
//! **Architecture invariant:** only here is a backend named, and only here do time and randomness
//! have a source.

pub mod config;
mod connection;
mod doors;
mod files;
pub mod keeping;
mod metrics;
mod pages;
mod roll;
mod run;
mod sources;
mod standard;
mod store;
mod tls;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio::sync::watch;

use self::doors::Doors;
pub use self::doors::{Access, JwtAccess};
use self::metrics::Recorder;
pub use self::pages::PortalOptions;
use self::pages::Site;
use self::run::{Ending, Run};
use self::store::Opened;
pub use self::store::{DatabaseTerms, Given};
pub use self::tls::TlsFiles;
pub use crate::broker::{Algorithm, CertificateName, JWT_LEEWAY, JwtTerms};
use crate::broker::{Broker, Caller, Clock, NewToken};
use crate::domain::access::{Grant, Proof, Role};
use crate::domain::person::Email;
pub use crate::grpc::FailureTerms;
use crate::portal::Portal;
pub use crate::portal::{Letter, Mail, MailEncryption, SmtpTerms};

/// The author of what the server does by itself: adopting a dictionary, issuing a first token.
const ITSELF: &str = "server";

/// Where data is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// In memory: nothing survives the server.
    Memory,
    /// In a folder, made if need be; held by one server at a time.
    Embedded(PathBuf),
    /// In a database that several servers share.
    Postgres(DatabaseTerms),
    /// In a store that is open already, and that whoever opened it closes: one that several servers
    /// of a process share.
    Given(Given),
}

/// How to serve.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where data is kept.
    pub data: Data,
    /// How long calls in flight may take to end once the server is told to stop; then they are cut.
    pub drain_deadline: Duration,
    /// How long a call may take where the caller does not say.
    pub call_deadline: Duration,
    /// How long a new connection may stay silent.
    pub silence_deadline: Duration,
    /// How long the handshake of an encrypted connection may take.
    pub handshake_deadline: Duration,
    /// Most calls at once, over all connections; past it a call is told to come back.
    pub calls_max: usize,
    /// Most streams at once, over all connections; past it a caller is told to come back.
    pub streams_max: usize,
    /// How long the next message of a streaming request may take to come.
    pub idle_deadline: Duration,
    /// How long a response may go unread; then its connection is cut.
    pub unread_deadline: Duration,
    /// Where measurements are served over HTTP; nowhere if not said.
    pub metrics_addr: Option<SocketAddr>,
    /// Most connections at once; past it a connection waits to be accepted.
    pub connections_max: usize,
    /// Most connections at once from one address, or from the network that one subscriber has in
    /// IPv6; past it a connection is closed at once. A proxy in between is one address.
    pub connections_per_address_max: usize,
    /// Who is let in beside the bearers of tokens, and how connections are encrypted.
    pub access: Access,
    /// How often the files of `access` are looked at for changes.
    pub reload_interval: Duration,
    /// How many failed attempts are taken from one address.
    pub failures: FailureTerms,
    /// Serves in plain text on other addresses than loopback: only where something in between
    /// encrypts.
    pub allow_plaintext: bool,
    /// How the home's pages are served; not at all if not said.
    pub portal: Option<PortalOptions>,
}

impl Options {
    /// The usual options for data kept somewhere.
    #[must_use]
    pub fn new(data: Data) -> Self {
        Self {
            data,
            drain_deadline: Duration::from_secs(20),
            call_deadline: Duration::from_secs(30),
            silence_deadline: Duration::from_secs(10),
            handshake_deadline: Duration::from_secs(10),
            calls_max: 1_024,
            streams_max: 1_024,
            idle_deadline: Duration::from_secs(60),
            unread_deadline: Duration::from_secs(60),
            metrics_addr: None,
            connections_max: 1_024,
            connections_per_address_max: 256,
            access: Access::default(),
            reload_interval: Duration::from_secs(30),
            failures: FailureTerms::default(),
            allow_plaintext: false,
            portal: None,
        }
    }
}

/// A server that runs. Dropped, it is told to stop at once and not waited for.
pub struct Server {
    addr: SocketAddr,
    broker: Arc<Broker>,
    doors: Arc<Doors>,
    stop: watch::Sender<bool>,
    ending: watch::Receiver<Ending>,
    metrics_addr: Option<SocketAddr>,
    portal: Option<(SocketAddr, Arc<Portal>)>,
}

impl Server {
    /// Opens the store and serves on a listener.
    ///
    /// # Errors
    /// A store that does not open; an address in plain text beyond loopback; a certificate or key
    /// that cannot be read.
    pub async fn start(options: Options, listener: TcpListener) -> anyhow::Result<Self> {
        Self::start_by(options, listener, sources::clock()).await
    }

    /// The same by another clock than the system's: one that a test moves.
    ///
    /// # Errors
    /// As above.
    pub async fn start_by(
        options: Options,
        listener: TcpListener,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let addr = listener
            .local_addr()
            .context("the listener has no address")?;
        let is_plain = options.access.tls.is_none();
        if is_plain && !addr.ip().is_loopback() && !options.allow_plaintext {
            bail!(
                "{addr} is not loopback: connections in plain text are refused there; give the \
                 server a certificate and key (`tls.certificate`, `tls.key`)"
            );
        }
        // Before anything that measures is made.
        let recorder = options
            .metrics_addr
            .map(|_| Recorder::installed())
            .transpose()?;
        let page = match options.metrics_addr {
            Some(addr) => Some(listen(addr).await?),
            None => None,
        };
        let (opened, broker) = open(&options.data, Arc::clone(&clock)).await?;
        let (doors, site, page_key) = match before_serving(&options, &broker, clock).await {
            Ok((doors, site, page_key)) => (Arc::new(doors), site, page_key),
            Err(error) => {
                opened.close().await;
                return Err(error);
            }
        };
        let portal = (site.as_ref()).map(|site| (site.addr(), Arc::clone(site.portal())));
        let (stop, stopping) = watch::channel(false);
        let (ended, ending) = watch::channel(Ending::default());
        let measured = recorder.zip(page);
        let run = Run::new(
            options,
            opened,
            Arc::clone(&broker),
            Arc::clone(&doors),
            measured,
            site,
            page_key,
        )?;
        let metrics_addr = run.metrics_addr();
        tokio::spawn(async move {
            let ending = run.until_stopped(listener, stopping).await;
            ended.send_replace(Some(ending.map_err(|error| format!("{error:#}"))));
        });
        tracing::info!(%addr, is_encrypted = !is_plain, "serving");
        Ok(Self {
            addr,
            broker,
            doors,
            stop,
            ending,
            metrics_addr,
            portal,
        })
    }

    /// Where it serves.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where it serves measurements, if it does.
    #[must_use]
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics_addr
    }

    /// Where it serves the home's pages, if it does.
    #[must_use]
    pub fn portal_addr(&self) -> Option<SocketAddr> {
        self.portal.as_ref().map(|(addr, _)| *addr)
    }

    /// The address under which browsers reach the home's pages, if they are served.
    #[must_use]
    pub fn portal_url(&self) -> Option<&str> {
        self.portal.as_ref().map(|(_, portal)| portal.url())
    }

    /// A link that signs in whoever has an address, once, without a letter: for a demonstration, or
    /// where no mail goes. None if nobody has it, or there are no pages.
    ///
    /// # Errors
    /// As the store says.
    pub async fn sign_in_link(
        &self,
        email: &Email,
        valid_for: SignedDuration,
    ) -> anyhow::Result<Option<String>> {
        let Some((_, portal)) = &self.portal else {
            return Ok(None);
        };
        let link = portal.link_for(email, valid_for).await?;
        Ok(link.map(|(_, link)| link))
    }

    /// Sends the morning's digests now and not when it is next looked at the clock, if it is time and
    /// they have not gone; how many letters go. None where there are no pages.
    pub async fn send_digests(&self) -> usize {
        match &self.portal {
            Some((_, portal)) => portal.send_digests().await,
            None => 0,
        }
    }

    /// Reads certificates and keys again if their files have changed; says which did. Connections go
    /// on as they are, the next one is by what was read.
    ///
    /// # Errors
    /// What has changed and cannot be read: what was read before stays in force.
    pub fn reload(&self) -> anyhow::Result<Vec<&'static str>> {
        Ok(self.doors.reload()?)
    }

    /// Puts another table of client certificates in force at once, on open connections too.
    pub fn set_certificates(&self, certificates: BTreeMap<CertificateName, Grant>) {
        self.doors.set_certificates(certificates);
    }

    /// Issues a token without one: for a demonstration, or a test.
    ///
    /// # Errors
    /// An unfit label; a grant of what the register does not know.
    pub async fn issue_token(&self, label: &str, grant: Grant) -> anyhow::Result<String> {
        issue(&self.broker, label, grant).await
    }

    /// Waits until the server ends.
    ///
    /// # Errors
    /// Why it ended, if it was not told to stop.
    pub async fn ended(&self) -> anyhow::Result<()> {
        let mut ending = self.ending.clone();
        let outcome = ending.wait_for(Option::is_some).await;
        match outcome.as_deref() {
            Ok(Some(Err(why))) => bail!("{why}"),
            Ok(_) => Ok(()),
            Err(_) => bail!("the server broke"),
        }
    }

    /// Tells the server to stop, and waits: calls in flight end, or are cut at the drain deadline.
    ///
    /// # Errors
    /// Why it ended before, or did not end well.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.stop.send_replace(true);
        self.ended().await
    }
}

/// Issues a token without a server, on a folder that none holds or on a database: the first
/// operator's.
///
/// # Errors
/// A store that does not open; an unfit label; a grant of what the register does not know.
pub async fn issue_offline(data: &Data, label: &str, grant: Grant) -> anyhow::Result<String> {
    let (opened, broker) = open(data, sources::clock()).await?;
    let secret = issue(&broker, label, grant).await;
    opened.close().await;
    secret
}

async fn listen(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    let listening = TcpListener::bind(addr).await;
    listening.with_context(|| format!("{addr} cannot be listened on for measurements"))
}

/// Reads who is let in, and listens for the home's pages, if they are served; with the key of the
/// pages of lists.
async fn before_serving(
    options: &Options,
    broker: &Arc<Broker>,
    clock: Clock,
) -> anyhow::Result<(Doors, Option<Site>, [u8; 32])> {
    let page_key = broker
        .page_key()
        .await
        .context("the ledger cannot be read")?;
    let page_key = page_key.unwrap_or_else(sources::random);
    let doors = Doors::open(options.access.clone(), Arc::clone(broker))
        .context("who is let in cannot be read")?;
    let Some(portal) = options.portal.clone() else {
        return Ok((doors, None, page_key));
    };
    let is_encrypted = options.access.pages_tls.is_some();
    let site = Site::open(portal, is_encrypted, Arc::clone(broker), clock).await?;
    tracing::info!(addr = %site.addr(), is_encrypted, "serving the home's pages");
    Ok((doors, Some(site), page_key))
}

/// Opens a store, with a dictionary in it, and a broker over it.
async fn open(data: &Data, clock: Clock) -> anyhow::Result<(Opened, Arc<Broker>)> {
    let opened = Opened::open(data).await?;
    let broker = Broker::new(opened.store(), clock, sources::entropy());
    let adopting = broker.adopt_starter_dictionary(&itself()).await;
    adopting.context("no dictionary could be adopted")?;
    Ok((opened, Arc::new(broker)))
}

async fn issue(broker: &Broker, label: &str, grant: Grant) -> anyhow::Result<String> {
    let new = NewToken {
        label: label.to_owned(),
        grant,
        expires_at: None,
    };
    let issued = broker.issue_token(&itself(), new).await;
    Ok(issued.context("no token was issued")?.secret)
}

fn itself() -> Caller {
    Caller {
        token_id: ITSELF.to_owned(),
        grant: Grant::unbound(Role::Operator),
        proof: Proof::Process,
    }
}

#[cfg(test)]
mod tests;
