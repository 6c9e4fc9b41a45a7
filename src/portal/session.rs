//! Who is signed in: a session behind a cookie, looked up anew at every request.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use crate::broker::Caller;
use crate::domain::access::{Grant, Proof, Role};
use crate::domain::id::HomeId;
use crate::domain::person::{Email, Person};

use super::level::{self, Asker};
use super::page::{Chrome, Who};
use super::{Portal, PortalError};

/// Under which name a session holds who is signed in.
pub(super) const SIGNED_IN: &str = "signed-in";

/// Under which name it holds the page that was asked for before anybody was signed in.
const WANTED: &str = "wanted";

/// Longest path of such a page, in bytes; from a longer one she starts at the beginning.
const WANTED_BYTES_MAX: usize = 512;

/// The pages that are shown before it is said who answers.
const BEFORE_WHO: [&str; 2] = ["/who", "/sign-out"];

/// Under which name it holds what the next page is to say.
const NOTICE: &str = "notice";

/// Under which name it holds what was sent last, from which page.
const SENT: &str = "sent";

/// Who is signed in, as the session holds it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Held {
    person: String,
    email: Email,
    answered_by: String,
    csrf: String,
}

/// Somebody who is signed in and still in the register of people.
pub(super) struct SignedIn {
    /// Who.
    pub(super) person: Arc<Person>,
    /// Who answers, in the home's words; empty until she has said.
    pub(super) answered_by: String,
    csrf: String,
    session: Session,
    asker: Asker,
}

impl SignedIn {
    /// Begins a session for a person, under a new id.
    pub(super) async fn begin(
        portal: &Portal,
        session: &Session,
        person: &Person,
    ) -> Result<(), PortalError> {
        session.cycle_id().await.map_err(broken)?;
        let held = Held {
            person: person.id.clone(),
            email: person.email.clone(),
            answered_by: String::new(),
            csrf: portal.random_text::<20>(),
        };
        session.insert(SIGNED_IN, held).await.map_err(broken)
    }

    /// Says who answers.
    pub(super) async fn answer_as(&self, name: &str) -> Result<(), PortalError> {
        let held: Option<Held> = self.session.get(SIGNED_IN).await.map_err(broken)?;
        let held = held.ok_or(PortalError::SignIn)?;
        let held = Held {
            answered_by: name.to_owned(),
            ..held
        };
        self.session.insert(SIGNED_IN, held).await.map_err(broken)
    }

    /// The page that she wanted before she was signed in, told once.
    pub(super) async fn take_wanted(&self) -> Result<Option<String>, PortalError> {
        let wanted = self.take(WANTED).await?;
        Ok(wanted.filter(|path| is_own_path(path)))
    }

    /// Takes a text out of the session. What is not there is left alone: a session that is changed is
    /// kept whole, over what other requests have said in it meanwhile.
    async fn take(&self, name: &str) -> Result<Option<String>, PortalError> {
        let held: Option<String> = self.session.get(name).await.map_err(broken)?;
        match held {
            Some(_) => self.session.remove(name).await.map_err(broken),
            None => Ok(None),
        }
    }

    /// Ends the session.
    pub(super) async fn end(&self) -> Result<(), PortalError> {
        self.session.flush().await.map_err(broken)?;
        self.asker.is_out();
        Ok(())
    }

    /// Has the next page say something.
    pub(super) async fn tell(&self, notice: impl Into<String>) -> Result<(), PortalError> {
        let inserted = self.session.insert(NOTICE, notice.into()).await;
        inserted.map_err(broken)
    }

    /// What stands around a page for her: with what the page before had to say.
    pub(super) async fn chrome(&self, title: impl Into<String>) -> Result<Chrome, PortalError> {
        Ok(Chrome {
            notice: self.take(NOTICE).await?,
            who: Some(Who {
                answered_by: self.answered_by.clone(),
                csrf: self.csrf.clone(),
            }),
            ..Chrome::plain(title)
        })
    }

    /// Remembers what was sent from a page, so that sending it twice is harmless.
    pub(super) async fn sent(&self, token: &str, path: &str) -> Result<(), PortalError> {
        let inserted = self.session.insert(SENT, (token, path)).await;
        inserted.map_err(broken)
    }

    /// Where the receipts of a page are that was sent just before; none if it was not.
    pub(super) async fn sent_before(&self, token: &str) -> Result<Option<String>, PortalError> {
        let sent: Option<(String, String)> = self.session.get(SENT).await.map_err(broken)?;
        let same = sent.filter(|(known, _)| !token.is_empty() && known == token);
        Ok(same.map(|(_, path)| path))
    }

    /// A home of hers; any other does not exist for her.
    pub(super) fn home(&self, home: &str) -> Result<HomeId, PortalError> {
        let home: HomeId = home.parse().map_err(|_| PortalError::NotFound)?;
        if self.person.homes.contains_key(&home) {
            return Ok(home);
        }
        Err(PortalError::NotFound)
    }

    /// As whom she acts.
    pub(super) fn caller(&self) -> Caller {
        Caller {
            token_id: self.person.id.clone(),
            grant: Grant {
                homes: self.person.homes.keys().cloned().collect(),
                ..Grant::unbound(Role::Home)
            },
            proof: Proof::Process,
        }
    }

    /// What her forms carry.
    pub(super) fn csrf(&self) -> &str {
        &self.csrf
    }

    /// Whether a form carries this session's token.
    pub(super) fn is_token(&self, token: &str) -> bool {
        // Hashes compare in constant time.
        blake3::hash(token.as_bytes()) == blake3::hash(self.csrf.as_bytes())
    }
}

impl FromRequestParts<Arc<Portal>> for SignedIn {
    type Rejection = PortalError;

    async fn from_request_parts(
        parts: &mut Parts,
        portal: &Arc<Portal>,
    ) -> Result<Self, PortalError> {
        let session = Session::from_request_parts(parts, portal).await;
        let session = session.map_err(|(_, why)| PortalError::Broken(why.to_owned()))?;
        let asker = Asker::of(&parts.extensions);
        let Some((held, person)) = who(portal, &session, parts).await? else {
            asker.is_out();
            want(&session, parts).await?;
            return Err(PortalError::SignIn);
        };
        if held.answered_by.is_empty() && !BEFORE_WHO.contains(&parts.uri.path()) {
            want(&session, parts).await?;
            return Err(PortalError::WhoAnswers);
        }
        asker.is_in();
        Ok(Self {
            person,
            answered_by: held.answered_by,
            csrf: held.csrf,
            session,
            asker,
        })
    }
}

/// Who is signed in, if she is still in the register: not removed, nor her address another's by now.
async fn who(
    portal: &Portal,
    session: &Session,
    parts: &Parts,
) -> Result<Option<(Held, Arc<Person>)>, PortalError> {
    let held: Option<Held> = session.get(SIGNED_IN).await.map_err(broken)?;
    let Some(held) = held else {
        return Ok(None);
    };
    // She sees what she posted at another broker. If that is not to be read in time, the page is
    // shown all the same: of anything that she does on it, it is checked what it rests on.
    if let Some(seen) = level::seen(&parts.headers) {
        portal.broker.is_level_with(seen).await;
    }
    let person = portal.broker.person_by_email(&held.email).await?;
    let person = person.filter(|person| person.id == held.person);
    Ok(person.map(|person| (held, person)))
}

/// Keeps what was asked for until somebody is signed in: a page of ours that can be looked at.
async fn want(session: &Session, parts: &Parts) -> Result<(), PortalError> {
    let asked = parts.uri.path_and_query().map(PathAndQuery::as_str);
    let asked = asked.filter(|path| parts.method == Method::GET && is_own_path(path));
    match asked {
        None | Some("/") => Ok(()),
        Some(path) => session.insert(WANTED, path).await.map_err(broken),
    }
}

/// Whether a path leads to a page of this site: of `//other.example` a browser makes another's.
fn is_own_path(path: &str) -> bool {
    let is_other = path.starts_with("//") || path.contains('\\');
    path.starts_with('/') && !is_other && path.len() <= WANTED_BYTES_MAX
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it goes where an error is mapped"
)]
fn broken(error: tower_sessions::session::Error) -> PortalError {
    let text = error.to_string();
    if !matches!(error, tower_sessions::session::Error::Store(_)) {
        return PortalError::Broken(text);
    }
    tracing::warn!(error = text, "sessions cannot be read or kept");
    PortalError::Busy
}
