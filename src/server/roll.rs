//! The connections that are open, so that one of them can be cut.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metrics::{Gauge, gauge};
use tokio::sync::oneshot;

/// The connections that are open, by where they come from.
pub(super) struct Roll {
    /// No more than there are connections.
    open: Mutex<HashMap<SocketAddr, oneshot::Sender<()>>>,
    gauge: Gauge,
}

impl Roll {
    /// An empty roll.
    pub(super) fn new() -> Arc<Self> {
        let gauge = gauge!("askonce.connections.open");
        gauge.set(0.0);
        Arc::new(Self {
            open: Mutex::default(),
            gauge,
        })
    }

    /// Enters a connection until its entry is dropped.
    pub(super) fn enter(self: &Arc<Self>, peer: SocketAddr) -> Entry {
        let (cut, is_cut) = oneshot::channel();
        self.lock().insert(peer, cut);
        self.gauge.increment(1.0);
        Entry {
            peer,
            roll: Arc::clone(self),
            is_cut,
        }
    }

    /// Cuts the connection from there, if there still is one.
    pub(super) fn cut(&self, peer: SocketAddr) {
        if let Some(cut) = self.lock().remove(&peer) {
            let _it_may_be_gone = cut.send(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SocketAddr, oneshot::Sender<()>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that is entered.
pub(super) struct Entry {
    peer: SocketAddr,
    roll: Arc<Roll>,
    is_cut: oneshot::Receiver<()>,
}

impl Entry {
    /// Ends when the connection is to be cut; never if it is not.
    pub(super) async fn is_cut(&mut self) {
        if (&mut self.is_cut).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.is_cut.close();
        let mut open = self.roll.lock();
        // The address may be another connection's by now: that one's sender is not closed.
        if open.get(&self.peer).is_some_and(oneshot::Sender::is_closed) {
            open.remove(&self.peer);
        }
        drop(open);
        self.roll.gauge.decrement(1.0);
    }
}
