//! E-mail that the pages send: what a letter is, and the ways in which one can go.
//!
//! Invariant: neither the address nor the content of a letter shows in a `Debug` text, and so in no
//! log or error.

use std::fmt;

use tokio::sync::mpsc;

use crate::domain::person::Email;

/// A letter in plain text.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// To whom.
    pub to: Email,
    /// What it is about, in a line.
    pub subject: String,
    /// What it says, in lines of at most 998 bytes.
    pub text: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Letter(…)")
    }
}

/// In which way letters go.
#[derive(Debug, Clone)]
pub enum Mail {
    /// Nowhere: whoever signs in needs a link from elsewhere.
    Nowhere,
    /// To whoever holds the other end: a demonstration that shows them, a test that reads them.
    Handed(mpsc::Sender<Letter>),
}

/// A letter did not go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undelivered {
    /// It may go another time.
    ForNow(&'static str),
    /// It never will.
    ForGood(&'static str),
}

impl Mail {
    /// Sends a letter, once.
    pub(super) async fn send(&self, letter: &Letter) -> Result<(), Undelivered> {
        match self {
            Self::Nowhere => Err(Undelivered::ForGood("no way to send mail is configured")),
            Self::Handed(taker) => {
                let handed = taker.send(letter.clone()).await;
                handed.map_err(|_| Undelivered::ForGood("nobody takes letters any more"))
            }
        }
    }
}
