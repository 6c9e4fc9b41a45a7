//! What opens and falls due for a home, a month at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

use crate::broker::AskWindow;
use crate::domain::calendar::{civil_london, is_bank_holiday};
use crate::domain::id::{AskName, HomeId};
use crate::domain::period::{EARLIEST, LATEST, Period, PeriodKind};

use super::left::{self, Names, names_of};
use super::page::{Chrome, html};
use super::posted::Fields;
use super::session::SignedIn;
use super::{Portal, PortalError, shown, words};

/// How many months before and after today's may be looked at: a year and one to compare.
const MONTHS_MAX: i32 = 13;

pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new().route("/homes/{home}/calendar", get(calendar))
}

/// Something that happens on a day.
struct Happening {
    what: String,
    href: Option<String>,
    text: String,
    whom: String,
    tag: &'static str,
    class: &'static str,
}

/// A day on which something happens.
struct Day {
    label: String,
    is_today: bool,
    is_holiday: bool,
    happenings: Vec<Happening>,
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "calendar.html")]
struct CalendarPage {
    chrome: Chrome,
    home: HomeId,
    home_name: String,
    month: String,
    days: Vec<Day>,
    /// The months beside it: in the address, and in words.
    before: Option<(String, String)>,
    after: Option<(String, String)>,
}

/// How a form stands.
struct Stands {
    is_open: bool,
    /// The asks that still lack something of the home.
    lacking: BTreeSet<AskName>,
}

/// When asks open or are due: the moment, whether they are due, and on which form.
type Moments = BTreeMap<(DateTime, bool, Period), BTreeSet<AskName>>;

async fn calendar(
    State(portal): State<Arc<Portal>>,
    Path(home): Path<String>,
    RawQuery(query): RawQuery,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let home = who.home(&home)?;
    let query = Fields::read(query.unwrap_or_default().as_bytes())?;
    let now = civil_london(portal.now());
    let month = month_of(query.one("month"), now.date())?;
    let (first, last) = (month.start(), month.last_day());
    let windows = portal.broker.windows(&home, first, last).await?;
    let names = names(&portal, &windows).await?;
    let states = states(&portal, &home, &windows, now).await?;
    let mut days: BTreeMap<Date, Vec<Happening>> = BTreeMap::new();
    for ((at, is_due, period), asks) in moments(&windows) {
        if !month.contains(at.date()) {
            continue;
        }
        let state = states.get(&period);
        let mut own = happening(&home, (at, is_due, period), state);
        let whom = names_of(asks.iter().map(|ask| &ask.organisation), &names);
        own.whom = words::calendar::whom(&whom);
        if let Some(state) = state.filter(|_| is_due) {
            (own.tag, own.class) = tag(&asks, at, state, now);
        }
        days.entry(at.date()).or_default().push(own);
    }
    let mut each = Some(first);
    while let Some(day) = each.filter(|day| *day <= last) {
        if is_bank_holiday(day) {
            days.entry(day).or_default();
        }
        each = day.tomorrow().ok();
    }
    let beside = |month: Option<Period>| {
        let month = month.filter(|own| is_near(*own, now.date()))?;
        Some((month.to_string(), month.label()))
    };
    let page = CalendarPage {
        chrome: who.chrome(words::calendar::title(&month.label())).await?,
        home_name: portal.broker.home(&home).await?.name.clone(),
        month: month.label(),
        days: days
            .into_iter()
            .map(|(day, own)| of_day(day, own, now.date()))
            .collect(),
        before: beside(month.previous()),
        after: beside(month.next()),
        home,
    };
    Ok(html(&page))
}

/// The month that an address names; today's where it names none.
fn month_of(text: &str, today: Date) -> Result<Period, PortalError> {
    if text.is_empty() {
        let first = today.first_of_month();
        let month = Period::inclusive(first, today.last_of_month());
        return month.map_err(|error| PortalError::Broken(error.to_string()));
    }
    let month: Option<Period> = text.parse().ok();
    let is_month = |own: &Period| own.kind() == PeriodKind::Month && is_near(*own, today);
    month.filter(is_month).ok_or(PortalError::NotFound)
}

fn is_near(month: Period, today: Date) -> bool {
    let first = today.first_of_month();
    let from = first.saturating_sub(MONTHS_MAX.months()).max(EARLIEST);
    let until = first.saturating_add(MONTHS_MAX.months()).min(LATEST);
    from <= month.start() && month.start() <= until
}

async fn names(portal: &Portal, windows: &[AskWindow]) -> Result<Names, PortalError> {
    let mut names = Names::new();
    for own in windows {
        let id = &own.ask.name.organisation;
        if !names.contains_key(id) {
            let known = portal.broker.organisation(id).await?;
            names.insert(id.clone(), known);
        }
    }
    Ok(names)
}

/// How the forms stand that have opened by now.
async fn states(
    portal: &Portal,
    home: &HomeId,
    windows: &[AskWindow],
    now: DateTime,
) -> Result<BTreeMap<Period, Stands>, PortalError> {
    let open = windows.iter().filter(|own| own.window.opens <= now);
    let periods: BTreeSet<Period> = open.map(|own| own.period).collect();
    let mut states = BTreeMap::new();
    for period in periods {
        let form = portal.broker.get_form(home, period).await?.form;
        let state = Stands {
            is_open: !form.entries.is_empty(),
            lacking: left::lacking(&form),
        };
        states.insert(period, state);
    }
    Ok(states)
}

fn moments(windows: &[AskWindow]) -> Moments {
    let mut moments = Moments::new();
    for own in windows {
        for (at, is_due) in [(own.window.opens, false), (own.window.closes, true)] {
            // That a form of every day opens every day would bury the others.
            if !is_due && own.period.kind() == PeriodKind::Day {
                continue;
            }
            let asks = moments.entry((at, is_due, own.period)).or_default();
            asks.insert(own.ask.name.clone());
        }
    }
    moments
}

fn happening(
    home: &HomeId,
    (at, is_due, period): (DateTime, bool, Period),
    state: Option<&Stands>,
) -> Happening {
    let has_form = state.is_some_and(|own| own.is_open);
    Happening {
        what: if is_due {
            words::calendar::due(shown::clock(at))
        } else {
            words::calendar::OPENS.to_owned()
        },
        href: has_form.then(|| format!("/homes/{home}/forms/{period}")),
        text: words::capitalised(&period.label()),
        whom: String::new(),
        tag: "",
        class: "",
    }
}

/// How what is due stands: done only once those to whom it is due lack nothing of the home, neither
/// an answer to be sent on nor that it files elsewhere.
fn tag(
    asks: &BTreeSet<AskName>,
    at: DateTime,
    state: &Stands,
    now: DateTime,
) -> (&'static str, &'static str) {
    if asks.is_disjoint(&state.lacking) {
        (words::calendar::DONE, "done")
    } else {
        left::tag(Some(at), now)
    }
}

fn of_day(day: Date, happenings: Vec<Happening>, today: Date) -> Day {
    Day {
        label: day.strftime("%A %-d").to_string(),
        is_today: day == today,
        is_holiday: is_bank_holiday(day),
        happenings,
    }
}
