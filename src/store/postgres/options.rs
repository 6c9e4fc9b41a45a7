//! How a database is reached.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::store::Entropy;

/// How the connection to the server is kept from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Encrypted, and the server's certificate checked against these roots, in PEM; the system's
    /// where none is named.
    Verify(Option<PathBuf>),
    /// Not at all: over a socket of this machine.
    None,
}

/// How a database is reached.
#[derive(Clone)]
pub struct Options {
    /// Salts for the commitments of the ledger.
    pub entropy: Arc<dyn Entropy>,
    /// Where it is and who connects, `postgresql://user@host/database`, without a password.
    pub url: String,
    /// The same past a pooler of connections, for what is held by one session; none where `url` leads
    /// through no pooler.
    pub direct_url: Option<String>,
    /// The file that holds the password; none where the server asks for none.
    pub password_file: Option<PathBuf>,
    /// How it is kept from others.
    pub tls: Tls,
    /// Most connections at once.
    pub pool: usize,
    /// How long to wait for one.
    pub pool_deadline: Duration,
    /// How long a statement may take.
    pub statement_deadline: Duration,
}
