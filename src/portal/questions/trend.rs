//! One question over time: what the home said, as a curve and as a table, and who asks it and why.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use jiff::civil::Date;

use crate::broker::QuestionHistory;
use crate::domain::answer::{Answer, Number, Said, Value as Given};
use crate::domain::calendar::civil_london;
use crate::domain::digest::QuestionId;
use crate::domain::id::HomeId;
use crate::domain::reference::Reference;
use crate::domain::sheet::SheetAnswer;
use crate::domain::template::Entry;
use crate::domain::unit::{Unit, convert};

use super::Year;
use crate::portal::chart::{self, Chart, Value};
use crate::portal::left::name_of;
use crate::portal::page::{Chrome, html};
use crate::portal::posted::Fields;
use crate::portal::session::SignedIn;
use crate::portal::{Portal, PortalError, shown, words};

/// Most answers in the table, the latest; the years before have pages of their own.
const ANSWERS_SHOWN: usize = 120;

/// Decimals to which a figure in another unit is brought for the curve.
const CURVE_DECIMALS: u32 = 2;

pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new().route("/homes/{home}/questions/{question}", get(trend))
}

/// An answer of the table.
struct Row {
    of: String,
    value: String,
    is_declined: bool,
    is_worked_out: bool,
    given: String,
}

/// An ask that asks the question.
struct Asker {
    body: String,
    wording: String,
    purpose: String,
    legal_basis: String,
    contact: String,
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "trend.html")]
struct TrendPage {
    chrome: Chrome,
    home: HomeId,
    home_name: String,
    path: String,
    wording: String,
    definition: String,
    counted: String,
    chart: Option<Chart>,
    chart_title: String,
    chart_words: String,
    rows: Vec<Row>,
    more: usize,
    askers: Vec<Asker>,
    before: Option<Date>,
    is_latest: bool,
}

impl TrendPage {
    /// The drawing's own units.
    #[expect(clippy::unused_self, reason = "a template calls it on its page")]
    fn view(&self) -> String {
        format!("0 0 {} {}", chart::WIDTH, chart::HEIGHT)
    }
}

async fn trend(
    State(portal): State<Arc<Portal>>,
    Path((home, question)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let home = who.home(&home)?;
    let query = Fields::read(query.unwrap_or_default().as_bytes())?;
    let year = Year::read(query.one("until"), civil_london(portal.now()).date())?;
    let question: QuestionId = question.parse().map_err(|_| PortalError::NotFound)?;
    let days = (year.first, year.last);
    let history = portal.broker.question_history(&home, &question, days);
    let history = history.await?;
    let entry = &history.counted.entry;
    let curve = curve(&history);
    let wording = entry.wording.value.clone();
    let page = TrendPage {
        chrome: who.chrome(&wording).await?,
        home_name: portal.broker.home(&home).await?.name.clone(),
        path: format!("/homes/{home}/questions/{question}"),
        definition: entry.definition.value.clone(),
        counted: words::history::counted(
            &year.words(),
            history.counted.asked,
            history.counted.answered,
            history.counted.declined,
        ),
        chart_title: words::history::chart(&wording, &unit_words(entry)),
        chart_words: chart_words(&curve),
        chart: Chart::of(&curve),
        rows: rows(&history.points, entry),
        more: history.points.len().saturating_sub(ANSWERS_SHOWN),
        askers: askers(&history),
        before: year.before,
        is_latest: year.is_latest,
        wording,
        home,
    };
    Ok(html(&page))
}

fn rows(points: &[SheetAnswer], entry: &Entry) -> Vec<Row> {
    let row = |known: &SheetAnswer| Row {
        of: match shown::speaks_of(known.answer.reference, known.answer.on) {
            of if of.is_empty() => words::history::STANDING.to_owned(),
            of => words::capitalised(&of),
        },
        value: shown::said(&known.answer.said, entry),
        is_declined: matches!(known.answer.said, Said::Declined { .. }),
        is_worked_out: known.answer.is_worked_out(),
        given: shown::moment(known.given_at),
    };
    points.iter().rev().take(ANSWERS_SHOWN).map(row).collect()
}

/// What the curve shows: the answers that speak of stretches of the length that most speak of, so
/// that weeks and months do not stand on one line.
fn curve(history: &QuestionHistory) -> Vec<Value> {
    let entry = &history.counted.entry;
    let mut by_length: BTreeMap<i32, Vec<&SheetAnswer>> = BTreeMap::new();
    for point in &history.points {
        if let Some(length) = length(point.answer.reference) {
            by_length.entry(length).or_default().push(point);
        }
    }
    let most = by_length.into_values().max_by_key(Vec::len);
    let value = |known: &SheetAnswer| {
        let answer = &known.answer;
        let day = answer.on.or(answer.reference.last_day())?;
        let of = words::capitalised(&shown::speaks_of(answer.reference, answer.on));
        Some(Value {
            day,
            figure: match figure(answer, unit(entry))? {
                Shown::Figure(figure) => Some(figure),
                Shown::Declined => None,
            },
            label: words::delivered::labelled(&of, &shown::said(&answer.said, entry)),
        })
    };
    most.into_iter().flatten().filter_map(value).collect()
}

/// How long what an answer speaks of is, as far as that tells kinds of stretches apart.
fn length(reference: Reference) -> Option<i32> {
    match reference {
        Reference::Moment { .. } | Reference::OnCompletion { .. } => Some(0),
        Reference::Span { first, last } => {
            let days = first.until(last).ok()?.get_days() + 1;
            // Months and quarters are not all of one length.
            Some(match days {
                28..=31 => 30,
                89..=92 => 91,
                365..=366 => 365,
                days => days,
            })
        }
        Reference::Standing => None,
    }
}

/// What the curve shows of an answer: its figure, or that there is none.
enum Shown {
    Figure(f64),
    Declined,
}

/// What the curve shows of an answer; nothing of what is no number.
fn figure(answer: &Answer, unit: Option<Unit>) -> Option<Shown> {
    match &answer.said {
        Said::Declined { .. } => Some(Shown::Declined),
        Said::Value(Given::Number(number)) => Some(Shown::Figure(in_unit(number, unit)?)),
        Said::Value(_) => None,
    }
}

fn in_unit(number: &Number, unit: Option<Unit>) -> Option<f64> {
    let whole = number.whole()?;
    let whole = match (number.unit, unit) {
        (Some(from), Some(to)) if from != to => {
            convert(whole, from, to, CURVE_DECIMALS).ok()?.value
        }
        _ => whole,
    };
    whole.to_string().parse().ok()
}

fn unit(entry: &Entry) -> Option<Unit> {
    let unit = entry.number()?.unit.as_ref()?;
    Some(unit.value)
}

fn unit_words(entry: &Entry) -> String {
    unit(entry).map_or("", Unit::label).to_owned()
}

/// The curve in words, for whoever does not see it.
fn chart_words(curve: &[Value]) -> String {
    let mut given = curve.iter().filter(|own| own.figure.is_some());
    let declined = curve.iter().filter(|own| own.figure.is_none()).count();
    let first = given.next();
    let last = given.next_back();
    match (first, last) {
        (Some(first), Some(last)) => {
            words::history::chart_words(&first.label, &last.label, declined)
        }
        _ => String::new(),
    }
}

fn askers(history: &QuestionHistory) -> Vec<Asker> {
    let demands = &history.counted.entry.demands;
    let asker = |ask: &crate::domain::ask::SharedAsk| {
        let own = demands.iter().find(|demand| demand.ask == ask.name);
        Asker {
            body: name_of(&ask.name.organisation, &history.organisations),
            wording: own.map(|own| own.field.label.clone()).unwrap_or_default(),
            purpose: ask.raw.purpose.clone(),
            legal_basis: ask.raw.legal_basis.clone(),
            contact: ask.raw.contact.clone(),
        }
    };
    history.asks.iter().map(asker).collect()
}
