//! A sitting: one form of a home, or everything that is open at once, answered in one go.
//!
//! A question that several forms or dates ask stands once, with a column for each; where two forms
//! ask it of the very same date, one column serves both.

mod check;
mod list;
mod once;
mod print;
mod save;
mod send;
mod topic;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use jiff::civil::Date;

use crate::broker::{DraftedForm, FormsFilter};
use crate::domain::calendar::civil_london;
use crate::domain::check::RawAnswer;
use crate::domain::digest::QuestionId;
use crate::domain::form::{FormState, Need};
use crate::domain::home::Home;
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::domain::sheet::SheetAnswer;
use crate::domain::template::EntryId;

use super::question::{Question, Source, question};
use super::worklist::is_long_past;
use super::{Portal, PortalError, shown, words};

/// The word for everything that is open at once, in place of a period.
const NOW: &str = "now";

/// Most forms that are answered in one go, the one due first before others: a fortnight of daily
/// forms with those of its weeks, month and quarter.
pub(super) const FORMS_MAX: usize = 20;

/// Most questions on one page: what can be read and typed without losing one's place.
const QUESTIONS_PER_PAGE_MAX: usize = 12;

/// Most columns on one page: a fortnight of days of one question still fits a phone's memory.
const COLUMNS_PER_PAGE_MAX: usize = 16;

/// What is typed in place of what a draft holds, by entry.
type Instead = BTreeMap<String, Option<RawAnswer>>;

pub(super) use self::once::Sendings;

pub(super) fn routes() -> Router<Arc<Portal>> {
    let form = "/homes/{home}/forms/{sitting}";
    Router::new()
        .route(form, get(list::show))
        .route(
            &format!("{form}/topics/{{page}}"),
            get(topic::show).post(save::save),
        )
        .route(&format!("{form}/print"), get(print::show))
        .route(&format!("{form}/check"), get(check::show).post(check::send))
}

/// Forms that are answered in one go.
pub(super) struct Sitting {
    /// As it stands in its address: a period, or [`NOW`].
    name: String,
    /// Whose.
    home: Arc<Home>,
    /// The forms, the one due first before the others.
    forms: Vec<DraftedForm>,
    /// What was answered the period before, by form and entry.
    last: Vec<BTreeMap<EntryId, SheetAnswer>>,
    /// How many older forms are open, too, and left out.
    left_out: usize,
    /// The day in London.
    today: Date,
    /// The questions of each page, by the places of their columns.
    pages: Vec<Page>,
}

/// A page of questions: a large topic has several, several small ones share one.
struct Page {
    topics: Vec<Topic>,
}

/// A topic, or a part of one, on its page.
struct Topic {
    /// The topic.
    title: String,
    /// Which of how many parts it is.
    part: (usize, usize),
    /// The questions: for each the places of its columns.
    questions: Vec<Vec<Place>>,
}

/// An entry of one of the forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    form: usize,
    entry: usize,
}

impl Sitting {
    /// Loads a sitting by the name in its address.
    async fn load(portal: &Portal, home: &HomeId, name: &str) -> Result<Self, PortalError> {
        Self::load_with(portal, home, name, &[]).await
    }

    /// The same; of all that is open also these periods, which a page showed before.
    async fn load_with(
        portal: &Portal,
        home: &HomeId,
        name: &str,
        shown: &[Period],
    ) -> Result<Self, PortalError> {
        let (mut periods, left_out) = match name {
            NOW => open_periods(portal, home).await?,
            period => (vec![period.parse().map_err(|_| PortalError::NotFound)?], 0),
        };
        for period in shown.iter().take(FORMS_MAX) {
            if name == NOW && !periods.contains(period) {
                periods.push(*period);
            }
        }
        let mut forms = portal.broker.drafted_forms(home, &periods).await?;
        forms.retain(|form| !form.form.entries.is_empty());
        if forms.is_empty() && name != NOW {
            return Err(PortalError::NotFound);
        }
        let home = portal.broker.home_view(home).await?.home;
        let pages = pages(&forms, name == NOW);
        let mut last = Vec::with_capacity(forms.len());
        for form in &forms {
            last.push(portal.broker.last_time(&form.view.form).await?);
        }
        Ok(Self {
            name: name.to_owned(),
            home,
            forms,
            last,
            left_out,
            today: civil_london(portal.now()).date(),
            pages,
        })
    }

    /// Where it is, without a slash at its end.
    fn path(&self) -> String {
        format!("/homes/{}/forms/{}", self.home.id, self.name)
    }

    /// What it is called: the period, or all that is open.
    fn title(&self) -> String {
        match self.forms.as_slice() {
            [only] if self.name != NOW => {
                words::capitalised(&only.form.template.body().period.label())
            }
            _ => words::sitting::EVERYTHING_OPEN.to_owned(),
        }
    }

    fn source(&self, place: Place) -> Source<'_> {
        let form = &self.forms[place.form];
        let entry = &form.form.template.entries()[place.entry];
        Source {
            form,
            entry,
            place: place.entry,
            last: self.last[place.form].get(&entry.id).cloned(),
        }
    }

    /// Where an entry of the form of a period stands; none if it is asked no more.
    fn place_of(&self, period: Period, entry: &str) -> Option<Place> {
        let mut forms = self.forms.iter();
        let form = forms.position(|own| own.form.template.body().period == period)?;
        let mut entries = self.forms[form].form.template.entries().iter();
        let entry = entries.position(|own| own.id.to_string() == entry)?;
        Some(Place { form, entry })
    }

    /// A question as its page puts it.
    fn question(&self, places: &[Place], instead: &Instead) -> Question {
        let sources: Vec<Source<'_>> = places.iter().map(|place| self.source(*place)).collect();
        let mut question = question(&sources, instead);
        for ((column, source), place) in question.columns.iter_mut().zip(&sources).zip(places) {
            save::judge(column, source);
            if let Some(other) = self.typed_elsewhere(*place) {
                column.theirs = other;
            }
        }
        question
    }

    /// What is typed for the very same on another of the forms, in words.
    fn typed_elsewhere(&self, place: Place) -> Option<String> {
        let own = self.source(place);
        let mut others = self
            .forms
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != place.form);
        others.find_map(|(_, form)| {
            let checked = form.typed.get(&own.entry.id)?.as_ref().ok()?;
            let is_same = own.typed().is_some_and(|typed| {
                let here = own.form.typed.get(&own.entry.id);
                here.is_some_and(|here| {
                    here.as_ref()
                        .is_ok_and(|here| here.answer.said == checked.answer.said)
                }) || typed.answer.confirm
            });
            let said = shown::said(&checked.answer.said, own.entry);
            let period = form.form.template.body().period.label();
            (!is_same).then(|| words::sitting::typed_elsewhere(&said, &period))
        })
    }

    /// The place of every column, page by page.
    fn places(&self) -> impl Iterator<Item = Place> {
        self.pages.iter().flat_map(Page::places)
    }

    /// Every column with its source, page by page.
    fn sources(&self) -> impl Iterator<Item = Source<'_>> {
        self.places().map(|place| self.source(place))
    }
}

impl Page {
    fn questions(&self) -> impl Iterator<Item = &Vec<Place>> {
        self.topics.iter().flat_map(|topic| &topic.questions)
    }

    fn places(&self) -> impl Iterator<Item = Place> {
        self.questions().flatten().copied()
    }
}

impl Topic {
    /// The topic, with the part where it has several.
    fn title(&self) -> String {
        let title = match self.title.as_str() {
            "" => words::sitting::OTHER_QUESTIONS,
            title => title,
        };
        match self.part {
            (_, 1) => title.to_owned(),
            (part, parts) => words::sitting::part(title, part, parts),
        }
    }

    fn columns(&self) -> usize {
        self.questions.iter().map(Vec::len).sum()
    }
}

/// The periods whose forms are open and not done, those still in time first, the one due first before
/// the others; then those that are late, the latest first. With it, how many more there are.
async fn open_periods(portal: &Portal, home: &HomeId) -> Result<(Vec<Period>, usize), PortalError> {
    let filter = FormsFilter {
        states: BTreeSet::from([FormState::Open, FormState::Due]),
        ..FormsFilter::default()
    };
    let mut forms = portal.broker.list_forms(home, &filter).await?;
    let now = civil_london(portal.now());
    // What is long past is no part of it.
    forms.retain(|form| !is_long_past(form.next_due, now));
    forms.sort_by_key(|form| match form.next_due {
        Some(due) if due < now => (1, None, Some(Reverse(due))),
        due => (0, Some((due.is_none(), due)), None),
    });
    let left_out = forms.len().saturating_sub(FORMS_MAX);
    let periods = forms.iter().map(|form| form.template.body().period);
    Ok((periods.take(FORMS_MAX).collect(), left_out))
}

/// The pages of forms: topics in their order, each question once; `is_open_only` leaves out what is
/// answered and sent already.
fn pages(forms: &[DraftedForm], is_open_only: bool) -> Vec<Page> {
    let mut topics: Vec<(String, Vec<(QuestionId, Vec<Place>)>)> = Vec::new();
    let mut topic_of: BTreeMap<QuestionId, usize> = BTreeMap::new();
    let chosen = chosen(forms, is_open_only);
    for (at, form) in forms.iter().enumerate() {
        for (place, entry) in form.form.template.entries().iter().enumerate() {
            if chosen.get(&entry.id) != Some(&at) {
                continue;
            }
            let topic = topic_of.get(&entry.question).copied().unwrap_or_else(|| {
                let title = &entry.topic.value;
                let known = topics.iter().position(|(known, _)| known == title);
                known.unwrap_or_else(|| {
                    topics.push((title.clone(), Vec::new()));
                    topics.len() - 1
                })
            });
            topic_of.insert(entry.question, topic);
            let questions = &mut topics[topic].1;
            let own = Place {
                form: at,
                entry: place,
            };
            match questions.iter_mut().find(|(id, _)| *id == entry.question) {
                Some((_, places)) => places.push(own),
                None => questions.push((entry.question, vec![own])),
            }
        }
    }
    for (_, places) in topics.iter_mut().flat_map(|(_, questions)| questions) {
        places.sort_by_key(|place| {
            let entry = &forms[place.form].form.template.entries()[place.entry];
            speaks_until(entry.reference)
        });
    }
    let topics = topics.into_iter();
    packed(topics.flat_map(|(title, questions)| parts(&title, questions)))
}

/// The last day that an answer speaks of; what stands until it changes comes last.
fn speaks_until(reference: Reference) -> Date {
    match reference {
        Reference::Moment { date, .. } => date,
        Reference::Span { last, .. } => last,
        Reference::OnCompletion { closes, .. } => closes.date(),
        Reference::Standing => Date::MAX,
    }
}

/// For each entry the form on which it is answered: that on which something is typed for it, else the
/// first that is not done with it.
fn chosen(forms: &[DraftedForm], is_open_only: bool) -> BTreeMap<EntryId, usize> {
    let mut chosen: BTreeMap<EntryId, (usize, bool)> = BTreeMap::new();
    for (at, form) in forms.iter().enumerate() {
        for (entry, stands) in form.view.form.entries() {
            let is_done = stands.answer.is_some() && stands.need == Need::Nothing;
            let is_typed = form.typed.contains_key(&entry.id);
            if is_open_only && is_done && !is_typed {
                continue;
            }
            let known = chosen.entry(entry.id).or_insert((at, is_typed));
            if is_typed && !known.1 {
                *known = (at, true);
            }
        }
    }
    chosen.into_iter().map(|(id, (at, _))| (id, at)).collect()
}

/// Topics on pages, in their order: as many on one as it takes.
fn packed(topics: impl Iterator<Item = Topic>) -> Vec<Page> {
    let mut pages: Vec<Page> = Vec::new();
    for topic in topics {
        let takes = |page: &Page| {
            let columns: usize = page.topics.iter().map(Topic::columns).sum();
            page.questions().count() + topic.questions.len() <= QUESTIONS_PER_PAGE_MAX
                && columns + topic.columns() <= COLUMNS_PER_PAGE_MAX
        };
        match pages.last_mut().filter(|page| takes(page)) {
            Some(page) => page.topics.push(topic),
            None => pages.push(Page {
                topics: vec![topic],
            }),
        }
    }
    pages
}

/// A topic in parts, so many that none has too many questions or columns, and as even as may be.
fn parts(title: &str, questions: Vec<(QuestionId, Vec<Place>)>) -> Vec<Topic> {
    let columns: usize = questions.iter().map(|(_, places)| places.len()).sum();
    let least = questions.len().div_ceil(QUESTIONS_PER_PAGE_MAX);
    let parts = least.max(columns.div_ceil(COLUMNS_PER_PAGE_MAX)).max(1);
    let share = columns.div_ceil(parts).max(1);
    let mut chunks: Vec<Vec<Vec<Place>>> = vec![Vec::new()];
    let mut held = 0;
    for (_, places) in questions {
        let is_full = held + places.len() > share && held > 0;
        let chunk = chunks.last().map_or(0, Vec::len);
        if is_full || chunk == QUESTIONS_PER_PAGE_MAX {
            chunks.push(Vec::new());
            held = 0;
        }
        held += places.len();
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(places);
        }
    }
    let parts = chunks.len();
    let topics = (1usize..).zip(chunks).map(|(part, questions)| Topic {
        title: title.to_owned(),
        part: (part, parts),
        questions,
    });
    topics.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Topics of so many questions, each of so many columns, on pages: the sizes of their parts.
    fn pages_of(topics: &[(usize, usize)]) -> Vec<Vec<usize>> {
        let place = Place { form: 0, entry: 0 };
        let topics = topics.iter().flat_map(|(questions, columns)| {
            let question = |at: usize| {
                let id = QuestionId::from_bytes([u8::try_from(at).unwrap(); 20]);
                (id, vec![place; *columns])
            };
            parts("Falls", (0..*questions).map(question).collect())
        });
        let sizes = |page: &Page| page.topics.iter().map(|own| own.questions.len()).collect();
        packed(topics).iter().map(sizes).collect()
    }

    #[test]
    fn small_topics_share_a_page_and_large_ones_have_several() {
        for (topics, pages) in [
            (&[][..], vec![]),
            (&[(1, 1), (2, 1), (3, 1)], vec![vec![1, 2, 3]]),
            (&[(12, 1), (1, 1)], vec![vec![12], vec![1]]),
            (&[(13, 1)], vec![vec![7], vec![6]]),
            (&[(30, 1)], vec![vec![10], vec![10], vec![10]]),
            (&[(3, 14)], vec![vec![1], vec![1], vec![1]]),
            (&[(1, 40), (1, 1)], vec![vec![1], vec![1]]),
            (&[(2, 4), (2, 4), (1, 1)], vec![vec![2, 2], vec![1]]),
        ] {
            assert_eq!(pages_of(topics), pages, "{topics:?}");
        }
    }
}
