//! The closed sets of words that describe a field, and its timing.
//!
//! Each word is written in exactly one way, in text and in JSON; anything else is refused with the
//! list of what was expected.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::id::shown;
use crate::domain::limits::{LOOK_BACK_DAYS_MAX, LOOK_BACK_MONTHS_MAX};

/// Why a text is not one of the words expected: which they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TermError(pub String);

/// Defines an enum of fixed words with its text and JSON forms.
macro_rules! terms {
    ($(#[$doc:meta])* $name:ident, $what:literal, {
        $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// Every one, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::field_type::TermError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::domain::field_type::TermError(format!(
                        "{} is not {}: expected one of {}",
                        $crate::domain::id::shown(text),
                        $what,
                        [$($word),+].join(", "),
                    ))),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::domain::field_type::TermError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for &'static str {
            fn from(term: $name) -> Self {
                term.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use terms;

terms!(
    /// How strongly the home is bound to answer, weakest first.
    #[derive(Default)]
    Compulsion, "a compulsion", {
        /// The home may leave it.
        #[default]
        Voluntary = "voluntary",
        /// A contract with the home obliges it.
        Contractual = "contractual",
        /// A statute obliges it.
        Statutory = "statutory",
    }
);

terms!(
    /// What may be done with what is already known.
    #[derive(Default)]
    Reuse, "a reuse rule", {
        /// Filled in without asking, shown as worked out.
        Derive = "derive",
        /// Offered, to be confirmed with one click.
        #[default]
        Confirm = "confirm",
        /// Asked afresh every time.
        AlwaysAsk = "always-ask",
    }
);

terms!(
    /// How carefully an answer must be handled, least first.
    #[derive(Default)]
    Sensitivity, "a sensitivity", {
        /// Nothing beyond the usual.
        #[default]
        None = "none",
        /// Commercially sensitive.
        Commercial = "commercial",
        /// Says something about a person.
        Personal = "personal",
    }
);

terms!(
    /// The moment of which an as-at field speaks.
    #[derive(Default)]
    Moment, "a moment", {
        /// The end of the period.
        #[default]
        PeriodEnd = "period-end",
        /// When the form is completed, inside its window.
        OnCompletion = "on-completion",
    }
);

/// Of which time a question speaks. Part of its meaning.
///
/// Text: `as-at`, `during`, `during:P12M`, `during:P7D`, `standing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Timing {
    /// A state at a moment.
    AsAt,
    /// Events over the span.
    During,
    /// Events over a stated length of time that ends where the span ends.
    LookBack(LookBack),
    /// A fact that holds until it changes.
    Standing,
}

/// A length of time looked back on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LookBack {
    /// So many months, 1 to [`LOOK_BACK_MONTHS_MAX`].
    Months(u16),
    /// So many days, 1 to [`LOOK_BACK_DAYS_MAX`].
    Days(u16),
}

impl Timing {
    /// The timing's text, without an allocation where it is a fixed word.
    #[must_use]
    pub fn text(self) -> Cow<'static, str> {
        match self {
            Self::AsAt => "as-at".into(),
            Self::During => "during".into(),
            Self::LookBack(LookBack::Months(months)) => format!("during:P{months}M").into(),
            Self::LookBack(LookBack::Days(days)) => format!("during:P{days}D").into(),
            Self::Standing => "standing".into(),
        }
    }
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl FromStr for Timing {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self, TermError> {
        match text {
            "as-at" => Ok(Self::AsAt),
            "during" => Ok(Self::During),
            "standing" => Ok(Self::Standing),
            _ => text
                .strip_prefix("during:P")
                .and_then(look_back)
                .map(Self::LookBack)
                .ok_or_else(|| {
                    TermError(format!(
                        "{} is not a timing: expected as-at, during, standing, during:P1M to during:P{LOOK_BACK_MONTHS_MAX}M or during:P1D to during:P{LOOK_BACK_DAYS_MAX}D",
                        shown(text)
                    ))
                }),
        }
    }
}

impl TryFrom<String> for Timing {
    type Error = TermError;

    fn try_from(text: String) -> Result<Self, TermError> {
        text.parse()
    }
}

impl From<Timing> for String {
    fn from(timing: Timing) -> String {
        timing.text().into_owned()
    }
}

/// Reads `12M` or `7D`.
fn look_back(text: &str) -> Option<LookBack> {
    let (digits, count_max, wrap): (_, _, fn(u16) -> LookBack) = match text.strip_suffix('M') {
        Some(digits) => (digits, LOOK_BACK_MONTHS_MAX, LookBack::Months),
        None => (text.strip_suffix('D')?, LOOK_BACK_DAYS_MAX, LookBack::Days),
    };
    // A leading zero or a sign would be a second way to write the same look-back.
    if !digits.starts_with(|c: char| matches!(c, '1'..='9')) {
        return None;
    }
    let count = digits.parse().ok().filter(|count| *count <= count_max)?;
    Some(wrap(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timing_is_written_in_one_way_only() {
        for text in [
            "as-at",
            "during",
            "during:P1M",
            "during:P120M",
            "during:P7D",
            "during:P3660D",
            "standing",
        ] {
            assert_eq!(text.parse::<Timing>().unwrap().to_string(), text);
        }
        for bad in [
            "",
            "As-at",
            "during:",
            "during:P",
            "during:P0M",
            "during:P121M",
            "during:P3661D",
            "during:P07D",
            "during:P+7D",
            "during:P7",
            "during:P1Y",
            "during:P1M2D",
            "during:PM",
        ] {
            assert!(bad.parse::<Timing>().is_err(), "{bad}");
        }
    }

    #[test]
    fn words_read_back_and_others_are_told_what_was_expected() {
        for each in Reuse::ALL {
            assert_eq!(each.as_str().parse(), Ok(*each));
        }
        let refused = "mandatory".parse::<Compulsion>().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "\"mandatory\" is not a compulsion: expected one of voluntary, contractual, statutory"
        );
        assert!(Compulsion::Voluntary < Compulsion::Statutory);
        assert!(Sensitivity::None < Sensitivity::Personal);
        assert_eq!(
            serde_json::to_string(&Moment::OnCompletion).unwrap(),
            "\"on-completion\""
        );
        assert!(serde_json::from_str::<Moment>("\"later\"").is_err());
    }
}
