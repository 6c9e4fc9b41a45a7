//! A sitting: one form of a home, or everything that is open at once, answered in one go.
//!
//! A question that several forms or dates ask stands once, with a column for each; where two forms
//! ask it of the very same date, one column serves both.

mod alike;
mod check;
mod list;
mod once;
mod pages;
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
use crate::domain::form::FormState;
use crate::domain::home::Home;
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::domain::sheet::SheetAnswer;
use crate::domain::template::EntryId;

use self::alike::Alike;
use self::pages::{Page, Place, Topic, pages};
use super::question::{Question, Source, question};
use super::worklist::is_long_past;
use super::{Portal, PortalError, shown, words};

/// The word for everything that is open at once, in place of a period.
const NOW: &str = "now";

/// Most forms that are answered in one go, the one due first before others: a fortnight of daily
/// forms with those of its weeks, month and quarter.
pub(super) const FORMS_MAX: usize = 20;

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
    /// Which entries may be the same.
    alike: Alike,
    /// The questions of each page, by the places of their columns.
    pages: Vec<Page>,
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
        let alike = Alike::of(&forms);
        let pages = pages(&forms, &alike, name == NOW);
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
            alike,
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
