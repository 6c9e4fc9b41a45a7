//! From settings to what a server is built from.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::certificates;
use super::key::Key;
use super::layers::Settings;
use super::traces::Traces;
use super::value;
use crate::broker::{ALGORITHMS, CertificateName, JwtTerms};
use crate::domain::access::Grant;
use crate::domain::fault::Faults;
use crate::server::{Access, Data, FailureTerms, JwtAccess, Options, TlsFiles};

/// The file by which a data folder is known.
const FORMAT: &str = "format";

/// A server as it is configured.
#[derive(Debug, Clone)]
pub struct Served {
    /// What it is built from.
    pub options: Options,
    /// Where it listens.
    pub listen: SocketAddr,
    /// What is logged.
    pub log: String,
    /// How it is logged, where that is said: `text` or `json`.
    pub log_format: Option<String>,
    /// Where traces are sent; nowhere if not said.
    pub traces: Option<Traces>,
}

impl Settings {
    /// What holders of client certificates may be; rows with a fault are left out.
    #[must_use]
    pub fn certificates(&self) -> BTreeMap<CertificateName, Grant> {
        certificates::read(&self.certificates, &mut Faults::new())
    }

    /// What a server is built from, everything checked that can be before it is: files are there,
    /// parse and fit each other.
    ///
    /// # Errors
    /// Every fault, by the name of its key.
    pub fn served(&self) -> Result<Served, Faults> {
        let mut faults = self.faults.clone();
        let access = self.access(&mut faults);
        // A path that holds a secret would be quoted by whoever cannot find it.
        if self.rows().iter().all(|row| row.shown() == row.text) {
            faults.take("", access.check());
        }
        let data = self.data(&mut faults);
        if let Some(Data::Embedded(folder)) = &data {
            // A mistyped folder must not become an empty broker.
            faults.take("data", is_data_folder(folder));
        }
        let listen = self.listen(access.tls.is_some(), &mut faults);
        let portal = self.portal(access.pages_tls.is_some(), &mut faults);
        let traces = self.traces(&mut faults);
        faults.into_result()?;
        let unset = || Faults::one("", "is not whole");
        let (data, listen) = data.zip(listen).ok_or_else(unset)?;
        let mut options = Options::new(data);
        options.access = access;
        options.portal = portal;
        self.set_limits(&mut options);
        Ok(Served {
            options,
            listen,
            log: self.text("log").unwrap_or_default().to_owned(),
            log_format: self.text("log_format").map(ToOwned::to_owned),
            traces,
        })
    }

    /// Where data is kept; whether a folder is there is not looked at.
    ///
    /// # Errors
    /// Every fault of the keys that say so.
    pub fn kept(&self) -> Result<Data, Faults> {
        let mut faults = self.faults.clone();
        let data = self.data(&mut faults);
        faults.into_result()?;
        data.ok_or_else(|| Faults::one("", "is not whole"))
    }

    fn data(&self, faults: &mut Faults) -> Option<Data> {
        match self.database(faults) {
            Some(database) => database.map(Data::Postgres),
            None => self.folder(faults).map(Data::Embedded),
        }
    }

    fn folder(&self, faults: &mut Faults) -> Option<PathBuf> {
        let data = self.text("data").map(PathBuf::from);
        if data.is_none() {
            faults.add(
                "data",
                "is missing: give the data folder by --data, in the file or the environment",
            );
        }
        data
    }

    fn listen(&self, is_encrypted: bool, faults: &mut Faults) -> Option<SocketAddr> {
        let listen: SocketAddr = self.text("listen")?.parse().ok()?;
        if !is_encrypted && !listen.ip().is_loopback() {
            let message = format!(
                "{listen} is beyond this machine, where connections must be encrypted; give \
                 `tls.certificate` and `tls.key`, or an address such as 127.0.0.1:7410"
            );
            faults.add("listen", message);
        }
        Some(listen)
    }

    fn access(&self, faults: &mut Faults) -> Access {
        Access {
            tls: self.tls(faults),
            pages_tls: self.pages_tls(faults),
            certificates: certificates::read(&self.certificates, faults),
            jwt: self.jwt(faults),
        }
    }

    fn tls(&self, faults: &mut Faults) -> Option<TlsFiles> {
        let needed = self.all_or_none(
            &["tls.certificate", "tls.key"],
            &["tls.client_authority"],
            faults,
        )?;
        let is_required = self.text("tls.client_certificates") == Some("required");
        let client_authority = self.text("tls.client_authority").map(PathBuf::from);
        if is_required && client_authority.is_none() {
            faults.add(
                "tls.client_authority",
                "is missing: it says which certificates clients must show",
            );
        }
        Some(TlsFiles {
            certificate: needed[0].into(),
            key: needed[1].into(),
            client_authority,
            is_client_certificate_required: is_required,
        })
    }

    fn jwt(&self, faults: &mut Faults) -> Option<JwtAccess> {
        let needed = self.all_or_none(&["jwt.issuer", "jwt.audience", "jwt.keys"], &[], faults)?;
        let text = |name: &str| self.text(name).unwrap_or_default().to_owned();
        let algorithms = self.text("jwt.algorithms").unwrap_or_default();
        let allowed = |word: &str| ALGORITHMS.iter().find(|(name, _)| *name == word);
        Some(JwtAccess {
            terms: JwtTerms {
                issuer: needed[0].to_owned(),
                audience: needed[1].to_owned(),
                algorithms: value::list(algorithms)
                    .filter_map(|word| allowed(word).map(|(_, algorithm)| *algorithm))
                    .collect(),
                lifetime_max: self.duration("jwt.lifetime_max"),
                role_claim: text("jwt.role_claim"),
                organisation_claim: text("jwt.organisation_claim"),
                homes_claim: text("jwt.homes_claim"),
            },
            keys: needed[2].into(),
        })
    }

    /// Values that make sense together only; none if none is given, or with a fault for each that
    /// is missing. Those that `rest` names need them, too.
    pub(super) fn all_or_none(
        &self,
        needed: &[&str],
        rest: &[&str],
        faults: &mut Faults,
    ) -> Option<Vec<&str>> {
        let given: Vec<_> = needed.iter().map(|name| self.text(name)).collect();
        let is_wanted =
            given.iter().any(Option::is_some) || rest.iter().any(|name| self.text(name).is_some());
        if !is_wanted {
            return None;
        }
        for (name, value) in needed.iter().zip(&given) {
            if value.is_none() {
                let about = Key::named(name).map_or("", |key| key.about);
                faults.add(*name, format!("is missing ({about})"));
            }
        }
        given.into_iter().collect()
    }

    fn set_limits(&self, options: &mut Options) {
        let count = |name: &str| self.text(name).and_then(|text| value::count(text).ok());
        let count = |name: &str| count(name).unwrap_or(1);
        options.connections_max = count("limits.connections_max") as usize;
        options.connections_per_address_max = count("limits.connections_per_address_max") as usize;
        options.calls_max = count("limits.calls_max") as usize;
        options.streams_max = count("limits.streams_max") as usize;
        options.call_deadline = self.duration("limits.call_deadline");
        options.silence_deadline = self.duration("limits.silence_deadline");
        options.handshake_deadline = self.duration("limits.handshake_deadline");
        options.idle_deadline = self.duration("limits.idle_deadline");
        options.unread_deadline = self.duration("limits.unread_deadline");
        options.drain_deadline = self.duration("limits.drain_deadline");
        let metrics_addr = self.text("metrics_addr");
        options.metrics_addr = metrics_addr.and_then(|addr| addr.parse().ok());
        options.reload_interval = self.duration("reload_interval");
        options.failures = FailureTerms {
            failures_max: count("limits.failures_max"),
            forgiven_after: self.duration("limits.failure_forgiven_after"),
        };
    }

    /// A time that was found well when it was laid; a fault stands for any other.
    pub(super) fn duration(&self, name: &str) -> Duration {
        let read = self.text(name).and_then(|text| value::duration(text).ok());
        read.unwrap_or(Duration::from_secs(1))
    }
}

fn is_data_folder(folder: &Path) -> Result<(), Faults> {
    if folder.join(FORMAT).is_file() {
        return Ok(());
    }
    let message = format!(
        "{0} is not a data folder; make one with `askonce init --data {0}`",
        folder.display()
    );
    Err(Faults::one("", message))
}
