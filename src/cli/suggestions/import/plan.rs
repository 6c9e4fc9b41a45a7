//! What a filled-in sheet decides, row by row: every fault by line and column, or the decisions.

use std::collections::{BTreeMap, BTreeSet};

use super::read::{Filled, Line};
use crate::cli::decisions::{self, Known, Pair, Side};
use crate::cli::dictionary::{side, side_text};
use crate::cli::failure::{Failure, Result};
use crate::cli::sheet::{Row, Sheet};
use crate::domain::ask::SharedAsk;
use crate::domain::dictionary::RawElement;
use crate::domain::fault::Faults;
use crate::domain::field::Field;
use crate::domain::id::{AskName, FieldName, shown};
use crate::grpc::v1;

use super::super::side::{read_field, read_side};
use super::super::table::DECISIONS;

/// What a sheet decides.
#[derive(Default)]
pub(super) struct Plan {
    /// The decisions in the order of the rows.
    pub(super) steps: Vec<Step>,
    /// Elements to propose, each with its line.
    pub(super) elements: Vec<(usize, v1::NewElement)>,
    /// How many rows decide nothing.
    pub(super) skipped: usize,
}

/// A decision, and where in the sheet it stands.
pub(super) struct Step {
    pub(super) line: usize,
    /// The column that names what is decided of.
    pub(super) column: &'static str,
    /// The field, in words.
    pub(super) field: String,
    /// What it is compared with, in words.
    pub(super) with: String,
    pub(super) decision: v1::NewDecision,
}

/// A field by its ask and name.
type FieldKey = (AskName, FieldName);

/// What a sheet decides, given the asks and the dictionary's elements by id.
///
/// # Errors
/// Every fault, by line and column.
pub(super) fn plan(
    sheet: &Filled,
    asks: &[SharedAsk],
    elements: &BTreeMap<String, Known>,
    reason: &str,
) -> Result<Plan> {
    let mut planner = Planner {
        asks,
        elements,
        reason,
        same: BTreeMap::new(),
        plan: Plan::default(),
        faults: Vec::new(),
    };
    let mut seen: BTreeMap<FieldKey, usize> = BTreeMap::new();
    for line in &sheet.rows {
        let Some((key, field)) = planner.field(line) else {
            continue;
        };
        if let Some(first) = seen.insert(key.clone(), line.number) {
            let message = format!("the field stands in line {first} already");
            planner.fault(line, "field", &message);
            continue;
        }
        planner.row(line, &key, field);
    }
    planner.join(sheet);
    let Planner {
        mut plan, faults, ..
    } = planner;
    if !faults.is_empty() {
        let headline = format!("{} decides nothing, for", sheet.name);
        return Err(Failure::refused(headline).because(faults));
    }
    plan.steps.sort_by_key(|step| step.line);
    Ok(plan)
}

struct Planner<'a> {
    asks: &'a [SharedAsk],
    elements: &'a BTreeMap<String, Known>,
    reason: &'a str,
    /// The rows that say *same*, with what they say it of.
    same: BTreeMap<FieldKey, (&'a Line, String)>,
    plan: Plan,
    faults: Vec<String>,
}

impl<'a> Planner<'a> {
    fn fault(&mut self, line: &Line, column: &str, message: &str) {
        let number = line.number;
        self.faults
            .push(format!("line {number}, column {column}: {message}"));
    }

    /// The field that a row is about.
    fn field(&mut self, line: &Line) -> Option<(FieldKey, &'a Field)> {
        let (ask, name) = (line.cell("ask"), line.cell("field"));
        let full = if ask.contains("/asks/") {
            ask.to_owned()
        } else {
            format!("organisations/{}", ask.replacen('/', "/asks/", 1))
        };
        let found = self.asks.iter().find(|own| own.name.to_string() == full);
        let Some(ask) = found else {
            self.fault(line, "ask", &format!("{} is not an ask here", shown(ask)));
            return None;
        };
        let Some(own) = ask.field(name) else {
            let message = format!("{} is not a field of {}", shown(name), ask.name);
            self.fault(line, "field", &message);
            return None;
        };
        Some(((ask.name.clone(), own.field.name.clone()), &own.field))
    }

    fn row(&mut self, line: &'a Line, key: &FieldKey, field: &Field) {
        let word = line.cell("decision").to_lowercase();
        let element = line.cell("element");
        match word.as_str() {
            "" if !element.is_empty() => {
                let message = "is empty, though an element is given; say same or another decision";
                self.fault(line, "decision", message);
            }
            "" | "skip" => self.plan.skipped += 1,
            "same" if element.is_empty() && ["related", "none"].contains(&line.cell("tier_1")) => {
                let message = "is empty, and the first candidate is not likely; say what it is";
                self.fault(line, "element", message);
            }
            "same" => {
                let first = line.candidates().next().map(|(_, text)| text);
                let with = Some(element).filter(|text| !text.is_empty()).or(first);
                let Some(with) = with else {
                    let message = "is empty, and the row lists no candidate; say what it is";
                    return self.fault(line, "element", message);
                };
                self.same.insert(key.clone(), (line, with.to_owned()));
            }
            "related" if element.is_empty() => {
                self.fault(
                    line,
                    "element",
                    "is empty; say what the field is related to",
                );
            }
            "related" => self.step(line, key, v1::Verdict::Related, ("element", element)),
            "different" if !element.is_empty() => {
                self.step(line, key, v1::Verdict::Different, ("element", element));
            }
            "different" | "new" => {
                for (_, candidate) in line.candidates() {
                    let with = ("decision", candidate);
                    self.step(line, key, v1::Verdict::Different, with);
                }
                if word == "new" {
                    self.propose(line, field);
                } else if line.candidates().next().is_none() {
                    self.plan.skipped += 1;
                }
            }
            _ => {
                let expected = DECISIONS.join(", ");
                let message = format!("{} is no decision; expected {expected}", shown(&word));
                self.fault(line, "decision", &message);
            }
        }
    }

    /// A decision between a row's field and something that a cell names.
    fn step(
        &mut self,
        line: &Line,
        key: &FieldKey,
        verdict: v1::Verdict,
        (column, with): (&'static str, &str),
    ) {
        let Some(b) = self.other(line, column, with) else {
            return;
        };
        let own = Side::Field(key.0.clone(), key.1.clone());
        self.plan.steps.push(Step {
            line: line.number,
            column,
            field: side_text(&own),
            with: with.to_owned(),
            decision: v1::NewDecision {
                a: Some(side(&own)),
                b: Some(b),
                verdict: verdict.into(),
                options: Vec::new(),
                reason: self.reason_of(line),
            },
        });
    }

    /// What a cell names, if there is such a thing here.
    fn other(&mut self, line: &Line, column: &str, text: &str) -> Option<v1::DecisionSide> {
        let side = read_side(text).filter(|side| {
            let is_field = read_field(text).is_some_and(|(ask, field)| {
                let found = self.asks.iter().find(|own| own.name == ask);
                found.is_some_and(|ask| ask.field(field.as_str()).is_some())
            });
            is_field || !side.question.is_empty() || self.elements.contains_key(&side.element)
        });
        if side.is_none() {
            let message = format!(
                "{} is neither an element of the dictionary nor a field ORGANISATION/ASK/FIELD here",
                shown(text)
            );
            self.fault(line, column, &message);
        }
        side
    }

    fn reason_of(&self, line: &Line) -> String {
        match line.cell("reason") {
            "" => self.reason.to_owned(),
            own => own.to_owned(),
        }
    }

    /// An element to propose, in the shape of a row's field, if the row asks for one.
    fn propose(&mut self, line: &Line, field: &Field) {
        let [id, label, topic] = ["new_id", "new_label", "new_topic"].map(|own| line.cell(own));
        if id.is_empty() && label.is_empty() && topic.is_empty() {
            return;
        }
        for (column, text) in [("new_id", id), ("new_label", label), ("new_topic", topic)] {
            if text.is_empty() {
                let message = "is empty; an element needs new_id, new_label and new_topic";
                self.fault(line, column, message);
            }
        }
        let raw = field.to_raw();
        let element = RawElement {
            id: id.to_owned(),
            label: label.to_owned(),
            definition: raw.definition,
            kind: raw.kind,
            timing: raw.timing,
            topic: topic.to_owned(),
            unit: raw.unit,
            decimals: raw.decimals,
            options: raw.options,
            lines: raw.lines,
            aliases: vec![field.label.clone()],
            ..RawElement::default()
        };
        match v1::NewElement::try_from(element) {
            Ok(element) => self.plan.elements.push((line.number, element)),
            Err(faults) => self.unfit(line, &faults),
        }
    }

    fn unfit(&mut self, line: &Line, faults: &Faults) {
        for fault in faults.iter() {
            self.fault(
                line,
                "new_id",
                &format!("{}: {}", fault.path, fault.message),
            );
        }
    }

    /// What the rows that say *same* join, resolved as sheets of decisions are: fields that lead to one
    /// element, or to one another, are one item.
    fn join(&mut self, sheet: &Filled) {
        let mut rows: Vec<(usize, [String; 4])> = Vec::new();
        let mut added: BTreeSet<FieldKey> = BTreeSet::new();
        let same = self.same.clone();
        for (key, (line, with)) in &same {
            let Some(side) = self.other(line, "element", with) else {
                continue;
            };
            if !side.question.is_empty() {
                let verdict = v1::Verdict::Same;
                self.step(line, key, verdict, ("element", with));
                continue;
            }
            let (item, last) = item(key, &same);
            let row = |key: &FieldKey, map: &str| {
                [
                    key.0.to_string(),
                    key.1.to_string(),
                    item.clone(),
                    map.to_owned(),
                ]
            };
            rows.push((line.number, row(key, line.cell("option_map"))));
            // A field that others are said to be, and whose own row says nothing of it.
            if let Some(last) = last.filter(|last| !same.contains_key(last))
                && added.insert(last.clone())
            {
                rows.push((line.number, row(&last, "")));
            }
        }
        rows.sort_by_key(|(line, _)| *line);
        let columns = ["ask_id", "local_name", "item", "options"];
        let rows = rows.into_iter().map(|(line, cells)| Row {
            line,
            cells: cells.into(),
        });
        let resolved = Sheet::of_rows(&sheet.name, &columns, rows.collect());
        match decisions::resolve(&resolved, self.asks, self.elements) {
            Ok(pairs) => {
                for pair in pairs {
                    let line = sheet.rows.iter().find(|own| own.number == pair.line);
                    let reason = line.map(|line| self.reason_of(line));
                    self.plan
                        .steps
                        .push(joined(&pair, reason.unwrap_or_default()));
                }
            }
            Err(failure) => self.faults.extend(failure.reasons.iter().map(|reason| {
                let reason = reason.replacen(", column item:", ", column element:", 1);
                let reason = reason.replacen(", column options:", ", column option_map:", 1);
                reason.replacen(", column local_name:", ", column field:", 1)
            })),
        }
    }
}

/// For what a row's field stands: the element, or else the field, at the end of what rows say is the
/// same; with that field.
fn item(from: &FieldKey, same: &BTreeMap<FieldKey, (&Line, String)>) -> (String, Option<FieldKey>) {
    let mut on_the_way = vec![from.clone()];
    loop {
        let last = on_the_way.last().cloned().unwrap_or_else(|| from.clone());
        let Some((_, with)) = same.get(&last) else {
            return (format!("{} {}", last.0, last.1), Some(last));
        };
        match read_field(with) {
            None => return (with.trim_start_matches("elements/").to_owned(), None),
            // Rows that say it of one another: any of them stands for all, so the least does.
            Some(next) if on_the_way.contains(&next) => {
                let start = on_the_way.iter().position(|own| *own == next).unwrap_or(0);
                let first = on_the_way[start..].iter().min().cloned().unwrap_or(next);
                return (format!("{} {}", first.0, first.1), None);
            }
            Some(next) => on_the_way.push(next),
        }
    }
}

fn joined(pair: &Pair, reason: String) -> Step {
    let pairs = pair.options.iter().map(|(a, b)| v1::OptionPair {
        a: a.clone(),
        b: b.clone(),
    });
    Step {
        line: pair.line,
        column: "element",
        field: side_text(&pair.b.0),
        with: side_text(&pair.a.0),
        decision: v1::NewDecision {
            a: Some(side(&pair.a.0)),
            b: Some(side(&pair.b.0)),
            verdict: v1::Verdict::Same.into(),
            options: pairs.collect(),
            reason,
        },
    }
}
