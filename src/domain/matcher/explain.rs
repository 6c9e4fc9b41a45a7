//! A comparison in plain words.

use std::fmt;

use super::compare::{Compared, Reason, Stand, Tier};
use super::spelling::LookBack;

/// Most facets that agree that an explanation names: those that tell apart are all named.
const AGREEING_NAMED_MAX: usize = 5;

impl Compared {
    /// Why the pair stands in its tier, facet by facet, in a few sentences.
    #[must_use]
    pub fn explanation(&self) -> String {
        let (agreeing, others): (Vec<_>, Vec<_>) = self
            .reasons
            .iter()
            .partition(|reason| reason.stand == Stand::Agrees);
        let mut parts: Vec<String> = others.iter().filter_map(|reason| reason.told()).collect();
        let named = agreeing.iter().take(AGREEING_NAMED_MAX);
        let named: Vec<String> = named.filter_map(|reason| reason.told()).collect();
        if !named.is_empty() {
            parts.push(format!("both: {}", named.join(", ")));
        }
        if parts.is_empty() {
            parts.push(match self.tier {
                Tier::None => "little in common".to_owned(),
                _ => "alike in their words alone".to_owned(),
            });
        }
        parts.join("; ")
    }
}

impl Reason {
    /// The reason in words; none where it says nothing to a person.
    fn told(&self) -> Option<String> {
        let (first, second) = (self.first.join(" and "), self.second.join(" and "));
        let facet = &self.facet;
        Some(match self.stand {
            Stand::Agrees => first,
            Stand::Unsaid => return None,
            _ if second.is_empty() => format!("{facet}: only the first says {first}"),
            _ if first.is_empty() => format!("{facet}: only the second says {second}"),
            Stand::Narrower => format!("{facet}: {first} may not be just {second}"),
            Stand::Related | Stand::Different => format!("{facet}: {first}, not {second}"),
        })
    }
}

impl fmt::Display for LookBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(1) => write!(f, "the last day"),
            Self::Days(days) => write!(f, "the last {days} days"),
            Self::Months(1) => write!(f, "the last month"),
            Self::Months(months) => write!(f, "the last {months} months"),
        }
    }
}
