//! A form: a template with one home's state: what is asked, known, answered, released.

mod conditions;

use std::collections::BTreeMap;

use jiff::civil::DateTime;

use super::answer::Answer;
use super::digest::{Digest, derive};
use super::filing::Filings;
use super::id::HomeId;
use super::link::Links;
use super::reference::Reference;
use super::sheet::{ReleaseKey, Sheet, SheetAnswer};
use super::template::{Demand, Entry, Template, TemplateAsk};
use super::window::WindowState;
use std::sync::Arc;

pub use self::conditions::{holds, waiting, why_waiting};

const ETAG_CONTEXT: &str = "askonce 2026-11-21 form etag v1";

/// The sheets that a form reads, by reference.
pub type Sheets = BTreeMap<Reference, Arc<Sheet>>;

/// A form at a time.
#[derive(Debug, Clone)]
pub struct Form {
    /// Whose form.
    pub home: HomeId,
    /// What is asked.
    pub template: Arc<Template>,
    /// State of each entry, in the template's order.
    pub entries: Vec<EntryState>,
    /// State of the whole.
    pub state: FormState,
    /// The next moment, in London, at which something unanswered falls due.
    pub next_due: Option<DateTime>,
    /// Changes whenever the template, an answer, an offer, a release or a filing does.
    pub etag: Digest,
    /// The asks that are filed elsewhere and that the home has filed.
    pub filings: Arc<Filings>,
}

/// State of one entry.
#[derive(Debug, Clone, Default)]
pub struct EntryState {
    /// The answer in force at this very reference.
    pub answer: Option<SheetAnswer>,
    /// An answer that fills the entry once the home confirms it.
    pub offered: Option<Offered>,
    /// The demands to which the answer is not released, by place: asked since. Demands of asks that
    /// are filed elsewhere are never among them.
    pub unreleased: Vec<u32>,
    /// The next moment, in London, at which it falls due to somebody; none once all have it.
    pub next_due: Option<DateTime>,
    /// The demands that wait for an answer to another field, by place: nothing is due or released
    /// to them until their condition holds.
    pub waiting: Vec<u32>,
    /// Whether any demand needs it: an entry all of whose demands wait is not put.
    pub is_put: bool,
    /// Whether all who ask it are filed elsewhere, and filed: then nobody waits for an answer.
    pub is_filed: bool,
}

/// An answer that fills an entry once the home confirms it.
#[derive(Debug, Clone)]
pub struct Offered {
    /// The answer.
    pub answer: Arc<Answer>,
    /// When it was given.
    pub given_at: jiff::Timestamp,
}

/// State of a form as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FormState {
    /// No window has opened yet.
    Coming,
    /// Something may be answered, and nothing is late.
    Open,
    /// Something unanswered, or not filed elsewhere yet, falls due within a day, or is past its
    /// window.
    Due,
    /// Everything is answered and released to every asker, and filed where it is filed elsewhere.
    Done,
}

impl FormState {
    /// Every state with its word.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Coming, "coming"),
        (Self::Open, "open"),
        (Self::Due, "due"),
        (Self::Done, "done"),
    ];

    /// The state's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(state, _)| *state == self)
            .map_or("open", |(_, word)| word)
    }
}

impl Form {
    /// The form of a home at a moment, `now` being London's.
    ///
    /// `sheets` must hold the sheet of every reference on the template that has one, and the
    /// home's sheets of moments inside the windows that are answered on completion.
    #[must_use]
    pub fn of(
        home: HomeId,
        template: Arc<Template>,
        sheets: &Sheets,
        links: &Links,
        filings: Arc<Filings>,
        now: DateTime,
    ) -> Self {
        let answer_of = |entry: &Entry| {
            let sheet = sheets.get(&entry.reference)?;
            let given = sheet.answer(&entry.question, links)?;
            Some(Arc::clone(&given.answer))
        };
        let waiting = waiting(&template, answer_of);
        let state_of =
            |(entry, waiting)| entry_state(entry, waiting, &template, sheets, links, &filings);
        let states = template.entries().iter().zip(waiting).map(state_of);
        let entries: Vec<EntryState> = states.collect();
        let of_entries = entries.iter().filter_map(|entry| entry.next_due);
        let next_due = of_entries
            .chain(unfiled(&template, &entries, &filings))
            .min();
        Self {
            state: form_state(&template, &entries, &filings, next_due, now),
            etag: etag(&template, &entries, &filings),
            filings,
            next_due,
            entries,
            template,
            home,
        }
    }

    /// Entries with their state, in the template's order.
    pub fn entries(&self) -> impl Iterator<Item = (&Entry, &EntryState)> {
        self.template.entries().iter().zip(&self.entries)
    }

    /// How many entries are put: those that some demand needs by what is answered.
    #[must_use]
    pub fn put(&self) -> usize {
        self.entries.iter().filter(|entry| entry.is_put).count()
    }

    /// How many entries have an answer.
    #[must_use]
    pub fn answered(&self) -> usize {
        let answered = |entry: &&EntryState| entry.answer.is_some();
        self.entries.iter().filter(answered).count()
    }
}

/// The release that a demand of a template stands for.
#[must_use]
pub fn release_key(template: &Template, demand: &Demand) -> ReleaseKey {
    ReleaseKey {
        ask: demand.ask.clone(),
        period: template.body().period,
        field: demand.field.name.clone(),
    }
}

/// When each ask falls due that is filed elsewhere, has a question on the form that does not wait for
/// another answer, and is not filed.
fn unfiled(
    template: &Template,
    entries: &[EntryState],
    filings: &Filings,
) -> impl Iterator<Item = DateTime> {
    let is_open = |ask: &&TemplateAsk| ask.is_filed_elsewhere() && !filings.contains_key(&ask.name);
    let is_asked = move |ask: &&TemplateAsk| {
        let mut entries = template.entries().iter().zip(entries);
        entries.any(|(entry, state)| {
            let mut demands = (0u32..).zip(&entry.demands);
            demands.any(|(at, demand)| demand.ask == ask.name && !state.waiting.contains(&at))
        })
    };
    let open = template.body().asks.iter().filter(is_open).filter(is_asked);
    open.map(|ask| ask.window.closes)
}

fn entry_state(
    entry: &Entry,
    waiting: Vec<u32>,
    template: &Template,
    sheets: &Sheets,
    links: &Links,
    filings: &Filings,
) -> EntryState {
    let sheet = sheets.get(&entry.reference);
    let answer = sheet.and_then(|sheet| sheet.answer(&entry.question, links).cloned());
    let mut unreleased = Vec::new();
    let mut next_due: Option<DateTime> = None;
    let mut is_filed = true;
    for (place, demand) in (0u32..).zip(&entry.demands) {
        if waiting.contains(&place) {
            continue;
        }
        if template.is_filed_elsewhere(&demand.ask) {
            if !filings.contains_key(&demand.ask) {
                is_filed = false;
                let due = template.window(&demand.ask).map(|window| window.closes);
                let due = due.filter(|_| answer.is_none());
                next_due = [next_due, due].into_iter().flatten().min();
            }
            continue;
        }
        is_filed = false;
        let key = release_key(template, demand);
        let released = sheet.and_then(|sheet| sheet.released(&key));
        // An answer that was sent before a link was made or undone is not this one; one that was
        // sent for another purpose or on another legal basis was not sent for this.
        let is_this_one = |known: &SheetAnswer| {
            released.is_some_and(|released| {
                let ask = template.ask(&demand.ask);
                released.given == known.sequence
                    && released.answer.question == known.answer.question
                    && ask.is_none_or(|ask| released.is_for(ask.basis(), ask.rebased))
            })
        };
        if answer.as_ref().is_some_and(is_this_one) {
            continue;
        }
        if answer.is_some() {
            unreleased.push(place);
        }
        let due = template.window(&demand.ask).map(|window| window.closes);
        next_due = [next_due, due].into_iter().flatten().min();
    }
    let offered = match &answer {
        Some(known) if !unreleased.is_empty() => Some(Offered {
            answer: Arc::clone(&known.answer),
            given_at: known.given_at,
        }),
        Some(_) => None,
        None if waiting.len() == entry.demands.len() => None,
        None => lies_in_window(entry, sheets, links),
    };
    EntryState {
        answer,
        offered,
        unreleased,
        next_due,
        is_put: waiting.len() < entry.demands.len(),
        waiting,
        is_filed,
    }
}

/// For an entry answered on completion: the latest answer that speaks of a day in its window.
fn lies_in_window(entry: &Entry, sheets: &Sheets, links: &Links) -> Option<Offered> {
    let Reference::OnCompletion { opens, closes } = entry.reference else {
        return None;
    };
    let days = opens.date()..=closes.date();
    let spoken = sheets.iter().filter_map(|(reference, sheet)| {
        let given = sheet.answer(&entry.question, links)?;
        let day = match reference {
            Reference::Moment { date, .. } => *date,
            Reference::OnCompletion { .. } => given.answer.on?,
            Reference::Span { .. } | Reference::Standing => return None,
        };
        days.contains(&day).then_some((day, given))
    });
    let (day, given) = spoken.max_by_key(|(day, given)| (*day, given.sequence))?;
    let mut answer = Answer::clone(&given.answer);
    answer.on = Some(day);
    Some(Offered {
        answer: Arc::new(answer),
        given_at: given.given_at,
    })
}

fn form_state(
    template: &Template,
    entries: &[EntryState],
    filings: &Filings,
    next_due: Option<DateTime>,
    now: DateTime,
) -> FormState {
    let is_sent = |entry: &EntryState| entry.answer.is_some() && entry.unreleased.is_empty();
    let is_done = |entry: &EntryState| !entry.is_put || entry.is_filed || is_sent(entry);
    let is_all_filed = unfiled(template, entries, filings).next().is_none();
    if !entries.is_empty() && is_all_filed && entries.iter().all(is_done) {
        return FormState::Done;
    }
    let mut windows = template.body().asks.iter().map(|ask| ask.window);
    if windows.all(|window| window.state(now) == WindowState::Coming) {
        return FormState::Coming;
    }
    let soon = now.checked_add(jiff::Span::new().days(1)).unwrap_or(now);
    match next_due {
        Some(due) if due <= soon => FormState::Due,
        _ => FormState::Open,
    }
}

fn etag(template: &Template, entries: &[EntryState], filings: &Filings) -> Digest {
    let mut bytes = template.digest().as_bytes().to_vec();
    for entry in entries {
        let sequence = entry.answer.as_ref().map_or(0, |answer| answer.sequence);
        bytes.extend_from_slice(&sequence.to_be_bytes());
        bytes.extend_from_slice(&(entry.unreleased.len() as u64).to_be_bytes());
        for place in &entry.unreleased {
            bytes.extend_from_slice(&place.to_be_bytes());
        }
        if let Some(offered) = &entry.offered {
            let text = format!("{:?} {}", offered.answer.on, offered.given_at);
            bytes.extend_from_slice(offered.answer.question.as_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
    }
    for (ask, filed) in filings {
        bytes.extend_from_slice(format!("{ask} {}\n", filed.at).as_bytes());
    }
    derive(ETAG_CONTEXT, &bytes)
}
