//! What is wrong with an input, said completely: every fault, each at its place.
//!
//! Validation never stops at the first fault. A [`Faults`] that is returned as an error is never
//! empty.

use std::fmt;

/// One thing wrong with an input, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where: a field path such as `fields[3].options[0].label`; empty for the input as a whole.
    pub path: String,
    /// What is wrong and what was expected, in a sentence that never quotes an answer.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "{}", self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

/// Every fault of one input, in the order in which they were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// No fault yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A single fault.
    pub fn one(path: impl Into<String>, message: impl Into<String>) -> Self {
        let mut faults = Self::new();
        faults.add(path, message);
        faults
    }

    /// Notes a fault at `path`.
    pub fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Fault {
            path: path.into(),
            message: message.into(),
        });
    }

    /// Takes over the faults of a part, its paths put behind `prefix`.
    pub fn absorb(&mut self, prefix: &str, part: Faults) {
        for fault in part.0 {
            let path = match (prefix.is_empty(), fault.path.is_empty()) {
                (true, _) => fault.path,
                (_, true) => prefix.to_owned(),
                (false, false) => format!("{prefix}.{}", fault.path),
            };
            self.add(path, fault.message);
        }
    }

    /// Keeps the value of a part that is well, notes the faults of one that is not.
    pub fn take<T>(&mut self, prefix: &str, part: Result<T, Faults>) -> Option<T> {
        match part {
            Ok(value) => Some(value),
            Err(faults) => {
                self.absorb(prefix, faults);
                None
            }
        }
    }

    /// Whether nothing was found wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults in the order found.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// `Ok` if nothing was found wrong.
    ///
    /// # Errors
    /// The faults themselves.
    pub fn into_result(self) -> Result<(), Faults> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, fault) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
