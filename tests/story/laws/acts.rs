//! What happens on a random day.

use proptest::prelude::*;
use serde_json::json;

/// Something that happens.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// A body asks for some of the questions that there are, in one of the ways of [`fields`].
    Ask(usize, Vec<usize>, u8),
    /// The home answers an entry of its form, or corrects it.
    Answer(usize, u32),
    /// The home sends what it answered before to the asks of a body.
    Release(usize),
    /// The home corrects an answer: nobody new receives it.
    Correct(usize, u32),
    /// The home says of the asks of a body that are filed elsewhere that they are filed, or not.
    File(usize, bool),
    /// The data lead joins two questions.
    Join(usize, usize),
    /// The data lead takes a decision back.
    Undo(usize),
    /// A reader takes a page of its stream; or the page is lost on the way.
    Read(usize, bool),
}

pub(super) const BODIES: [&str; 3] = ["body-a", "body-b", "body-c"];
const QUESTIONS: usize = 6;

pub(super) fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (
            0..BODIES.len(),
            prop::collection::btree_set(0..QUESTIONS, 1..4),
            0..WAYS
        )
            .prop_map(|(body, questions, way)| Act::Ask(
                body,
                questions.into_iter().collect(),
                way
            )),
        (0..QUESTIONS, 0u32..9).prop_map(|(entry, figure)| Act::Answer(entry, figure)),
        (0..BODIES.len()).prop_map(Act::Release),
        (0..BODIES.len(), any::<bool>()).prop_map(|(body, is_filed)| Act::File(body, is_filed)),
        (0..QUESTIONS, 0u32..9).prop_map(|(entry, figure)| Act::Correct(entry, figure)),
        (0..QUESTIONS, 0..QUESTIONS).prop_map(|(a, b)| Act::Join(a, b)),
        (0..4usize).prop_map(Act::Undo),
        (1..4usize, any::<bool>()).prop_map(|(rows, is_lost)| Act::Read(rows, is_lost)),
    ]
}

/// In how many ways an ask may ask.
const WAYS: u8 = 8;

/// The fields of an ask. By the bits of its way each but the first depends on the one before it, and
/// every third question is for homes of another kind.
pub(super) fn fields(questions: &[usize], way: u8) -> Vec<serde_json::Value> {
    let services = ["nursing homes", "residential homes", ""];
    let mut fields = Vec::new();
    for (place, question) in questions.iter().enumerate() {
        let mut field = json!({
            "name": format!("q{question}"), "label": format!("Question number {question}"),
            "type": "count", "timing": "as-at",
        });
        if way & 1 != 0 && place > 0 {
            let on = format!("q{}", questions[place - 1]);
            field["only_if"] = json!({"field": on, "min": "4"});
        }
        let service = services[question % services.len()];
        if way & 2 != 0 && !service.is_empty() {
            field["applies_to"] = json!([service]);
        }
        fields.push(field);
    }
    fields
}
