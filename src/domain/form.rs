//! A form: a template with one home's state: what is asked, known, answered, released.

mod conditions;
mod elsewhere;
mod expected;
mod state;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::DateTime;

use super::answer::Answer;
use super::dictionary::Dictionary;
use super::digest::{Digest, derive};
use super::filing::Filings;
use super::home::Home;
use super::id::HomeId;
use super::known::{Asked, Knowledge, Known, Memo, Register};
use super::link::Links;
use super::reference::Reference;
use super::sheet::{ReleaseKey, Sheet, SheetAnswer};
use super::template::{Demand, Entry, Template, TemplateAsk};
use super::window::WindowState;
use super::worked_out::WorkedOut;

pub use self::conditions::{holds, waiting, why_waiting};
pub use self::elsewhere::Elsewhere;
pub use self::expected::expected;

const ETAG_CONTEXT: &str = "askonce 2026-11-21 form etag v1";

/// The sheets that a form reads, by reference.
pub type Sheets = BTreeMap<Reference, Arc<Sheet>>;

/// How often a form is looked at again because what is worked out decides what else is: as many
/// steps as formulas and conditions build on one another.
const ROUNDS_MAX: usize = 16;

/// What a form is made from.
#[derive(Debug, Clone)]
pub struct FormSources<'a> {
    /// What is asked.
    pub template: Arc<Template>,
    /// What the home said: the sheet of every reference on the template that has one, and those of
    /// shorter spans, of earlier days and of the form before, as far as they are to be drawn on.
    pub sheets: &'a Sheets,
    /// Which questions are one.
    pub links: &'a Links,
    /// How elements follow from one another.
    pub dictionary: &'a Dictionary,
    /// The home's entry in the register.
    pub home: &'a Home,
    /// What the form before speaks of, by what this one does.
    pub before: &'a BTreeMap<Reference, Reference>,
    /// What the home has filed.
    pub filings: Arc<Filings>,
    /// The time in London.
    pub now: DateTime,
}

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
    /// An answer that fills the entry once the home confirms it or, where [`Need`] says so, with
    /// whatever it sends next.
    pub offered: Option<Offered>,
    /// How an answer will be offered, once what it follows from is answered on this form.
    pub pending: Option<WorkedOut>,
    /// What else says otherwise than the answer, or than the offer.
    pub disagreeing: Vec<Offered>,
    /// What the home has to do for it.
    pub need: Need,
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

impl EntryState {
    /// What a home confirms where it says that what it sees is right: what is offered, else what
    /// stands.
    #[must_use]
    pub fn confirmable(&self) -> Option<&Answer> {
        let standing = self.answer.as_ref().map(|known| &known.answer);
        let offered = self.offered.as_ref().map(|offered| &offered.answer);
        offered.or(standing).map(AsRef::as_ref)
    }
}

/// What a home has to do for an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Nothing: it is answered, or waits for another answer.
    #[default]
    Nothing,
    /// To send the answer that it gave to those who have asked since.
    Send,
    /// To answer it.
    Answer,
    /// To say that what is offered, or will be, is right.
    Confirm,
    /// Nothing but to send what was worked out.
    WorkedOut,
    /// Nothing: the register says it, and it goes with whatever the home sends.
    Register,
}

impl Need {
    /// Every need with its word.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Nothing, "nothing"),
        (Self::Send, "send"),
        (Self::Answer, "answer"),
        (Self::Confirm, "confirm"),
        (Self::WorkedOut, "worked-out"),
        (Self::Register, "register"),
    ];

    /// The need's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        let found = Self::ALL.iter().find(|(need, _)| *need == self);
        found.map_or("nothing", |(_, word)| word)
    }
}

/// An answer that fills an entry without typing.
#[derive(Debug, Clone)]
pub struct Offered {
    /// The answer; what it was worked out from, if it was.
    pub answer: Arc<Answer>,
    /// When it, or the latest of what it was worked out from, was given; none for what the register
    /// says.
    pub given_at: Option<jiff::Timestamp>,
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
    /// The form of a home.
    #[must_use]
    pub fn of(sources: FormSources<'_>) -> Self {
        let entries = states(&sources);
        let FormSources {
            template,
            filings,
            now,
            ..
        } = sources;
        let of_entries = entries.iter().filter_map(|entry| entry.next_due);
        let next_due = of_entries
            .chain(unfiled(&template, &entries, &filings))
            .min();
        Self {
            home: sources.home.id.clone(),
            state: form_state(&template, &entries, &filings, next_due, now),
            etag: etag(&template, &entries, &filings),
            filings,
            next_due,
            entries,
            template,
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

    /// How many entries there are for which the home has to do just this.
    #[must_use]
    pub fn count(&self, need: Need) -> usize {
        let needing = |entry: &&EntryState| entry.need == need;
        self.entries.iter().filter(needing).count()
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

/// The state of each entry. What goes without typing counts as answered for what follows from it, and
/// for conditions.
fn states(sources: &FormSources<'_>) -> Vec<EntryState> {
    let template = &sources.template;
    let links = sources.links;
    let mut settled: BTreeMap<Asked, Known> = BTreeMap::new();
    let mut states = Vec::new();
    for _ in 0..ROUNDS_MAX {
        let answer_of = |entry: &Entry| {
            let sheet = sources.sheets.get(&entry.reference);
            let stored = sheet.and_then(|sheet| sheet.answer(&entry.question, links));
            let given = stored.filter(|known| known.answer.is_given());
            let settled = || {
                let key = (links.representative(&entry.question), entry.reference);
                settled.get(&key)?.answer(entry).map(Arc::new)
            };
            let stored = || stored.map(|known| Arc::clone(&known.answer));
            given
                .map(|known| Arc::clone(&known.answer))
                .or_else(settled)
                .or_else(stored)
        };
        let waiting = waiting(template, answer_of);
        let knowledge = Knowledge {
            sheets: sources.sheets,
            links,
            dictionary: sources.dictionary,
            register: Register::Of(sources.home),
            asked: state::asked(sources, &waiting),
            settled: settled.clone(),
            memo: Memo::default(),
        };
        let entries = template.entries().iter().zip(waiting);
        let found = entries.map(|(entry, waiting)| state::of(sources, &knowledge, entry, waiting));
        let found: Vec<state::Found> = found.collect();
        let next = found.iter().filter_map(|found| {
            let known = found.settled.clone()?;
            Some((
                (links.representative(&found.question), found.reference),
                known,
            ))
        });
        let next: BTreeMap<Asked, Known> = next.collect();
        let is_last = next == settled || !state::builds_on_another(&found);
        states = found.into_iter().map(|found| found.state).collect();
        if is_last {
            break;
        }
        settled = next;
    }
    states
}

fn form_state(
    template: &Template,
    entries: &[EntryState],
    filings: &Filings,
    next_due: Option<DateTime>,
    now: DateTime,
) -> FormState {
    let is_sent = |entry: &EntryState| entry.answer.is_some() && entry.need == Need::Nothing;
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
        bytes.extend_from_slice(entry.need.as_str().as_bytes());
        for offered in entry.offered.iter().chain(&entry.disagreeing) {
            // What is offered and in which way; from which answers does not change what is seen.
            let answer = &offered.answer;
            let own = answer.worked_out.as_ref();
            let how = own.map(|own| (own.how.as_str(), own.confirmed));
            let seen = serde_json::to_vec(&(answer.question, &answer.said, answer.on, how))
                .expect("an answer is made of texts and numbers, which JSON can hold");
            bytes.extend_from_slice(&seen);
            let given_at = offered.given_at.map(|at| at.to_string());
            bytes.extend_from_slice(given_at.unwrap_or_default().as_bytes());
        }
    }
    for (ask, filed) in filings {
        bytes.extend_from_slice(format!("{ask} {}\n", filed.at).as_bytes());
    }
    derive(ETAG_CONTEXT, &bytes)
}
