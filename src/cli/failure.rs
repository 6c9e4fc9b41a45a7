//! Why a command did not do as asked: reasons for a person, an exit code for a program.
//!
//! Every fault is named at its place, all at once; the codes are promised in `--help`.

use std::fmt;
use std::process::ExitCode;

use crate::domain::fault::Faults;
use crate::tabular::Refused;

/// What `--help` promises of exit codes.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused or failed; every reason is on standard error
  2  the command line itself is wrong
  3  the server cannot be reached, or did not answer in time
  4  not allowed: no token, an unknown one, or one of another role
  5  the server failed; nothing is wrong with what was asked";

/// What a command comes to.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Sort of failure, each an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nobody reads the output any longer: not a failure.
    Unread = 0,
    /// Refused or failed, with reasons.
    Refused = 1,
    /// The command line itself is wrong.
    Usage = 2,
    /// The server cannot be reached.
    Unreachable = 3,
    /// The caller may not.
    NotAllowed = 4,
    /// The server failed.
    Server = 5,
}

/// Why a command did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Its sort.
    pub(crate) exit: Exit,
    /// What failed, in a sentence.
    pub(crate) headline: String,
    /// Every reason, each with its place.
    pub(crate) reasons: Vec<String>,
}

impl Failure {
    /// A failure of a sort.
    pub(crate) fn new(exit: Exit, headline: impl Into<String>) -> Self {
        Self {
            exit,
            headline: headline.into(),
            reasons: Vec::new(),
        }
    }

    /// Something that was refused or failed.
    pub(crate) fn refused(headline: impl Into<String>) -> Self {
        Self::new(Exit::Refused, headline)
    }

    /// A command line that does not fit together.
    pub(crate) fn usage(headline: impl Into<String>) -> Self {
        Self::new(Exit::Usage, headline)
    }

    /// The same with reasons.
    pub(crate) fn because(mut self, reasons: impl IntoIterator<Item = String>) -> Self {
        self.reasons.extend(reasons);
        self
    }

    /// Something refused for the faults found in it.
    pub(crate) fn of_faults(headline: impl Into<String>, faults: &Faults) -> Self {
        Self::refused(headline).because(faults.iter().map(ToString::to_string))
    }

    /// The program's exit code.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(self.exit as u8)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::refused(refused.headline).because(refused.reasons)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)?;
        for reason in &self.reasons {
            write!(f, "\n  {reason}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
