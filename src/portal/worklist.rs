//! What there is to do for a home: one list across all of its open periods.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use jiff::ToSpan;
use jiff::civil::DateTime;

use crate::broker::{FormsFilter, SentLately};
use crate::domain::calendar::civil_london;
use crate::domain::form::{Form, FormState};
use crate::domain::id::{HomeId, OrganisationId};
use crate::domain::window::WindowState;

use super::left::{Left, Names, also, name_of, names_of, tag, unfiled};
use super::page::{Chrome, html};
use super::session::SignedIn;
use super::{Portal, PortalError, shown, words};

/// For how long a form that is late counts among what is to be done, in days.
pub(super) const LATE_DAYS: i64 = 14;

/// Most forms shown that are late, the latest first; others stand folded away, so that what is still
/// in time is not buried.
const LATE_SHOWN: usize = 3;

/// Most others that stand folded away: those of a month of days.
const OLDER_SHOWN: usize = 31;

/// Most forms shown that are not open yet; the calendar has the others.
const COMING_SHOWN: usize = 5;

/// Most answers to send and asks to file shown, those in time first; others stand folded away.
const OTHERS_SHOWN: usize = 5;

/// Most receipts shown.
const SENT_SHOWN: usize = 6;

pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new().route("/homes/{home}", get(worklist))
}

/// Whether the day of a form has passed so long ago that it is likely to be left.
pub(super) fn is_long_past(due: Option<DateTime>, now: DateTime) -> bool {
    let last = due.map(|due| due.saturating_add(LATE_DAYS.days()));
    last.is_some_and(|last| last < now)
}

/// A line of a list of things to do.
pub(super) struct Task {
    pub(super) href: String,
    pub(super) text: String,
    pub(super) hint: Vec<String>,
    pub(super) tag: &'static str,
    pub(super) class: &'static str,
}

/// A list of things to do, of which not all stand open.
struct Folded {
    shown: Vec<Task>,
    rest: Vec<Task>,
}

impl Folded {
    /// The first of a list, and the rest folded away.
    fn of(mut shown: Vec<Task>) -> Self {
        let rest = shown.split_off(shown.len().min(OTHERS_SHOWN));
        Self { shown, rest }
    }
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "worklist.html")]
struct WorklistPage {
    chrome: Chrome,
    home: HomeId,
    home_name: String,
    has_others: bool,
    lead: String,
    next: String,
    open: Vec<Task>,
    late: Vec<Task>,
    older: Vec<Task>,
    also: Folded,
    filing: Folded,
    coming: Vec<Task>,
    more_coming: usize,
    lately: Vec<Task>,
    sheet: Option<String>,
}

/// A form with what is left of it.
struct Open {
    form: Form,
    left: Left,
    typed: usize,
}

/// The forms of a home around today.
struct Around {
    forms: Vec<Open>,
    names: Names,
    now: DateTime,
}

impl Portal {
    /// What there is to do for a home around today.
    async fn around(&self, home: &HomeId) -> Result<Around, PortalError> {
        let now = civil_london(self.now());
        let mut names = Names::new();
        let mut forms = Vec::new();
        for form in self
            .broker
            .list_forms(home, &FormsFilter::default())
            .await?
        {
            names.extend(self.broker.names_of(&form.template).await?);
            let left = Left::of(&form, now);
            let period = form.template.body().period;
            let typed = if left.total() == 0 {
                0
            } else {
                self.broker.typed_on(home, period).await?
            };
            forms.push(Open { form, left, typed });
        }
        forms.sort_by_key(|own| own.left.due);
        Ok(Around { forms, names, now })
    }
}

impl Around {
    /// The forms that can be answered now, by what is due next.
    fn open(&self) -> impl Iterator<Item = &Open> {
        self.forms.iter().filter(|own| own.left.total() > 0)
    }

    /// What is left of all that is to be done now.
    fn left(&self) -> Left {
        let mut all = Left::default();
        for own in self.open().filter(|own| !self.is_old(own)) {
            all.add(&own.left);
        }
        all
    }

    /// Everything that is left, in a sentence; empty for nothing.
    fn lead(&self) -> String {
        let forms = self.open().filter(|own| !self.is_old(own)).count();
        match forms {
            0 => String::new(),
            forms => words::worklist::lead(&self.left().words(), forms),
        }
    }

    fn is_late(&self, own: &Open) -> bool {
        own.left.due.is_some_and(|due| due < self.now)
    }

    /// Whether a form's day has passed so long ago that it is likely to be left.
    fn is_old(&self, own: &Open) -> bool {
        is_long_past(own.left.due, self.now)
    }

    /// When the next of a form is due, and to whom.
    fn due(&self, own: &Open) -> Option<String> {
        let due = own.left.due?;
        let when = shown::due(due, self.now.date());
        let whom = names_of(&own.left.due_to, &self.names);
        Some(words::worklist::due(&when, due < self.now, &whom))
    }

    fn task(&self, own: &Open) -> Task {
        let (form, left) = (&own.form, &own.left);
        let line = words::worklist::line(&left.words(), self.due(own).as_deref());
        let mut hint = vec![line];
        if own.typed > 0 {
            hint.push(words::worklist::typed(own.typed));
        }
        if left.is_compulsory {
            hint.push(words::worklist::COMPULSORY.to_owned());
        }
        let (tag, class) = tag(left.due, self.now);
        Task {
            href: form_path(form, ""),
            text: period_of(form),
            hint,
            tag,
            class,
        }
    }

    /// What others ask for too, of the latest form first.
    fn also(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        for form in self.forms.iter().map(|own| &own.form) {
            let mut by_body: BTreeMap<OrganisationId, usize> = BTreeMap::new();
            for (ask, count) in also(form, self.now) {
                *by_body.entry(ask.organisation).or_default() += count;
            }
            if by_body.is_empty() {
                continue;
            }
            let whom = names_of(by_body.keys(), &self.names);
            tasks.push(Task {
                href: form_path(form, "/also"),
                text: words::worklist::send(&whom, &form.template.body().period.label()),
                hint: vec![words::worklist::to_send(by_body.values().sum())],
                tag: words::worklist::TO_SEND,
                class: "open",
            });
        }
        tasks.reverse();
        tasks
    }

    /// What the home files itself, elsewhere, and has not ticked.
    fn filing(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        for form in self.forms.iter().map(|own| &own.form) {
            for own in unfiled(form, self.now) {
                let name = &own.ask.name;
                let system = &own.ask.filed_elsewhere;
                let closes = own.ask.window.closes;
                let when = shown::due(closes, self.now.date());
                let whom = name_of(&name.organisation, &self.names);
                let task = Task {
                    href: form_path(form, &format!("/file/{}/{}", name.organisation, name.ask)),
                    text: words::worklist::file(system, &form.template.body().period.label()),
                    hint: vec![
                        words::worklist::ready(own.answered, own.questions),
                        words::worklist::due(&when, closes < self.now, &whom),
                    ],
                    tag: words::worklist::TO_FILE,
                    class: tag(Some(closes), self.now).1,
                };
                tasks.push((closes, task));
            }
        }
        // In time before late; of those the one due first, of these the latest.
        tasks.sort_by_key(|(closes, _)| {
            let away = self.now.duration_until(*closes);
            (away.is_negative(), away.abs())
        });
        tasks.into_iter().map(|(_, task)| task).collect()
    }

    /// Forms of which something is not open yet, by when it opens: of those that ask the same, the
    /// first; with how many others there are.
    fn coming(&self) -> (Vec<Task>, usize) {
        let mut coming = Vec::new();
        for form in self.forms.iter().map(|own| &own.form) {
            if form.state == FormState::Done {
                continue;
            }
            let asks = form.template.body().asks.iter();
            let asks = asks.filter(|ask| ask.window.state(self.now) == WindowState::Coming);
            let asks: Vec<_> = asks.collect();
            let Some(opens) = asks.iter().map(|ask| ask.window.opens).min() else {
                continue;
            };
            let names = asks.iter().map(|ask| &ask.name);
            let names: BTreeSet<_> = names.collect();
            let entries = form.template.entries().iter();
            let wanted = entries.filter(|entry| {
                let mut demands = entry.demands.iter();
                demands.any(|demand| names.contains(&demand.ask))
            });
            let whom = names_of(names.iter().map(|name| &name.organisation), &self.names);
            // From the first minute of a day goes without saying.
            let when = shown::day(opens, self.now.date());
            let hint = words::worklist::opens(&when, wanted.count(), &whom);
            let task = Task {
                href: form_path(form, ""),
                text: period_of(form),
                hint: vec![hint],
                tag: words::worklist::COMING_TAG,
                class: "done",
            };
            coming.push((opens, names, task));
        }
        coming.sort_by_key(|(opens, ..)| *opens);
        let all = coming.len();
        let mut seen = BTreeSet::new();
        coming.retain(|(_, names, _)| seen.insert(names.clone()));
        let tasks = coming.into_iter().map(|(_, _, task)| task);
        let tasks: Vec<Task> = tasks.take(COMING_SHOWN).collect();
        let others = all - tasks.len();
        (tasks, others)
    }
}

async fn worklist(
    State(portal): State<Arc<Portal>>,
    Path(home): Path<String>,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let home = who.home(&home)?;
    let entry = portal.broker.home(&home).await?;
    let around = portal.around(&home).await?;
    let sent = portal.broker.sent_lately(&home, SENT_SHOWN).await?;
    let (late, open): (Vec<&Open>, Vec<&Open>) = around.open().partition(|own| around.is_late(own));
    let (coming, more_coming) = around.coming();
    let mut late = late.into_iter().rev().map(|own| around.task(own));
    let next = open.first().and_then(|own| around.due(own));
    let page = WorklistPage {
        chrome: who.chrome(words::worklist::TITLE).await?,
        home_name: entry.name.clone(),
        has_others: who.person.homes.len() > 1,
        lead: around.lead(),
        next: next.unwrap_or_default(),
        sheet: open.first().map(|own| form_path(&own.form, "/sheet")),
        open: open.into_iter().map(|own| around.task(own)).collect(),
        late: late.by_ref().take(LATE_SHOWN).collect(),
        older: late.take(OLDER_SHOWN).collect(),
        also: Folded::of(around.also()),
        filing: Folded::of(around.filing()),
        coming,
        more_coming,
        lately: sent.iter().map(|sent| lately(&home, sent)).collect(),
        home,
    };
    Ok(html(&page))
}

fn lately(home: &HomeId, sent: &SentLately) -> Task {
    let when = shown::moment(sent.at);
    Task {
        href: format!("/homes/{home}/receipts/{}", sent.receipt),
        text: words::capitalised(&sent.period.label()),
        hint: vec![words::worklist::sent(sent.answers, &when, &sent.by)],
        tag: "",
        class: "done",
    }
}

/// Where a form is, or a page beneath it.
pub(super) fn form_path(form: &Form, rest: &str) -> String {
    let period = form.template.body().period;
    format!("/homes/{}/forms/{period}{rest}", form.home)
}

/// A form's period, at the beginning of a line.
pub(super) fn period_of(form: &Form) -> String {
    words::capitalised(&form.template.body().period.label())
}
