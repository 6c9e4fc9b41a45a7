//! The home's pages: one form, answered once, in a browser.
//!
//! A page is a view-model and a template; every word of it stands in `words`. Pages work without
//! scripts; a page that is left half filled in loses nothing.
//!
//! **Architecture invariant:** whoever is signed in sees her homes and nothing else; another's home
//! and an unknown one look the same. No answer and no address stands in a URL or a log.

mod also;
mod arrival;
mod assets;
mod calendar;
mod chart;
mod correct;
mod delivered;
mod digest;
mod errands;
mod error;
mod filing;
mod guard;
mod homes;
mod left;
mod level;
mod mail;
mod observe;
mod offline;
mod page;
mod posted;
mod preferences;
mod question;
mod questions;
mod receipt;
mod sealed;
mod seats;
mod seen;
mod session;
mod sessions;
mod shown;
mod sign_in;
mod sitting;
mod words;
mod worklist;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use jiff::SignedDuration;
use tokio::sync::watch;

use crate::broker::{Broker, BrokerError, Clock, Entropy};
use crate::domain::person::Email;

pub use self::arrival::Arrival;
use self::errands::Errands;
use self::error::PortalError;
pub use self::mail::{Letter, Mail, MailEncryption, Post, SmtpTerms};
use self::seats::Seats;
use self::sign_in::Tallies;

/// The pages as something that answers requests.
pub type Pages = Router;

/// What the pages are made from.
pub struct Portal {
    broker: Arc<Broker>,
    clock: Clock,
    entropy: Entropy,
    terms: Terms,
    post: Post,
    tallies: Tallies,
    errands: Errands,
    digests: digest::Digests,
    seats: Seats,
    sendings: sitting::Sendings,
}

/// How the pages are served.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The address under which browsers reach them, without a slash at its end:
    /// `https://forms.example`.
    pub url: String,
    /// The proxy whose word is taken for where a request comes from; none if there is no proxy.
    pub trusted_proxy: Option<IpAddr>,
    /// Most requests that are answered at once; past it a page says to come back.
    pub requests_max: usize,
    /// How long a request may take.
    pub request_deadline: Duration,
}

impl Portal {
    /// Pages over the use cases, told the time and given randomness.
    #[must_use]
    pub fn new(
        broker: Arc<Broker>,
        clock: Clock,
        entropy: Entropy,
        terms: Terms,
        post: Post,
    ) -> Arc<Self> {
        Arc::new(Self {
            seats: Seats::new(terms.requests_max),
            broker,
            clock,
            entropy,
            terms,
            post,
            tallies: Tallies::default(),
            errands: Errands::default(),
            digests: digest::Digests::default(),
            sendings: sitting::Sendings::default(),
        })
    }

    /// Does what the pages have done behind them, sending letters above all: without it no link
    /// reaches anybody. Until [`Portal::end_errands`], and then until all that waits is done.
    pub async fn run_errands(&self) {
        errands::run(self).await;
    }

    /// Takes no more errands on.
    pub fn end_errands(&self) {
        self.errands.end();
    }

    /// How many errands wait, or are being run: letters, nearly all.
    pub fn errands_left(&self) -> usize {
        self.errands.left()
    }

    /// Sends each working morning's digests, looking at the clock every so often, until told to stop.
    pub async fn run_digests(&self, every: Duration, stopping: watch::Receiver<bool>) {
        digest::run(self, every, stopping).await;
    }

    /// Sends this morning's digests now, if it is time and they have not gone; how many letters go.
    pub async fn send_digests(&self) -> usize {
        digest::send(self, || false).await
    }

    /// A link that signs in whoever has an address, with the address as she is known by; none if
    /// nobody has it.
    ///
    /// # Errors
    /// As the store says.
    pub async fn link_for(
        &self,
        email: &Email,
        valid_for: SignedDuration,
    ) -> Result<Option<(Email, String)>, BrokerError> {
        let Some(person) = self.broker.person_by_email(email).await? else {
            return Ok(None);
        };
        let secret = self.random_text::<{ sign_in::SECRET_BYTES }>();
        let expires_at = sign_in::expiry(self.now(), valid_for);
        let to = person.email.clone();
        sign_in::add_link(self, &secret, &person, expires_at).await?;
        Ok(Some((to, format!("{}/sign-in/{secret}", self.terms.url))))
    }

    /// The address under which browsers reach them, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.terms.url
    }

    fn now(&self) -> jiff::Timestamp {
        (self.clock)()
    }

    /// Random text of so many bytes, in lower-case base32.
    fn random_text<const BYTES: usize>(&self) -> String {
        let mut bytes = [0; BYTES];
        (self.entropy)(&mut bytes);
        let mut text = data_encoding::BASE32_NOPAD.encode(&bytes);
        text.make_ascii_lowercase();
        text
    }

    /// What makes a page's post safe to send twice.
    fn request_id(&self) -> String {
        let mut bytes = [0; 16];
        (self.entropy)(&mut bytes);
        data_encoding::HEXLOWER.encode(&bytes)
    }
}

/// Every page, behind its guards.
pub fn routes(portal: &Arc<Portal>) -> Router {
    let pages = Router::new()
        .merge(assets::routes())
        .merge(sign_in::routes())
        .merge(sitting::routes())
        .merge(also::routes())
        .merge(calendar::routes())
        .merge(correct::routes())
        .merge(filing::routes())
        .merge(homes::routes())
        .merge(questions::routes())
        .merge(offline::routes())
        .merge(preferences::routes())
        .merge(receipt::routes())
        .merge(seen::routes())
        .merge(worklist::routes())
        .fallback(|| async { PortalError::NotFound })
        .with_state(Arc::clone(portal));
    guard::over(pages, portal)
}
