//! Connections: so many at once, and so many of one address, encrypted or not, none silent for long, and all cut when told.
//!
//! A graceful shutdown waits for every connection, and a connection that has said nothing yet never
//! ends by itself; so each carries its own end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::{self, Stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;
use tonic::transport::server::Connected;

use super::roll::{Entry, Roll};
use super::tls::client_certificate;
use crate::grpc::Peer;

/// What connections are held to.
#[derive(Clone)]
pub(super) struct Terms {
    /// Most at once.
    pub(super) connections_max: usize,
    /// How long one may stay silent at first.
    pub(super) silence_deadline: Duration,
    /// Turns true when all are to be cut.
    pub(super) cut: watch::Receiver<bool>,
    /// Turns true when those that have said nothing yet are not waited for any more.
    pub(super) draining: watch::Receiver<bool>,
    /// On which each is entered, to be cut by itself.
    pub(super) roll: Arc<Roll>,
    /// How the next one is encrypted; none for plain text.
    pub(super) tls: Option<watch::Receiver<Arc<ServerConfig>>>,
    /// How long a handshake may take.
    pub(super) handshake_deadline: Duration,
}

/// The connections of a listener, encrypted where that is asked for; while there are as many as may
/// be, the next waits to be accepted.
///
/// Handshakes run beside each other, each until its own deadline, and end with this stream: one
/// that stalls holds up neither the next nor the server's stop.
pub(super) fn incoming(
    listener: TcpListener,
    terms: Terms,
) -> impl Stream<Item = io::Result<Wire>> {
    let doorway = Doorway {
        listener,
        permits: Arc::new(Semaphore::new(terms.connections_max)),
        handshakes: JoinSet::new(),
        terms,
    };
    stream::unfold(doorway, |mut doorway| async {
        let wire = doorway.next().await;
        Some((wire, doorway))
    })
}

/// Where connections come in.
struct Doorway {
    listener: TcpListener,
    permits: Arc<Semaphore>,
    handshakes: JoinSet<Option<Wire>>,
    terms: Terms,
}

impl Doorway {
    /// The next connection that is ready to be spoken on.
    async fn next(&mut self) -> io::Result<Wire> {
        loop {
            let accepted = tokio::select! {
                accepted = accept(&self.listener, &self.permits, &self.terms) => accepted?,
                Some(ended) = self.handshakes.join_next() => match ended {
                    Ok(Some(wire)) => return Ok(wire),
                    _ => continue,
                },
            };
            let Some(tls) = &self.terms.tls else {
                return Ok(Wire::Plain(accepted));
            };
            let config = Arc::clone(&tls.borrow());
            let terms = self.terms.clone();
            self.handshakes.spawn(async move {
                let shaken = timeout(terms.handshake_deadline, encrypt(accepted, config)).await;
                let mut wire = shaken.ok().flatten()?;
                wire.get_mut().0.expect_a_word(&terms);
                Some(Wire::Encrypted(Box::new(wire)))
            });
        }
    }
}

/// The next connection, once there may be one more. What comes from an address that has its share
/// already is closed at once.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
    terms: &Terms,
) -> io::Result<Connection> {
    let permit = Arc::clone(permits).acquire_owned().await;
    let permit = permit.expect("nobody closes the semaphore");
    loop {
        let (stream, peer) = listener.accept().await?;
        let Some(entry) = terms.roll.enter(peer) else {
            tracing::debug!(%peer, "a connection is refused: its address has its share already");
            continue;
        };
        stream.set_nodelay(true)?;
        return Ok(Connection::new(stream, permit, entry, terms));
    }
}

/// The handshake; none if it fails, as every port scan does.
async fn encrypt(
    connection: Connection,
    config: Arc<ServerConfig>,
) -> Option<TlsStream<Connection>> {
    let address = connection.stream.peer_addr().ok();
    match TlsAcceptor::from(config).accept(connection).await {
        Ok(wire) => Some(wire),
        Err(error) => {
            tracing::debug!(?address, %error, "a handshake failed");
            None
        }
    }
}

/// Becomes ready when something is over.
type End = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A connection that ends when it is cut, or if it says nothing for too long at first.
pub(super) struct Connection {
    stream: TcpStream,
    /// Ends when the first byte should have come; none once it came.
    silent_until: Option<End>,
    cut: End,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    fn new(
        stream: TcpStream,
        permit: OwnedSemaphorePermit,
        mut entry: Entry,
        terms: &Terms,
    ) -> Self {
        let mut cut = terms.cut.clone();
        Self {
            stream,
            silent_until: Some(silence_end(terms)),
            cut: Box::pin(async move {
                tokio::select! {
                    // A sender that is gone cuts, too: the server is.
                    _ = cut.wait_for(|is_cut| *is_cut) => {}
                    () = entry.is_cut() => {}
                }
            }),
            _permit: permit,
        }
    }

    /// The next byte must come in time: what was said so far was the handshake.
    fn expect_a_word(&mut self, terms: &Terms) {
        self.silent_until = Some(silence_end(terms));
    }

    /// Whether the connection may go on.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.cut.as_mut().poll(cx).is_ready() {
            // Once ready it stays so: a future that is done must not be asked again.
            self.cut = Box::pin(std::future::ready(()));
            return Err(io::Error::new(
                io::ErrorKind::ConnectionAborted,
                "the server stops",
            ));
        }
        if let Some(silent_until) = &mut self.silent_until
            && silent_until.as_mut().poll(cx).is_ready()
        {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the client says nothing",
            ));
        }
        Ok(())
    }
}

/// When a connection that says nothing is not waited for any more: soon, and at once when the server
/// stops.
fn silence_end(terms: &Terms) -> End {
    let silent_until = sleep_until(Instant::now() + terms.silence_deadline);
    let mut draining = terms.draining.clone();
    Box::pin(async move {
        tokio::select! {
            () = silent_until => {}
            _ = draining.wait_for(|is_draining| *is_draining) => {}
        }
    })
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_end(cx)?;
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.silent_until = None;
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_end(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_end(cx)?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_end(cx)?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// A connection as it is spoken on.
pub(super) enum Wire {
    /// In plain text: on this machine.
    Plain(Connection),
    /// Encrypted.
    Encrypted(Box<TlsStream<Connection>>),
}

/// Does something with whatever is inside.
macro_rules! inside {
    ($wire:expr, $stream:ident => $act:expr) => {
        match $wire {
            Wire::Plain($stream) => {
                let $stream = Pin::new($stream);
                $act
            }
            Wire::Encrypted($stream) => {
                let $stream = Pin::new($stream.as_mut());
                $act
            }
        }
    };
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        inside!(self.get_mut(), stream => stream.poll_read(cx, buffer))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        inside!(self.get_mut(), stream => stream.poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        inside!(self.get_mut(), stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        inside!(self.get_mut(), stream => stream.poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        inside!(self.get_mut(), stream => stream.poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(connection) => connection.is_write_vectored(),
            Self::Encrypted(wire) => wire.is_write_vectored(),
        }
    }
}

impl Connected for Wire {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        let (stream, certificate) = match self {
            Self::Plain(connection) => (&connection.stream, None),
            Self::Encrypted(wire) => {
                let (connection, session) = wire.get_ref();
                let chain = session.peer_certificates();
                let own = chain.and_then(|chain| client_certificate(chain.first()?));
                (&connection.stream, own.map(Arc::new))
            }
        };
        Peer {
            address: stream.peer_addr().ok(),
            certificate,
        }
    }
}
