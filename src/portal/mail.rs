//! E-mail that the pages send: what a letter is, and the ways in which one can go.
//!
//! Invariant: neither the address nor the content of a letter shows in a `Debug` text, and so in no
//! log or error.

mod smtp;

use std::fmt;

use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::domain::person::Email;

use self::smtp::Smtp;
pub use self::smtp::{MailEncryption, SmtpTerms};

/// A letter in plain text.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// To whom.
    pub to: Email,
    /// What it is about, in a line.
    pub subject: String,
    /// What it says, in lines of at most 998 bytes.
    pub text: String,
    /// Where whoever gets it may say that she wants no more such, if she may.
    pub unsubscribe: Option<String>,
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
    /// To a mail server.
    Smtp(SmtpTerms),
}

/// A letter did not go, and why: without address and content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Undelivered {
    /// It may go another time.
    ForNow(String),
    /// It never will.
    ForGood(String),
}

/// Where letters are posted.
#[derive(Debug)]
pub struct Post(Way);

#[derive(Debug)]
enum Way {
    Nowhere,
    Handed(mpsc::Sender<Letter>),
    Smtp(Box<Smtp>),
}

impl Post {
    /// Makes a way of sending ready; connects to nothing yet. Within a runtime.
    ///
    /// # Errors
    /// What is wrong with how letters are to go.
    pub fn open(mail: Mail) -> Result<Self, String> {
        Ok(Self(match mail {
            Mail::Nowhere => Way::Nowhere,
            Mail::Handed(taker) => Way::Handed(taker),
            Mail::Smtp(terms) => Way::Smtp(Box::new(Smtp::open(&terms)?)),
        }))
    }

    /// Sends a letter, once, written at a time and under an id of its own.
    pub(super) async fn send(
        &self,
        letter: &Letter,
        at: Timestamp,
        id: &str,
    ) -> Result<(), Undelivered> {
        let for_good = |why: &str| Undelivered::ForGood(why.to_owned());
        match &self.0 {
            Way::Nowhere => Err(for_good("no way to send mail is configured")),
            Way::Handed(taker) => {
                let handed = taker.send(letter.clone()).await;
                handed.map_err(|_| for_good("nobody takes letters any more"))
            }
            Way::Smtp(smtp) => smtp.send(letter, at, id).await,
        }
    }
}
