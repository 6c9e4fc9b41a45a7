//! How a dictionary changes: an element is proposed, approved or retired, one at a time.
//!
//! A dictionary stays a value: a change makes another. An element in force never changes what it
//! means to the kernel (type, timing, unit's dimension): then it would be another question under
//! the same id. It is retired, and another approved.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Dictionary, Element, RawElement};
use crate::domain::fault::Faults;
use crate::domain::id::{ElementId, OrganisationId};

/// An element that somebody would like to have, or like to have otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElementProposed {
    /// The element as proposed: well formed when it was.
    pub element: RawElement,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Of which organisation the proposer is; none for a data lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// When.
    pub proposed_at: Timestamp,
}

/// An element as approved, in the place of what was in force under its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElementApproved {
    /// The element.
    pub element: RawElement,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// An element, or a proposal of one, that is no longer wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElementRetired {
    /// Its id.
    pub element: ElementId,
    /// Since when; no new ask may name it.
    pub retired: Retirement,
}

/// Since when an element is retired, and what is to be used instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retirement {
    /// The day, in London.
    pub on: Date,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The element to be used instead, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<ElementId>,
}

/// What changes a dictionary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ElementChange {
    /// An element came into force.
    Approved(Arc<ElementApproved>),
    /// An element was retired.
    Retired(Arc<ElementRetired>),
}

impl ElementChange {
    /// The id of the element that it changes.
    #[must_use]
    pub fn element(&self) -> &str {
        match self {
            Self::Approved(approved) => &approved.element.id,
            Self::Retired(retired) => retired.element.as_str(),
        }
    }
}

impl Dictionary {
    /// The dictionary after a change. The same change again makes no difference.
    ///
    /// # Errors
    /// Every fault of the element, by path; a change of what an element in force means, or that
    /// another could no longer follow from; retiring what others follow from.
    pub fn with(&self, change: &ElementChange) -> Result<Self, Faults> {
        match change {
            ElementChange::Approved(approved) => self.with_element(&approved.element),
            ElementChange::Retired(retired) => {
                self.check_unused(&retired.element)?;
                let mut raw = self.raw.clone();
                let wanted = retired.element.as_str();
                if let Some(row) = raw.elements.iter_mut().find(|row| row.id == wanted) {
                    row.retired = Some(retired.retired.clone());
                }
                Self::parse(raw)
            }
        }
    }

    /// Refuses to do without an element from which others in force follow.
    ///
    /// # Errors
    /// Which they are.
    pub fn check_unused(&self, id: &ElementId) -> Result<(), Faults> {
        let follows = |element: &&Arc<Element>| {
            let follows = element.follows.as_ref();
            element.retired.is_none() && follows.is_some_and(|it| it.elements().contains(id))
        };
        let users: Vec<&str> = self
            .elements()
            .filter(follows)
            .map(|element| element.id.as_str())
            .collect();
        let told = match users.as_slice() {
            [] => return Ok(()),
            [only] => format!("{only} follows from it: change or retire that first"),
            several => format!(
                "{} follow from it: change or retire those first",
                several.join(", ")
            ),
        };
        Err(Faults::one("name", told))
    }

    fn with_element(&self, element: &RawElement) -> Result<Self, Faults> {
        let mut raw = self.raw.clone();
        let known = raw.elements.iter().position(|row| row.id == element.id);
        let place = known.unwrap_or(raw.elements.len());
        match known {
            Some(place) => raw.elements[place] = element.clone(),
            None => raw.elements.push(element.clone()),
        }
        let parsed = Self::parse_changed(raw, Some((self, place)));
        let parsed = parsed.map_err(|faults| self.of_row(&faults, place))?;
        let id = element.id.parse::<ElementId>().ok();
        let before = id.as_ref().and_then(|id| self.element(id));
        let after = id.as_ref().and_then(|id| parsed.element(id));
        if let (Some(before), Some(after)) = (before, after)
            && before.question != after.question
        {
            let message = "is another type, timing or dimension than that of the element in \
                           force; retire that, and propose another id";
            return Err(Faults::one("type", message));
        }
        Ok(parsed)
    }

    /// The faults of the row at a place, by path within the row; those of others name the element
    /// that the change would spoil.
    fn of_row(&self, faults: &Faults, place: usize) -> Faults {
        let prefix = format!("elements[{place}]");
        let mut told = Faults::new();
        for fault in faults.iter() {
            if let Some(path) = fault.path.strip_prefix(&prefix) {
                told.add(path.trim_start_matches('.'), fault.message.as_str());
                continue;
            }
            let other = fault.path.strip_prefix("elements[");
            let other = other.and_then(|rest| rest.split_once("]."));
            let other = other.and_then(|(place, member)| {
                let row = self.raw.elements.get(place.parse::<usize>().ok()?)?;
                Some((row.id.as_str(), member))
            });
            match other {
                Some((id, member)) => {
                    let message =
                        format!("{id} would no longer do, its {member}: {}", fault.message);
                    told.add("", message);
                }
                None => told.add(fault.path.as_str(), fault.message.as_str()),
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn falls() -> RawElement {
        RawElement {
            id: "falls.at_night".into(),
            label: "How many falls were there at night?".into(),
            kind: "count".into(),
            timing: "during".into(),
            topic: "falls".into(),
            ..RawElement::default()
        }
    }

    fn approved(element: RawElement) -> ElementChange {
        let reason = String::new();
        ElementChange::Approved(Arc::new(ElementApproved { element, reason }))
    }

    #[test]
    fn an_element_comes_into_force_is_reworded_and_retires() {
        let starter = Dictionary::starter();
        let with = starter.with(&approved(falls())).unwrap();
        assert_eq!(with.elements().count(), starter.elements().count() + 1);
        assert_eq!(with.with(&approved(falls())).unwrap(), with);
        let reworded = RawElement {
            label: "Falls between ten and six".into(),
            ..falls()
        };
        let reworded = with.with(&approved(reworded)).unwrap();
        assert_ne!(reworded.digest(), with.digest());
        let id: ElementId = "falls.at_night".parse().unwrap();
        let retired = ElementChange::Retired(Arc::new(ElementRetired {
            element: id.clone(),
            retired: Retirement {
                on: jiff::civil::date(2026, 11, 22),
                reason: "nobody asks".into(),
                successor: Some("falls.total".parse().unwrap()),
            },
        }));
        let retired = reworded.with(&retired).unwrap();
        assert!(retired.element(&id).unwrap().retired.is_some());
    }

    #[test]
    fn what_was_not_changed_is_not_read_again_and_is_as_if_it_were() {
        let starter = Dictionary::starter();
        let first = starter.raw().elements[0].clone();
        let reworded = RawElement {
            definition: "Whatever is counted.".into(),
            ..first
        };
        for element in [falls(), reworded] {
            let changed = starter.with(&approved(element)).unwrap();
            let anew = Dictionary::parse(changed.raw().clone()).unwrap();
            assert!(changed == anew, "elements, what they follow from, digest");
        }
    }

    #[test]
    fn what_an_element_means_never_changes_and_faults_are_those_of_the_row() {
        let with = Dictionary::starter().with(&approved(falls())).unwrap();
        let other = RawElement {
            kind: "yes-no".into(),
            ..falls()
        };
        let faults = with.with(&approved(other)).unwrap_err();
        assert_eq!(faults.iter().next().map(|f| f.path.as_str()), Some("type"));
        let bad = RawElement {
            id: "Falls".into(),
            topic: "none".into(),
            label: "?".into(),
            ..falls()
        };
        let faults = with.with(&approved(bad)).unwrap_err();
        let paths: Vec<_> = faults.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["id", "topic", "label"]);
    }

    fn row(id: &str, formula: &str) -> RawElement {
        RawElement {
            id: id.into(),
            label: format!("How many {id}?"),
            formula: (!formula.is_empty()).then(|| formula.into()),
            ..falls()
        }
    }

    fn told(faults: &Faults) -> Vec<String> {
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_element_that_would_close_a_circle_is_refused_whichever_comes_last() {
        let mut dictionary = by_harm();
        for (id, formula) in [("x.c", ""), ("x.b", "x.c + 1"), ("x.a", "2 * x.b")] {
            dictionary = dictionary.with(&approved(row(id, formula))).unwrap();
        }
        let refused = dictionary
            .with(&approved(row("x.c", "x.a - 1")))
            .unwrap_err();
        assert_eq!(
            told(&refused),
            ["formula: would follow from itself: x.c → x.a → x.b → x.c"]
        );
    }

    /// Falls by harm, and the severe of them.
    fn by_harm() -> Dictionary {
        let raw = r#"{"version": "1", "topics": [{"id": "falls", "label": "Falls"}],
            "dimensions": [{"id": "harm", "label": "Harm", "codes": [
              {"code": "none", "label": "None"}, {"code": "severe", "label": "Severe"}]}],
            "elements": [{"id": "falls.all", "label": "Falls", "type": "count",
              "timing": "during", "topic": "falls", "dimensions": ["harm"]}]}"#;
        let bare = Dictionary::parse(serde_json::from_str(raw).unwrap()).unwrap();
        let severe = row("x.severe", "falls.all[harm=severe] * 1");
        bare.with(&approved(severe)).unwrap()
    }

    fn retire(id: &str) -> ElementChange {
        ElementChange::Retired(Arc::new(ElementRetired {
            element: id.parse().unwrap(),
            retired: Retirement {
                on: jiff::civil::date(2026, 11, 22),
                reason: String::new(),
                successor: None,
            },
        }))
    }

    #[test]
    fn what_others_follow_from_stays_as_they_need_it() {
        let dictionary = by_harm();
        let mut all = dictionary.raw().elements[0].clone();
        all.dimensions.clear();
        let refused = dictionary.with(&approved(all)).unwrap_err();
        let spoiled =
            "x.severe would no longer do, its formula: falls.all is not broken down by harm";
        assert_eq!(told(&refused), [spoiled]);
        let refused = dictionary.with(&retire("falls.all")).unwrap_err();
        let used = "name: x.severe follows from it: change or retire that first";
        assert_eq!(told(&refused), [used]);
        let both = dictionary.with(&approved(row("x.twice", "2 * falls.all")));
        let refused = both.unwrap().with(&retire("falls.all")).unwrap_err();
        let used = "name: x.severe, x.twice follow from it: change or retire those first";
        assert_eq!(told(&refused), [used]);
    }

    #[test]
    fn what_nothing_in_force_follows_from_is_retired_and_named_no_more() {
        let without = by_harm().with(&retire("x.severe")).unwrap();
        let without = without.with(&retire("falls.all")).unwrap();
        assert_eq!(without.with(&retire("falls.all")).unwrap(), without);
        let refused = without.with(&approved(row("x.again", "falls.all * 2")));
        assert_eq!(
            told(&refused.unwrap_err()),
            ["formula: falls.all is retired since 2026-11-22"]
        );
    }
}
