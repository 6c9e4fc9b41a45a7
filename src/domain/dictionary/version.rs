//! The versions of an element: what it was from when until when, and who made it so.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Dictionary, Element, RawElement, reader};
use crate::domain::calendar::civil_london;
use crate::domain::event::Event;
use crate::domain::fault::Faults;
use crate::domain::id::ElementId;

/// What brought a version about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionCause {
    /// A whole dictionary was adopted.
    Adopted,
    /// The element was approved, or approved otherwise.
    Approved,
    /// It was retired.
    Retired,
}

/// An element as it was for some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementVersion {
    /// The element.
    pub element: RawElement,
    /// Since when.
    pub from: Timestamp,
    /// Until when; none for the present version.
    pub until: Option<Timestamp>,
    /// What brought it about.
    pub cause: VersionCause,
    /// Who: a token's id.
    pub author: String,
    /// Why; empty if not said.
    pub reason: String,
}

impl ElementVersion {
    /// Whether it was in force as a day of London ended.
    #[must_use]
    pub fn is_of(&self, day: Date) -> bool {
        let is_by = |moment: Timestamp| civil_london(moment).date() <= day;
        is_by(self.from) && !self.until.is_some_and(is_by)
    }
}

/// What was recorded of an element: an event, who recorded it and when.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// The event.
    pub event: &'a Event,
    /// On whose authority: a token's id.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
}

/// The versions of an element, from what was recorded of it, in order.
pub fn versions<'a>(
    id: &ElementId,
    recorded: impl IntoIterator<Item = Said<'a>>,
) -> Vec<ElementVersion> {
    let mut versions: Vec<ElementVersion> = Vec::new();
    for Said { event, by, at } in recorded {
        let open = versions.last().filter(|last| last.until.is_none());
        let before = open.map(|last| &last.element);
        let (after, cause, reason) = match event {
            Event::DictionaryAdopted(raw) => {
                let row = raw.elements.iter().find(|row| row.id == id.as_str());
                let reason = format!("edition {} of the dictionary", raw.version);
                (row.cloned(), VersionCause::Adopted, reason)
            }
            Event::ElementApproved(approved) => {
                let element = Some(approved.element.clone());
                (element, VersionCause::Approved, approved.reason.clone())
            }
            Event::ElementRetired(retired) => {
                let after = before.cloned().map(|mut element| {
                    element.retired = Some(retired.retired.clone());
                    element
                });
                let reason = retired.retired.reason.clone();
                (after, VersionCause::Retired, reason)
            }
            _ => continue,
        };
        if after.as_ref() == before {
            continue;
        }
        if let Some(last) = versions.last_mut() {
            last.until.get_or_insert(at);
        }
        versions.extend(after.map(|element| ElementVersion {
            element,
            from: at,
            until: None,
            cause,
            author: by.to_owned(),
            reason,
        }));
    }
    versions
}

impl Dictionary {
    /// An element of another time, read by itself: how it follows from others is not.
    ///
    /// # Errors
    /// What does not read.
    pub fn read_alone(&self, row: &RawElement) -> Result<Element, Faults> {
        let topics = self.raw.topics.iter().enumerate();
        let mut topics: HashMap<&str, usize> = topics
            .map(|(rank, topic)| (topic.id.as_str(), rank))
            .collect();
        // A topic that is no more comes last.
        topics
            .entry(row.topic.as_str())
            .or_insert(self.raw.topics.len());
        reader::parse_element(row, 0, &topics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dictionary::{ElementApproved, RawDictionary};

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + day * 86_400).unwrap()
    }

    fn row(id: &str, label: &str) -> RawElement {
        RawElement {
            id: id.into(),
            label: label.into(),
            kind: "count".into(),
            timing: "during".into(),
            topic: "falls".into(),
            ..RawElement::default()
        }
    }

    fn adopted(version: &str, elements: Vec<RawElement>) -> Event {
        Event::DictionaryAdopted(RawDictionary {
            version: version.into(),
            topics: Vec::new(),
            dimensions: Vec::new(),
            elements,
        })
    }

    #[test]
    fn what_changes_nothing_makes_no_version_and_what_is_left_out_ends() {
        let (first, other) = (row("x", "X"), row("y", "Y"));
        let approved = ElementApproved {
            element: row("x", "X, reworded"),
            reason: "clearer".into(),
        };
        let events = [
            adopted("1", vec![first.clone(), other.clone()]),
            adopted("2", vec![first.clone()]),
            Event::ElementApproved(approved),
            adopted("3", vec![other]),
            adopted("4", vec![first]),
        ];
        let said = events.iter().zip(0..).map(|(event, day)| Said {
            event,
            by: "t",
            at: at(day),
        });
        let id: ElementId = "x".parse().unwrap();
        let versions = versions(&id, said);
        let told: Vec<_> = versions
            .iter()
            .map(|own| (own.element.label.as_str(), own.from, own.until, own.cause))
            .collect();
        assert_eq!(
            told,
            [
                ("X", at(0), Some(at(2)), VersionCause::Adopted),
                ("X, reworded", at(2), Some(at(3)), VersionCause::Approved),
                ("X", at(4), None, VersionCause::Adopted),
            ]
        );
        let day = |day: i64| civil_london(at(day)).date();
        assert!(versions[0].is_of(day(1)) && !versions[0].is_of(day(2)));
        assert!(versions.iter().all(|own| !own.is_of(day(3))));
        assert!(versions[2].is_of(day(9)));
    }

    #[test]
    fn an_element_of_a_topic_that_is_no_more_is_read_still() {
        let starter = Dictionary::starter();
        let gone = RawElement {
            topic: "no-more".into(),
            ..row("x", "How many falls?")
        };
        let read = starter.read_alone(&gone).unwrap();
        assert_eq!(read.id.as_str(), "x");
    }
}
