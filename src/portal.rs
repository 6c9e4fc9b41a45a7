//! The home's pages: one form, answered once, in a browser.
//!
//! A page is a view-model and a template; every word of it stands in [`words`]. Pages work without
//! scripts; a page that is left half filled in loses nothing.
//!
//! **Architecture invariant:** whoever is signed in sees her homes and nothing else; another's home
//! and an unknown one look the same. No answer and no address stands in a URL or a log.

mod also;
mod assets;
mod delivered;
mod error;
mod filing;
mod guard;
mod homes;
mod left;
mod page;
mod posted;
mod question;
mod receipt;
mod seen;
mod session;
mod shown;
mod sitting;
mod words;
mod worklist;

use std::sync::Arc;

use axum::Router;

use crate::broker::{Broker, Clock, Entropy};

use self::error::PortalError;

/// What the pages are made from.
pub struct Portal {
    broker: Arc<Broker>,
    clock: Clock,
    entropy: Entropy,
    terms: Terms,
}

/// How the pages are served.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The address under which browsers reach them, without a slash at its end:
    /// `https://forms.example`.
    pub url: String,
}

impl Portal {
    /// Pages over the use cases, told the time and given randomness.
    #[must_use]
    pub fn new(broker: Arc<Broker>, clock: Clock, entropy: Entropy, terms: Terms) -> Arc<Self> {
        Arc::new(Self {
            broker,
            clock,
            entropy,
            terms,
        })
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
        .merge(sitting::routes())
        .merge(also::routes())
        .merge(filing::routes())
        .merge(homes::routes())
        .merge(receipt::routes())
        .merge(seen::routes())
        .merge(worklist::routes())
        .fallback(|| async { PortalError::NotFound })
        .with_state(Arc::clone(portal));
    guard::over(pages, portal)
}
