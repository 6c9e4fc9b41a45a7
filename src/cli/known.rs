//! What is known already, in words: what there is to do for a question, and where a value comes
//! from that nobody typed.

use serde_json::{Value, json};

use crate::grpc::v1;

use super::convert::word;
use super::{out, value};

/// Most answers that are named one by one where a value was worked out from them.
const SOURCES_NAMED_MAX: usize = 6;

/// What there is to do for an entry; empty for nothing.
pub(crate) fn to_do(entry: &v1::FormEntry) -> &'static str {
    use v1::EntryNeed;

    match entry.need() {
        EntryNeed::Send => "to send",
        EntryNeed::Answer => "to answer",
        EntryNeed::Confirm if entry.pending.is_some() => "to confirm later",
        EntryNeed::Confirm => "to confirm",
        EntryNeed::WorkedOut => "worked out",
        EntryNeed::Register => "from the register",
        EntryNeed::Nothing | EntryNeed::Unspecified => "",
    }
}

/// What a form leaves to do, in a line: "47 questions: 12 to answer, 20 to confirm, 15 answered".
pub(crate) fn summary(form: &v1::FormSummary) -> String {
    let open = [
        (form.to_answer, "to answer"),
        (form.to_confirm, "to confirm"),
        (form.worked_out, "worked out"),
        (form.from_register, "from the register"),
        (form.to_send, "to send"),
    ];
    let left: u32 = open.iter().map(|(count, _)| count).sum();
    let beside = [
        (form.put.saturating_sub(left), "answered"),
        (
            form.entries.saturating_sub(form.put),
            "waiting for another answer",
        ),
    ];
    let parts = open.into_iter().chain(beside);
    let parts = parts.filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let questions = match form.entries {
        1 => "1 question".to_owned(),
        many => format!("{many} questions"),
    };
    match parts.as_slice() {
        [] => questions,
        parts => format!("{questions}: {}", parts.join(", ")),
    }
}

/// What is worth saying beneath a question: what is offered and where it comes from, and what says
/// otherwise.
pub(crate) fn notes(entry: &v1::FormEntry) -> Vec<String> {
    let mut notes = Vec::new();
    let offered = entry.offered.as_ref();
    if entry.need() == v1::EntryNeed::Send {
        let given = offered.map(value::given).unwrap_or_default();
        notes.push(format!("{given}: not sent yet to {}", unsent(entry)));
    } else if let Some(offered) = offered {
        notes.push(with_source(offered));
    } else if let Some(pending) = &entry.pending {
        notes.push(pending.words.clone());
    }
    let is_answered = offered.is_none() || entry.need() == v1::EntryNeed::Send;
    let own = match &entry.answer {
        Some(answer) if is_answered => format!("The answer {}", value::given(answer)),
        _ => "This".to_owned(),
    };
    let otherwise = entry.disagreeing.iter();
    notes
        .extend(otherwise.map(|other| format!("{own} does not agree with {}", with_source(other))));
    notes.retain(|note| !note.is_empty());
    notes
}

/// Where what an entry is offered comes from, or will come from; empty for nothing offered.
pub(crate) fn offered_from(entry: &v1::FormEntry) -> &str {
    let of_offer = entry
        .offered
        .as_ref()
        .and_then(|own| own.worked_out.as_ref());
    let own = of_offer.or(entry.pending.as_ref());
    own.map_or("", |own| own.words.as_str())
}

/// What does not agree with an entry's answer or offer, each with where it comes from.
pub(crate) fn disagreeing(entry: &v1::FormEntry) -> Vec<String> {
    entry.disagreeing.iter().map(with_source).collect()
}

/// A value with where it comes from.
fn with_source(given: &v1::GivenAnswer) -> String {
    let said = value::given(given);
    match given.worked_out.as_ref().map(|own| own.words.as_str()) {
        None | Some("") => said,
        Some(words) => format!("{said}: {}", uncapitalised(words)),
    }
}

/// Who asks and has not been sent an answer, each once.
fn unsent(entry: &v1::FormEntry) -> String {
    let places = entry.unreleased.iter();
    let demands = places.filter_map(|place| entry.demands.get(usize::try_from(*place).ok()?));
    let mut names: Vec<&str> = Vec::new();
    for demand in demands {
        if !names.contains(&demand.organisation_name.as_str()) {
            names.push(&demand.organisation_name);
        }
    }
    listed(names.into_iter().map(str::to_owned).collect())
}

/// From what a value was worked out, in words for whoever reads it without the home's form.
pub(crate) fn from(own: &v1::WorkedOut) -> String {
    use v1::WorkedOutHow;

    let first = own.sources.first();
    let said = match own.how() {
        WorkedOutHow::Unspecified => String::new(),
        WorkedOutHow::Register => "the home’s entry in the register".to_owned(),
        WorkedOutHow::Formula => format!("worked out from {}", sources(own)),
        WorkedOutHow::Band => format!("follows from {}", sources(own)),
        WorkedOutHow::Sum => format!("added up from {}", sources(own)),
        WorkedOutHow::Earlier => format!("said {}", first.map_or_else(String::new, when)),
        WorkedOutHow::Standing => "said more than a year before".to_owned(),
        WorkedOutHow::NotApplicable => {
            let when = first.map_or_else(String::new, when);
            format!("said {when} that it does not apply")
        }
    };
    if own.confirmed && own.how() != WorkedOutHow::Unspecified {
        return format!("{said}; the home says that it is right");
    }
    said
}

/// The same as members, for programs; null for what nobody worked out.
pub(crate) fn as_json(own: Option<&v1::WorkedOut>) -> Value {
    let Some(own) = own else {
        return Value::Null;
    };
    let sources = own.sources.iter().map(|source| {
        json!({
            "wording": out::text(source.wording.as_str()),
            "reference": source.reference,
            "reference_label": source.reference_label,
            "on": out::text(source.on.as_str()),
        })
    });
    json!({
        "how": how(own),
        "sources": sources.collect::<Vec<_>>(),
        "confirmed": own.confirmed,
        "words": out::text(own.words.as_str()),
    })
}

/// The word of the way in which a value was worked out.
pub(crate) fn how(own: &v1::WorkedOut) -> String {
    word(own.how().as_str_name(), "WORKED_OUT_HOW")
}

/// The answers that a value was worked out from, by question: each wording said once.
fn sources(own: &v1::WorkedOut) -> String {
    let questions = own.sources.chunk_by(|a, b| a.wording == b.wording);
    let questions: Vec<&[v1::WorkedOutSource]> = questions.collect();
    let is_plain = questions.iter().all(|answers| answers.len() == 1);
    let told = questions.iter().map(|answers| question(answers));
    match questions.len() {
        0 => "other answers".to_owned(),
        count if count > SOURCES_NAMED_MAX => format!("{} answers", own.sources.len()),
        _ if is_plain => listed(told.collect()),
        _ => told.collect::<Vec<_>>().join("; and "),
    }
}

/// The answers to one question, with the times that they speak of.
fn question(answers: &[v1::WorkedOutSource]) -> String {
    let wording = match (answers, answers.first().map(|own| own.wording.as_str())) {
        ([_], None | Some("")) => "another answer".to_owned(),
        (_, None | Some("")) => "the answers".to_owned(),
        (_, Some(wording)) => format!("“{wording}”"),
    };
    match answers {
        [first, .., last] if answers.len() > SOURCES_NAMED_MAX => {
            let (count, first, last) = (answers.len(), when(first), when(last));
            format!("{wording}: {count} answers, the first {first}, the last {last}")
        }
        _ => format!("{wording} {}", listed(answers.iter().map(when).collect())),
    }
}

fn when(source: &v1::WorkedOutSource) -> String {
    match source.on.as_str() {
        "" => source.reference_label.clone(),
        on => format!("on {on}"),
    }
}

fn uncapitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_lowercase);
    first.into_iter().flatten().chain(chars).collect()
}

/// `a, b and c`.
fn listed(mut items: Vec<String>) -> String {
    match (items.pop(), items.len()) {
        (None, _) => String::new(),
        (Some(last), 0) => last,
        (Some(last), _) => format!("{} and {last}", items.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use v1::WorkedOutHow as How;

    fn source(wording: &str, label: &str) -> v1::WorkedOutSource {
        v1::WorkedOutSource {
            wording: wording.into(),
            reference_label: label.into(),
            ..v1::WorkedOutSource::default()
        }
    }

    #[test]
    fn a_value_says_in_words_from_which_answers_it_was_worked_out() {
        let told = |how: v1::WorkedOutHow, sources: &[(&str, &str)]| {
            from(&v1::WorkedOut {
                how: how.into(),
                sources: sources
                    .iter()
                    .map(|(own, label)| source(own, label))
                    .collect(),
                ..v1::WorkedOut::default()
            })
        };
        let months = [("Falls", "in May"), ("Falls", "in June")];
        let both = [
            &months[..],
            &[("Bed days", "in May"), ("Bed days", "in June")],
        ]
        .concat();
        let unnamed = [("", "in May"), ("", "in June")];
        let beds = [("Occupied", "on 1 May"), ("", "on 1 May")];
        for (how, sources, expected) in [
            (
                How::Sum,
                &months[..],
                "added up from “Falls” in May and in June",
            ),
            (
                How::Sum,
                &unnamed,
                "added up from the answers in May and in June",
            ),
            (
                How::Formula,
                &beds,
                "worked out from “Occupied” on 1 May and another answer on 1 May",
            ),
            (
                How::Formula,
                &both,
                "worked out from “Falls” in May and in June; and “Bed days” in May and in June",
            ),
            (How::Band, &beds[..1], "follows from “Occupied” on 1 May"),
            (How::Earlier, &beds[..1], "said on 1 May"),
            (How::Register, &[], "the home’s entry in the register"),
        ] {
            assert_eq!(told(how, sources), expected);
        }
        let days: Vec<String> = (1..=30).map(|day| format!("on {day} June")).collect();
        let days: Vec<(&str, &str)> = days.iter().map(|day| ("Falls", day.as_str())).collect();
        assert_eq!(
            told(How::Sum, &days),
            "added up from “Falls”: 30 answers, the first on 1 June, the last on 30 June"
        );
    }

    #[test]
    fn a_form_says_in_a_line_what_is_left_to_do() {
        let form = v1::FormSummary {
            entries: 47,
            put: 45,
            to_answer: 12,
            to_confirm: 20,
            worked_out: 8,
            from_register: 4,
            ..v1::FormSummary::default()
        };
        assert_eq!(
            summary(&form),
            "47 questions: 12 to answer, 20 to confirm, 8 worked out, 4 from the register, \
             1 answered, 2 waiting for another answer"
        );
        assert_eq!(summary(&v1::FormSummary::default()), "0 questions");
    }

    #[test]
    fn what_says_otherwise_stands_beside_the_answer() {
        let number = |total: &str, words: &str| v1::GivenAnswer {
            value: Some(v1::Value {
                said: Some(v1::value::Said::Number(v1::NumberValue {
                    total: total.into(),
                    ..v1::NumberValue::default()
                })),
            }),
            worked_out: (!words.is_empty()).then(|| v1::WorkedOut {
                words: words.into(),
                ..v1::WorkedOut::default()
            }),
            ..v1::GivenAnswer::default()
        };
        let answered = v1::FormEntry {
            answer: Some(number("12", "")),
            disagreeing: vec![number("9", "Added up from May.")],
            ..v1::FormEntry::default()
        };
        assert_eq!(
            notes(&answered),
            ["The answer 12 does not agree with 9: added up from May."]
        );
        let offered = v1::FormEntry {
            offered: Some(number("9", "Added up from May.")),
            need: v1::EntryNeed::Confirm.into(),
            ..v1::FormEntry::default()
        };
        assert_eq!(notes(&offered), ["9: added up from May."]);
    }
}
