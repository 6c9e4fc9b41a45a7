//! A question as a page puts it: what is asked, why and by whom, what is known, and where the answer
//! is typed; one column for each date or period that it speaks of.

mod input;
mod read;
mod trouble;
mod typed;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::broker::{DraftedForm, OfferWords};
use crate::domain::answer::Answer;
use crate::domain::check::RawAnswer;
use crate::domain::digest::{Digest, derive};
use crate::domain::draft::Typed;
use crate::domain::field::Test;
use crate::domain::field_type::Compulsion;
use crate::domain::form::{EntryState, Need};
use crate::domain::id::OrganisationId;
use crate::domain::organisation::Organisation;
use crate::domain::sheet::SheetAnswer;
use crate::domain::template::{Demand, Entry, Template, TemplateAsk};

pub(super) use self::input::{DateView, InputView};
pub(super) use self::read::{is_on_completion, read};
pub(super) use self::trouble::{plain_faults, plain_warning, plain_warning_of};
pub(super) use self::typed::{as_typed, normal, offer_as_typed};
use super::{shown, words};

/// Of how many who ask a question everything is told on its page, so that no page is too heavy for a
/// phone; the others are named there, and told of where a form says who asks it.
const ASKERS_TOLD_MAX: usize = 5;

const TYPED_CONTEXT: &str = "askonce 2026-11-22 portal typed v1";

/// A question with its columns.
pub(super) struct Question {
    /// In words.
    pub(super) wording: String,
    /// What counts and what does not.
    pub(super) definition: String,
    /// Help that askers give, each once.
    pub(super) guidance: Vec<String>,
    /// Who asks it, and why.
    pub(super) askers: Vec<Asker>,
    /// What is to be answered, or was.
    pub(super) columns: Vec<Column>,
    /// The question above it that it may be the same as.
    pub(super) same: Option<SameAs>,
}

/// A question above another that it may be the same as, whose answer can be copied.
pub(super) struct SameAs {
    /// In words.
    pub(super) wording: String,
    /// The button that copies, as it is posted.
    pub(super) button: String,
    /// Whether there are several answers to copy.
    pub(super) is_many: bool,
}

/// Who asks a question, and why.
#[derive(PartialEq, Eq)]
pub(super) struct Asker {
    pub(super) name: String,
    pub(super) purpose: String,
    pub(super) legal_basis: String,
    pub(super) contact: String,
    /// How strongly the home is bound to answer.
    pub(super) bound: &'static str,
    /// Whether it must not be left out.
    pub(super) is_required: bool,
    /// In which system the home files it itself; empty for none.
    pub(super) filed_elsewhere: String,
    /// Its own wording, where that is another.
    pub(super) own_wording: String,
}

/// One date or period of a question, with its answer.
pub(super) struct Column {
    /// The entry's id: every field of the column begins with it.
    pub(super) name: String,
    /// On which form it was shown: its period.
    pub(super) period: String,
    /// What the answer speaks of.
    pub(super) heading: String,
    /// Whether the question has other columns.
    pub(super) is_one_of_many: bool,
    /// Why it is not asked now, where it is not.
    pub(super) waiting: String,
    /// What was answered already.
    pub(super) answered: Option<String>,
    /// Who has not been sent that.
    pub(super) unsent: Vec<String>,
    /// What is offered to be confirmed.
    pub(super) offer: Option<Offer>,
    /// What goes without typing.
    pub(super) worked_out: Option<Offer>,
    /// Whether that is from the register, and so not to be typed over here.
    pub(super) is_register: bool,
    /// What will be worked out once other questions are answered.
    pub(super) pending: String,
    /// What does not agree with it.
    pub(super) disagreeing: Vec<String>,
    /// What was given for the period before.
    pub(super) last: String,
    /// Where it is typed.
    pub(super) input: InputView,
    /// Whether anything is typed.
    pub(super) is_typed: bool,
    /// Whether what is offered is said to be right.
    pub(super) keeps: Option<bool>,
    /// The reason chosen why there is no answer.
    pub(super) why: String,
    /// More of that reason.
    pub(super) note: String,
    /// The very day that it speaks of, where that may be said.
    pub(super) on: Option<DateView>,
    /// What tells what was typed from what is typed when the page comes back.
    pub(super) was: String,
    /// What must be put right.
    pub(super) errors: Vec<String>,
    /// What is worth a second look.
    pub(super) warnings: Vec<String>,
    /// What somebody else typed meanwhile.
    pub(super) theirs: String,
}

/// A value with where it comes from.
pub(super) struct Offer {
    pub(super) value: String,
    pub(super) from: String,
    /// What tells it from another.
    pub(super) seen: String,
}

/// A reason why there is no answer.
pub(super) struct Reason {
    pub(super) word: &'static str,
    pub(super) label: &'static str,
}

impl Question {
    /// Whether anything of it is to be put right.
    pub(super) fn has_errors(&self) -> bool {
        self.columns.iter().any(|column| !column.errors.is_empty())
    }

    /// Those of whom everything is told.
    pub(super) fn told(&self) -> &[Asker] {
        &self.askers[..self.askers.len().min(ASKERS_TOLD_MAX)]
    }

    /// The names of the others.
    pub(super) fn untold(&self) -> String {
        let others = &self.askers[self.told().len()..];
        let names: Vec<&str> = others.iter().map(|asker| asker.name.as_str()).collect();
        words::listed(&names)
    }

    /// The names of those who ask, each once.
    pub(super) fn asked_by(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for asker in &self.askers {
            if !names.contains(&asker.name.as_str()) {
                names.push(&asker.name);
            }
        }
        words::listed(&names)
    }

    /// Whether somebody must have it.
    pub(super) fn is_required(&self) -> bool {
        self.askers.iter().any(|asker| asker.is_required)
    }
}

impl Column {
    /// The reasons why there may be no answer.
    #[expect(clippy::unused_self, reason = "a template calls it on what it shows")]
    pub(super) fn reasons(&self) -> Vec<Reason> {
        let all = crate::domain::answer::DeclineReason::ALL.iter();
        let reason =
            |(reason, word): &(crate::domain::answer::DeclineReason, &'static str)| Reason {
                word,
                label: shown::reason_words(*reason),
            };
        all.map(reason).collect()
    }

    /// Whether the field where it is typed stands open: nothing else is to be said first.
    pub(super) fn is_open(&self) -> bool {
        self.is_typed
            || !self.errors.is_empty()
            || (self.answered.is_none() && self.worked_out.is_none())
    }

    /// The id of the first field, to which an error leads.
    pub(super) fn first_field(&self) -> String {
        let name = &self.name;
        match &self.input {
            _ if !self.why.is_empty() || !self.note.is_empty() => format!("{name}.why"),
            InputView::Number { .. } => format!("{name}.number"),
            InputView::Grids { .. } => format!("{name}.g0.0"),
            InputView::YesNo { .. } => format!("{name}.yes_no"),
            InputView::Date(_) => format!("{name}.date.day"),
            InputView::Text { .. } => format!("{name}.text"),
            InputView::Choice(_) | InputView::Choices { .. } => format!("{name}.option"),
        }
    }
}

/// What a column is made from.
pub(super) struct Source<'a> {
    /// The form, as it stands and as it would be.
    pub(super) form: &'a DraftedForm,
    /// The entry.
    pub(super) entry: &'a Entry,
    /// Its place on the form.
    pub(super) place: usize,
    /// What was given for the period before.
    pub(super) last: Option<SheetAnswer>,
}

impl Source<'_> {
    /// The entry as it stands.
    pub(super) fn stands(&self) -> &EntryState {
        &self.form.view.form.entries[self.place]
    }

    /// The entry as it would be with what is typed.
    pub(super) fn would_be(&self) -> &EntryState {
        &self.form.form.entries[self.place]
    }

    /// Whether a total alone is typed where there are boxes: no page has a field for it.
    pub(super) fn has_hidden_total(&self) -> bool {
        let number = self.entry.number();
        let is_broken_down = number.is_some_and(|number| !number.grids.is_empty());
        let typed = self.typed().map(|typed| &typed.answer);
        is_broken_down
            && typed.is_some_and(|typed| typed.number.is_some() && typed.grids.is_empty())
    }

    /// What may be said to be right, as it would be typed: what a page offers, and what it offered
    /// before this was typed.
    pub(super) fn offers(&self) -> impl Iterator<Item = RawAnswer> {
        let states = [self.would_be(), self.stands()].into_iter();
        let offered = states.filter(|state| state.need == Need::Confirm);
        offered.filter_map(|state| Some(self.offer_as_typed(&state.offered.as_ref()?.answer)))
    }

    fn offer_as_typed(&self, offered: &Answer) -> RawAnswer {
        offer_as_typed(offered, self.entry)
    }

    /// What is typed for it.
    pub(super) fn typed(&self) -> Option<&Typed> {
        let draft = self.form.view.draft.as_ref()?;
        draft.entries.get(&self.entry.id)?.typed.as_ref()
    }

    fn template(&self) -> &Arc<Template> {
        &self.form.view.form.template
    }

    fn organisations(&self) -> &BTreeMap<OrganisationId, Arc<Organisation>> {
        &self.form.view.organisations
    }

    fn words(&self) -> OfferWords {
        let of = &self.form.words;
        of.get(&self.entry.id).cloned().unwrap_or_default()
    }

    /// What a body is called.
    pub(super) fn name_of(&self, organisation: &OrganisationId) -> String {
        let known = self.organisations().get(organisation);
        known.map_or_else(|| organisation.to_string(), |known| known.name.clone())
    }
}

/// A question out of its columns' sources, of which there is one at least; `instead` is what to show
/// as typed in place of what the draft holds.
pub(super) fn question(
    sources: &[Source<'_>],
    instead: &BTreeMap<String, Option<RawAnswer>>,
) -> Question {
    let first = &sources[0];
    let entry = first.entry;
    let mut askers: Vec<Asker> = Vec::new();
    let mut guidance: Vec<String> = Vec::new();
    for source in sources {
        for demand in &source.entry.demands {
            let asker = asker(demand, source);
            if !askers.contains(&asker) {
                askers.push(asker);
            }
            let help = &demand.field.guidance;
            if !help.is_empty() && !guidance.contains(help) {
                guidance.push(help.clone());
            }
        }
    }
    let columns = sources.iter().map(|source| {
        let instead = instead.get(&source.entry.id.to_string());
        Column {
            is_one_of_many: sources.len() > 1,
            ..column(source, instead)
        }
    });
    Question {
        wording: entry.wording.value.clone(),
        definition: entry.definition.value.clone(),
        guidance,
        askers,
        columns: columns.collect(),
        same: None,
    }
}

fn asker(demand: &Demand, source: &Source<'_>) -> Asker {
    let ask = source.template().ask(&demand.ask);
    let of = |member: fn(&TemplateAsk) -> &String| {
        ask.map(|ask| member(ask).clone()).unwrap_or_default()
    };
    let own = &demand.field.label;
    Asker {
        name: source.name_of(&demand.ask.organisation),
        purpose: of(|ask| &ask.purpose),
        legal_basis: of(|ask| &ask.legal_basis),
        contact: of(|ask| &ask.contact),
        bound: match demand.field.compulsion {
            Compulsion::Statutory => words::question::STATUTORY,
            Compulsion::Contractual => words::question::CONTRACTUAL,
            Compulsion::Voluntary => words::question::VOLUNTARY,
        },
        is_required: demand.field.required,
        filed_elsewhere: of(|ask| &ask.filed_elsewhere),
        own_wording: if *own == source.entry.wording.value {
            String::new()
        } else {
            own.clone()
        },
    }
}

/// A column; `instead` is what to show as typed in place of what the draft holds.
pub(super) fn column(source: &Source<'_>, instead: Option<&Option<RawAnswer>>) -> Column {
    let (stands, would_be, entry) = (source.stands(), source.would_be(), source.entry);
    let drafted = source.typed().map(|typed| &typed.answer);
    let typed = instead.map_or(drafted, Option::as_ref);
    // Once it is typed, what was offered before is still what it is put beside.
    let state = if typed.is_some() { stands } else { would_be };
    let words = source.words();
    let offered = state.offered.as_ref();
    let offered_as_typed = offered.map(|offered| source.offer_as_typed(&offered.answer));
    let offer = offered.map(|offered| Offer {
        value: shown::said(&offered.answer.said, entry),
        from: words.offered.clone(),
        seen: fingerprint(offered_as_typed.as_ref()),
    });
    let drafted = drafted.map(|typed| normal(typed, entry));
    let answered = stands.answer.as_ref();
    let (mut to_confirm, mut worked_out) = (None, None);
    match state.need {
        Need::Confirm => to_confirm = offer,
        Need::WorkedOut | Need::Register => worked_out = offer,
        Need::Nothing | Need::Send | Need::Answer => {}
    }
    // What is offered and said to be right is not shown as typed, too.
    let keeps = typed
        .filter(|_| to_confirm.is_some())
        .map(|typed| typed.confirm || offered_as_typed.as_ref() == Some(&normal(typed, entry)));
    let typed_here = typed.filter(|typed| keeps != Some(true) || typed.confirm);
    Column {
        name: entry.id.to_string(),
        period: source.template().body().period.to_string(),
        heading: shown::speaks_of(entry.reference, None),
        is_one_of_many: false,
        waiting: waiting(source),
        answered: answered.map(|known| shown::said(&known.answer.said, entry)),
        unsent: unsent(source),
        keeps,
        offer: to_confirm,
        is_register: state.need == Need::Register,
        worked_out,
        pending: if state.pending.is_some() {
            words.offered
        } else {
            String::new()
        },
        disagreeing: disagreeing(would_be, entry, &words.disagreeing),
        last: source
            .last
            .as_ref()
            .map(|last| shown::said(&last.answer.said, entry))
            .unwrap_or_default(),
        input: InputView::of(entry, typed_here),
        is_typed: typed.is_some(),
        why: typed
            .and_then(|typed| typed.declined.clone())
            .unwrap_or_default(),
        note: typed.map(|typed| typed.note.clone()).unwrap_or_default(),
        on: is_on_completion(entry).then(|| {
            let on = typed.and_then(|typed| typed.on.as_deref());
            on.map(DateView::of).unwrap_or_default()
        }),
        was: fingerprint(drafted.as_ref()),
        errors: Vec::new(),
        warnings: Vec::new(),
        theirs: String::new(),
    }
}

/// What tells one thing typed from another; empty for nothing.
pub(super) fn fingerprint(typed: Option<&RawAnswer>) -> String {
    let Some(typed) = typed else {
        return String::new();
    };
    let bytes = serde_json::to_vec(typed)
        .expect("an answer as typed is made of texts and lists, which JSON can hold");
    let digest: Digest = derive(TYPED_CONTEXT, &bytes);
    digest.to_string()[..16].to_owned()
}

fn disagreeing(state: &EntryState, entry: &Entry, from: &[String]) -> Vec<String> {
    let others = state.disagreeing.iter().enumerate();
    let told = others.map(|(place, other)| {
        let value = shown::said(&other.answer.said, entry);
        let from = from.get(place).map_or("", String::as_str);
        words::question::otherwise(&value, from)
    });
    told.collect()
}

fn unsent(source: &Source<'_>) -> Vec<String> {
    let state = source.stands();
    if state.answer.is_none() {
        return Vec::new();
    }
    let places = state.unreleased.iter();
    let demands =
        places.filter_map(|place| source.entry.demands.get(usize::try_from(*place).ok()?));
    let mut names: Vec<String> = Vec::new();
    for demand in demands {
        let name = source.name_of(&demand.ask.organisation);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Why an entry is not asked now, in words; empty where it is.
fn waiting(source: &Source<'_>) -> String {
    if source.would_be().is_put {
        return String::new();
    }
    let mut demands = source.entry.demands.iter();
    let told = demands.find_map(|demand| {
        let only_if = demand.field.only_if.as_ref()?;
        let mut entries = source.template().entries().iter();
        let on = entries.find_map(|entry| {
            let other = entry.demand(&demand.ask, only_if.field.as_str())?;
            Some((entry, other))
        });
        let (entry, _) = on?;
        let answer = match &only_if.test {
            Test::Equals(values) if values.iter().eq(["yes"]) => words::question::YES,
            Test::Equals(values) if values.iter().eq(["no"]) => words::question::NO,
            _ => "",
        };
        Some(words::question::asked_only_if(&entry.wording.value, answer))
    });
    told.unwrap_or_else(|| words::question::NOT_ASKED_NOW.to_owned())
}
