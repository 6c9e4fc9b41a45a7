//! Why a file is not read, or not written: in words for a person, every reason with its place.

use std::fmt;

/// What reading or writing a file comes to.
pub(crate) type Result<T> = std::result::Result<T, Refused>;

/// Why a file is not read, or not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// What is wrong, in a sentence.
    pub(crate) headline: String,
    /// Every reason, each with its place.
    pub(crate) reasons: Vec<String>,
}

impl Refused {
    /// A refusal without more reasons.
    pub(crate) fn new(headline: impl Into<String>) -> Self {
        Self {
            headline: headline.into(),
            reasons: Vec::new(),
        }
    }

    /// The same with reasons.
    pub(crate) fn because(mut self, reasons: impl IntoIterator<Item = String>) -> Self {
        self.reasons.extend(reasons);
        self
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)?;
        self.reasons
            .iter()
            .try_for_each(|reason| write!(f, "\n  {reason}"))
    }
}

impl std::error::Error for Refused {}
