//! The connections that are open, so that one of them can be cut, and none come from one address
//! past its share.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metrics::{Counter, Gauge, counter, gauge};
use tokio::sync::oneshot;

use crate::broker::Source;

/// The connections that are open, by where they come from.
pub(super) struct Roll {
    open: Mutex<Open>,
    /// Most at once from one address.
    of_address_max: usize,
    gauge: Gauge,
    refused: Counter,
}

/// What is open: no more than there are connections.
#[derive(Default)]
struct Open {
    cuts: HashMap<SocketAddr, oneshot::Sender<()>>,
    /// How many come from each source; one from which none comes is not in it.
    counts: HashMap<Source, usize>,
}

impl Roll {
    /// An empty roll that takes so many connections from one address.
    pub(super) fn new(of_address_max: usize) -> Arc<Self> {
        let gauge = gauge!("askonce.connections.open");
        gauge.set(0.0);
        Arc::new(Self {
            open: Mutex::default(),
            of_address_max,
            gauge,
            refused: counter!("askonce.connections.refused"),
        })
    }

    /// Enters a connection until its entry is dropped; none where its address has its share already.
    pub(super) fn enter(self: &Arc<Self>, peer: SocketAddr) -> Option<Entry> {
        let source = Source::of(peer.ip());
        let (cut, is_cut) = oneshot::channel();
        let mut open = self.lock();
        let held = open.counts.get(&source).copied().unwrap_or(0);
        if held >= self.of_address_max {
            drop(open);
            self.refused.increment(1);
            return None;
        }
        open.counts.insert(source, held + 1);
        open.cuts.insert(peer, cut);
        drop(open);
        self.gauge.increment(1.0);
        Some(Entry {
            peer,
            source,
            roll: Arc::clone(self),
            is_cut,
        })
    }

    /// Cuts the connection from there, if there still is one.
    pub(super) fn cut(&self, peer: SocketAddr) {
        if let Some(cut) = self.lock().cuts.remove(&peer) {
            let _it_may_be_gone = cut.send(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that is entered.
pub(super) struct Entry {
    peer: SocketAddr,
    source: Source,
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
        if (open.cuts.get(&self.peer)).is_some_and(oneshot::Sender::is_closed) {
            open.cuts.remove(&self.peer);
        }
        if let Some(held) = open.counts.get_mut(&self.source) {
            *held -= 1;
            if *held == 0 {
                open.counts.remove(&self.source);
            }
        }
        drop(open);
        self.roll.gauge.decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_of_connections_and_has_it_back_when_they_end() {
        let roll = Roll::new(2);
        let enter = |text: &str| roll.enter(text.parse().unwrap());
        let mut held = vec![enter("192.0.2.7:1"), enter("192.0.2.7:2")];
        assert!(held.iter().all(Option::is_some));
        assert!(enter("192.0.2.7:3").is_none());
        assert!(enter("[::ffff:192.0.2.7]:3").is_none(), "it is the same");
        held.push(enter("192.0.2.8:1"));
        assert!(held[2].is_some(), "others have their own");
        held.push(enter("[2001:db8:1:2::1]:1"));
        held.push(enter("[2001:db8:1:2:3::1]:1"));
        assert!(enter("[2001:db8:1:2:4::1]:1").is_none(), "one subscriber's");
        held.remove(0);
        let again = enter("192.0.2.7:3");
        assert!(again.is_some() && enter("192.0.2.7:4").is_none());
        drop((held, again));
        assert!(roll.lock().counts.is_empty() && roll.lock().cuts.is_empty());
    }
}
