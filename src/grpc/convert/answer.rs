//! Answers as homes send them, and values as they were given.

use crate::domain::answer::{Cell, DeclineReason, Grid, Number, Said, Value};
use crate::domain::check::{RawAnswer, RawCell, RawGrid};
use crate::domain::fault::Faults;
use crate::grpc::v1;

use super::field::given;
use super::terms::known;

impl TryFrom<v1::Answer> for RawAnswer {
    type Error = Faults;

    fn try_from(answer: v1::Answer) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let declined = known::<v1::DeclineReason>("declined", answer.declined);
        let declined = faults.take("", declined).flatten();
        let options = match (answer.none_of_these, answer.options.is_empty()) {
            (true, false) => {
                faults.add("none_of_these", "does not go with options");
                None
            }
            (true, true) => Some(Vec::new()),
            (false, is_empty) => (!is_empty).then_some(answer.options),
        };
        faults.into_result()?;
        Ok(Self {
            entry: answer.entry,
            number: given(answer.number),
            unit: given(answer.unit),
            grids: answer.grids.into_iter().map(read_grid).collect(),
            yes_no: answer.yes_no,
            date: given(answer.date),
            text: given(answer.text),
            options,
            declined: declined.map(|reason| reason.to_string()),
            note: answer.note,
            confirm: answer.confirm,
            on: given(answer.on),
        })
    }
}

impl TryFrom<RawAnswer> for v1::Answer {
    type Error = Faults;

    fn try_from(raw: RawAnswer) -> Result<Self, Faults> {
        let declined = match raw.declined.as_deref().map(str::parse::<DeclineReason>) {
            None => v1::DeclineReason::Unspecified,
            Some(Ok(reason)) => reason.into(),
            Some(Err(error)) => return Err(Faults::one("declined", error.to_string())),
        };
        Ok(Self {
            entry: raw.entry,
            number: raw.number.unwrap_or_default(),
            unit: raw.unit.unwrap_or_default(),
            grids: raw.grids.into_iter().map(sent_grid).collect(),
            yes_no: raw.yes_no,
            date: raw.date.unwrap_or_default(),
            text: raw.text.unwrap_or_default(),
            none_of_these: raw.options.as_ref().is_some_and(Vec::is_empty),
            options: raw.options.unwrap_or_default(),
            declined: declined.into(),
            note: raw.note,
            confirm: raw.confirm,
            on: raw.on.unwrap_or_default(),
        })
    }
}

/// What was said.
pub(super) fn value(said: &Said) -> v1::Value {
    use v1::value::Said as Sent;
    let sent = match said {
        Said::Value(Value::Number(value)) => Sent::Number(number(value)),
        Said::Value(Value::YesNo(yes)) => Sent::YesNo(*yes),
        Said::Value(Value::Date(day)) => Sent::Date(day.to_string()),
        Said::Value(Value::Text(text)) => Sent::Text(text.clone()),
        Said::Value(Value::Options(keys)) => Sent::Options(v1::OptionsValue {
            keys: keys.iter().cloned().collect(),
        }),
        Said::Declined { reason, note } => Sent::Declined(declined(*reason, note)),
    };
    v1::Value { said: Some(sent) }
}

/// Why there is no value.
pub(super) fn declined(reason: DeclineReason, note: &str) -> v1::Declined {
    v1::Declined {
        reason: v1::DeclineReason::from(reason).into(),
        note: note.to_owned(),
    }
}

/// A breakdown.
pub(super) fn grid(grid: &Grid) -> v1::Grid {
    let cell = |cell: &Cell| v1::Cell {
        codes: cell.codes.clone(),
        value: cell.value.to_string(),
    };
    v1::Grid {
        dimensions: grid.dimensions.iter().map(ToString::to_string).collect(),
        cells: grid.cells.iter().map(cell).collect(),
    }
}

fn number(number: &Number) -> v1::NumberValue {
    let unit = number.unit.map(|unit| unit.code().to_owned());
    v1::NumberValue {
        total: number
            .total
            .map(|total| total.to_string())
            .unwrap_or_default(),
        unit: unit.unwrap_or_default(),
        grids: number.grids.iter().map(grid).collect(),
    }
}

fn read_grid(grid: v1::Grid) -> RawGrid {
    let cell = |cell: v1::Cell| RawCell {
        codes: cell.codes,
        value: cell.value,
    };
    RawGrid {
        dimensions: grid.dimensions,
        cells: grid.cells.into_iter().map(cell).collect(),
    }
}

fn sent_grid(grid: RawGrid) -> v1::Grid {
    let cell = |cell: RawCell| v1::Cell {
        codes: cell.codes,
        value: cell.value,
    };
    v1::Grid {
        dimensions: grid.dimensions,
        cells: grid.cells.into_iter().map(cell).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_go_over_the_wire_and_back_unchanged() {
        let file = r#"[
            {"entry": "e_1", "number": "4", "unit": "h", "grids": [{"dimensions": ["job_role"],
             "cells": [{"codes": ["nurse"], "value": "4"}]}]},
            {"entry": "e_2", "yes_no": false},
            {"entry": "e_3", "options": []},
            {"entry": "e_4", "options": ["Good"]},
            {"entry": "e_5", "declined": "not-held", "note": "asked for it"},
            {"entry": "e_6", "confirm": true, "on": "2026-11-21"}]"#;
        let answers: Vec<RawAnswer> = serde_json::from_str(file).unwrap();
        for raw in answers {
            let sent = v1::Answer::try_from(raw.clone()).unwrap();
            assert_eq!(RawAnswer::try_from(sent).unwrap(), raw);
        }
    }

    #[test]
    fn none_of_these_does_not_go_with_options() {
        let answer = v1::Answer {
            none_of_these: true,
            options: vec!["Good".into()],
            ..v1::Answer::default()
        };
        let faults = RawAnswer::try_from(answer).unwrap_err();
        assert_eq!(faults.iter().next().unwrap().path, "none_of_these");
    }
}
