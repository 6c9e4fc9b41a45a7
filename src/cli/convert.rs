//! Between the domain's words and the generated messages.

use std::fmt::Display;
use std::str::FromStr;

use crate::domain::ask::{RawAsk, RawTargets};
use crate::domain::check::RawAnswer;
use crate::domain::fault::Faults;
use crate::domain::field::RawField;
use crate::domain::field_type::{
    ChoiceOption, Compulsion, Lines, Moment, Reuse, Sensitivity, TypeWord,
};
use crate::domain::window::RawWindowRule;
use crate::grpc::v1;

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

/// An ask as a message.
///
/// # Errors
/// Every word that is none, by path within the ask.
pub(crate) fn ask_message(raw: &RawAsk) -> Result<v1::Ask, Faults> {
    let mut faults = Faults::new();
    let mut fields = Vec::with_capacity(raw.fields.len());
    for (place, field) in raw.fields.iter().enumerate() {
        let message = field_message(field);
        fields.extend(faults.take(&format!("fields[{place}]"), message));
    }
    faults.into_result()?;
    Ok(v1::Ask {
        organisation: raw.organisation.clone(),
        ask: raw.ask.clone(),
        purpose: raw.purpose.clone(),
        legal_basis: raw.legal_basis.clone(),
        contact: raw.contact.clone(),
        notice: raw.notice.clone(),
        cadence: raw.cadence.clone(),
        periods: raw.periods.clone(),
        from: raw.from.clone(),
        until: raw.until.clone(),
        window: raw.window.as_ref().map(|rule| v1::WindowRule {
            opens: rule.opens.clone(),
            closes: rule.closes.clone(),
            roll: Some(rule.roll),
        }),
        targets: Some(v1::Targets {
            homes: raw.targets.homes.clone(),
            areas: raw.targets.areas.clone(),
        }),
        fields,
        ..v1::Ask::default()
    })
}

fn field_message(raw: &RawField) -> Result<v1::Field, Faults> {
    let mut words = Words::default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let message = v1::Field {
        name: raw.name.clone(),
        label: raw.label.clone(),
        definition: raw.definition.clone(),
        guidance: raw.guidance.clone(),
        element: text(&raw.element),
        topic: raw.topic.clone(),
        timing: raw.timing.clone(),
        r#type: words.code::<TypeWord, _>(
            ("type", "FIELD_TYPE"),
            Some(&raw.kind),
            v1::FieldType::from_str_name,
        ),
        required: raw.required,
        compulsion: words.code::<Compulsion, _>(
            ("compulsion", "COMPULSION"),
            raw.compulsion.as_ref(),
            v1::Compulsion::from_str_name,
        ),
        reuse: words.code::<Reuse, _>(
            ("reuse", "REUSE"),
            raw.reuse.as_ref(),
            v1::Reuse::from_str_name,
        ),
        max_age_days: raw.max_age_days,
        sensitivity: words.code::<Sensitivity, _>(
            ("sensitivity", "SENSITIVITY"),
            raw.sensitivity.as_ref(),
            v1::Sensitivity::from_str_name,
        ),
        moment: words.code::<Moment, _>(
            ("moment", "MOMENT"),
            raw.moment.as_ref(),
            v1::Moment::from_str_name,
        ),
        reference: text(&raw.reference),
        unit: text(&raw.unit),
        decimals: raw.decimals,
        min: text(&raw.min),
        max: text(&raw.max),
        breakdown: raw.breakdown.clone().unwrap_or_default(),
        earliest: text(&raw.earliest),
        latest: text(&raw.latest),
        max_length: raw.max_length,
        lines: words.code::<Lines, _>(
            ("lines", "LINES"),
            raw.lines.as_ref(),
            v1::Lines::from_str_name,
        ),
        options: (raw.options.iter().flatten())
            .map(|option| v1::ChoiceOption {
                code: option.code.clone(),
                label: option.label.clone(),
            })
            .collect(),
        ..v1::Field::default()
    };
    words.faults.into_result().map(|()| message)
}

/// Turns words into codes, noting every word that is none.
#[derive(Default)]
struct Words {
    faults: Faults,
}

impl Words {
    fn code<W: FromStr<Err: Display>, E: Into<i32>>(
        &mut self,
        (member, prefix): (&str, &str),
        text: Option<&String>,
        by_name: fn(&str) -> Option<E>,
    ) -> i32 {
        let Some(text) = text else {
            return 0;
        };
        // The domain says what was expected.
        if let Err(error) = text.parse::<W>() {
            self.faults.add(member, error.to_string());
        }
        coded(text, prefix, by_name).unwrap_or(0)
    }
}

/// An ask as it was submitted.
pub(crate) fn raw_ask(ask: &v1::Ask) -> RawAsk {
    let targets = ask.targets.clone().unwrap_or_default();
    let bare = |name: &str| {
        name.strip_prefix("organisations/")
            .unwrap_or(name)
            .to_owned()
    };
    RawAsk {
        organisation: bare(&ask.organisation),
        ask: ask.ask.clone(),
        purpose: ask.purpose.clone(),
        legal_basis: ask.legal_basis.clone(),
        contact: ask.contact.clone(),
        notice: ask.notice.clone(),
        cadence: ask.cadence.clone(),
        periods: ask.periods.clone(),
        from: ask.from.clone(),
        until: ask.until.clone(),
        window: ask.window.as_ref().map(|rule| RawWindowRule {
            opens: rule.opens.clone(),
            closes: rule.closes.clone(),
            roll: rule.roll.unwrap_or(true),
        }),
        targets: RawTargets {
            homes: targets.homes,
            areas: targets.areas,
        },
        fields: ask.fields.iter().map(raw_field).collect(),
    }
}

fn raw_field(field: &v1::Field) -> RawField {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    RawField {
        name: field.name.clone(),
        label: field.label.clone(),
        definition: field.definition.clone(),
        guidance: field.guidance.clone(),
        element: given(&field.element),
        topic: field.topic.clone(),
        timing: field.timing.clone(),
        kind: word(field.r#type().as_str_name(), "FIELD_TYPE"),
        required: field.required,
        compulsion: given(&word(field.compulsion().as_str_name(), "COMPULSION")),
        reuse: given(&word(field.reuse().as_str_name(), "REUSE")),
        max_age_days: field.max_age_days,
        sensitivity: given(&word(field.sensitivity().as_str_name(), "SENSITIVITY")),
        moment: given(&word(field.moment().as_str_name(), "MOMENT")),
        reference: given(&field.reference),
        unit: given(&field.unit),
        decimals: field.decimals,
        min: given(&field.min),
        max: given(&field.max),
        breakdown: (!field.breakdown.is_empty()).then(|| field.breakdown.clone()),
        earliest: given(&field.earliest),
        latest: given(&field.latest),
        max_length: field.max_length,
        lines: given(&word(field.lines().as_str_name(), "LINES")),
        options: (!field.options.is_empty()).then(|| choice_options(&field.options)),
    }
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

/// An answer as a message.
///
/// # Errors
/// A reason that is none, by path within the answer.
pub(crate) fn answer_message(raw: &RawAnswer) -> Result<v1::Answer, Faults> {
    use crate::domain::answer::DeclineReason;

    let mut words = Words::default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let cell = |cell: &crate::domain::check::RawCell| v1::Cell {
        codes: cell.codes.clone(),
        value: cell.value.clone(),
    };
    let grids = raw.grids.iter().map(|grid| v1::Grid {
        dimensions: grid.dimensions.clone(),
        cells: grid.cells.iter().map(cell).collect(),
    });
    let message = v1::Answer {
        entry: raw.entry.clone(),
        number: text(&raw.number),
        unit: text(&raw.unit),
        grids: grids.collect(),
        yes_no: raw.yes_no,
        date: text(&raw.date),
        text: text(&raw.text),
        options: raw.options.clone().unwrap_or_default(),
        none_of_these: raw.options.as_ref().is_some_and(Vec::is_empty),
        declined: words.code::<DeclineReason, _>(
            ("declined", "DECLINE_REASON"),
            raw.declined.as_ref(),
            v1::DeclineReason::from_str_name,
        ),
        note: raw.note.clone(),
        confirm: raw.confirm,
        on: text(&raw.on),
    };
    words.faults.into_result().map(|()| message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ask_goes_over_and_comes_back_as_it_was() {
        let raw: RawAsk = serde_json::from_value(serde_json::json!({
            "organisation": "council", "ask": "daily", "purpose": "p", "legal_basis": "l",
            "cadence": "daily", "window": {"opens": "start", "closes": "end+1d@11:00"},
            "targets": {"homes": ["1-100000001"], "areas": ["E08000014"]},
            "fields": [
                {"name": "a", "label": "A", "type": "yes-no", "timing": "as-at", "required": true,
                 "compulsion": "statutory", "reuse": "always-ask", "sensitivity": "personal",
                 "moment": "on-completion", "max_age_days": 7},
                {"name": "b", "label": "B", "type": "choice", "timing": "as-at",
                 "options": [{"code": "R", "label": "Red"}]},
                {"name": "c", "label": "C", "type": "quantity", "timing": "during", "unit": "h",
                 "decimals": 2, "min": "0", "breakdown": ["job_role"]},
            ],
        }))
        .unwrap();
        let message = ask_message(&raw).unwrap();
        assert_eq!(message.fields[0].r#type(), v1::FieldType::YesNo);
        assert_eq!(raw_ask(&message), raw);
    }

    #[test]
    fn a_word_that_is_none_is_named_by_its_path() {
        let field = RawField {
            kind: "integer".into(),
            reuse: Some("never".into()),
            ..RawField::default()
        };
        let raw = RawAsk {
            fields: vec![field],
            ..RawAsk::default()
        };
        let faults = ask_message(&raw).unwrap_err();
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, ["fields[0].type", "fields[0].reuse"]);
    }
}
