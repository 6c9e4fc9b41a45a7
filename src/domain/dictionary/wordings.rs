//! Wordings of forms, each with the element that it means: more than a person would read as aliases,
//! and some of them terse or odd, as forms are. The matcher knows elements by them.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Dictionary, Element};
use crate::domain::digest::QuestionId;

const WORDINGS: &str = include_str!("wordings.json");

impl Element {
    /// Wordings of forms that mean the element; none of an element that means another thing than the
    /// one of its id that the program brings.
    pub(crate) fn wordings(&self) -> &'static [String] {
        static KNOWN: LazyLock<HashMap<QuestionId, Vec<String>>> = LazyLock::new(|| {
            let read: HashMap<String, Vec<String>> = serde_json::from_str(WORDINGS)
                .expect("the wordings are part of the program and tested");
            let starter = Dictionary::starter();
            let known = read.into_iter().filter_map(|(id, wordings)| {
                let id = id.parse().ok()?;
                Some((starter.element(&id)?.question, wordings))
            });
            known.collect()
        });
        KNOWN.get(&self.question).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ElementId;

    #[test]
    fn every_wording_is_of_an_element_and_no_two_elements_have_the_same() {
        let read: HashMap<String, Vec<String>> = serde_json::from_str(WORDINGS).unwrap();
        let starter = Dictionary::starter();
        let mut seen: HashMap<String, String> = HashMap::new();
        for (id, wordings) in read {
            let element = starter.element(&id.parse::<ElementId>().unwrap());
            let element = element.unwrap_or_else(|| panic!("{id} is not an element"));
            for wording in wordings.iter().chain(&element.aliases) {
                let before = seen.insert(wording.to_lowercase(), id.clone());
                assert_eq!(before, None, "{wording} stands twice");
            }
        }
        assert!(seen.len() > 2_000, "{} wordings", seen.len());
    }
}
