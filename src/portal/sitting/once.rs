//! Sending what one showing of a page holds just once, however often its button is pressed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

/// How many showings are remembered, the oldest forgotten first: those of some hours.
const REMEMBERED_MAX: usize = 10_000;

/// What was sent, by the token of the page that it was sent from.
#[derive(Default)]
pub(in crate::portal) struct Sendings {
    known: Mutex<VecDeque<(String, Arc<OnceCell<Sent>>)>>,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sent {
    /// Its receipts.
    pub(super) receipts: Vec<String>,
    /// Whether some of what was shown is left, because it changed meanwhile.
    pub(super) is_part: bool,
}

impl Sendings {
    /// The place of what is sent under a token: whoever comes second waits for the first.
    pub(super) fn of(&self, token: &str) -> Arc<OnceCell<Sent>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, cell)) = known.iter().rev().find(|(own, _)| own == token) {
            return Arc::clone(cell);
        }
        if known.len() == REMEMBERED_MAX {
            known.pop_front();
        }
        let cell = Arc::default();
        known.push_back((token.to_owned(), Arc::clone(&cell)));
        cell
    }
}
