//! Questions that may be the same in other words: they stand together, and an answer is copied from
//! the upper to the lower by a button. Both stay questions of their own; nothing is sent by it.

use std::collections::{BTreeMap, BTreeSet};

use crate::broker::{BrokerError, DraftedForm, SaveDraft};
use crate::domain::alike::copied;
use crate::domain::answer::Answer;
use crate::domain::check::RawAnswer;
use crate::domain::form::Need;
use crate::domain::template::{Entry, EntryId};

use super::super::posted::Fields;
use super::super::question::{Question, SameAs, Source, as_typed, fingerprint, normal};
use super::super::session::SignedIn;
use super::super::{Portal, PortalError, shown, words};
use super::{Instead, Place, Sitting, Topic};

/// What the button that copies posts, before the entry to which it does.
const BUTTON: &str = "same.";

/// Entries that may be the same, on all forms of a sitting: each pair both ways round.
#[derive(Default)]
pub(super) struct Alike(BTreeSet<(EntryId, EntryId)>);

/// A question and one above it that it may be the same as.
struct Stacked<'a> {
    /// The wording of the upper.
    wording: &'a str,
    /// Columns that speak of the same: the upper's and the lower's.
    columns: Vec<(Place, Place)>,
}

/// What the button copies, as it would be typed.
#[derive(Default)]
struct Copying {
    /// By form.
    answers: BTreeMap<usize, Vec<RawAnswer>>,
    /// Whether a number of it is rounded.
    is_rounded: bool,
}

impl Alike {
    pub(super) fn of(forms: &[DraftedForm]) -> Self {
        let all = forms.iter().flat_map(|form| &form.view.alike);
        let pairs = all.flat_map(|(own, others)| others.iter().map(|other| (*own, other.entry)));
        Self(pairs.collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn has(&self, upper: &Entry, lower: &Entry) -> bool {
        self.0.contains(&(upper.id, lower.id))
    }

    /// Whether any of some entries may be the same as any of others.
    pub(super) fn has_any<'a>(
        &self,
        mut uppers: impl Iterator<Item = &'a Entry>,
        lowers: &(impl Iterator<Item = &'a Entry> + Clone),
    ) -> bool {
        uppers.any(|upper| lowers.clone().any(|lower| self.has(upper, lower)))
    }
}

/// The entry to which a button copies; none for another button.
pub(super) fn copies_to(action: &str) -> Option<&str> {
    action.strip_prefix(BUTTON)
}

/// What a page showed, and what was typed on it: what may be copied over.
pub(super) struct Seen<'a> {
    /// As they were posted.
    pub(super) fields: &'a Fields,
    /// What was typed, by entry.
    pub(super) typed: BTreeMap<String, RawAnswer>,
}

/// What became of pressing the button that copies.
pub(super) enum Copied {
    /// It is kept; where it then stands.
    Kept(String),
    /// Nothing is copied, and why.
    Not(String),
    /// Where somebody else typed meanwhile, it is not kept; elsewhere it is.
    Beside(Vec<Beside>),
}

/// What would be copied to where somebody else typed.
pub(super) struct Beside {
    pub(super) answer: RawAnswer,
    /// What they typed, in words.
    pub(super) theirs: String,
}

/// Copies to the question with this entry what is answered above it: keeps it in the drafts, as if it
/// were typed, but in place of nothing that was not seen.
pub(super) async fn copy_to(
    portal: &Portal,
    who: &SignedIn,
    sitting: &Sitting,
    entry: &str,
    seen: &Seen<'_>,
) -> Result<Copied, PortalError> {
    let mut copying = match sitting.copying(entry) {
        Ok(copying) => copying,
        Err(why) => return Ok(Copied::Not(why)),
    };
    let beside = copying.leave_unseen(sitting, seen);
    for (at, answers) in copying.answers {
        let form = &sitting.forms[at];
        let draft = form.view.draft.as_ref();
        let draft = SaveDraft {
            home: sitting.home.id.clone(),
            period: form.form.template.body().period,
            etag: draft.map_or_else(String::new, |draft| draft.version.to_string()),
            answers,
            saved_by: who.answered_by.clone(),
        };
        match portal.broker.save_draft(&draft).await {
            Ok(_) => {}
            // Somebody typed there in this very moment.
            Err(BrokerError::DraftChanged { .. }) => {
                return Ok(Copied::Not(words::trouble::NOT_KEPT.to_owned()));
            }
            Err(error) => return Err(error.into()),
        }
    }
    if !beside.is_empty() {
        return Ok(Copied::Beside(beside));
    }
    who.tell(if copying.is_rounded {
        words::alike::COPIED_ROUNDED
    } else {
        words::alike::COPIED
    })
    .await?;
    Ok(Copied::Kept(sitting.path_to(entry)))
}

impl Seen<'_> {
    /// Whether what is typed for a column now is nothing, what the page showed, or what was typed
    /// on it.
    fn has(&self, lower: &Source<'_>) -> bool {
        let Some(typed) = lower.typed() else {
            return true;
        };
        let is_typed = |answer: &RawAnswer| *answer == typed.answer;
        let name = &typed.answer.entry;
        let was = self.fields.one(&format!("{name}.was"));
        let now = normal(&typed.answer, lower.entry);
        self.typed.get(name).is_some_and(is_typed) || fingerprint(Some(&now)) == was
    }
}

impl Copying {
    /// Takes out what would stand in place of something else that was not seen.
    fn leave_unseen(&mut self, sitting: &Sitting, seen: &Seen<'_>) -> Vec<Beside> {
        let mut beside = Vec::new();
        for (at, answers) in &mut self.answers {
            let period = sitting.forms[*at].form.template.body().period;
            for answer in std::mem::take(answers) {
                let place = sitting.place_of(period, &answer.entry);
                let lower = place.map(|place| sitting.source(place));
                match lower.and_then(|lower| in_the_way(&answer, &lower, seen)) {
                    Some(theirs) => beside.push(Beside { answer, theirs }),
                    None => answers.push(answer),
                }
            }
        }
        self.answers.retain(|_, answers| !answers.is_empty());
        beside
    }
}

/// What somebody else typed for a column, in words, if another answer would be copied over it.
fn in_the_way(answer: &RawAnswer, lower: &Source<'_>, seen: &Seen<'_>) -> Option<String> {
    let typed = lower.typed()?;
    if seen.has(lower) || normal(&typed.answer, lower.entry) == *answer {
        return None;
    }
    let checked = lower.form.typed.get(&lower.entry.id);
    let checked = checked.and_then(|checked| checked.as_ref().ok());
    let said = checked.map(|own| shown::said(&own.answer.said, lower.entry));
    let at = shown::moment(typed.at);
    Some(words::alike::in_the_way(&typed.by, &at, said.as_deref()))
}

impl Sitting {
    /// The questions of a topic as its page puts them.
    pub(super) fn questions<'a>(
        &'a self,
        topic: &'a Topic,
        instead: &'a Instead,
    ) -> impl Iterator<Item = Question> + 'a {
        (0..topic.questions.len()).map(move |at| {
            let places = &topic.questions[at];
            Question {
                same: self.same_as(topic, at),
                ..self.question(places, instead)
            }
        })
    }

    fn same_as(&self, topic: &Topic, at: usize) -> Option<SameAs> {
        let stacked = self.stacked(topic, at)?;
        let (_, lower) = stacked.columns.first()?;
        Some(SameAs {
            wording: stacked.wording.to_owned(),
            button: format!("{BUTTON}{}", self.source(*lower).entry.id),
            is_many: stacked.columns.len() > 1,
        })
    }

    /// The question above one that it may be the same as, with the columns whose answers can be
    /// copied; none if there is nothing to copy from or to.
    fn stacked(&self, topic: &Topic, at: usize) -> Option<Stacked<'_>> {
        let lowers = &topic.questions[at];
        let entry = |place: &Place| self.source(*place).entry;
        let mut above = topic.questions[..at].iter();
        let uppers = above.find(|uppers| {
            let (uppers, lowers) = (uppers.iter().map(entry), lowers.iter().map(entry));
            self.alike.has_any(uppers, &lowers)
        })?;
        let mut columns = Vec::new();
        for lower in lowers {
            let mut uppers = uppers.iter();
            let upper = uppers.find(|upper| self.alike.has(entry(upper), entry(lower)));
            let Some(upper) = upper else { continue };
            if takes(&self.source(*lower)) && self.source(*upper).would_be().is_put {
                columns.push((*upper, *lower));
            }
        }
        let wording = &entry(uppers.first()?).wording.value;
        (!columns.is_empty()).then_some(Stacked { wording, columns })
    }

    /// What the button copies that stands at an entry: what is typed or known above, as it would be
    /// typed there.
    ///
    /// # Errors
    /// Why there is nothing to copy.
    fn copying(&self, to: &str) -> Result<Copying, String> {
        let topics = self.pages.iter().flat_map(|page| &page.topics);
        let mut stacks = topics.flat_map(|topic| {
            let all = 0..topic.questions.len();
            all.filter_map(|at| self.stacked(topic, at))
        });
        let stacked = stacks.find(|stacked| {
            let mut lowers = stacked.columns.iter().map(|(_, lower)| lower);
            lowers.any(|lower| self.source(*lower).entry.id.to_string() == to)
        });
        let stacked = stacked.ok_or_else(|| words::alike::NOT_ALIKE_NOW.to_owned())?;
        let mut copying = Copying::default();
        let mut why_not = words::alike::nothing_above(stacked.wording);
        for (upper, lower) in &stacked.columns {
            let (from, to) = (self.source(*upper), self.source(*lower));
            match answered(&from) {
                Ok(None) => {}
                Ok(Some(answer)) => match copy(&answer, from.entry, to.entry) {
                    Some((typed, is_rounded)) => {
                        copying.is_rounded |= is_rounded;
                        copying.answers.entry(lower.form).or_default().push(typed);
                    }
                    None => why_not = words::alike::cannot_copy(stacked.wording),
                },
                Err(()) => why_not = words::alike::put_right_above(stacked.wording),
            }
        }
        if copying.answers.is_empty() {
            return Err(why_not);
        }
        Ok(copying)
    }

    /// The address of an entry on its page.
    fn path_to(&self, entry: &str) -> String {
        let is_it = |place: Place| self.source(place).entry.id.to_string() == entry;
        let mut pages = self.pages.iter();
        match pages.position(|page| page.places().any(is_it)) {
            Some(at) => format!("{}/topics/{}#q-{entry}", self.path(), at + 1),
            None => self.path(),
        }
    }
}

/// Whether an answer may be copied to a column: it is asked, not answered yet, and not the register's.
fn takes(lower: &Source<'_>) -> bool {
    let state = lower.would_be();
    state.is_put && state.need != Need::Register && lower.stands().answer.is_none()
}

/// What is typed for a column, else what was sent, else what is worked out without the home's saying
/// so; none if it has no answer, an error if what is typed is none.
fn answered(source: &Source<'_>) -> Result<Option<Answer>, ()> {
    match source.form.typed.get(&source.entry.id) {
        Some(Ok(checked)) => {
            let on = source.typed().and_then(|typed| typed.answer.on.as_ref());
            return Ok(Some(Answer {
                // Where no day was said, none is copied: it is that on which it is sent.
                on: checked.answer.on.filter(|_| on.is_some()),
                ..checked.answer.clone()
            }));
        }
        Some(Err(_)) => return Err(()),
        None => {}
    }
    if let Some(given) = &source.stands().answer {
        return Ok(Some(Answer::clone(&given.answer)));
    }
    let state = source.would_be();
    let goes = matches!(state.need, Need::WorkedOut | Need::Register);
    let offered = state.offered.as_ref().filter(|_| goes);
    Ok(offered.map(|offered| Answer::clone(&offered.answer)))
}

/// An answer to the one entry as it would be typed for the other, and whether it is rounded.
fn copy(answer: &Answer, from: &Entry, to: &Entry) -> Option<(RawAnswer, bool)> {
    let copied = copied(&answer.said, from, to)?;
    let answer = Answer {
        entry: to.id,
        question: to.question,
        said: copied.said,
        worked_out: None,
        ..answer.clone()
    };
    Some((normal(&as_typed(&answer), to), copied.is_rounded))
}
