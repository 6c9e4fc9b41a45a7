//! A group's workbook: one row for each home, one column for each question that is open on the form
//! of a period in any of her homes.

mod book;
pub(super) mod page;
mod part;
mod read;

use std::collections::{BTreeMap, BTreeSet};

use crate::broker::FormView;
use crate::domain::form::{EntryState, Need};
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::domain::template::Entry;

use super::super::words;
use super::super::{Portal, PortalError};
use super::lines::{Line, lines};

/// Most homes of one workbook: each costs a reading of its form, and a row of every column.
const HOMES_MAX: usize = 100;

/// The forms of homes of a group for a period.
pub(super) struct Group {
    period: Period,
    homes: Vec<Own>,
}

/// A home with its form.
struct Own {
    home: HomeId,
    name: String,
    view: FormView,
}

/// A column: a line that is open in one home at least.
struct Column {
    key: String,
    /// What it is, as the first home has it.
    line: Line,
    /// The place of that home.
    home: usize,
}

impl Group {
    /// The forms of some homes for a period: of those that are asked anything.
    ///
    /// # Errors
    /// As the broker says.
    async fn load(
        portal: &Portal,
        period: Period,
        wanted: impl IntoIterator<Item = &HomeId>,
    ) -> Result<Self, PortalError> {
        let mut homes = Vec::new();
        for home in wanted {
            debug_assert!(homes.len() < HOMES_MAX, "no workbook has more homes");
            let view = portal.broker.get_form(home, period).await?;
            if view.form.entries.is_empty() {
                continue;
            }
            let name = portal.broker.home(home).await?.row.name.clone();
            homes.push(Own {
                home: home.clone(),
                name,
                view,
            });
        }
        homes.sort_by(|a, b| (&a.name, &a.home).cmp(&(&b.name, &b.home)));
        Ok(Self { period, homes })
    }

    /// The columns: topics, questions and their boxes in the order in which they first come.
    fn columns(&self) -> Vec<Column> {
        let mut topics: Vec<&str> = Vec::new();
        let mut entries: Vec<&Entry> = Vec::new();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut placed: Vec<((usize, usize), Column)> = Vec::new();
        for (at, own) in self.homes.iter().enumerate() {
            let of_home = own.view.form.template.entries();
            for line in lines(of_home) {
                let entry = &of_home[line.entry];
                // What is answered keeps its place, so that the order is the form's.
                let topic = place(&mut topics, entry.topic.value.as_str(), |a, b| a == b);
                let question = place(&mut entries, entry, |a, b| a.id == b.id);
                let is_open = is_open(&own.view.form.entries[line.entry]);
                if !is_open || !seen.insert(line.key.clone()) {
                    continue;
                }
                let column = Column {
                    key: line.key.clone(),
                    line,
                    home: at,
                };
                placed.push(((topic, question), column));
            }
        }
        // Stable, so that the boxes of a question stay in their order.
        placed.sort_by_key(|(place, _)| *place);
        placed.into_iter().map(|(_, column)| column).collect()
    }

    fn entry(&self, column: &Column) -> &Entry {
        &self.homes[column.home].view.form.template.entries()[column.line.entry]
    }

    fn topic(&self, column: &Column) -> &str {
        match self.entry(column).topic.value.as_str() {
            "" => words::offline::group::OTHER_QUESTIONS,
            topic => topic,
        }
    }

    /// The topics with how many questions each has, in the order of the columns.
    fn topics(&self) -> Vec<(String, usize)> {
        let mut topics: Vec<(String, usize)> = Vec::new();
        for column in self
            .columns()
            .iter()
            .filter(|column| column.line.part.is_none())
        {
            let topic = self.topic(column);
            match topics.iter_mut().find(|(known, _)| known == topic) {
                Some((_, count)) => *count += 1,
                None => topics.push((topic.to_owned(), 1)),
            }
        }
        topics
    }

    fn title(&self) -> String {
        words::capitalised(&self.period.label())
    }
}

impl Own {
    /// Its lines, by what tells them apart.
    fn lines(&self) -> BTreeMap<String, Line> {
        let lines = lines(self.view.form.template.entries()).into_iter();
        lines.map(|line| (line.key.clone(), line)).collect()
    }
}

/// Whether something is still to be said to an entry.
fn is_open(state: &EntryState) -> bool {
    let is_to_do = !matches!(state.need, Need::Nothing | Need::Send);
    let is_known = state.is_filed || state.need == Need::Register;
    !is_known && (state.answer.is_none() || is_to_do)
}

/// The place of a thing among others, where it is put if it is not there.
fn place<T: Copy>(known: &mut Vec<T>, wanted: T, same: impl Fn(T, T) -> bool) -> usize {
    let found = known.iter().position(|known| same(*known, wanted));
    found.unwrap_or_else(|| {
        known.push(wanted);
        known.len() - 1
    })
}
