//! A form as a person reads it in a terminal: topic by topic, with who asks what.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::out::{table_text, width};

/// Widths in characters of the columns beside the question: how it is answered, who asks, state.
const ANSWER_WIDTH: u16 = 22;
const ASKED_BY_WIDTH: u16 = 24;
const STATE_WIDTH: u16 = 12;

/// What stands before each line beneath a question.
const INDENT: &str = "    ";

/// One question of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// The heading under which it stands.
    pub(crate) topic: String,
    /// The question, and of which time it speaks where that must be told.
    pub(crate) question: String,
    /// How it is answered: unit, options, breakdown.
    pub(crate) answer: String,
    /// The organisations that ask.
    pub(crate) asked_by: Vec<String>,
    /// What there is to do, or whether it is answered; empty where no home's answers are at hand.
    pub(crate) state: String,
    /// What stands beneath it: what is known already, and what says otherwise.
    pub(crate) notes: Vec<String>,
}

/// The form as text, its topics in the order of the lines. States are told only if they differ, or
/// something stands beneath a question.
pub(crate) fn render(lines: &[Line]) -> String {
    let is_told = |line: &Line| line.state != lines[0].state || !line.notes.is_empty();
    let has_state = lines.iter().any(is_told);
    let mut text = String::new();
    for topic in lines.chunk_by(|a, b| a.topic == b.topic) {
        let is_first = text.is_empty();
        let table = topic_text(topic, has_state);
        let (headings, rows) = table.split_once('\n').unwrap_or_default();
        if is_first {
            let room = topic[0].topic.chars().count();
            // The first topic stands in the line of the headings, in place of its column's.
            let tail: String = headings.chars().skip(room).collect();
            text.extend([topic[0].topic.as_str(), tail.as_str(), "\n"]);
        } else {
            text.extend(["\n", topic[0].topic.as_str(), "\n"]);
        }
        text.push_str(rows);
    }
    text
}

/// The questions of a topic under the headings, which are the first line.
fn topic_text(topic: &[Line], has_state: bool) -> String {
    let beside = ANSWER_WIDTH + ASKED_BY_WIDTH + if has_state { STATE_WIDTH } else { 0 };
    let question = width().saturating_sub(beside + 1);
    let widths = [question, ANSWER_WIDTH, ASKED_BY_WIDTH, STATE_WIDTH];
    let headings = ["", "answered as", "asked by", "state"];
    let columns = if has_state { 4 } else { 3 };
    let cells = |row: [&str; 4]| {
        let mut table = Table::new();
        // The headings stand over all topics; a rule below each would be noise.
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width());
        table.add_row(row.into_iter().take(columns));
        let constraint = |width: u16| ColumnConstraint::Absolute(Width::Fixed(width));
        table.set_constraints(widths.map(constraint).into_iter().take(columns));
        table_text(&table)
    };
    let mut text = cells(headings);
    for line in topic {
        let asked_by = line.asked_by.join(", ");
        text.push_str(&cells([
            &line.question,
            &line.answer,
            &asked_by,
            &line.state,
        ]));
        for note in &line.notes {
            text.push_str(&beneath(note));
        }
    }
    text
}

/// A text beneath a question, in lines as wide as the table.
fn beneath(note: &str) -> String {
    let room = usize::from(width());
    let mut lines = vec![String::new()];
    for word in note.split_whitespace() {
        let last = lines.last_mut().expect("there is a line from the start");
        let chars = INDENT.len() + last.chars().count() + 1 + word.chars().count();
        if last.is_empty() {
            last.push_str(word);
        } else if chars <= room {
            last.extend([" ", word]);
        } else {
            lines.push(word.to_owned());
        }
    }
    let lines = lines.iter().filter(|line| !line.is_empty());
    lines.flat_map(|line| [INDENT, line, "\n"]).collect()
}

/// The three figures of a form and what merging saved, in a sentence.
pub(crate) fn counts(fields: usize, questions: usize, entries: usize) -> String {
    let saved = fields.saturating_sub(entries);
    let share = (saved * 100).checked_div(fields).unwrap_or(0);
    let twice = match entries.checked_sub(questions) {
        None | Some(0) => String::new(),
        Some(1) => ", one of them of a second date".to_owned(),
        Some(more) => format!(", {more} of them of a further date"),
    };
    format!(
        "{fields} fields asked, {entries} questions put{twice}: {saved} fewer to answer ({share} %)"
    )
}

/// The units in which a number may be entered, in words: "minutes, hours or 12-hour shifts".
pub(crate) fn units_text<'a>(labels: impl Iterator<Item = &'a str>) -> String {
    let labels: Vec<&str> = labels.filter(|label| !label.is_empty()).collect();
    match labels.as_slice() {
        [] => "ratio".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// A unit with the breakdowns asked for, each the headings of its dimensions.
pub(crate) fn number_text(unit: &str, grids: impl Iterator<Item = Vec<String>>) -> String {
    let grids: Vec<String> = grids
        .map(|labels| {
            let labels: Vec<String> = labels.iter().map(|label| uncapitalised(label)).collect();
            format!("by {}", labels.join(" and "))
        })
        .collect();
    format!("{unit} {}", grids.join("; ")).trim_end().to_owned()
}

fn uncapitalised(label: &str) -> String {
    let mut chars = label.chars();
    let first = chars.next().map(char::to_lowercase);
    first.into_iter().flatten().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_stands_topic_by_topic_with_who_asks() {
        let line = |topic: &str, question: &str| Line {
            topic: topic.into(),
            question: question.into(),
            answer: "number".into(),
            asked_by: vec!["council".into(), "icb".into()],
            ..Line::default()
        };
        let text = render(&[
            line("Beds", "How many?"),
            line("Beds", "Full?"),
            line("PPE", "x"),
        ]);
        assert_eq!(text.matches("Beds").count(), 1, "{text}");
        assert_eq!(text.matches("asked by").count(), 1, "{text}");
        assert_eq!(text.matches("council, icb").count(), 3, "{text}");
        assert!(
            text.lines().all(|line| line.chars().count() <= 100),
            "{text}"
        );
    }

    #[test]
    fn what_is_known_stands_beneath_its_question_in_lines_that_fit() {
        let line = |state: &str, note: String| Line {
            topic: "Falls".into(),
            question: "How many residents fell?".into(),
            answer: "number".into(),
            asked_by: vec!["council".into()],
            state: state.into(),
            notes: vec![note],
        };
        let long = "9: added up from what you gave in May and in June ".repeat(4);
        let text = render(&[line("to confirm", "30".into()), line("to confirm", long)]);
        assert_eq!(text.matches("to confirm").count(), 2, "{text}");
        assert!(text.contains("\n    30\n"), "{text}");
        let beneath = text.lines().filter(|line| line.starts_with("    "));
        assert_eq!(beneath.count(), 4, "{text}");
        assert!(
            text.lines().all(|line| line.chars().count() <= 100),
            "{text}"
        );
    }

    #[test]
    fn counts_say_what_was_saved() {
        assert_eq!(
            counts(20, 8, 10),
            "20 fields asked, 10 questions put, 2 of them of a further date: \
             10 fewer to answer (50 %)"
        );
        assert_eq!(
            counts(0, 0, 0),
            "0 fields asked, 0 questions put: 0 fewer to answer (0 %)"
        );
    }
}
