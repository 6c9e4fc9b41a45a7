//! From settings to how the home's pages are served, and their letters sent.

use std::net::IpAddr;
use std::path::Path;

use super::layers::Settings;
use super::value;
use crate::domain::fault::Faults;
use crate::server::files;
use crate::server::{Mail, MailEncryption, PortalOptions, SmtpTerms, TlsFiles};

/// Names of this machine, beside its addresses.
const THIS_MACHINE: &str = "localhost";

/// Keys that say nothing without `portal.listen`.
const OF_PORTAL: [&str; 9] = [
    "portal.url",
    "portal.tls_certificate",
    "portal.tls_key",
    "portal.trusted_proxy",
    "mail.host",
    "mail.authority",
    "mail.user",
    "mail.password_file",
    "mail.from",
];

impl Settings {
    /// The files by which browsers' connections are encrypted.
    pub(super) fn pages_tls(&self, faults: &mut Faults) -> Option<TlsFiles> {
        let needed =
            self.all_or_none(&["portal.tls_certificate", "portal.tls_key"], &[], faults)?;
        Some(TlsFiles {
            certificate: needed[0].into(),
            key: needed[1].into(),
            client_authority: None,
            is_client_certificate_required: false,
        })
    }

    /// How the pages are served; none if they are not.
    pub(super) fn portal(&self, is_encrypted: bool, faults: &mut Faults) -> Option<PortalOptions> {
        let Some(listen) = self.text("portal.listen") else {
            for key in OF_PORTAL.iter().filter(|key| self.text(key).is_some()) {
                faults.add(*key, "says nothing without `portal.listen`");
            }
            return None;
        };
        let addr: std::net::SocketAddr = listen.parse().ok()?;
        let allow_plaintext = self.text("portal.allow_plaintext") == Some("yes");
        if !is_encrypted && !addr.ip().is_loopback() && !allow_plaintext {
            let message = format!(
                "{addr} is beyond this machine, where pages must be encrypted; give \
                 `portal.tls_certificate` and `portal.tls_key`, or with a proxy that encrypts \
                 `portal.allow_plaintext`"
            );
            faults.add("portal.listen", message);
        }
        let url = faults.take("portal.url", self.portal_url());
        let trusted_proxy = faults.take("portal.trusted_proxy", self.trusted_proxy());
        let mail = self.mail(faults);
        let requests_max = self.text("portal.requests_max").unwrap_or_default();
        let requests_max = value::count(requests_max).unwrap_or(1);
        Some(PortalOptions {
            url: Some(url?),
            trusted_proxy: trusted_proxy?,
            requests_max: requests_max as usize,
            allow_plaintext,
            ..PortalOptions::new(addr, Mail::Smtp(mail?))
        })
    }

    fn portal_url(&self) -> Result<String, Faults> {
        let wrong = |why: &str| Err(Faults::one("", why));
        let Some(url) = self.text("portal.url") else {
            return wrong("is missing: links in letters begin with it");
        };
        let url = url.strip_suffix('/').unwrap_or(url);
        let (scheme, authority) = url.split_once("://").unwrap_or(("", url));
        let is_bare = !authority.is_empty() && !authority.contains(['/', '?', '#', '@', ' ']);
        match scheme {
            "https" if is_bare => Ok(url.to_owned()),
            "http" if is_bare && is_this_machine(without_port(authority)) => Ok(url.to_owned()),
            "http" if is_bare => {
                wrong("must begin with https:// beyond this machine: browsers keep no cookie else")
            }
            _ => wrong("expected such as https://forms.example, without a path"),
        }
    }

    fn trusted_proxy(&self) -> Result<Option<IpAddr>, Faults> {
        let proxy = self.text("portal.trusted_proxy").map(str::parse);
        let proxy = proxy.transpose();
        proxy.map_err(|_| Faults::one("", "is no IP address; expected such as 192.0.2.1"))
    }

    fn mail(&self, faults: &mut Faults) -> Option<SmtpTerms> {
        let rest = ["mail.authority", "mail.user", "mail.password_file"];
        if self.text("mail.host").is_none() && self.text("mail.from").is_none() {
            faults.add(
                "mail.host",
                "is missing: without a mail server nobody gets a link to sign in",
            );
        }
        let needed = self.all_or_none(&["mail.host", "mail.from"], &rest, faults);
        let login = self.login(faults);
        let authority = self.text("mail.authority").map(|path| self.read(path));
        let authority = faults.take("mail.authority", authority.transpose());
        let port = self.text("mail.port").unwrap_or_default();
        let port = value::count(port)
            .ok()
            .and_then(|port| port.try_into().ok());
        if port.is_none() {
            faults.add("mail.port", "is no port; expected 1 to 65535");
        }
        let needed = needed?;
        let encryption = match self.text("mail.encryption") {
            Some("tls") => MailEncryption::Tls,
            Some("none") => MailEncryption::Nothing,
            _ => MailEncryption::StartTls,
        };
        if encryption == MailEncryption::Nothing && !is_this_machine(needed[0]) {
            faults.add(
                "mail.encryption",
                "may be none only where `mail.host` is this machine",
            );
        }
        let terms = SmtpTerms {
            host: needed[0].to_owned(),
            port: port?,
            encryption,
            authority: authority?,
            login,
            from: needed[1].to_owned(),
        };
        if !terms.has_sender() {
            faults.add(
                "mail.from",
                "is not from whom a letter can be; expected such as AskOnce <forms@council.example>",
            );
        }
        Some(terms)
    }

    fn login(&self, faults: &mut Faults) -> Option<(String, String)> {
        let needed = self.all_or_none(&["mail.user", "mail.password_file"], &[], faults)?;
        let password = self.read(needed[1]).and_then(|bytes| {
            let text = String::from_utf8(bytes);
            let text = text.map_err(|_| Faults::one("", "does not hold text"))?;
            match text.trim_end_matches(['\r', '\n']) {
                "" => Err(Faults::one("", "holds no password")),
                password => Ok(password.to_owned()),
            }
        });
        let password = faults.take("mail.password_file", password)?;
        Some((needed[0].to_owned(), password))
    }

    pub(super) fn read(&self, path: &str) -> Result<Vec<u8>, Faults> {
        // A path that holds a secret would be quoted.
        let is_shown = self.rows().iter().all(|row| row.shown() == row.text);
        let read = files::read(Path::new(path)).map_err(|why| Faults::one("", why));
        if is_shown {
            read
        } else {
            read.map_err(|_| Faults::one("", "cannot be read"))
        }
    }
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address: Option<IpAddr> = bare.parse().ok();
    host == THIS_MACHINE || address.is_some_and(|address| address.is_loopback())
}
