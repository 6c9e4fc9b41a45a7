//! The state of one entry: what is answered, what is known without asking, what is left to do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};

use super::{EntryState, FormSources, Need, Offered, release_key};
use crate::domain::answer::Answer;
use crate::domain::calendar::civil_london;
use crate::domain::digest::QuestionId;
use crate::domain::field_type::Reuse;
use crate::domain::id::DimensionId;
use crate::domain::known::{Asked, Freshness, Knowledge, Known};
use crate::domain::link::Links;
use crate::domain::reference::Reference;
use crate::domain::sheet::SheetAnswer;
use crate::domain::template::{Demand, Entry, Input};
use crate::domain::worked_out::How;

/// An entry's state, with what it gives to others.
pub(super) struct Found {
    pub(super) question: QuestionId,
    pub(super) reference: Reference,
    pub(super) state: EntryState,
    /// The value that goes without typing.
    pub(super) settled: Option<Known>,
}

/// Whether another look is worth while: something waits that may follow from what is settled, or
/// follows from the numbers of other entries.
pub(super) fn builds_on_another(found: &[Found]) -> bool {
    let follows = |offer: &Offered| {
        let own = offer.answer.worked_out.as_ref();
        own.is_some_and(|own| matches!(own.how, How::Formula | How::Band))
    };
    let builds = |found: &Found| {
        let state = &found.state;
        let mut offers = state.offered.iter().chain(&state.disagreeing);
        state.pending.is_some() || !state.waiting.is_empty() || offers.any(follows)
    };
    found.iter().any(builds)
}

/// The entries that the home is to answer, with their dimensions: those that are put and that it has
/// not answered.
pub(super) fn asked(
    sources: &FormSources<'_>,
    waiting: &[Vec<u32>],
) -> BTreeMap<Asked, BTreeSet<DimensionId>> {
    let links = sources.links;
    let entries = sources.template.entries().iter().zip(waiting);
    let open = entries.filter(|(entry, waiting)| {
        let sheet = sources.sheets.get(&entry.reference);
        let known = sheet.and_then(|sheet| sheet.answer(&entry.question, links));
        let is_given = known.is_some_and(|known| known.answer.is_given());
        waiting.len() < entry.demands.len() && !is_given
    });
    open.map(|(entry, _)| asked_by(entry, links)).collect()
}

/// What an entry asks, with the dimensions by which it is broken down.
pub(super) fn asked_by(entry: &Entry, links: &Links) -> (Asked, BTreeSet<DimensionId>) {
    let grids = entry.number().into_iter().flat_map(|number| &number.grids);
    let dimensions = grids.flat_map(|grid| grid.dimensions.iter().map(|own| own.id.clone()));
    let key = (links.representative(&entry.question), entry.reference);
    (key, dimensions.collect())
}

/// The state of an entry.
pub(super) fn of(
    sources: &FormSources<'_>,
    knowledge: &Knowledge<'_>,
    entry: &Entry,
    waiting: Vec<u32>,
) -> Found {
    let sheet = sources.sheets.get(&entry.reference);
    let stored = sheet.and_then(|sheet| sheet.answer(&entry.question, sources.links).cloned());
    let (answer, outdated) = match stored {
        Some(known) if is_outdated(&known, sources) => (None, Some(known)),
        stored => (stored, None),
    };
    let mut state = released(sources, entry, waiting, answer);
    state.is_put = state.waiting.len() < entry.demands.len();
    let mut settled = None;
    if state.is_put {
        settled = offer(&mut state, sources, knowledge, entry, outdated);
    }
    Found {
        question: entry.question,
        reference: entry.reference,
        state,
        settled,
    }
}

/// A standing fact is to be confirmed once it was last said more than a year before the period.
fn is_outdated(known: &SheetAnswer, sources: &FormSources<'_>) -> bool {
    let said_on = civil_london(known.given_at).date();
    known.answer.reference == Reference::Standing
        && known.answer.is_given()
        && said_on.saturating_add(1.year()) < sources.template.body().period.start()
}

/// Who has the answer, who not, and by when it is due to them.
fn released(
    sources: &FormSources<'_>,
    entry: &Entry,
    waiting: Vec<u32>,
    answer: Option<SheetAnswer>,
) -> EntryState {
    let template = &sources.template;
    let sheet = sources.sheets.get(&entry.reference);
    let mut state = EntryState {
        is_filed: true,
        ..EntryState::default()
    };
    for (place, demand) in (0u32..).zip(&entry.demands) {
        if waiting.contains(&place) {
            continue;
        }
        let due = template.window(&demand.ask).map(|window| window.closes);
        if template.is_filed_elsewhere(&demand.ask) {
            if !sources.filings.contains_key(&demand.ask) {
                state.is_filed = false;
                let due = due.filter(|_| answer.is_none());
                state.next_due = [state.next_due, due].into_iter().flatten().min();
            }
            continue;
        }
        state.is_filed = false;
        let key = release_key(template, demand);
        let released = sheet.and_then(|sheet| sheet.released(&key));
        // An answer that was sent before a link was made or undone is not this one; one that was
        // sent for another purpose or on another legal basis was not sent for this.
        let is_this_one = |known: &SheetAnswer| {
            released.is_some_and(|released| {
                let ask = template.ask(&demand.ask);
                // A standing fact that changed was true when it was sent.
                let is_standing = entry.reference == Reference::Standing;
                (released.given == known.sequence || is_standing)
                    && released.answer.question == known.answer.question
                    && ask.is_none_or(|ask| released.is_for(ask.basis(), ask.rebased))
            })
        };
        if answer.as_ref().is_some_and(is_this_one) {
            continue;
        }
        if answer.is_some() {
            state.unreleased.push(place);
        }
        state.next_due = [state.next_due, due].into_iter().flatten().min();
    }
    state.answer = answer;
    state.waiting = waiting;
    state
}

/// What is offered for an entry, and what that leaves to do. The value that goes without typing, if
/// one does.
fn offer(
    state: &mut EntryState,
    sources: &FormSources<'_>,
    knowledge: &Knowledge<'_>,
    entry: &Entry,
    outdated: Option<SheetAnswer>,
) -> Option<Known> {
    let demands = (0u32..).zip(&entry.demands);
    let applying: Vec<&Demand> = demands
        .filter(|(place, _)| !state.waiting.contains(place))
        .map(|(_, demand)| demand)
        .collect();
    let freshness = Freshness {
        max_age_days: oldest(&applying),
        before: sources.before.get(&entry.reference).copied(),
    };
    let all = knowledge.of(entry, freshness);
    let stored = state.answer.as_ref().map(|known| Arc::clone(&known.answer));
    match stored {
        Some(given) if given.is_given() => {
            let is_count = matches!(entry.input, Input::Count(_));
            let computed = all.iter().filter(|known| known.how.is_computed());
            let otherwise = computed.filter(|known| !known.says(&given.said, is_count));
            let moved = knowledge.moved(entry, &given);
            let otherwise = otherwise.chain(&moved);
            state.disagreeing = otherwise
                .filter_map(|known| offered(known, entry))
                .collect();
            offer_again(state);
            None
        }
        Some(stored) => {
            let settled = fill(state, entry, &all, &applying);
            let dated_at = all.first().and_then(|known| known.dated_at);
            follow(state, sources, entry, (&stored, dated_at));
            let stands = state
                .offered
                .as_ref()
                .is_none_or(|own| own.answer == stored);
            let known = state.answer.as_ref().filter(|_| stands);
            known.map_or(settled, |known| Known::sent(known, entry))
        }
        None => {
            let all = outdated_too(all, outdated, entry);
            fill(state, entry, &all, &applying)
        }
    }
}

/// Fills an entry that nobody has answered.
pub(super) fn fill(
    state: &mut EntryState,
    entry: &Entry,
    all: &[Known],
    applying: &[&Demand],
) -> Option<Known> {
    let asks_always = applying
        .iter()
        .any(|demand| demand.field.reuse == Reuse::AlwaysAsk);
    let mut usable = all
        .iter()
        .filter(|known| !asks_always || known.how == How::Register);
    state.need = Need::Answer;
    let first = usable.next()?;
    // What the home said of the very fact, however long ago, weighs as much as the register.
    let said_once = |known: &&Known| known.how.is_computed() || known.how == How::Standing;
    let otherwise = usable
        .filter(said_once)
        .filter(|known| !first.agrees_with(known));
    state.disagreeing = otherwise
        .filter_map(|known| offered(known, entry))
        .collect();
    let all_derive = applying
        .iter()
        .all(|demand| demand.field.reuse == Reuse::Derive);
    state.need = match first.how {
        How::Register if state.disagreeing.is_empty() => Need::Register,
        _ if all_derive && first.is_certain && state.disagreeing.is_empty() => Need::WorkedOut,
        _ => Need::Confirm,
    };
    state.offered = offered(first, entry);
    if state.offered.is_none() {
        state.pending = Some(first.worked_out());
    }
    let goes = matches!(state.need, Need::Register | Need::WorkedOut) && state.offered.is_some();
    goes.then(|| first.clone())
}

/// Sets what was worked out before, and when its sources were last given, beside what is worked out
/// now. What was sent of a time stands until something is said of that time: a fact that holds today
/// may not have held then.
fn follow(
    state: &mut EntryState,
    sources: &FormSources<'_>,
    entry: &Entry,
    (stored, dated_at): (&Answer, Option<Timestamp>),
) {
    state.pending = None;
    let is_open = !state.unreleased.is_empty();
    let is_same =
        |offer: &Offered| offer.answer.said == stored.said && offer.answer.on == stored.on;
    let stored_at = state.answer.as_ref().map(|known| known.given_at);
    let is_newer = entry.reference != Reference::Standing && dated_at > stored_at;
    match (&state.offered, state.need) {
        (Some(offer), _) if !is_same(offer) && is_newer => {
            let open = (0u32..).zip(&entry.demands).filter(|(place, demand)| {
                let is_sent = !sources.template.is_filed_elsewhere(&demand.ask);
                is_sent && !state.waiting.contains(place)
            });
            state.unreleased = open.map(|(place, _)| place).collect();
            // What follows strictly was sent anew when its source was corrected; this did not.
            state.need = Need::Confirm;
        }
        (_, _) if !is_open => {
            state.offered = None;
            state.disagreeing.clear();
            state.need = Need::Nothing;
        }
        // What the register says goes along to those who have asked since, without being sent.
        (Some(_), Need::Register) => {}
        (Some(_), Need::WorkedOut) => offer_again(state),
        // Who wants a look gets one, and who asks always gets an answer.
        (None, Need::Answer) if asks_always(entry, state) => {}
        (_, _) => {
            state.offered = state.answer.as_ref().map(|known| Offered {
                answer: Arc::clone(&known.answer),
                given_at: Some(known.given_at),
            });
            state.need = Need::Confirm;
        }
    }
}

fn asks_always(entry: &Entry, state: &EntryState) -> bool {
    let mut demands = (0u32..).zip(&entry.demands);
    demands.any(|(place, demand)| {
        demand.field.reuse == Reuse::AlwaysAsk && !state.waiting.contains(&place)
    })
}

/// Offers an answer to those who have asked since.
fn offer_again(state: &mut EntryState) {
    if let Some(known) = state
        .answer
        .as_ref()
        .filter(|_| !state.unreleased.is_empty())
    {
        state.need = Need::Send;
        state.offered = Some(Offered {
            answer: Arc::clone(&known.answer),
            given_at: Some(known.given_at),
        });
    }
}

/// With a standing fact that was said long ago behind what the register says.
fn outdated_too(mut all: Vec<Known>, outdated: Option<SheetAnswer>, entry: &Entry) -> Vec<Known> {
    if let Some(known) = outdated.and_then(|known| Known::standing(&known, entry)) {
        let is_registered = all.first().is_some_and(|first| first.how == How::Register);
        all.insert(usize::from(is_registered), known);
    }
    all
}

/// The oldest state that every demand takes; none where one takes that of the reference only.
pub(super) fn oldest(applying: &[&Demand]) -> Option<u32> {
    let ages = applying.iter().map(|demand| demand.field.max_age_days);
    ages.collect::<Option<Vec<u32>>>()?.into_iter().min()
}

fn offered(known: &Known, entry: &Entry) -> Option<Offered> {
    Some(Offered {
        answer: Arc::new(known.answer(entry)?),
        given_at: known.given_at,
    })
}
