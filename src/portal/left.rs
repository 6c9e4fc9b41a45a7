//! What is left to do on a form, just now.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::{Date, DateTime};

use crate::domain::field_type::Compulsion;
use crate::domain::form::{EntryState, Form, Need};
use crate::domain::id::{AskName, OrganisationId};
use crate::domain::organisation::Organisation;
use crate::domain::template::{Demand, Entry, TemplateAsk};
use crate::domain::window::WindowState;

use super::words::{listed, worklist as words};

/// The names of bodies.
pub(super) type Names = BTreeMap<OrganisationId, Arc<Organisation>>;

/// What is left to do on a form, of what may be answered by now.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Left {
    /// Questions to answer.
    pub(super) to_answer: usize,
    /// Answers that are offered, to be checked.
    pub(super) to_check: usize,
    /// Answers that only have to be sent: worked out, or known by the register.
    pub(super) to_send: usize,
    /// When the next of them is due.
    pub(super) due: Option<DateTime>,
    /// To whom, by then.
    pub(super) due_to: BTreeSet<OrganisationId>,
    /// Whether a law or a contract binds the home to any of them.
    pub(super) is_compulsory: bool,
}

impl Left {
    /// What is left of a form.
    pub(super) fn of(form: &Form, now: DateTime) -> Self {
        Self::due_since(form, now, DateTime::MIN)
    }

    /// What is left of a form for those who ask by a moment or later.
    pub(super) fn due_since(form: &Form, now: DateTime, since: DateTime) -> Self {
        let mut left = Self::default();
        for (entry, state) in form.entries() {
            let is_answered = state.answer.is_some();
            let count = match state.need {
                Need::Answer => &mut left.to_answer,
                Need::Confirm => &mut left.to_check,
                Need::WorkedOut => &mut left.to_send,
                Need::Register if !is_answered => &mut left.to_send,
                _ => continue,
            };
            let is_due = |demand: &&Demand| {
                let window = form.template.window(&demand.ask);
                window.is_some_and(|window| window.closes >= since)
            };
            let open = open_demands(form, entry, state, now).filter(is_due);
            let open: Vec<&Demand> = open.collect();
            if open.is_empty() || state.is_filed {
                continue;
            }
            *count += 1;
            let bound = |own: &&Demand| own.field.compulsion != Compulsion::Voluntary;
            left.is_compulsory |= open.iter().any(bound);
            for demand in open {
                left.is_due(form, demand);
            }
        }
        left
    }

    fn is_due(&mut self, form: &Form, demand: &Demand) {
        let Some(closes) = form.template.window(&demand.ask).map(|own| own.closes) else {
            return;
        };
        if self.due.is_none_or(|due| closes < due) {
            self.due = Some(closes);
            self.due_to.clear();
        }
        if self.due == Some(closes) {
            self.due_to.insert(demand.ask.organisation.clone());
        }
    }

    /// Counts what is left of another form too.
    pub(super) fn add(&mut self, other: &Self) {
        self.to_answer += other.to_answer;
        self.to_check += other.to_check;
        self.to_send += other.to_send;
        self.due = [self.due, other.due].into_iter().flatten().min();
    }

    /// How many questions are left.
    pub(super) fn total(&self) -> usize {
        self.to_answer + self.to_check + self.to_send
    }

    /// How many, in words: `12 to answer, 3 to check`.
    pub(super) fn words(&self) -> String {
        words::left(self.to_answer, self.to_check, self.to_send)
    }
}

/// The demands of an entry that do not wait for another answer, and whose windows have opened.
pub(super) fn open_demands<'a>(
    form: &'a Form,
    entry: &'a Entry,
    state: &'a EntryState,
    now: DateTime,
) -> impl Iterator<Item = &'a Demand> {
    let demands = (0u32..).zip(&entry.demands);
    let applying = demands.filter(|(place, _)| !state.waiting.contains(place));
    applying.map(|(_, demand)| demand).filter(move |demand| {
        let window = form.template.window(&demand.ask);
        window.is_some_and(|window| window.state(now) != WindowState::Coming)
    })
}

/// An ask that the home files itself, in another system.
pub(super) struct Unfiled<'a> {
    pub(super) ask: &'a TemplateAsk,
    /// How many of its questions are answered.
    pub(super) answered: usize,
    /// How many there are.
    pub(super) questions: usize,
}

/// The asks of a form that are filed elsewhere, open by now, and not ticked yet.
pub(super) fn unfiled(form: &Form, now: DateTime) -> impl Iterator<Item = Unfiled<'_>> {
    let asks = form.template.body().asks.iter();
    let open = asks.filter(move |ask| {
        ask.is_filed_elsewhere()
            && !form.filings.contains_key(&ask.name)
            && ask.window.state(now) != WindowState::Coming
    });
    open.map(|ask| count_of(form, ask))
        .filter(|own| own.questions > 0)
}

/// How far an ask is answered.
pub(super) fn count_of<'a>(form: &Form, ask: &'a TemplateAsk) -> Unfiled<'a> {
    let (mut answered, mut questions) = (0, 0);
    for (entry, state) in form.entries() {
        let mut demands = (0u32..).zip(&entry.demands);
        let is_asked = |(place, demand): (u32, &Demand)| {
            demand.ask == ask.name && !state.waiting.contains(&place)
        };
        if demands.any(is_asked) {
            questions += 1;
            answered += usize::from(state.answer.is_some());
        }
    }
    Unfiled {
        ask,
        answered,
        questions,
    }
}

/// To whom answers that were given may be sent too, with how many each would get.
pub(super) fn also(form: &Form, now: DateTime) -> BTreeMap<AskName, usize> {
    let mut also = BTreeMap::new();
    for (entry, state) in form.entries() {
        if state.need != Need::Send {
            continue;
        }
        for demand in open_demands(form, entry, state, now) {
            let mut lacking = state.unreleased.iter().filter_map(|place| {
                let place = usize::try_from(*place).ok()?;
                entry.demands.get(place)
            });
            if lacking.any(|own| own == demand) {
                *also.entry(demand.ask.clone()).or_default() += 1;
            }
        }
    }
    also
}

/// The asks of a form that lack something of the home: an answer, that one is sent to them, or that
/// it files what they ask in another system.
pub(super) fn lacking(form: &Form) -> BTreeSet<AskName> {
    let mut lacking = BTreeSet::new();
    for (entry, state) in form.entries() {
        let stands = state.answer.is_some()
            && matches!(state.need, Need::Nothing | Need::Send | Need::Register);
        let demands = (0u32..).zip(&entry.demands);
        let unserved = demands.filter(|(place, _)| {
            let is_put = state.is_put && !state.waiting.contains(place);
            is_put && (!stands || state.unreleased.contains(place))
        });
        lacking.extend(unserved.map(|(_, demand)| demand.ask.clone()));
    }
    for ask in &form.template.body().asks {
        if !ask.is_filed_elsewhere() {
            continue;
        }
        // Of what is filed elsewhere the home's word counts, whatever it has answered here.
        let is_filed = form.filings.contains_key(&ask.name);
        if is_filed || count_of(form, ask).questions == 0 {
            lacking.remove(&ask.name);
        } else {
            lacking.insert(ask.name.clone());
        }
    }
    lacking
}

/// The name of a body; its id where it is not registered.
pub(super) fn name_of(id: &OrganisationId, names: &Names) -> String {
    names
        .get(id)
        .map_or_else(|| id.to_string(), |own| own.name.clone())
}

/// The names of bodies in one line.
pub(super) fn names_of<'a>(
    ids: impl IntoIterator<Item = &'a OrganisationId>,
    names: &Names,
) -> String {
    let ids: BTreeSet<&OrganisationId> = ids.into_iter().collect();
    let list: Vec<String> = ids.into_iter().map(|id| name_of(id, names)).collect();
    listed(&list.iter().map(String::as_str).collect::<Vec<_>>())
}

/// How urgent something is: a word, and the class of its tag.
pub(super) fn tag(due: Option<DateTime>, now: DateTime) -> (&'static str, &'static str) {
    let today: Date = now.date();
    match due {
        Some(due) if due < now => (words::LATE, "late"),
        Some(due) if due.date() == today => (words::DUE_TODAY, "soon"),
        Some(due) if today.tomorrow().is_ok_and(|next| next == due.date()) => {
            (words::DUE_TOMORROW, "soon")
        }
        _ => (words::OPEN, "open"),
    }
}
