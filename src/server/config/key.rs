//! What may be configured.

/// One thing that may be configured.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name: in the file a key, behind the dot one of a table; in the environment the same in
    /// capitals behind `ASKONCE_`, with `_` for the dot.
    pub name: &'static str,
    /// What a value of it is.
    pub kind: Kind,
    /// Its value where nobody says; empty for none.
    pub default: &'static str,
    /// What it is for.
    pub about: &'static str,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The path of a folder.
    Folder,
    /// The path of a file.
    File,
    /// The path of a file whose content nobody may see.
    SecretFile,
    /// An address with a port.
    Address,
    /// A time such as `500ms`, `30s`, `5m` or `1h`: more than none, at most a day.
    Duration,
    /// A whole number from 1 to a million.
    Count,
    /// How many of a thousand.
    PerMille,
    /// A text.
    Text,
    /// The address of a database, without a password.
    DatabaseUrl,
    /// One of some words.
    Word(&'static [&'static str]),
    /// Some of some words; in the environment and in flags with commas between.
    Words(&'static [&'static str]),
    /// What is logged: `info`, or `askonce=debug,warn`.
    LogFilter,
}

impl Key {
    const fn new(
        name: &'static str,
        kind: Kind,
        default: &'static str,
        about: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            default,
            about,
        }
    }

    /// The row of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// The environment variable that sets it.
    #[must_use]
    pub fn variable(&self) -> String {
        let name = self.name.replace('.', "_").to_ascii_uppercase();
        format!("{PREFIX}{name}")
    }
}

/// What every environment variable of ours starts with.
pub(super) const PREFIX: &str = "ASKONCE_";

/// What a server asks of clients' certificates.
pub(super) const CLIENT_CERTIFICATES: &[&str] = &["optional", "required"];

/// How logs may be written.
pub(super) const LOG_FORMATS: &[&str] = &["text", "json"];

/// Where data may be kept.
pub(super) const STORES: &[&str] = &["embedded", "postgres"];

/// How the connection to a database may be encrypted.
pub(super) const DATABASE_TLS: &[&str] = &["verify", "none"];

/// What may be said or not.
pub(super) const YES_OR_NO: &[&str] = &["no", "yes"];

/// How the connection to a mail server may be encrypted.
pub(super) const MAIL_ENCRYPTIONS: &[&str] = &["starttls", "tls", "none"];

/// The signatures of JWTs that may be taken.
pub(super) const JWT_ALGORITHMS: &[&str] = &["RS256", "PS256", "ES256", "EdDSA"];

use Kind::{
    Address, Count, DatabaseUrl, Duration, File, Folder, LogFilter, PerMille, SecretFile, Text,
    Word, Words,
};

/// What is logged if nothing is said: what we do. What a database notices in passing, and how its
/// schema is brought up to date step by step, is left out; whatever goes wrong is not.
const LOG: &str = "info,refinery_core=warn,tokio_postgres=warn";

/// Everything that may be configured, but the table of certificates.
pub const KEYS: &[Key] = &[
    Key::new(
        "data",
        Folder,
        "",
        "the data folder; one server at a time has it open",
    ),
    Key::new(
        "store",
        Word(STORES),
        "embedded",
        "where data is kept: in the data folder, or in a database that several servers share",
    ),
    Key::new(
        "listen",
        Address,
        "127.0.0.1:7410",
        "where to listen; beyond this machine with TLS only",
    ),
    Key::new("log", LogFilter, LOG, "what is logged, on standard error"),
    Key::new(
        "log_format",
        Word(LOG_FORMATS),
        "",
        "how it is logged; if not said, text on a terminal and json elsewhere",
    ),
    Key::new(
        "metrics_addr",
        Address,
        "",
        "where measurements are served over HTTP, to whoever reaches the port",
    ),
    Key::new(
        "traces.endpoint",
        Text,
        "",
        "where traces are sent by OTLP over gRPC; needs a program built with the feature `otlp`",
    ),
    Key::new(
        "traces.per_mille",
        PerMille,
        "100",
        "of a thousand calls and pages that nobody traces yet, how many are traced",
    ),
    Key::new(
        "traces.ca_cert",
        File,
        "",
        "PEM: the authority that vouches for it; those of this machine if not said",
    ),
    Key::new(
        "reload_interval",
        Duration,
        "30s",
        "how often certificates and keys are looked at for changes",
    ),
    Key::new(
        "postgres.url",
        DatabaseUrl,
        "",
        "the address of the database, without a password; several hosts with commas between",
    ),
    Key::new(
        "postgres.direct_url",
        DatabaseUrl,
        "",
        "its address past a pooler of connections, where `url` leads to one",
    ),
    Key::new(
        "postgres.password_file",
        SecretFile,
        "",
        "a file with the password, read again for each new connection",
    ),
    Key::new(
        "postgres.tls",
        Word(DATABASE_TLS),
        "verify",
        "how the connection to it is encrypted; none on this machine only",
    ),
    Key::new(
        "postgres.ca_cert",
        File,
        "",
        "PEM: the authority that vouches for it; those of this machine if not said",
    ),
    Key::new(
        "postgres.pool",
        Count,
        "8",
        "most connections to it at once, beside the three that record, follow and listen",
    ),
    Key::new(
        "postgres.pool_deadline",
        Duration,
        "5s",
        "how long to wait for a connection to it",
    ),
    Key::new(
        "postgres.statement_deadline",
        Duration,
        "10s",
        "how long it may take for one statement",
    ),
    Key::new(
        "tls.certificate",
        File,
        "",
        "PEM: the server's certificate, then those between it and an authority",
    ),
    Key::new(
        "tls.key",
        SecretFile,
        "",
        "PEM: the private key of that certificate",
    ),
    Key::new(
        "tls.client_authority",
        File,
        "",
        "PEM: authorities whose certificates clients may show",
    ),
    Key::new(
        "tls.client_certificates",
        Word(CLIENT_CERTIFICATES),
        "optional",
        "whether clients must show a certificate",
    ),
    Key::new("jwt.issuer", Text, "", "whose JWTs are taken: `iss`"),
    Key::new("jwt.audience", Text, "", "for whom they must be: `aud`"),
    Key::new(
        "jwt.keys",
        File,
        "",
        "JSON Web Key Set: the issuer's public keys",
    ),
    Key::new(
        "jwt.algorithms",
        Words(JWT_ALGORITHMS),
        "RS256,PS256,ES256,EdDSA",
        "the signatures that are taken",
    ),
    Key::new(
        "jwt.lifetime_max",
        Duration,
        "1h",
        "longest time from `iat` to `exp`",
    ),
    Key::new(
        "jwt.role_claim",
        Text,
        "askonce_role",
        "the claim with the caller's role",
    ),
    Key::new(
        "jwt.organisation_claim",
        Text,
        "askonce_organisation",
        "the claim with a requester's organisation",
    ),
    Key::new(
        "jwt.homes_claim",
        Text,
        "askonce_homes",
        "the claim with the list of a home person's homes",
    ),
    Key::new(
        "portal.listen",
        Address,
        "",
        "where the home's pages listen for browsers; not served if not said",
    ),
    Key::new(
        "portal.url",
        Text,
        "",
        "the address of the pages as browsers know it, such as https://forms.example",
    ),
    Key::new(
        "portal.tls_certificate",
        File,
        "",
        "PEM: the pages' certificate, then those between it and an authority",
    ),
    Key::new(
        "portal.tls_key",
        SecretFile,
        "",
        "PEM: the private key of that certificate",
    ),
    Key::new(
        "portal.allow_plaintext",
        Word(YES_OR_NO),
        "no",
        "yes serves pages in plain text beyond this machine: only behind a proxy that encrypts",
    ),
    Key::new(
        "portal.trusted_proxy",
        Text,
        "",
        "the IP address of a proxy whose X-Forwarded-For is believed",
    ),
    Key::new(
        "portal.requests_max",
        Count,
        "256",
        "most requests for pages answered at once; the next is told to come back",
    ),
    Key::new(
        "mail.host",
        Text,
        "",
        "the mail server that takes letters, by name: links to sign in go by it",
    ),
    Key::new(
        "mail.port",
        Count,
        "587",
        "its port; 465 is usual for tls, 25 for none",
    ),
    Key::new(
        "mail.encryption",
        Word(MAIL_ENCRYPTIONS),
        "starttls",
        "how the connection to it is encrypted; none on this machine only",
    ),
    Key::new(
        "mail.authority",
        File,
        "",
        "PEM: the authority that vouches for it; those of this machine if not said",
    ),
    Key::new("mail.user", Text, "", "the user name that it asks for"),
    Key::new(
        "mail.password_file",
        SecretFile,
        "",
        "a file with the password of that user",
    ),
    Key::new(
        "mail.from",
        Text,
        "",
        "from whom letters are, such as AskOnce <forms@council.example>",
    ),
    Key::new(
        "limits.connections_max",
        Count,
        "1024",
        "most connections at once; the next waits",
    ),
    Key::new(
        "limits.connections_per_address_max",
        Count,
        "256",
        "most connections at once of one address, a proxy too; the next is closed",
    ),
    Key::new(
        "limits.calls_max",
        Count,
        "1024",
        "most calls at once; the next is told to come back",
    ),
    Key::new(
        "limits.streams_max",
        Count,
        "1024",
        "most streams at once; the next is told to come back",
    ),
    Key::new(
        "limits.call_deadline",
        Duration,
        "30s",
        "longest call where the caller does not say",
    ),
    Key::new(
        "limits.silence_deadline",
        Duration,
        "10s",
        "how long a new connection may say nothing",
    ),
    Key::new(
        "limits.handshake_deadline",
        Duration,
        "10s",
        "how long a TLS handshake may take",
    ),
    Key::new(
        "limits.idle_deadline",
        Duration,
        "1m",
        "how long the next message of a streaming request may take to come",
    ),
    Key::new(
        "limits.unread_deadline",
        Duration,
        "1m",
        "how long a response may go unread until its connection is cut",
    ),
    Key::new(
        "limits.drain_deadline",
        Duration,
        "20s",
        "how long calls may take to end at a stop",
    ),
    Key::new(
        "limits.failures_max",
        Count,
        "30",
        "failed attempts of an address until it is locked out",
    ),
    Key::new(
        "limits.failure_forgiven_after",
        Duration,
        "1s",
        "how soon one failed attempt is forgiven",
    ),
];
