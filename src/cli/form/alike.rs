//! What on a form is perhaps the same question in other words.

use serde_json::{Value, json};

use crate::grpc::v1;

/// What a person is told of an entry that is perhaps the same as others.
pub(super) fn notes(entry: &v1::FormEntry, form: &v1::Form) -> Vec<String> {
    let others = entry.likely_same.iter();
    let told = others.map(|other| {
        let wording = wording(other, form);
        format!("Perhaps the same as “{wording}” ({})", other.explanation)
    });
    told.collect()
}

/// The same for a program.
pub(super) fn as_json(entry: &v1::FormEntry, form: &v1::Form) -> Value {
    let others = entry.likely_same.iter().map(|other| {
        json!({
            "entry": other.entry, "wording": wording(other, form),
            "explanation": other.explanation,
        })
    });
    Value::Array(others.collect())
}

fn wording<'a>(other: &v1::LikelySame, form: &'a v1::Form) -> &'a str {
    let mut entries = form.entries.iter();
    let entry = entries.find(|entry| entry.id == other.entry);
    entry.map_or("", |entry| entry.wording.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_told_of_the_other_by_its_words_and_a_program_by_its_id_too() {
        let entry = |id: &str, wording: &str, other: &str| v1::FormEntry {
            id: id.into(),
            wording: wording.into(),
            likely_same: vec![v1::LikelySame {
                entry: other.into(),
                explanation: "both: a number".into(),
            }],
            ..v1::FormEntry::default()
        };
        let form = v1::Form {
            entries: vec![
                entry("e_a", "Beds in use", "e_b"),
                entry("e_b", "Filled beds", "e_a"),
            ],
            ..v1::Form::default()
        };
        assert_eq!(
            notes(&form.entries[0], &form),
            ["Perhaps the same as “Filled beds” (both: a number)"]
        );
        assert_eq!(
            as_json(&form.entries[1], &form),
            json!([{"entry": "e_a", "wording": "Beds in use", "explanation": "both: a number"}])
        );
    }
}
