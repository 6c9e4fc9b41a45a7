//! Letters by SMTP, to one server that takes them on: encrypted, unless it is on this machine.

use std::fmt;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::{Letter, Undelivered};

/// How long each step of a conversation with the server may take.
const STEP_DEADLINE: Duration = Duration::from_secs(20);

/// Most connections to the server at once.
const CONNECTIONS_MAX: u32 = 4;

/// How long a connection that is not used is kept.
const IDLE_DEADLINE: Duration = Duration::from_secs(30);

/// How the connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailEncryption {
    /// Begun in plain text and encrypted before anything is said; else nothing is.
    StartTls,
    /// Encrypted from the first byte.
    Tls,
    /// Not at all: only to this machine.
    Nothing,
}

/// To which server letters go, and how.
#[derive(Clone)]
pub struct SmtpTerms {
    /// The server's name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: MailEncryption,
    /// PEM: authorities that vouch for the server; those of this machine if not said.
    pub authority: Option<Vec<u8>>,
    /// User name and password, if the server asks for them.
    pub login: Option<(String, String)>,
    /// From whom letters are: an address, or `Name <address>`.
    pub from: String,
}

impl fmt::Debug for SmtpTerms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpTerms")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("encryption", &self.encryption)
            .finish_non_exhaustive()
    }
}

impl SmtpTerms {
    /// Whether letters can be from whom they say.
    #[must_use]
    pub fn has_sender(&self) -> bool {
        self.from.parse::<Mailbox>().is_ok()
    }
}

/// Where letters are handed over.
pub(super) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Smtp(…)")
    }
}

impl Smtp {
    /// Makes ready; connects to nothing yet.
    ///
    /// # Errors
    /// A sender that is none; an authority or name by which nothing can be encrypted.
    pub(super) fn open(terms: &SmtpTerms) -> Result<Self, String> {
        let from = terms.from.parse();
        let from = from.map_err(|_| "`mail.from` is not an address".to_owned())?;
        let tls = tls(terms).map_err(|error| format!("mail cannot be encrypted: {error}"))?;
        let pool = PoolConfig::new()
            .max_size(CONNECTIONS_MAX)
            .idle_timeout(IDLE_DEADLINE);
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&terms.host)
            .port(terms.port)
            .tls(tls)
            .timeout(Some(STEP_DEADLINE))
            .pool_config(pool);
        if let Some((user, password)) = &terms.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Self {
            transport: builder.build(),
            from,
        })
    }

    /// Hands a letter over, once.
    pub(super) async fn send(
        &self,
        letter: &Letter,
        at: Timestamp,
        id: &str,
    ) -> Result<(), Undelivered> {
        let message = self.message(letter, at, id)?;
        let sent = self.transport.send(message).await;
        sent.map(drop).map_err(|error| undelivered(&error))
    }

    fn message(&self, letter: &Letter, at: Timestamp, id: &str) -> Result<Message, Undelivered> {
        let unwritable = || Undelivered::ForGood("it cannot be written".to_owned());
        let to: Address = letter.to.as_str().parse().map_err(|_| unwritable())?;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.as_str())
            .date(SystemTime::from(at))
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN);
        if let Some(address) = &letter.unsubscribe {
            message = message.header(ListUnsubscribe(address.clone()));
        }
        message.body(letter.text.clone()).map_err(|_| unwritable())
    }
}

fn tls(terms: &SmtpTerms) -> Result<Tls, Error> {
    if terms.encryption == MailEncryption::Nothing {
        return Ok(Tls::None);
    }
    let mut parameters = TlsParameters::builder(terms.host.clone());
    if let Some(authority) = &terms.authority {
        parameters = parameters
            .certificate_store(CertificateStore::None)
            .add_root_certificate(Certificate::from_pem(authority)?);
    }
    let parameters = parameters.build_rustls()?;
    Ok(match terms.encryption {
        MailEncryption::Tls => Tls::Wrapper(parameters),
        _ => Tls::Required(parameters),
    })
}

/// Why a letter did not go: never by the server's own words, which may hold the address.
fn undelivered(error: &Error) -> Undelivered {
    let code = error.status().map(|code| code.to_string());
    let code = code.map_or_else(String::new, |code| format!(" ({code})"));
    if error.is_permanent() {
        return Undelivered::ForGood(format!("the mail server refuses it{code}"));
    }
    Undelivered::ForNow(if error.is_transient() {
        format!("the mail server does not take it now{code}")
    } else if error.is_timeout() {
        "the mail server took too long".to_owned()
    } else if error.is_tls() {
        "the connection to the mail server cannot be encrypted".to_owned()
    } else {
        "the mail server cannot be spoken with".to_owned()
    })
}

/// Says that nobody wrote the letter: what answers letters by itself leaves it alone.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Says where letters of this kind are unsubscribed: mail programs show it beside the letter.
#[derive(Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let address = text.trim_start_matches('<').trim_end_matches('>');
        Ok(Self(address.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), format!("<{}>", self.0))
    }
}
