//! The canonical form against the published vectors and a second canonicaliser.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::domain::field::RawField;
use crate::domain::field::tests::any_field;

const MEANING_VECTORS: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/proto/vectors/meaning.json"
));

const FIELD_SET_VECTORS: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/proto/vectors/field_sets.json"
));

const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/proto/CANONICAL.md"));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeaningVector {
    why: String,
    field: RawField,
    normalised: Option<String>,
    canonical: Option<String>,
    question: Option<QuestionId>,
    field_digest: Option<Digest>,
    refused: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldSetVector {
    why: String,
    fields: Vec<RawField>,
    field_set_digest: Digest,
}

fn canonical(raw: RawField) -> Result<Canonical, Faults> {
    canonicalise(&Field::parse_unnamed(raw)?)
}

#[test]
fn every_meaning_is_as_the_vectors_say() {
    let vectors: Vec<MeaningVector> = serde_json::from_str(MEANING_VECTORS).unwrap();
    assert_eq!(vectors.len(), 78);
    for vector in vectors {
        let why = &vector.why;
        match (canonical(vector.field), vector.refused) {
            (Ok(canonical), None) => {
                assert_eq!(Some(canonical.normalised), vector.normalised, "{why}");
                assert_eq!(Some(canonical.meaning), vector.canonical, "{why}");
                assert_eq!(Some(canonical.question), vector.question, "{why}");
                assert_eq!(Some(canonical.field_digest), vector.field_digest, "{why}");
            }
            (Err(faults), Some(refused)) => {
                let faults: Vec<_> = faults.iter().collect();
                assert_eq!(faults.len(), 1, "{why}");
                assert_eq!(faults[0].message, refused, "{why}");
                assert!(faults[0].path.ends_with("label"), "{why}");
            }
            (Ok(_), Some(_)) => panic!("accepted: {why}"),
            (Err(faults), None) => panic!("refused: {why}: {faults}"),
        }
    }
}

#[test]
fn every_field_set_is_as_the_vectors_say() {
    let vectors: Vec<FieldSetVector> = serde_json::from_str(FIELD_SET_VECTORS).unwrap();
    assert_eq!(vectors.len(), 4);
    for vector in vectors {
        let digests = vector.fields.into_iter().map(|raw| canonical(raw).unwrap());
        let digest = Digest::of_field_set(digests.map(|canonical| canonical.field_digest));
        assert_eq!(digest, vector.field_set_digest, "{}", vector.why);
    }
}

fn field(json: &str) -> Field {
    Field::parse_unnamed(serde_json::from_str(json).unwrap()).unwrap()
}

#[test]
fn an_element_asks_the_question_of_any_field_that_names_it() {
    let by_hand = field(
        r#"{"label": "Hours", "element": "staff.hours", "type": "quantity", "unit": "min",
            "timing": "during:P7D"}"#,
    );
    let element = "staff.hours".parse().unwrap();
    let word = by_hand.kind.word();
    let question = element_question(&element, word, by_hand.timing, by_hand.kind.dimension());
    assert_eq!(canonicalise(&by_hand).unwrap().question, question);
    let money = element_question(&element, TypeWord::Money, by_hand.timing, None);
    let same = element_question(
        &element,
        TypeWord::Money,
        by_hand.timing,
        Some(Dimension::Money),
    );
    assert_eq!(money, same);
}

#[test]
fn the_published_example_is_right() {
    let (_, example) = PAGE.split_once("## 8. Worked example").unwrap();
    // Every second part is inside a fence, after the line that opens it.
    let fenced = example.split("```").skip(1).step_by(2);
    let blocks: Vec<&str> = fenced
        .map(|block| block.split_once('\n').unwrap().1.trim_end())
        .collect();
    let field = Field::parse(serde_json::from_str(blocks[0]).unwrap()).unwrap();
    let canonical = canonicalise(&field).unwrap();
    let texts = Texts::of(&field).unwrap();
    let hashed = to_json(&FieldJson {
        contract: contract_of(&field, &texts),
        meaning: meaning_of(&field, &texts),
        v: VERSION,
    });
    let expected = [
        canonical.normalised,
        canonical.meaning,
        canonical.question.to_string(),
        hashed,
        canonical.field_digest.to_string(),
        Digest::of_field_set([canonical.field_digest]).to_string(),
    ];
    assert_eq!(blocks[1..], expected);
}

#[test]
fn a_reference_is_in_the_contract_only_when_set() {
    let plain = field(r#"{"label": "Beds", "type": "count", "timing": "as-at"}"#);
    let mut noon = plain.clone();
    noon.reference = "same@12:00".parse().unwrap();
    let json = |field: &Field| to_json(&contract_of(field, &Texts::of(field).unwrap()));
    assert!(!json(&plain).contains("reference"));
    assert!(json(&noon).contains(r#","reference":"same@12:00","required":"#));
    let (plain, noon) = (canonicalise(&plain).unwrap(), canonicalise(&noon).unwrap());
    assert_eq!(plain.question, noon.question);
    assert_ne!(plain.field_digest, noon.field_digest);
}

#[test]
fn a_field_altered_for_the_worse_is_refused_with_every_path() {
    let mut field = field(
        r#"{"label": "Status", "type": "choice", "timing": "as-at",
            "options": [{"code": "a", "label": "A"}]}"#,
    );
    field.label = "?".to_owned();
    field.definition = "\u{E000}".to_owned();
    let FieldType::Choice { options } = &mut field.kind else {
        panic!("a choice was given");
    };
    options[0].label.clear();
    let faults = canonicalise(&field).unwrap_err();
    let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["label", "definition", "options[0].label"]);
}

proptest! {
    #[test]
    fn a_second_canonicaliser_agrees(field in any_field()) {
        let texts = Texts::of(&field).unwrap();
        let meaning = meaning_of(&field, &texts);
        let by_library = serde_json_canonicalizer::to_string(&meaning).unwrap();
        prop_assert_eq!(to_json(&meaning), by_library);
        let contract = contract_of(&field, &texts);
        let whole = FieldJson { contract, meaning, v: VERSION };
        let by_library = serde_json_canonicalizer::to_string(&whole).unwrap();
        prop_assert_eq!(to_json(&whole), by_library);
    }

    #[test]
    fn a_field_read_back_means_the_same(field in any_field()) {
        let again = Field::parse(field.to_raw()).unwrap();
        prop_assert_eq!(canonicalise(&again).unwrap(), canonicalise(&field).unwrap());
    }
}
