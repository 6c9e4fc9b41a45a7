//! Reads the rows of a dictionary, each by itself.

use std::collections::{BTreeSet, HashMap};

use super::{Element, RawDictionary, RawElement};
use crate::domain::canonical::canonicalise;
use crate::domain::fault::Faults;
use crate::domain::field::{Field, RawField};
use crate::domain::id::{ElementId, shown};

/// Checks the dimensions, and that elements name no other.
pub(super) fn check_dimensions(raw: &RawDictionary, faults: &mut Faults) {
    let mut seen = BTreeSet::new();
    for (position, dimension) in raw.dimensions.iter().enumerate() {
        let path = format!("dimensions[{position}]");
        if !seen.insert(&dimension.id) {
            faults.add(format!("{path}.id"), "is given twice");
        }
        if dimension.codes.len() < 2 {
            faults.add(
                format!("{path}.codes"),
                "a dimension needs two codes at least",
            );
        }
    }
    for (position, element) in raw.elements.iter().enumerate() {
        for id in &element.dimensions {
            if !seen.contains(id) {
                faults.add(
                    format!("elements[{position}].dimensions"),
                    format!("{id} is not among the dimensions"),
                );
            }
        }
    }
}

/// Checks an element by itself: what it says of others is checked once all are read.
pub(super) fn parse_element(
    row: &RawElement,
    position: usize,
    topics: &HashMap<&str, usize>,
) -> Result<Element, Faults> {
    let mut faults = Faults::new();
    let id = row.id.parse::<ElementId>();
    let id = faults.take("id", id.map_err(|e| Faults::one("", e.to_string())));
    let topic = topics.get(row.topic.as_str()).copied();
    if topic.is_none() {
        let message = format!("{} is not among the topics", shown(&row.topic));
        faults.add("topic", message);
    }
    // Checked as a field without an element: a definition beside an element is refused there.
    let field = faults.take("", Field::parse_unnamed(raw_field(row)));
    faults.into_result()?;
    let (Some(id), Some(topic), Some(field)) = (id, topic, field) else {
        return Err(Faults::one("", "the row is not an element"));
    };
    let naming = Field {
        element: Some(id.clone()),
        definition: String::new(),
        ..field.clone()
    };
    Ok(Element {
        question: canonicalise(&naming)?.question,
        id,
        field,
        population: row.population,
        dimensions: row.dimensions.clone(),
        follows: None,
        register: row.register,
        over_time: row.over_time,
        aliases: row.aliases.clone(),
        rank: (topic, position),
        retired: row.retired.clone(),
    })
}

fn raw_field(row: &RawElement) -> RawField {
    RawField {
        label: row.label.clone(),
        definition: row.definition.clone(),
        topic: row.topic.clone(),
        timing: row.timing.clone(),
        kind: row.kind.clone(),
        unit: row.unit.clone(),
        decimals: row.decimals,
        options: row.options.clone(),
        lines: row.lines.clone(),
        sensitivity: row.sensitivity.clone(),
        ..RawField::default()
    }
}
