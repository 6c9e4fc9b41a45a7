//! An answer as it comes in, checked against the entry that it is given on.
//!
//! Invariant: a true answer is never refused because a requester's limits are narrow. What cannot
//! be an answer at all is a fault; what some requester did not expect is a warning.

mod number;

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, DeclineReason, Said, Value};
use super::calendar::parse_day;
use super::delivery::option_of;
use super::fault::Faults;
use super::field_type::FieldType;
use super::id::shown;
use super::limits::{NOTE_CHARS_MAX, TEXT_CHARS_MAX};
use super::reference::Reference;
use super::template::{Entry, Input};
use super::text::normalise;
use super::worked_out::WorkedOut;

/// An answer as it comes in: nothing checked yet. This is also the shape of an answers file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawAnswer {
    /// The entry's id.
    pub entry: String,
    /// A number, or the whole of one that is broken down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The unit in which figures are stated; the entry's own if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Breakdowns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grids: Vec<RawGrid>,
    /// Yes or no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yes_no: Option<bool>,
    /// A date, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// A text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Labels of the options chosen; an empty list says "none of these".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<String>>,
    /// Why there is no value: the word of a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declined: Option<String>,
    /// More of the reason.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Takes what the form offers: still true.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirm: bool,
    /// The very date that the answer speaks of, for an entry answered on completion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
}

/// A breakdown as it comes in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawGrid {
    /// Ids of its dimensions.
    pub dimensions: Vec<String>,
    /// Its boxes.
    pub cells: Vec<RawCell>,
}

/// A box of a breakdown as it comes in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCell {
    /// A code of each dimension, in their order.
    pub codes: Vec<String>,
    /// The figure.
    pub value: String,
}

/// Something that a requester did not expect of an answer: worth a second look, never a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What.
    pub of: WarningOf,
    /// The same in a sentence without the answer itself.
    pub message: String,
}

/// What is worth a second look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarningOf {
    /// The value lies outside what a demand takes, by its place in the entry.
    Demand(u32),
    /// What states the same whole does not agree.
    Totals,
}

/// An answer that may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The answer.
    pub answer: Answer,
    /// What is worth a second look.
    pub warnings: Vec<Warning>,
}

/// Checks an answer against its entry.
///
/// `offered` is what the form offers for confirmation; `today` is the day in London.
///
/// # Errors
/// Every fault, by path within the answer.
pub fn check(
    raw: &RawAnswer,
    entry: &Entry,
    offered: Option<&Answer>,
    today: Date,
) -> Result<Checked, Faults> {
    let mut faults = Faults::new();
    let mut warnings = Vec::new();
    let on = speaks_of(raw, entry, offered, today, &mut faults);
    let said = match sole_member(raw, &mut faults) {
        Some("confirm") => confirmed(offered, entry, &mut faults),
        Some("declined") => declined(raw, &mut faults),
        Some(member) => value(member, raw, entry, &mut warnings, &mut faults).map(Said::Value),
        None => None,
    };
    if !raw.note.is_empty() && raw.declined.is_none() {
        faults.add("note", "belongs to a reason why there is no value");
    }
    faults.into_result()?;
    let said = said.ok_or_else(|| Faults::one("", "the answer has no value"))?;
    Ok(Checked {
        answer: Answer {
            entry: entry.id,
            question: entry.question,
            reference: entry.reference,
            on,
            said,
            worked_out: offered.filter(|_| raw.confirm).and_then(looked_at),
        },
        warnings,
    })
}

/// The one member that holds the answer.
fn sole_member(raw: &RawAnswer, faults: &mut Faults) -> Option<&'static str> {
    let given = [
        ("number", raw.number.is_some() || !raw.grids.is_empty()),
        ("yes_no", raw.yes_no.is_some()),
        ("date", raw.date.is_some()),
        ("text", raw.text.is_some()),
        ("options", raw.options.is_some()),
        ("declined", raw.declined.is_some()),
        ("confirm", raw.confirm),
    ];
    let mut members = given.iter().filter(|(_, is)| *is).map(|(name, _)| *name);
    match (members.next(), members.next()) {
        (Some(member), None) => Some(member),
        (None, _) => {
            faults.add("", "give a value, or a reason why there is none");
            None
        }
        (Some(first), Some(second)) => {
            let message = format!("{first} and {second} are both given; give one answer");
            faults.add("", message);
            None
        }
    }
}

fn speaks_of(
    raw: &RawAnswer,
    entry: &Entry,
    offered: Option<&Answer>,
    today: Date,
    faults: &mut Faults,
) -> Option<Date> {
    let given = raw.on.as_deref().and_then(|text| {
        let read = parse_day(text).map_err(|e| Faults::one("", e.to_string()));
        faults.take("on", read)
    });
    let Reference::OnCompletion { opens, closes } = entry.reference else {
        if raw.on.is_some() {
            let message = format!("this question speaks {}", entry.reference.label());
            faults.add("on", message);
        }
        return None;
    };
    // What was said of a day before the window is still true today.
    let is_within = |day: &Date| opens.date() <= *day && *day <= closes.date();
    let kept = offered.filter(|_| raw.confirm).and_then(|o| o.on);
    let kept = kept.filter(is_within);
    let day = given.or(kept).unwrap_or(today);
    if raw.on.as_deref().is_none_or(|_| given.is_some())
        && (day < opens.date() || closes.date() < day)
    {
        let message = format!(
            "the answer must speak of a day from {} to {}; say which",
            opens.date(),
            closes.date()
        );
        faults.add("on", message);
    }
    Some(day)
}

/// How what is offered came about, now that the home says that it is right.
fn looked_at(offered: &Answer) -> Option<WorkedOut> {
    let worked_out = offered.worked_out.clone()?;
    Some(WorkedOut {
        confirmed: true,
        ..worked_out
    })
}

/// What is offered, its options by the keys that they have on this form.
fn confirmed(offered: Option<&Answer>, entry: &Entry, faults: &mut Faults) -> Option<Said> {
    let Some(offered) = offered else {
        faults.add("confirm", "the form offers nothing to confirm here");
        return None;
    };
    let Said::Value(Value::Options(keys)) = &offered.said else {
        return Some(offered.said.clone());
    };
    let here = keys
        .iter()
        .map(|key| Some(option_of(entry, key)?.key.clone()));
    let here: Option<BTreeSet<String>> = here.collect();
    if here.is_none() {
        faults.add(
            "confirm",
            "what was answered is no longer an option; choose anew",
        );
    }
    here.map(|keys| Said::Value(Value::Options(keys)))
}

fn declined(raw: &RawAnswer, faults: &mut Faults) -> Option<Said> {
    if raw.note.chars().count() > NOTE_CHARS_MAX {
        faults.add(
            "note",
            format!("is longer than {NOTE_CHARS_MAX} characters"),
        );
    }
    let word = raw.declined.as_deref().unwrap_or_default();
    let read = word.parse::<DeclineReason>();
    let reason = faults.take("declined", read.map_err(|e| Faults::one("", e.to_string())))?;
    Some(Said::Declined {
        reason,
        note: raw.note.clone(),
    })
}

fn value(
    member: &'static str,
    raw: &RawAnswer,
    entry: &Entry,
    warnings: &mut Vec<Warning>,
    faults: &mut Faults,
) -> Option<Value> {
    if raw.unit.is_some() && member != "number" {
        faults.add("unit", "belongs to a number");
    }
    match (&entry.input, member) {
        (
            Input::Count(_) | Input::Quantity(_) | Input::Percentage(_) | Input::Money(_),
            "number",
        ) => number::check(raw, entry, warnings, faults).map(Value::Number),
        (Input::YesNo, "yes_no") => raw.yes_no.map(Value::YesNo),
        (Input::Date { .. }, "date") => date(raw, entry, warnings, faults),
        (Input::Text { .. }, "text") => text(raw, entry, warnings, faults),
        (Input::Choice { .. }, "options") => Some(chosen(raw, entry, true, faults)),
        (Input::Choices { .. }, "options") => Some(chosen(raw, entry, false, faults)),
        (input, _) => {
            let message = format!("the question is a {}; it takes no {member}", input.word());
            faults.add(member, message);
            None
        }
    }
}

fn date(
    raw: &RawAnswer,
    entry: &Entry,
    warnings: &mut Vec<Warning>,
    faults: &mut Faults,
) -> Option<Value> {
    let read = parse_day(raw.date.as_deref().unwrap_or_default());
    let day = faults.take("date", read.map_err(|e| Faults::one("", e.to_string())))?;
    for (place, demand) in (0..).zip(&entry.demands) {
        let FieldType::Date { earliest, latest } = demand.field.kind else {
            continue;
        };
        let early = earliest.is_some_and(|earliest| day < earliest);
        if early || latest.is_some_and(|latest| latest < day) {
            let organisation = &demand.ask.organisation;
            warnings.push(Warning {
                of: WarningOf::Demand(place),
                message: format!("{organisation} did not expect a date so early or late"),
            });
        }
    }
    Some(Value::Date(day))
}

fn text(
    raw: &RawAnswer,
    entry: &Entry,
    warnings: &mut Vec<Warning>,
    faults: &mut Faults,
) -> Option<Value> {
    let text = raw.text.clone().unwrap_or_default();
    let chars = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    if text.trim().is_empty() {
        faults.add("text", "is empty; leave the question out, or give a reason");
        return None;
    }
    let is_foul = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(is_foul) {
        faults.add("text", "has a control character");
        return None;
    }
    if chars > TEXT_CHARS_MAX {
        faults.add(
            "text",
            format!("is longer than {TEXT_CHARS_MAX} characters"),
        );
        return None;
    }
    for (place, demand) in (0..).zip(&entry.demands) {
        let FieldType::Text { max_length, .. } = demand.field.kind else {
            continue;
        };
        if chars > max_length {
            let organisation = &demand.ask.organisation;
            warnings.push(Warning {
                of: WarningOf::Demand(place),
                message: format!("{organisation} expects at most {max_length} characters"),
            });
        }
    }
    Some(Value::Text(text))
}

fn chosen(raw: &RawAnswer, entry: &Entry, is_single: bool, faults: &mut Faults) -> Value {
    let labels = raw.options.as_deref().unwrap_or_default();
    let mut keys = BTreeSet::new();
    for (position, label) in labels.iter().enumerate() {
        let normalised = normalise(label).ok();
        let found = normalised.and_then(|label| option_of(entry, &label));
        if let Some(option) = found {
            keys.insert(option.key.clone());
        } else {
            let known = entry.options().iter().map(|option| shown(option.name()));
            let known: Vec<_> = known.collect();
            let message = format!("is not an option; expected one of {}", known.join(", "));
            faults.add(format!("options[{position}]"), message);
        }
    }
    if is_single && labels.len() != 1 {
        faults.add("options", "choose one");
    }
    Value::Options(keys)
}

#[cfg(test)]
mod tests;
