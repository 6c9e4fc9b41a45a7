//! Who is let in, and how connections are encrypted: read from files at the start, and again when
//! they change.
//!
//! What cannot be read at the start stops it. What cannot be read later changes nothing: the last
//! good state stays, and the log says so, once for each state of the files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_rustls::rustls::ServerConfig;

use super::files;
use super::tls::{Door, TlsFiles, TlsMaterial};
use crate::broker::{Broker, CertificateName, Issuer, JwtTerms, KeySet, Trust};
use crate::domain::access::Grant;
use crate::domain::digest::Digest;
use crate::domain::fault::Faults;

/// Who is let in, and how connections are encrypted.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Files for encrypted connections; none for plain text.
    pub tls: Option<TlsFiles>,
    /// Files for encrypted connections of browsers to the home's pages; none for plain text.
    pub pages_tls: Option<TlsFiles>,
    /// What the holder of a client certificate may be.
    pub certificates: BTreeMap<CertificateName, Grant>,
    /// Whose JWTs are taken; none takes none.
    pub jwt: Option<JwtAccess>,
}

/// Whose JWTs are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtAccess {
    /// What they must be like.
    pub terms: JwtTerms,
    /// The file of the issuer's public keys, a JSON Web Key Set.
    pub keys: PathBuf,
}

impl Access {
    /// Reads every file, and keeps nothing.
    ///
    /// # Errors
    /// Every fault by the name of its setting.
    pub fn check(&self) -> Result<(), Faults> {
        let mut faults = Faults::new();
        for (door, files) in [(Door::Api, &self.tls), (Door::Pages, &self.pages_tls)] {
            let read = files.as_ref().map(|files| TlsMaterial::read(door, files));
            let config = read.map(|read| read.and_then(|material| material.config()));
            faults.take("", config.transpose());
        }
        let keys = self.jwt.as_ref().map(read_keys);
        let keys = keys.map(|read| read.and_then(|bytes| parse_keys(&bytes)));
        faults.take("", keys.transpose());
        let needs_authority = !self.certificates.is_empty();
        let has_authority = (self.tls.as_ref()).is_some_and(|tls| tls.client_authority.is_some());
        if needs_authority && !has_authority {
            faults.add(
                "tls.client_authority",
                "is missing: without it no client shows a certificate, and `certificates` lists some",
            );
        }
        faults.into_result()
    }
}

/// The doors of a running server.
pub(super) struct Doors {
    access: Access,
    broker: Arc<Broker>,
    api: Option<Encryption>,
    pages: Option<Encryption>,
    state: Mutex<State>,
}

/// How the connections of one door are encrypted.
struct Encryption {
    door: Door,
    files: TlsFiles,
    config: watch::Sender<Arc<ServerConfig>>,
    /// The files as they were last looked at, good or not.
    seen: Mutex<Option<Digest>>,
}

impl Encryption {
    /// Reads the files of a door; none if it has none.
    fn open(door: Door, files: Option<&TlsFiles>) -> Result<Option<Self>, Faults> {
        let Some(files) = files else {
            return Ok(None);
        };
        let material = TlsMaterial::read(door, files)?;
        Ok(Some(Self {
            door,
            files: files.clone(),
            config: watch::Sender::new(material.config()?),
            seen: Mutex::new(Some(material.digest())),
        }))
    }

    /// Reads the files again if they have changed; says whether that is in force now.
    fn reload(&self) -> Result<bool, Faults> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let material = read_or_forget(TlsMaterial::read(self.door, &self.files), &mut seen)?;
        let Some(material) = material.filter(|read| *seen != Some(read.digest())) else {
            return Ok(false);
        };
        *seen = Some(material.digest());
        self.config.send_replace(material.config()?);
        Ok(true)
    }
}

/// What is in force, and the files as they were last looked at, good or not.
#[derive(Default)]
struct State {
    certificates: BTreeMap<CertificateName, Grant>,
    issuer: Option<Issuer>,
    keys_seen: Option<Digest>,
}

impl State {
    fn trust(&self) -> Trust {
        Trust {
            certificates: self.certificates.clone(),
            issuer: self.issuer.clone(),
        }
    }
}

impl Doors {
    /// Reads every file.
    pub(super) fn open(access: Access, broker: Arc<Broker>) -> Result<Self, Faults> {
        access.check()?;
        let mut state = State {
            certificates: access.certificates.clone(),
            ..State::default()
        };
        let api = Encryption::open(Door::Api, access.tls.as_ref())?;
        let pages = Encryption::open(Door::Pages, access.pages_tls.as_ref())?;
        if let Some(jwt) = &access.jwt {
            let bytes = read_keys(jwt)?;
            state.keys_seen = Some(files::digest([&*bytes]));
            state.issuer = Some(Issuer::new(jwt.terms.clone(), parse_keys(&bytes)?));
        }
        broker.set_trust(state.trust());
        Ok(Self {
            access,
            broker,
            api,
            pages,
            state: Mutex::new(state),
        })
    }

    /// Puts another table of client certificates in force, for the next call of everybody.
    pub(super) fn set_certificates(&self, certificates: BTreeMap<CertificateName, Grant>) {
        let mut state = self.state();
        if state.certificates != certificates {
            state.certificates = certificates;
            self.broker.set_trust(state.trust());
            tracing::info!("the table of client certificates has changed");
        }
    }

    /// How the next connection of a door is encrypted, now and after files change; none for plain
    /// text.
    pub(super) fn tls(&self, door: Door) -> Option<watch::Receiver<Arc<ServerConfig>>> {
        let own = match door {
            Door::Api => &self.api,
            Door::Pages => &self.pages,
        };
        own.as_ref().map(|own| own.config.subscribe())
    }

    /// Reads again what has changed; says what is in force anew.
    ///
    /// # Errors
    /// What has changed and cannot be read; whatever else has changed is in force all the same.
    pub(super) fn reload(&self) -> Result<Vec<&'static str>, Faults> {
        let mut state = self.state();
        let mut faults = Faults::new();
        let mut anew = Vec::new();
        for (own, what) in [
            (&self.api, "certificates"),
            (&self.pages, "certificates of the pages"),
        ] {
            let reloaded = own.as_ref().map_or(Ok(false), Encryption::reload);
            if faults.take("", reloaded) == Some(true) {
                anew.push(what);
            }
        }
        if faults.take("", self.reload_keys(&mut state)) == Some(true) {
            anew.push("keys of the issuer");
        }
        if !anew.is_empty() {
            tracing::info!(
                what = anew.join(", "),
                "files have changed and were read again"
            );
        }
        match faults.into_result() {
            Ok(()) => Ok(anew),
            Err(faults) => {
                tracing::warn!(%faults, "files have changed and cannot be read; what was read before stays");
                Err(faults)
            }
        }
    }

    fn reload_keys(&self, state: &mut State) -> Result<bool, Faults> {
        let Some(jwt) = &self.access.jwt else {
            return Ok(false);
        };
        let bytes = read_or_forget(read_keys(jwt), &mut state.keys_seen)?;
        let Some(bytes) = bytes.filter(|bytes| state.keys_seen != Some(files::digest([&**bytes])))
        else {
            return Ok(false);
        };
        state.keys_seen = Some(files::digest([&*bytes]));
        state.issuer = Some(Issuer::new(jwt.terms.clone(), parse_keys(&bytes)?));
        self.broker.set_trust(state.trust());
        Ok(true)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What is in force is replaced whole, and last.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was read; none if it could not be read before either, so that this is told once.
fn read_or_forget<T>(
    read: Result<T, Faults>,
    seen: &mut Option<Digest>,
) -> Result<Option<T>, Faults> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(faults) => match seen.take() {
            Some(_) => Err(faults),
            None => Ok(None),
        },
    }
}

fn read_keys(jwt: &JwtAccess) -> Result<Vec<u8>, Faults> {
    files::read(&jwt.keys).map_err(|why| Faults::one("jwt.keys", why))
}

fn parse_keys(bytes: &[u8]) -> Result<KeySet, Faults> {
    KeySet::read(bytes).map_err(|faults| {
        let mut placed = Faults::new();
        placed.absorb("jwt.keys", faults);
        placed
    })
}
