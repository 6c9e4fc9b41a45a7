//! Connections: so many at once, none silent for long, and all cut when told.
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
use tokio::time::{Instant, sleep_until};
use tonic::transport::server::{Connected, TcpConnectInfo};

use super::roll::{Entry, Roll};

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
}

/// The connections of a listener; while there are as many as may be, the next waits to be accepted.
pub(super) fn incoming(
    listener: TcpListener,
    terms: Terms,
) -> impl Stream<Item = io::Result<Connection>> {
    let permits = Arc::new(Semaphore::new(terms.connections_max));
    stream::unfold(
        (listener, permits, terms),
        |(listener, permits, terms)| async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            let permit = permit.expect("nobody closes the semaphore");
            let accepted = listener.accept().await;
            let connection = accepted.and_then(|(stream, peer)| {
                stream.set_nodelay(true)?;
                let entry = terms.roll.enter(peer);
                Ok(Connection::new(stream, permit, entry, &terms))
            });
            Some((connection, (listener, permits, terms)))
        },
    )
}

/// A connection that ends when it is cut, or if it says nothing for too long at first.
pub(super) struct Connection {
    stream: TcpStream,
    /// Ends when the first byte should have come; none once it came.
    silent_until: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    cut: Pin<Box<dyn Future<Output = ()> + Send>>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    fn new(
        stream: TcpStream,
        permit: OwnedSemaphorePermit,
        mut entry: Entry,
        terms: &Terms,
    ) -> Self {
        let (mut cut, mut draining) = (terms.cut.clone(), terms.draining.clone());
        let silent_until = sleep_until(Instant::now() + terms.silence_deadline);
        Self {
            stream,
            silent_until: Some(Box::pin(async move {
                tokio::select! {
                    () = silent_until => {}
                    _ = draining.wait_for(|is_draining| *is_draining) => {}
                }
            })),
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

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}
