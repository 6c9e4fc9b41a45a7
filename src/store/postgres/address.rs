//! From options to where the database is, everything checked that can be before it is reached.

use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::{Options, Tls};
use crate::domain::fault::Faults;

/// By what name the database knows our connections, in its log and its views, where the URL gives
/// none that tells one broker from another.
const APPLICATION_NAME: &str = "askonce";

/// Name of this machine, beside its addresses.
const THIS_MACHINE: &str = "localhost";

/// Most hosts of one address: a primary and its standbys.
const HOSTS_MAX: usize = 16;

/// Largest file of a password, in bytes.
const PASSWORD_BYTES_MAX: u64 = 4_096;

/// Largest bundle of root certificates, in bytes (1 MiB).
const ROOTS_BYTES_MAX: u64 = 1 << 20;

/// Shortest time that one host has to take a connection, where several share what a caller waits.
const CONNECT_TIMEOUT_MIN: Duration = Duration::from_millis(500);

/// How long a connection may be silent before it is asked whether it still stands.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(10);

/// How long until it is asked again.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(3);

/// How often it is asked in vain before it is taken for broken.
const KEEPALIVE_RETRIES: u32 = 3;

/// How long what was sent may go without a sign that it arrived.
const UNSEEN_MAX: Duration = Duration::from_secs(10);

impl Options {
    /// Whether a database could be reached by them: addresses parse, files are there and hold what
    /// they should, and nothing goes unencrypted to another machine.
    ///
    /// # Errors
    /// Every fault, by the name of the option; none quotes a file.
    pub fn check(&self) -> Result<(), Faults> {
        let mut faults = Faults::new();
        faults.take("url", address(&self.url, self));
        if let Some(url) = &self.direct_url {
            faults.take("direct_url", address(url, self));
        }
        if let Some(path) = &self.password_file {
            faults.take("password_file", password(path));
        }
        if let Tls::Verify(Some(path)) = &self.tls {
            faults.take("ca_cert", roots_of(path));
        }
        faults.into_result()
    }
}

/// The address that a URL gives.
pub(super) fn address(url: &str, options: &Options) -> Result<Config, Faults> {
    let wrong = |why: &str| Err(Faults::one("", why));
    if !url.starts_with("postgresql://") && !url.starts_with("postgres://") {
        return wrong("expected such as postgresql://askonce@db.example:5432/askonce");
    }
    // The library's own message quotes nothing, but says little.
    let Ok(mut config) = url.parse::<Config>() else {
        return wrong(
            "is not well-formed; expected such as \
             postgresql://askonce@db1:5432,db2:5432/askonce?target_session_attrs=read-write",
        );
    };
    if config.get_password().is_some() {
        return wrong("holds a password; put it into a file, and name that in `password_file`");
    }
    if config.get_user().is_none_or(str::is_empty) {
        return wrong("does not say who connects; expected such as postgresql://askonce@…");
    }
    if config.get_dbname().is_none_or(str::is_empty) {
        return wrong("does not name the database; expected such as …@db.example/askonce");
    }
    let hosts = config.get_hosts().len();
    if hosts == 0 || hosts > HOSTS_MAX {
        return Err(Faults::one("", format!("expected 1 to {HOSTS_MAX} hosts")));
    }
    if config.get_ssl_mode() != SslMode::Prefer {
        return wrong("says `sslmode`; leave it out, `tls` says how the connection is encrypted");
    }
    if config.get_target_session_attrs() == TargetSessionAttrs::ReadOnly {
        return wrong("asks for a server that takes no writes; leave `target_session_attrs` out");
    }
    config.ssl_mode(encryption(&config, &options.tls)?);
    set_patience(&mut config, options.pool_deadline, hosts);
    if config.get_application_name().is_none() {
        config.application_name(APPLICATION_NAME);
    }
    Ok(config)
}

/// Over sockets of this machine nothing is encrypted, nor could it be; everywhere else all is,
/// unless options say otherwise of this machine.
fn encryption(config: &Config, tls: &Tls) -> Result<SslMode, Faults> {
    let hosts = config.get_hosts();
    let sockets = hosts.iter().filter(|host| matches!(host, Host::Unix(_)));
    match (sockets.count(), tls) {
        (sockets, _) if sockets == hosts.len() => Ok(SslMode::Disable),
        (0, Tls::Verify(_)) => Ok(SslMode::Require),
        (0, Tls::None) if config.get_hosts().iter().all(is_this_machine) => Ok(SslMode::Disable),
        (0, Tls::None) => Err(Faults::one(
            "",
            "leads to another machine, where connections must be encrypted: leave `tls` out, and \
             if need be name the authority in `ca_cert`",
        )),
        _ => Err(Faults::one(
            "",
            "names both a socket of this machine and other hosts; expected one or the other",
        )),
    }
}

fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            let address: Option<IpAddr> = name.parse().ok();
            name == THIS_MACHINE || address.is_some_and(|address| address.is_loopback())
        }
    }
}

/// How long each step may take before the connection counts as broken, where the URL does not say.
fn set_patience(config: &mut Config, deadline: Duration, hosts: usize) {
    if config.get_connect_timeout().is_none() {
        let hosts = u32::try_from(hosts).unwrap_or(u32::MAX);
        // So that the last host has its turn while the caller still waits.
        config.connect_timeout((deadline / (hosts + 1)).max(CONNECT_TIMEOUT_MIN));
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNSEEN_MAX);
    }
    config.keepalives_idle(KEEPALIVE_IDLE);
    config.keepalives_interval(KEEPALIVE_INTERVAL);
    config.keepalives_retries(KEEPALIVE_RETRIES);
}

/// The password that a file holds.
pub(super) fn password(path: &Path) -> Result<Vec<u8>, Faults> {
    let mut bytes = read(path, PASSWORD_BYTES_MAX)?;
    while bytes
        .last()
        .is_some_and(|byte| matches!(byte, b'\n' | b'\r'))
    {
        bytes.pop();
    }
    if bytes.is_empty() || bytes.contains(&0) || bytes.contains(&b'\n') {
        return Err(Faults::one("", "does not hold one line with a password"));
    }
    Ok(bytes)
}

/// How connections are encrypted, and whom they trust.
pub(super) fn encrypted(tls: &Tls) -> Result<ClientConfig, Faults> {
    let roots = match tls {
        Tls::Verify(Some(path)) => {
            let mut faults = Faults::new();
            let roots = faults.take("ca_cert", roots_of(path));
            roots.ok_or(faults)?
        }
        Tls::Verify(None) => roots_of_this_machine()?,
        Tls::None => RootCertStore::empty(),
    };
    let provider = std::sync::Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|error| Faults::one("tls", error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn roots_of(path: &Path) -> Result<RootCertStore, Faults> {
    let wrong = |why: String| Faults::one("", why);
    let pem = read(path, ROOTS_BYTES_MAX)?;
    // The error may quote a line of the file, which may be the wrong file: a key.
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|_| wrong("is not well-formed PEM".into()))?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        let added = roots.add(certificate);
        added.map_err(|error| wrong(format!("holds a bad authority: {error}")))?;
    }
    if roots.is_empty() {
        return Err(wrong("holds no certificate in PEM".into()));
    }
    Ok(roots)
}

fn roots_of_this_machine() -> Result<RootCertStore, Faults> {
    let mut roots = RootCertStore::empty();
    let (added, _unusable) =
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 {
        let message = "this machine has no list of authorities; name a file of them in `ca_cert`";
        return Err(Faults::one("tls", message));
    }
    Ok(roots)
}

fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Faults> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(bytes_max + 1).read_to_end(&mut bytes));
    let wrong = |why: String| Err(Faults::one("", format!("{} {why}", path.display())));
    match read {
        Err(error) => wrong(format!("cannot be read: {error}")),
        Ok(read) if read as u64 > bytes_max => wrong(format!("has more than {bytes_max} bytes")),
        Ok(_) => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn options(url: &str, tls: Tls) -> Options {
        Options {
            entropy: Arc::new(|| [0; 16]),
            url: url.to_owned(),
            direct_url: None,
            password_file: None,
            tls,
            pool: 8,
            pool_deadline: Duration::from_secs(6),
            statement_deadline: Duration::from_secs(10),
        }
    }

    fn faults(options: &Options) -> Vec<String> {
        match options.check() {
            Ok(()) => Vec::new(),
            Err(faults) => faults.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn an_address_is_taken_or_refused_with_what_was_expected() {
        let verify = || Tls::Verify(None);
        for (url, tls) in [
            (
                "postgresql://a@db1:1,db2:2/b?target_session_attrs=read-write",
                verify(),
            ),
            ("postgres://a@[::1]:5432/b", Tls::None),
            ("postgresql://a@localhost/b", Tls::None),
            ("postgresql://a@%2Frun%2Fpostgresql/b", verify()),
            (
                "postgresql://a@/b?host=/run/postgresql&port=5433",
                Tls::None,
            ),
        ] {
            assert_eq!(faults(&options(url, tls)), Vec::<String>::new(), "{url}");
        }
        for (url, tls, expected) in [
            ("host=db user=a", verify(), "expected such as"),
            ("postgresql://a:hunter2@db/b", verify(), "holds a password"),
            (
                "postgresql://a@db/b?password=hunter2",
                verify(),
                "holds a password",
            ),
            ("postgresql://db/b", verify(), "who connects"),
            ("postgresql://a@db/", verify(), "name the database"),
            ("postgresql://a@/b", verify(), "hosts"),
            ("postgresql://a@db:x/b", verify(), "not well-formed"),
            (
                "postgresql://a@db/b?colour=red",
                verify(),
                "not well-formed",
            ),
            ("postgresql://a@db/b?sslmode=disable", verify(), "`sslmode`"),
            (
                "postgresql://a@db/b?target_session_attrs=read-only",
                verify(),
                "no writes",
            ),
            ("postgresql://a@db/b", Tls::None, "another machine"),
            (
                "postgresql://a@localhost,192.0.2.1/b",
                Tls::None,
                "another machine",
            ),
            ("postgresql://a@%2Frun,db/b", verify(), "one or the other"),
        ] {
            let said = faults(&options(url, tls));
            let [fault] = &said[..] else {
                panic!("{url}: {said:?}");
            };
            let is_said = fault.starts_with("url: ") && fault.contains(expected);
            assert!(is_said && !fault.contains("hunter2"), "{url}: {fault}");
        }
    }

    #[test]
    fn nothing_goes_in_plain_text_to_another_machine_and_each_host_has_its_turn() {
        let remote = options("postgresql://a@db1,db2/b", Tls::Verify(None));
        let config = address(&remote.url, &remote).unwrap();
        assert_eq!(config.get_ssl_mode(), SslMode::Require);
        let turn = Duration::from_secs(2);
        assert_eq!(config.get_connect_timeout(), Some(&turn));
        let socket = options("postgresql://a@%2Frun/b", Tls::Verify(None));
        let config = address(&socket.url, &socket).unwrap();
        assert_eq!(config.get_ssl_mode(), SslMode::Disable);
    }

    #[test]
    fn the_database_knows_a_broker_by_the_name_that_its_address_gives() {
        for (url, name) in [
            ("postgresql://a@db/b", "askonce"),
            ("postgresql://a@db/b?application_name=north", "north"),
        ] {
            let config = address(url, &options(url, Tls::Verify(None))).unwrap();
            assert_eq!(config.get_application_name(), Some(name));
        }
    }

    #[test]
    fn files_that_are_not_what_they_should_be_are_named_and_not_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let mut wrong = options("postgresql://a@db/b", Tls::Verify(None));
        wrong.direct_url = Some("postgresql://a@db2:x/b".into());
        wrong.password_file = Some(put("password", "hunter2\nhunter3\n"));
        wrong.tls = Tls::Verify(Some(put("roots", "hunter2")));
        let said = faults(&wrong);
        let expected = [
            "direct_url: is not",
            "password_file: does not hold",
            "ca_cert: holds no",
        ];
        assert_eq!(said.len(), expected.len(), "{said:?}");
        for (fault, expected) in said.iter().zip(expected) {
            let is_said = fault.starts_with(expected) && !fault.contains("hunter");
            assert!(is_said, "{said:?}");
        }
        wrong.password_file = Some(folder.path().join("none"));
        assert!(faults(&wrong)[1].contains("cannot be read"));
        assert_eq!(password(&put("good", "hunter2\n")).unwrap(), b"hunter2");
    }
}
