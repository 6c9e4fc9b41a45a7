//! How fields, elements and questions are named on the command line and in sheets.

use crate::cli::failure::{Failure, Result};
use crate::domain::id::{AskName, ElementId, FieldName, shown};
use crate::grpc::v1;

/// A field, `ORGANISATION/ASK/FIELD`, or with the ask's full name: its ask's full name, and its own.
pub(super) fn split_field(text: &str) -> Result<(String, String)> {
    read_field(text).map_or_else(
        || {
            let message = format!(
                "{} is no field; expected ORGANISATION/ASK/FIELD",
                shown(text)
            );
            Err(Failure::usage(message))
        },
        |(ask, field)| Ok((ask.to_string(), field.to_string())),
    )
}

/// As [`split_field`]; none for what is not one.
pub(super) fn read_field(text: &str) -> Option<(AskName, FieldName)> {
    let short = text.strip_prefix("organisations/").and_then(|rest| {
        let (organisation, rest) = rest.split_once("/asks/")?;
        Some(format!("{organisation}/{rest}"))
    });
    let short = short.as_deref().unwrap_or(text);
    // The name of a field may hold a stroke itself, those of asks and organisations may not.
    let mut parts = short.splitn(3, '/');
    let organisation = parts.next()?.parse().ok()?;
    let ask = parts.next()?.parse().ok()?;
    let field = parts.next()?.parse().ok()?;
    Some((AskName { organisation, ask }, field))
}

/// An element by id, a question by id, or a field.
pub(super) fn side(text: &str) -> Result<v1::DecisionSide> {
    read_side(text).ok_or_else(|| {
        let message = format!(
            "{} is neither an element, nor a question, nor ORGANISATION/ASK/FIELD",
            shown(text)
        );
        Failure::usage(message)
    })
}

/// As [`side`]; none for what is none.
pub(super) fn read_side(text: &str) -> Option<v1::DecisionSide> {
    if let Some((ask, field)) = read_field(text) {
        return Some(v1::DecisionSide {
            ask: ask.to_string(),
            field: field.to_string(),
            ..v1::DecisionSide::default()
        });
    }
    let question = text.strip_prefix("questions/").unwrap_or(text);
    if question.starts_with("q_") {
        return Some(v1::DecisionSide {
            question: question.to_owned(),
            ..v1::DecisionSide::default()
        });
    }
    let element = text.strip_prefix("elements/").unwrap_or(text);
    let element: ElementId = element.parse().ok()?;
    Some(v1::DecisionSide {
        element: element.to_string(),
        ..v1::DecisionSide::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_an_element_and_a_question_are_told_apart() {
        let field = split_field("nhs/weekly/a/b").unwrap();
        let expected = ("organisations/nhs/asks/weekly".to_owned(), "a/b".to_owned());
        assert_eq!(field, expected);
        assert_eq!(
            split_field("organisations/nhs/asks/weekly/a/b").unwrap(),
            expected
        );
        assert!(split_field("nhs/weekly").is_err());
        assert_eq!(side("beds.occupied").unwrap().element, "beds.occupied");
        assert_eq!(side("questions/q_aa").unwrap().question, "q_aa");
        assert_eq!(side("nhs/weekly/Q 1").unwrap().field, "Q 1");
        assert!(side("Beds occupied").is_err());
    }
}
