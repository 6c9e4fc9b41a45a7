//! Between the domain's words and the generated messages.

use crate::domain::fault::Faults;
use crate::domain::field::RawField;
use crate::domain::field_type::ChoiceOption;
use crate::grpc::v1;

use super::failure::Failure;

/// The word behind a generated enum's value, such as `yes-no` for `FIELD_TYPE_YES_NO`; empty for
/// one that is not given.
pub(crate) fn word(name: &str, prefix: &str) -> String {
    let tail = name.strip_prefix(prefix).unwrap_or(name);
    let word = tail
        .trim_start_matches('_')
        .to_lowercase()
        .replace('_', "-");
    if word == "unspecified" {
        String::new()
    } else {
        word
    }
}

/// The generated enum's value of a word.
pub(crate) fn coded<E: Into<i32>>(
    text: &str,
    prefix: &str,
    by_name: fn(&str) -> Option<E>,
) -> Option<i32> {
    let name = format!("{prefix}_{}", text.to_uppercase().replace('-', "_"));
    by_name(&name).map(Into::into)
}

/// An element of the dictionary in the shape of a field.
pub(crate) fn element_field(element: &v1::Element) -> RawField {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    RawField {
        label: element.label.clone(),
        timing: element.timing.clone(),
        kind: word(element.r#type().as_str_name(), "FIELD_TYPE"),
        unit: given(&element.unit),
        options: (!element.options.is_empty()).then(|| choice_options(&element.options)),
        ..RawField::default()
    }
}

fn choice_options(options: &[v1::ChoiceOption]) -> Vec<ChoiceOption> {
    let option = |option: &v1::ChoiceOption| ChoiceOption {
        code: option.code.clone(),
        label: option.label.clone(),
    };
    options.iter().map(option).collect()
}

/// What to say of a message from a server that knows words that this program does not.
pub(crate) fn too_old(name: &str, faults: &Faults) -> Failure {
    Failure::of_faults(format!("this program is too old to read {name}"), faults)
}
