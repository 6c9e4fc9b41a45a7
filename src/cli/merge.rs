//! `merge`: the one form of several asks, without a broker.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::ask::{Ask, RawAsk, SharedAsk};
use crate::domain::dictionary::Dictionary;
use crate::domain::fault::Faults;
use crate::domain::home::{ENGLAND, Home};
use crate::domain::id::HomeId;
use crate::domain::link::{Decision, Links, OptionPair, Verdict};
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::domain::template::{Entry, EntryGrid, Input, NumberInput, Template};
use crate::domain::text::normalise;
use crate::domain::unit::Unit;

use super::decisions::{self, Known, Pair};
use super::failure::{Failure, Result};
use super::file::Source;
use super::form_table::{self, Line};
use super::homes;
use super::out::{self, Format, Listing};

/// The one form that several asks make for a home and a period.
#[derive(Debug, clap::Args)]
pub(crate) struct Merge {
    /// Ask files: JSON, one ask or an array of them.
    #[arg(required = true, value_name = "ASK.json")]
    asks: Vec<String>,
    /// A sheet of decisions: `ask_id,local_name,item[,options]`.
    #[arg(long, value_name = "FILE.csv")]
    decisions: Option<String>,
    /// The home, by CQC location id.
    #[arg(long, value_name = "ID")]
    home: String,
    /// The period, such as 2026-11-21, 2026-W47 or 2026-11.
    #[arg(long, value_name = "PERIOD")]
    period: String,
    /// The register of homes, where asks name areas.
    #[arg(long, value_name = "FILE.csv")]
    homes: Option<String>,
}

impl Merge {
    /// Runs the command.
    pub(crate) fn run(&self, format: Format) -> Result<()> {
        let period: Period =
            (self.period.parse()).map_err(|error| Failure::usage(format!("--period: {error}")))?;
        let home: HomeId =
            (self.home.parse()).map_err(|error| Failure::usage(format!("--home: {error}")))?;
        let all = read_asks(&self.asks, period)?;
        let links = self.links(&all)?;
        let asks = self.asks_of(&home, all)?;
        let template = Template::of(period, &asks, &Dictionary::starter(), &links);
        match format {
            Format::Json => out::data(&out::json_text(&as_json(&home, &template))?),
            Format::Csv => listing(&template).print(Format::Csv),
            Format::Table => print(&home, period, &template),
        }
    }

    fn links(&self, asks: &[SharedAsk]) -> Result<Links> {
        let Some(file) = &self.decisions else {
            return Ok(Links::default());
        };
        let sheet = decisions::read(&Source::read(file)?)?;
        let starter = Dictionary::starter();
        let known = starter.elements().map(|element| {
            let known = Known {
                question: element.question,
                field: element.field.clone(),
            };
            (element.id.to_string(), known)
        });
        let pairs = decisions::resolve(&sheet, asks, &known.collect())?;
        Ok(Links::of(pairs.iter().map(decision)))
    }

    /// The asks that ask this home.
    fn asks_of(&self, home: &HomeId, asks: Vec<SharedAsk>) -> Result<Vec<SharedAsk>> {
        let row = match &self.homes {
            None => None,
            Some(file) => {
                let homes = homes::read_all(&Source::read(file)?)?;
                let found = homes.into_iter().find(|row| row.id == *home);
                let missing =
                    || Failure::refused(format!("{home} is not among the homes of {file}"));
                Some(found.ok_or_else(missing)?)
            }
        };
        let mut kept = Vec::new();
        for ask in asks {
            match asks_home(&ask, home, row.as_ref()) {
                Some(true) => kept.push(ask),
                Some(false) => {}
                None => out::note(format_args!(
                    "note: {} names areas and is left out; give --homes to say where {home} lies",
                    ask.name
                )),
            }
        }
        Ok(kept)
    }
}

/// Whether an ask asks a home; none if that takes knowing where the home lies.
fn asks_home(ask: &Ask, home: &HomeId, row: Option<&Home>) -> Option<bool> {
    if let Some(row) = row {
        return Some(ask.targets.include(row));
    }
    let targets = &ask.targets;
    let is_of_england = targets.areas.iter().any(|area| area.as_str() == ENGLAND);
    if targets.homes.contains(home) || is_of_england {
        return Some(true);
    }
    targets.areas.is_empty().then_some(false)
}

/// Reads asks, telling every fault of every file. A cadence without a first day starts in time for
/// the period.
fn read_asks(files: &[String], period: Period) -> Result<Vec<SharedAsk>> {
    let starter = Dictionary::starter();
    let mut asks: BTreeMap<String, SharedAsk> = BTreeMap::new();
    let mut reasons = Vec::new();
    for file in files {
        let rows: Vec<RawAsk> = Source::read(file)?.json_list()?;
        let is_one = rows.len() == 1;
        for (place, raw) in rows.into_iter().enumerate() {
            let prefix = if is_one {
                String::new()
            } else {
                format!("[{place}]")
            };
            let mut faults = Faults::new();
            let parsed = Ask::parse(raw, Some(&starter), period.start());
            let Some(ask) = faults.take(&prefix, parsed) else {
                reasons.extend(faults.iter().map(|fault| format!("{file}: {fault}")));
                continue;
            };
            let name = ask.name.to_string();
            if asks.insert(name.clone(), Arc::new(ask)).is_some() {
                reasons.push(format!("{file}: {prefix} {name} is given twice"));
            }
        }
    }
    if reasons.is_empty() {
        return Ok(asks.into_values().collect());
    }
    Err(Failure::refused("the asks cannot be merged").because(reasons))
}

/// A pair of a sheet as the decision that it would be recorded as.
fn decision(pair: &Pair) -> Arc<Decision> {
    let label = |text: &str| normalise(text).unwrap_or_default();
    let options = pair.options.iter().map(|(a, b)| OptionPair {
        a: label(a),
        b: label(b),
    });
    Arc::new(Decision {
        id: format!("{} {}", pair.a.1, pair.b.1),
        a: pair.a.1,
        b: pair.b.1,
        verdict: Verdict::Same,
        options: options.collect(),
        reason: String::new(),
        author: String::new(),
        organisation: None,
        decided_at: Timestamp::UNIX_EPOCH,
        passed_over: BTreeMap::new(),
        suggested: None,
    })
}

fn as_json(home: &HomeId, template: &Template) -> Value {
    json!({
        "home": home.as_str(),
        "period": template.body().period.to_string(),
        "fields": template.fields(),
        "questions": template.questions(),
        "entries": template.entries().len(),
        "digest": template.digest().to_string(),
        "template": template.body(),
    })
}

fn print(home: &HomeId, period: Period, template: &Template) -> Result<()> {
    let entries = template.entries();
    let counts = form_table::counts(template.fields(), template.questions(), entries.len());
    let lines: Vec<Line> = entries.iter().map(|entry| line(entry, period)).collect();
    out::data(&format!(
        "Home {home}, {}\n{counts}\n\n{}",
        period.label(),
        form_table::render(&lines)
    ))
}

fn listing(template: &Template) -> Listing {
    let columns = [
        "entry",
        "topic",
        "question",
        "reference",
        "answered_as",
        "asked_by",
        "fields",
    ];
    let mut listing = Listing::new(columns);
    for entry in template.entries() {
        let fields = entry
            .demands
            .iter()
            .map(|d| format!("{} {}", d.ask, d.field.name));
        listing.add([
            out::text(entry.id.to_string()),
            out::text(entry.topic.value.clone()),
            out::text(entry.wording.value.clone()),
            out::text(entry.reference.to_string()),
            out::text(answer(&entry.input)),
            out::texts(asked_by(entry)),
            out::texts(fields),
        ]);
    }
    listing
}

/// An entry as a line of a form for a person.
pub(crate) fn line(entry: &Entry, period: Period) -> Line {
    let wording = &entry.wording.value;
    let is_usual = match entry.reference {
        Reference::Standing => true,
        Reference::Moment { date, at } => date == period.last_day() && at.is_none(),
        Reference::Span { first, last } => first == period.start() && last == period.last_day(),
        Reference::OnCompletion { .. } => false,
    };
    Line {
        topic: entry.topic.value.clone(),
        question: if is_usual {
            wording.clone()
        } else {
            format!("{wording} ({})", entry.reference.label())
        },
        answer: answer(&entry.input),
        asked_by: asked_by(entry),
        ..Line::default()
    }
}

/// The organisations that ask, each once.
fn asked_by(entry: &Entry) -> Vec<String> {
    let asking = entry.demands.iter().map(|d| d.ask.organisation.to_string());
    asking
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// How an entry is answered, in words.
fn answer(input: &Input) -> String {
    match input {
        Input::Count(number) => number_text("number", number),
        Input::Percentage(number) => number_text("per cent", number),
        Input::Quantity(number) | Input::Money(number) => {
            let unit = number.unit.iter().map(|unit| unit.value);
            let units = unit.chain(number.other_units.iter().copied());
            number_text(&form_table::units_text(units.map(Unit::label)), number)
        }
        Input::YesNo => "yes or no".to_owned(),
        Input::Date { .. } => "date".to_owned(),
        Input::Text { .. } => "text".to_owned(),
        Input::Choice { options } => format!("one of {} options", options.len()),
        Input::Choices { options } => format!("any of {} options", options.len()),
    }
}

fn number_text(unit: &str, number: &NumberInput) -> String {
    let labels = |grid: &EntryGrid| {
        let labels = grid
            .dimensions
            .iter()
            .map(|dimension| dimension.label.clone());
        labels.collect::<Vec<_>>()
    };
    form_table::number_text(unit, number.grids.iter().map(labels))
}
