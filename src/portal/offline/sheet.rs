//! The sheet of one form: a row for each line, a column for each thing to be known or filled in.

mod read;
mod write;

use jiff::civil::Date;

use crate::broker::FormView;
use crate::domain::form::Need;
use crate::domain::reference::Reference;
use crate::domain::template::Entry;

use super::super::question::is_on_completion;
use super::super::words::offline::column;
use super::lines::{Line, known, lines};
use super::taken::Member;

pub(super) use self::read::answers;
pub(super) use self::write::{csv, help, xlsx};

/// A column of the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Topic,
    Question,
    About,
    Counts,
    AskedBy,
    How,
    Known,
    Fill(Member),
    Reference,
}

impl Column {
    /// Every column, in order.
    const ALL: [Self; 14] = [
        Self::Topic,
        Self::Question,
        Self::About,
        Self::Counts,
        Self::AskedBy,
        Self::How,
        Self::Known,
        Self::Fill(Member::Right),
        Self::Fill(Member::Answer),
        Self::Fill(Member::Unit),
        Self::Fill(Member::WhyNot),
        Self::Fill(Member::Note),
        Self::Fill(Member::Day),
        Self::Reference,
    ];

    fn heading(self) -> &'static str {
        match self {
            Self::Topic => column::TOPIC,
            Self::Question => column::QUESTION,
            Self::About => column::ABOUT,
            Self::Counts => column::COUNTS,
            Self::AskedBy => column::ASKED_BY,
            Self::How => column::HOW,
            Self::Known => column::KNOWN,
            Self::Fill(Member::Right) => column::RIGHT,
            Self::Fill(Member::Answer) => column::ANSWER,
            Self::Fill(Member::Unit) => column::UNIT,
            Self::Fill(Member::WhyNot) => column::WHY_NOT,
            Self::Fill(Member::Note) => column::NOTE,
            Self::Fill(Member::Day) => column::DAY,
            Self::Reference => column::REFERENCE,
        }
    }

    /// Its width in characters.
    fn width(self) -> usize {
        match self {
            Self::Question => 44,
            Self::Counts => 40,
            Self::How => 30,
            Self::Known | Self::Fill(Member::WhyNot | Member::Note) => 26,
            Self::Topic | Self::About | Self::AskedBy => 20,
            Self::Fill(Member::Answer) => 24,
            Self::Fill(Member::Unit | Member::Day) => 16,
            Self::Fill(Member::Right) | Self::Reference => 12,
        }
    }

    /// Whether a file without it cannot be read.
    fn is_needed(self) -> bool {
        let filled = [Member::Answer, Member::WhyNot, Member::Note];
        match self {
            Self::Fill(member) => filled.contains(&member),
            Self::Reference => true,
            _ => false,
        }
    }
}

/// The sheet of a form.
pub(super) struct Sheet<'a> {
    view: &'a FormView,
    lines: Vec<Line>,
    columns: Vec<Column>,
}

impl<'a> Sheet<'a> {
    /// The sheet of a form.
    pub(super) fn of(view: &'a FormView) -> Self {
        let entries = view.form.template.entries();
        let lines = lines(entries);
        let has = |member: Member| {
            lines.iter().any(|line| {
                let place = line.entry;
                is_open(view, line, &entries[place], member)
            })
        };
        let columns = Column::ALL.into_iter().filter(|column| match column {
            Column::Fill(member) => column.is_needed() || has(*member),
            _ => true,
        });
        let columns = columns.collect();
        Self {
            view,
            lines,
            columns,
        }
    }

    fn entry(&self, line: &Line) -> &Entry {
        &self.view.form.template.entries()[line.entry]
    }

    /// What a cell shows; nothing where it is to be filled in.
    fn text(&self, line: &Line, column: Column) -> String {
        let entry = self.entry(line);
        let whole = |text: &str| match line.part {
            None => text.to_owned(),
            Some(_) => String::new(),
        };
        match column {
            Column::Topic => entry.topic.value.clone(),
            Column::Question => match line.part_label(entry) {
                Some(label) => label,
                None => entry.wording.value.clone(),
            },
            Column::About => about(entry.reference),
            Column::Counts => whole(&entry.definition.value),
            Column::AskedBy => whole(&self.asked_by(entry)),
            Column::How => line.how(entry),
            Column::Known => whole(&known(self.view, line.entry)),
            Column::Fill(_) => String::new(),
            Column::Reference => self.reference(line),
        }
    }

    fn asked_by(&self, entry: &Entry) -> String {
        let mut names: Vec<String> = Vec::new();
        for demand in &entry.demands {
            let id = &demand.ask.organisation;
            let known = self.view.organisations.get(id);
            let name = known.map_or_else(|| id.to_string(), |known| known.name.clone());
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join(", ")
    }

    /// By what a row is known again: the home, the form, what was typed when it was written, and
    /// the line.
    fn reference(&self, line: &Line) -> String {
        let form = &self.view.form;
        let period = form.template.body().period;
        let draft = etag_of(self.view);
        format!("{} {period} {} {}", form.home, mark_of(&draft), line.key)
    }
}

/// What stands for a draft where there is none.
const NO_DRAFT: &str = "-";

/// An etag as a reference has it.
pub(super) fn mark_of(etag: &str) -> &str {
    if etag.is_empty() { NO_DRAFT } else { etag }
}

/// The etag that a reference has.
pub(super) fn etag_of_mark(mark: &str) -> &str {
    if mark == NO_DRAFT { "" } else { mark }
}

/// The etag of what is typed on a form; empty where nothing is.
pub(super) fn etag_of(view: &FormView) -> String {
    let draft = view.draft.as_ref();
    draft.map_or_else(String::new, |draft| draft.version.to_string())
}

/// What an answer speaks of, on its own.
pub(super) fn about(reference: Reference) -> String {
    match reference {
        Reference::Standing => String::new(),
        other => other.label(),
    }
}

/// Whether a line has something to be filled in for a member.
fn is_open(view: &FormView, line: &Line, entry: &Entry, member: Member) -> bool {
    let is_whole = line.part.is_none();
    match member {
        Member::Answer => true,
        Member::WhyNot | Member::Note => is_whole,
        Member::Right => is_whole && view.form.entries[line.entry].need == Need::Confirm,
        Member::Unit => {
            let units = entry.number().map(|input| &input.other_units);
            is_whole && units.is_some_and(|units| !units.is_empty())
        }
        Member::Day => is_whole && is_on_completion(entry),
    }
}

/// What a file of answers comes to.
#[derive(Debug)]
pub(super) struct Answers {
    /// The etag of what was typed when the file was written; empty where nothing was, or where rows
    /// say it differently.
    pub(super) etag: String,
    /// The answers.
    pub(super) answers: Vec<crate::domain::check::RawAnswer>,
}

/// What a file is read against.
pub(super) struct Against<'a> {
    pub(super) view: &'a FormView,
    pub(super) today: Date,
}
