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
