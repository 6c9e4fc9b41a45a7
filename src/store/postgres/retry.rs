//! What went wrong with a database: whether to try again, and how soon.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;
use tokio_rustls::rustls::{self, CertificateError};

use crate::store::Entropy;

/// Two transactions stood in each other's way, and this one was given up: 40001 and 40P01.
const IN_THE_WAY: [SqlState; 2] = [
    SqlState::T_R_SERIALIZATION_FAILURE,
    SqlState::T_R_DEADLOCK_DETECTED,
];

/// The server stops, starts, or no longer takes writes since another took over.
const GOING: [SqlState; 4] = [
    SqlState::ADMIN_SHUTDOWN,
    SqlState::CRASH_SHUTDOWN,
    SqlState::CANNOT_CONNECT_NOW,
    SqlState::READ_ONLY_SQL_TRANSACTION,
];

/// The classes of SQLSTATE whose message says nothing of what is stored: connection, transaction
/// state, who connects, what is missing, resources, the server's own state.
const SPEAKABLE: [&str; 7] = ["08", "25", "28", "3D", "53", "57", "58"];

/// Whether a transaction was given up for another's sake, so that the same again may go through.
pub(super) fn is_retryable(error: &Error) -> bool {
    error.code().is_some_and(|code| IN_THE_WAY.contains(code))
}

/// Whether a line was of another session, or of an earlier schema, than its statements were prepared
/// for; on another they are not.
pub(super) fn is_of_another_line(error: &Error) -> bool {
    let other = [
        SqlState::FEATURE_NOT_SUPPORTED,
        SqlState::INVALID_SQL_STATEMENT_NAME,
        SqlState::DUPLICATE_PSTATEMENT,
    ];
    error.code().is_some_and(|code| other.contains(code))
}

/// Whether a statement was given up since another held for too long what it needed.
pub(super) fn is_held_up(error: &Error) -> bool {
    let held_up = [SqlState::LOCK_NOT_AVAILABLE, SqlState::QUERY_CANCELED];
    error.code().is_some_and(|code| held_up.contains(code))
}

/// Whether the connection is of no more use: it broke off, or its server is not, or no longer, the
/// one that takes writes. What it was doing may have happened or not.
pub(super) fn is_broken(error: &Error) -> bool {
    match error.code() {
        Some(code) => GOING.contains(code) || code.code().starts_with("08"),
        None => error.is_closed() || error.source().is_some_and(<dyn StdError>::is::<io::Error>),
    }
}

/// What went wrong, for a log: never a value of a statement or of a row.
pub(super) fn told(error: &Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(said), _) => {
            let code = said.code().code();
            if SPEAKABLE.iter().any(|class| code.starts_with(class)) {
                format!("{} ({code})", said.message())
            } else {
                format!("the database refused a statement ({code})")
            }
        }
        (None, Some(cause)) => match cause.downcast_ref::<io::Error>() {
            Some(cause) => match distrusted(cause) {
                Some(why) => format!("{error}: {why}"),
                None => format!("{error}: {cause}"),
            },
            None => error.to_string(),
        },
        (None, None) => error.to_string(),
    }
}

/// Why a server's certificate is not believed, for whoever sets it up; none if it is something else.
fn distrusted(error: &io::Error) -> Option<&'static str> {
    let tls = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let rustls::Error::InvalidCertificate(why) = tls else {
        return None;
    };
    Some(match why {
        // An authority made anew has the name of the one before, and another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "its certificate is of no authority that `postgres.ca_cert` names, or this machine \
             knows where that is not said"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name than `postgres.url` says, or `postgres.direct_url`"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired"
        }
        _ => return None,
    })
}

/// How long to wait before trying again: longer each time, up to a bound, and never two alike.
pub(super) struct Backoff {
    entropy: Arc<dyn Entropy>,
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    /// Of waits from about `first` to `longest`, doubling between.
    pub(super) fn new(entropy: Arc<dyn Entropy>, first: Duration, longest: Duration) -> Self {
        Self {
            entropy,
            first,
            longest,
            next: first,
        }
    }

    /// The next wait: between half of what it has come to and the whole.
    pub(super) fn wait(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(self.longest);
        let random = self.entropy.salt();
        let share = u32::from(u16::from_le_bytes([random[0], random[1]]));
        whole / 2 + (whole / 2) * share / u32::from(u16::MAX)
    }

    /// Begins anew, since it went well.
    pub(super) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff(byte: u8) -> Backoff {
        let millis = Duration::from_millis;
        Backoff::new(Arc::new(move || [byte; 16]), millis(10), millis(50))
    }

    #[test]
    fn waits_double_up_to_their_bound_and_begin_anew_after_success() {
        let mut latest = backoff(0xff);
        let waits: Vec<_> = (0..5).map(|_| latest.wait().as_millis()).collect();
        assert_eq!(waits, [10, 20, 40, 50, 50]);
        latest.reset();
        assert_eq!(latest.wait().as_millis(), 10);
        let mut soonest = backoff(0);
        let waits: Vec<_> = (0..3).map(|_| soonest.wait().as_millis()).collect();
        assert_eq!(waits, [5, 10, 20]);
    }
}
