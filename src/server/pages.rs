//! The home's pages on a listener of their own, for browsers: HTTP/1.1 and HTTP/2.
//!
//! Connections are held to the same terms as those of the API. None lasts for long, however idle or
//! slow it is, and none holds up a stop.

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at, sleep_until, timeout};
use tokio_stream::StreamExt;
use tonic::transport::server::Connected;
use tower::ServiceExt;

use super::connection::{Terms, Wire, incoming};
use super::sources;
use crate::broker::{Broker, Clock};
use crate::portal::{self, Arrival, Mail, Pages, Portal, Post};

/// How the home's pages are served.
#[derive(Debug, Clone)]
pub struct PortalOptions {
    /// Where they listen.
    pub addr: SocketAddr,
    /// The address under which browsers reach them, such as `https://forms.example`; if not said, the
    /// one where they listen.
    pub url: Option<String>,
    /// In which way letters go.
    pub mail: Mail,
    /// The proxy whose word is taken for where a request comes from.
    pub trusted_proxy: Option<IpAddr>,
    /// Most requests that are answered at once; past it a page says to come back.
    pub requests_max: usize,
    /// How long a request may take.
    pub request_deadline: Duration,
    /// How often it is looked whether the digests of the morning are due.
    pub digest_interval: Duration,
    /// Serves in plain text on other addresses than loopback: only where something in between
    /// encrypts.
    pub allow_plaintext: bool,
}

impl PortalOptions {
    /// Pages on an address, which send their letters somehow.
    #[must_use]
    pub fn new(addr: SocketAddr, mail: Mail) -> Self {
        Self {
            addr,
            url: None,
            mail,
            trusted_proxy: None,
            requests_max: 256,
            request_deadline: Duration::from_secs(30),
            digest_interval: Duration::from_secs(30),
            allow_plaintext: false,
        }
    }
}

/// How long the head of a request may take to come, and a connection may be idle before it.
const HEAD_DEADLINE: Duration = Duration::from_secs(30);

/// Largest head of a request, in bytes.
const HEAD_BYTES_MAX: u32 = 32 << 10;

/// Most requests at once on one connection.
const STREAMS_PER_CONNECTION_MAX: u32 = 32;

/// How long an HTTP/2 connection may say nothing before it is asked whether it is there.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);

/// How long it may take to answer that.
const KEEPALIVE_DEADLINE: Duration = Duration::from_secs(20);

/// How long a connection lasts; then its requests may end, and a browser makes another.
const CONNECTION_LASTS: Duration = Duration::from_secs(600);

/// How long the last requests of such a connection may take to come, be answered and be read.
const LAST_REQUESTS_DEADLINE: Duration = Duration::from_secs(60);

/// How long to wait after a connection could not be accepted, as when there are no more files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The pages with where they listen.
pub(super) struct Site {
    listener: TcpListener,
    portal: Arc<Portal>,
    addr: SocketAddr,
    has_proxy: bool,
    digest_interval: Duration,
}

impl Site {
    /// Listens.
    ///
    /// # Errors
    /// An address that cannot be listened on, or in plain text beyond loopback.
    pub(super) async fn open(
        options: PortalOptions,
        is_encrypted: bool,
        broker: Arc<Broker>,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let asked = options.addr;
        if !is_encrypted && !asked.ip().is_loopback() && !options.allow_plaintext {
            bail!(
                "{asked} is not loopback: pages in plain text are refused there; give them a \
                 certificate and key (`portal.tls_certificate`, `portal.tls_key`)"
            );
        }
        let listener = TcpListener::bind(asked).await;
        let listener =
            listener.with_context(|| format!("{asked} cannot be listened on for the pages"))?;
        let addr = listener
            .local_addr()
            .context("the listener has no address")?;
        let post = Post::open(options.mail).map_err(anyhow::Error::msg)?;
        let scheme = if is_encrypted { "https" } else { "http" };
        let url = options.url.unwrap_or_else(|| format!("{scheme}://{addr}"));
        let terms = portal::Terms {
            url: url.trim_end_matches('/').to_owned(),
            trusted_proxy: options.trusted_proxy.map(|ip| ip.to_canonical()),
            requests_max: options.requests_max,
            request_deadline: options.request_deadline,
        };
        Ok(Self {
            listener,
            portal: Portal::new(broker, clock, sources::entropy(), terms, post),
            addr,
            has_proxy: options.trusted_proxy.is_some(),
            digest_interval: options.digest_interval,
        })
    }

    /// Where it listens.
    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The pages.
    pub(super) fn portal(&self) -> &Arc<Portal> {
        &self.portal
    }

    /// Whether all browsers may come from one address.
    pub(super) fn has_proxy(&self) -> bool {
        self.has_proxy
    }

    /// Serves until it drains, every connection has ended, and every letter has gone that waits; the
    /// letters that have not gone by the time that connections are cut are lost.
    pub(super) async fn serve(self, terms: Terms) {
        let (portal, pages) = (&self.portal, portal::routes(&self.portal));
        let (draining, mut cut) = (terms.draining.clone(), terms.cut.clone());
        let serving = async {
            tokio::join!(
                accept(self.listener, terms, pages),
                portal.run_digests(self.digest_interval, draining),
            );
            portal.end_errands();
        };
        let errands = async {
            tokio::select! {
                () = portal.run_errands() => {}
                _ = cut.wait_for(|is| *is) => {}
            }
            // Who still has one to give waits for nothing.
            portal.end_errands();
        };
        tokio::join!(serving, errands);
        let letters = portal.errands_left();
        if letters > 0 {
            tracing::warn!(
                letters,
                "letters that waited are lost: the drain deadline has passed"
            );
        }
    }
}

async fn accept(listener: TcpListener, terms: Terms, pages: Pages) {
    let mut draining = terms.draining.clone();
    let mut wires = pin!(incoming(listener, terms));
    // No more than there are connections; they end with this.
    let mut connections = JoinSet::new();
    loop {
        let wire = tokio::select! {
            _ = draining.wait_for(|is| *is) => break,
            Some(_) = connections.join_next() => continue,
            wire = wires.next() => wire,
        };
        match wire {
            Some(Ok(wire)) => {
                connections.spawn(converse(wire, pages.clone(), draining.clone()));
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "a connection to the pages cannot be accepted");
                interval_at(Instant::now() + ACCEPT_PAUSE, ACCEPT_PAUSE)
                    .tick()
                    .await;
            }
            None => break,
        }
    }
    while connections.join_next().await.is_some() {}
}

/// Serves one connection: until it ends, then softly when it is told to or has lasted long enough.
async fn converse(wire: Wire, pages: Pages, mut draining: watch::Receiver<bool>) {
    let arrival = Arrival {
        address: wire.connect_info().address.map(|address| address.ip()),
    };
    let pages = pages.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(arrival);
        request
    });
    let builder = builder();
    let connection = builder.serve_connection(TokioIo::new(wire), TowerToHyperService::new(pages));
    let mut connection = pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = is_to_end(&mut draining) => {
            connection.as_mut().graceful_shutdown();
            let ended = timeout(LAST_REQUESTS_DEADLINE, connection).await;
            ended.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection to the pages broke");
    }
}

async fn is_to_end(draining: &mut watch::Receiver<bool>) {
    tokio::select! {
        // A server that is gone ends its connections, too.
        _ = draining.wait_for(|is| *is) => {}
        () = sleep_until(Instant::now() + CONNECTION_LASTS) => {}
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        .max_buf_size(HEAD_BYTES_MAX as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_DEADLINE)
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
        .max_header_list_size(HEAD_BYTES_MAX);
    builder
}
