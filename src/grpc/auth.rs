//! Who calls: one layer that takes what a caller shows to the broker, which knows whose it is.
//!
//! A request that passes carries an [`Access`]; a service cannot act without one. Failures are
//! counted by address.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::time::Instant;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::header::{AUTHORIZATION, HeaderMap};
use tonic::codegen::http::{Request, Response};
use tower::{Layer, Service};

use super::failures::{FailureTerms, Failures};
use super::peer::Peer;
use super::policy::{self, Scope};
use super::status;
use crate::broker::{Broker, Caller, Led, Reach, Shown, Source, Verdict};
use crate::domain::id::{HomeId, OrganisationId};

/// The scheme of the authorization header, compared without regard to case.
const SCHEME: &str = "bearer ";

/// A caller with what it may do by the method at hand.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// The caller.
    pub(crate) caller: Caller,
    scope: Scope,
    /// What came after whom, for a caller of an organisation.
    reach: Reach,
}

impl Access {
    /// What the layer found of a request.
    pub(crate) fn of<T>(request: &tonic::Request<T>) -> Result<Self, Status> {
        let access = request.extensions().get::<Self>().cloned();
        access.ok_or_else(status::unauthenticated)
    }

    /// Refuses another organisation's resources, whether or not they exist.
    pub(crate) fn to_organisation(&self, id: &OrganisationId) -> Result<(), Status> {
        let own = self.caller.grant.organisation.as_ref();
        let is_own = own == Some(id) && !self.reach.has_ended;
        let came_after = !self.reach.has_ended && self.reach.predecessors.contains(id);
        match self.scope {
            Scope::Any => Ok(()),
            Scope::OwnOrganisation if is_own => Ok(()),
            Scope::OwnAndPredecessors if is_own || came_after => Ok(()),
            _ => Err(status::denied()),
        }
    }

    /// Refuses another home's resources, whether or not they exist.
    pub(crate) fn to_home(&self, id: &HomeId) -> Result<(), Status> {
        match self.scope {
            Scope::Any => Ok(()),
            Scope::OwnHomes | Scope::LeadOfHomes if self.caller.grant.homes.contains(id) => Ok(()),
            _ => Err(status::denied()),
        }
    }

    /// The only homes whose people the caller may see and change; none if all.
    pub(crate) fn led(&self) -> Result<Led<'_>, Status> {
        match self.scope {
            Scope::Any => Ok(None),
            Scope::LeadOfHomes => Ok(Some(&self.caller.grant.homes)),
            _ => Err(status::denied()),
        }
    }

    /// The only organisation whose resources the caller may see here; none if it may see all.
    pub(crate) fn confined_to(&self) -> Result<Option<OrganisationId>, Status> {
        match self.scope {
            Scope::Any => Ok(None),
            Scope::OwnOrganisation | Scope::OwnAndPredecessors => {
                match &self.caller.grant.organisation {
                    Some(own) if !self.reach.has_ended => Ok(Some(own.clone())),
                    _ => Err(status::denied()),
                }
            }
            Scope::OwnHomes | Scope::LeadOfHomes => Err(status::denied()),
        }
    }
}

/// Puts [`Auth`] before the services.
#[derive(Clone)]
pub struct AuthLayer {
    door: Arc<Door>,
}

impl AuthLayer {
    /// A layer that asks this broker, and takes the usual number of failures.
    #[must_use]
    pub fn new(broker: Arc<Broker>) -> Self {
        Self::with_terms(broker, FailureTerms::default())
    }

    /// A layer that asks this broker, and takes so many failures.
    #[must_use]
    pub fn with_terms(broker: Arc<Broker>, terms: FailureTerms) -> Self {
        let failures = Failures::new(terms);
        Self {
            door: Arc::new(Door { broker, failures }),
        }
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = Auth<S>;

    fn layer(&self, inner: S) -> Auth<S> {
        Auth {
            inner,
            door: Arc::clone(&self.door),
        }
    }
}

/// Lets a request pass if whoever sends it may call the method.
#[derive(Clone)]
pub struct Auth<S> {
    inner: S,
    door: Arc<Door>,
}

impl<S> Service<Request<Body>> for Auth<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        // The clone that is ready is the one that was polled; the other takes its place.
        let other = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, other);
        let door = Arc::clone(&self.door);
        Box::pin(async move {
            if policy::is_open(request.uri().path()) {
                return inner.call(request).await;
            }
            let peer = request
                .extensions()
                .get::<Peer>()
                .cloned()
                .unwrap_or_default();
            match door
                .access(request.uri().path(), request.headers(), &peer)
                .await
            {
                Ok(access) => {
                    request.extensions_mut().insert(access);
                    inner.call(request).await
                }
                Err(status) => Ok(status.into_http()),
            }
        })
    }
}

/// What every connection's requests come to.
struct Door {
    broker: Arc<Broker>,
    failures: Failures,
}

impl Door {
    async fn access(&self, path: &str, headers: &HeaderMap, peer: &Peer) -> Result<Access, Status> {
        let grants = policy::grants(path).ok_or_else(status::unknown_method)?;
        let caller = self.caller(headers, peer).await?;
        let scope = policy::scope(grants, caller.grant.role).ok_or_else(status::denied)?;
        if scope == Scope::LeadOfHomes && !caller.grant.lead {
            return Err(status::denied());
        }
        let reach = self.broker.reach(&caller.grant).await;
        let reach = reach.map_err(status::of)?;
        // A token was held against the register when it was issued; what else names an
        // organisation is here, and what ended since, however its caller is known.
        match &caller.grant.organisation {
            Some(own) if reach.is_unregistered => Err(status::unregistered(own)),
            Some(own) if reach.has_ended => Err(status::ended(own)),
            _ => Ok(Access {
                caller,
                scope,
                reach,
            }),
        }
    }

    async fn caller(&self, headers: &HeaderMap, peer: &Peer) -> Result<Caller, Status> {
        let source = peer.address.map(|address| Source::of(address.ip()));
        let wait = source.and_then(|source| self.failures.wait_of(source, Instant::now()));
        let verdict = match bearer(headers) {
            Err(Unreadable) => Verdict::Refused,
            Ok(bearer) => {
                let shown = Shown {
                    bearer,
                    certificate: peer.certificate.as_deref(),
                    is_pressing: wait.is_some(),
                };
                self.broker.authenticate(shown).await.map_err(status::of)?
            }
        };
        match (verdict, wait, source) {
            (Verdict::Known(caller), _, _) => Ok(caller),
            (Verdict::Refused | Verdict::Unheard, Some(wait), _) => Err(status::locked_out(wait)),
            (Verdict::Refused, None, Some(source)) => {
                if self.failures.add(source, Instant::now()) {
                    tracing::warn!(%source, "too many failed attempts: the address is locked out");
                }
                Err(status::unauthenticated())
            }
            (Verdict::Stranger | Verdict::Refused | Verdict::Unheard, _, _) => {
                Err(status::unauthenticated())
            }
        }
    }
}

/// An authorization header that is doubled, or of another scheme.
#[derive(Debug, PartialEq, Eq)]
struct Unreadable;

/// What the authorization header bears; none if there is no such header.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Unreadable> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Unreadable);
    }
    let text = value.to_str().map_err(|_| Unreadable)?;
    let (scheme, secret) = text.split_at_checked(SCHEME.len()).ok_or(Unreadable)?;
    if scheme.eq_ignore_ascii_case(SCHEME) {
        Ok(Some(secret.trim()))
    } else {
        Err(Unreadable)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::access::{Grant, Proof, Role};

    /// What a token without bounds may do.
    pub(in crate::grpc) fn access_of(token_id: &str) -> Access {
        let grant = Grant::unbound(Role::Operator);
        let token_id = token_id.to_owned();
        Access {
            caller: Caller {
                token_id,
                grant,
                proof: Proof::Process,
            },
            scope: Scope::Any,
            reach: Reach::default(),
        }
    }

    fn access(scope: Scope, organisation: Option<&str>, homes: &[&str]) -> Access {
        let grant = Grant {
            role: Role::Requester,
            organisation: organisation.map(|id| id.parse().unwrap()),
            homes: homes.iter().map(|id| id.parse().unwrap()).collect(),
            lead: false,
        };
        let token_id = "t_1".to_owned();
        Access {
            caller: Caller {
                token_id,
                grant,
                proof: Proof::Process,
            },
            scope,
            reach: Reach::default(),
        }
    }

    #[test]
    fn anothers_resource_is_denied_in_the_same_words_as_an_unknown_one() {
        let own: OrganisationId = "own".parse().unwrap();
        let other: OrganisationId = "other".parse().unwrap();
        let home: HomeId = "1-466088203".parse().unwrap();
        let requester = access(Scope::OwnOrganisation, Some("own"), &[]);
        assert!(requester.to_organisation(&own).is_ok());
        let refused = requester.to_organisation(&other).unwrap_err();
        assert_eq!(
            refused.message(),
            requester.to_home(&home).unwrap_err().message()
        );
        assert_eq!(refused.code(), tonic::Code::PermissionDenied);
        assert_eq!(requester.confined_to().unwrap(), Some(own.clone()));
        let unbound = access(Scope::OwnOrganisation, None, &[]);
        assert!(unbound.to_organisation(&own).is_err() && unbound.confined_to().is_err());
        let person = access(Scope::OwnHomes, None, &["1-466088203"]);
        assert!(person.to_home(&home).is_ok());
        assert!(person.to_home(&"1-466088204".parse().unwrap()).is_err());
        assert!(person.confined_to().is_err());
    }

    #[test]
    fn the_secret_is_read_from_one_bearer_header() {
        let read = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, value.parse().unwrap());
            }
            bearer(&headers).map(|read| read.map(str::to_owned))
        };
        assert_eq!(read(&["Bearer abc"]), Ok(Some("abc".into())));
        assert_eq!(read(&["bearer  abc "]), Ok(Some("abc".into())));
        assert_eq!(read(&["Basic abc"]), Err(Unreadable));
        assert_eq!(read(&["Bearer"]), Err(Unreadable));
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["Bearer abc", "Bearer abc"]), Err(Unreadable));
    }
}
