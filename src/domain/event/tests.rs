//! Events of every kind and version are read back for ever, and written as they were.

use std::collections::BTreeSet;

use super::*;

/// A sample of every kind, as first released. Lines are added, never changed.
const SAMPLES_V1: &str = include_str!("samples-v1.jsonl");

#[test]
fn samples_of_every_kind_read_back_and_write_the_same() {
    let mut kinds = BTreeSet::new();
    for line in SAMPLES_V1.lines() {
        let event: Event = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        kinds.insert(event.kind());
        assert!(line.starts_with(&format!("{{\"kind\":\"{}\"", event.kind())));
        assert!(!event.keys().is_empty());
        let written: serde_json::Value = serde_json::to_value(&event).unwrap();
        let as_read: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(written, as_read);
    }
    assert_eq!(kinds.len(), 32, "a kind of event has no sample");
}
