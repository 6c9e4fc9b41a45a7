//! Fields of asks.

use crate::domain::ask::AskField;
use crate::domain::fault::Faults;
use crate::domain::field::{Field, RawField, RawOnlyIf};
use crate::domain::field_type::{
    ChoiceOption, Compulsion, FieldType, Lines, Moment, Reuse, Sensitivity, Timing, TypeWord,
};
use crate::grpc::v1;

use super::terms::known;

impl TryFrom<v1::Field> for RawField {
    type Error = Faults;

    fn try_from(field: v1::Field) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let kind = faults.take("", known::<v1::FieldType>("type", field.r#type));
        let compulsion = faults.take("", known::<v1::Compulsion>("compulsion", field.compulsion));
        let reuse = faults.take("", known::<v1::Reuse>("reuse", field.reuse));
        let sensitivity = known::<v1::Sensitivity>("sensitivity", field.sensitivity);
        let sensitivity = faults.take("", sensitivity);
        let moment = faults.take("", known::<v1::Moment>("moment", field.moment));
        let lines = faults.take("", known::<v1::Lines>("lines", field.lines));
        faults.into_result()?;
        let options: Vec<ChoiceOption> = field.options.into_iter().map(read_option).collect();
        Ok(Self {
            name: field.name,
            label: field.label,
            definition: field.definition,
            guidance: field.guidance,
            element: given(field.element),
            topic: field.topic,
            timing: field.timing,
            kind: kind.flatten().map_or("", TypeWord::as_str).to_owned(),
            required: field.required,
            compulsion: compulsion.flatten().map(|word| word.to_string()),
            reuse: reuse.flatten().map(|word| word.to_string()),
            max_age_days: field.max_age_days,
            sensitivity: sensitivity.flatten().map(|word| word.to_string()),
            moment: moment.flatten().map(|word| word.to_string()),
            reference: given(field.reference),
            unit: given(field.unit),
            decimals: field.decimals,
            min: given(field.min),
            max: given(field.max),
            breakdown: (!field.breakdown.is_empty()).then_some(field.breakdown),
            earliest: given(field.earliest),
            latest: given(field.latest),
            max_length: field.max_length,
            lines: lines.flatten().map(|word| word.to_string()),
            options: (!options.is_empty()).then_some(options),
            applies_to: field.applies_to,
            only_if: field.only_if.map(read_only_if),
        })
    }
}

impl TryFrom<RawField> for v1::Field {
    type Error = Faults;

    fn try_from(raw: RawField) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let kind = word::<TypeWord, v1::FieldType>("type", Some(&raw.kind), &mut faults);
        let compulsion = raw.compulsion.as_deref();
        let compulsion = word::<Compulsion, v1::Compulsion>("compulsion", compulsion, &mut faults);
        let reuse = word::<Reuse, v1::Reuse>("reuse", raw.reuse.as_deref(), &mut faults);
        let sensitivity = raw.sensitivity.as_deref();
        let sensitivity =
            word::<Sensitivity, v1::Sensitivity>("sensitivity", sensitivity, &mut faults);
        let moment = word::<Moment, v1::Moment>("moment", raw.moment.as_deref(), &mut faults);
        let lines = word::<Lines, v1::Lines>("lines", raw.lines.as_deref(), &mut faults);
        faults.into_result()?;
        Ok(Self {
            r#type: kind,
            compulsion,
            reuse,
            sensitivity,
            moment,
            lines,
            ..without_words(raw)
        })
    }
}

impl From<&AskField> for v1::Field {
    fn from(own: &AskField) -> Self {
        Self {
            question: own.question.to_string(),
            digest: own.digest.to_string(),
            ..Self::from(&**own.field.field())
        }
    }
}

impl From<&Field> for v1::Field {
    fn from(field: &Field) -> Self {
        let lines = match &field.kind {
            FieldType::Text { lines, .. } => v1::Lines::from(*lines),
            _ => v1::Lines::Unspecified,
        };
        let moment = match field.timing {
            Timing::AsAt => v1::Moment::from(field.moment),
            _ => v1::Moment::Unspecified,
        };
        let unit = field.kind.unit().map(|unit| unit.code().to_owned());
        Self {
            r#type: v1::FieldType::from(field.kind.word()).into(),
            compulsion: v1::Compulsion::from(field.compulsion).into(),
            reuse: v1::Reuse::from(field.reuse).into(),
            sensitivity: v1::Sensitivity::from(field.sensitivity).into(),
            moment: moment.into(),
            lines: lines.into(),
            unit: unit.unwrap_or_default(),
            ..without_words(field.to_raw())
        }
    }
}

/// Everything but the closed words.
fn without_words(raw: RawField) -> v1::Field {
    let options = raw.options.unwrap_or_default();
    v1::Field {
        name: raw.name,
        label: raw.label,
        definition: raw.definition,
        guidance: raw.guidance,
        element: raw.element.unwrap_or_default(),
        topic: raw.topic,
        timing: raw.timing,
        required: raw.required,
        max_age_days: raw.max_age_days,
        reference: raw.reference.unwrap_or_default(),
        unit: raw.unit.unwrap_or_default(),
        decimals: raw.decimals,
        min: raw.min.unwrap_or_default(),
        max: raw.max.unwrap_or_default(),
        breakdown: raw.breakdown.unwrap_or_default(),
        earliest: raw.earliest.unwrap_or_default(),
        latest: raw.latest.unwrap_or_default(),
        max_length: raw.max_length,
        options: options.into_iter().map(option).collect(),
        applies_to: raw.applies_to,
        only_if: raw.only_if.map(only_if),
        ..v1::Field::default()
    }
}

/// An option of a choice.
pub(super) fn option(option: ChoiceOption) -> v1::ChoiceOption {
    v1::ChoiceOption {
        code: option.code,
        label: option.label,
    }
}

/// A condition.
pub(super) fn only_if(only_if: RawOnlyIf) -> v1::OnlyIf {
    v1::OnlyIf {
        field: only_if.field,
        equals: only_if.equals,
        min: only_if.min.unwrap_or_default(),
        max: only_if.max.unwrap_or_default(),
    }
}

fn read_only_if(only_if: v1::OnlyIf) -> RawOnlyIf {
    RawOnlyIf {
        field: only_if.field,
        equals: only_if.equals,
        min: given(only_if.min),
        max: given(only_if.max),
    }
}

pub(super) fn read_option(option: v1::ChoiceOption) -> ChoiceOption {
    ChoiceOption {
        code: option.code,
        label: option.label,
    }
}

/// A text that is given.
pub(super) fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// A word as a value of its enum; zero where there is none.
pub(super) fn word<T, P>(member: &str, text: Option<&str>, faults: &mut Faults) -> i32
where
    T: std::str::FromStr<Err: std::fmt::Display>,
    P: From<T> + Into<i32>,
{
    let Some(text) = text else {
        return 0;
    };
    let read = text.parse::<T>();
    let read = read.map_err(|error| Faults::one(member, error.to_string()));
    faults.take("", read).map_or(0, |word| P::from(word).into())
}
