//! A data lead's decisions as a sheet: which fields of which asks stand for one item.
//!
//! Fields that share an item are the same question. An item that is an element of the dictionary
//! links each of its fields to the element; any other links them to the first of them in the file.
//! The sheet is checked as a whole against the asks: every fault is named by line and column, and
//! a sheet with a fault decides nothing.

mod options;

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::ask::{Ask, SharedAsk};
use crate::domain::digest::QuestionId;
use crate::domain::field::Field;
use crate::domain::id::{AskName, FieldName, shown};

pub(crate) use self::options::read_map;
use self::options::{Words, own_option};
use super::failure::{Failure, Result};
use super::file::Source;
use super::sheet::{Row, Sheet};

/// A side of a decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// A field of an ask.
    Field(AskName, FieldName),
    /// An element of the dictionary.
    Element(String),
}

/// Two sides that are the same question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The line of the sheet that says so.
    pub(crate) line: usize,
    /// The first side and its question.
    pub(crate) a: (Side, QuestionId),
    /// The second side and its question.
    pub(crate) b: (Side, QuestionId),
    /// Labels of options that mean the same, one of each side.
    pub(crate) options: Vec<(String, String)>,
}

/// An element of the dictionary, as far as a decision needs to know it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// The question that it stands for.
    pub(crate) question: QuestionId,
    /// Its type, timing and options, in the shape of a field.
    pub(crate) field: Field,
}

/// Reads a sheet of decisions.
pub(crate) fn read(source: &Source) -> Result<Sheet> {
    Sheet::read(source, &["ask_id", "local_name", "item"], &["options"])
}

/// What a sheet decides, given the asks and the dictionary's elements by id.
pub(crate) fn resolve(
    sheet: &Sheet,
    asks: &[SharedAsk],
    elements: &BTreeMap<String, Known>,
) -> Result<Vec<Pair>> {
    let mut resolver = Resolver {
        sheet,
        elements,
        items: BTreeMap::new(),
        pairs: Vec::new(),
        reasons: Vec::new(),
    };
    let mut seen: BTreeMap<(AskName, &str), usize> = BTreeMap::new();
    let mut meant: BTreeMap<QuestionId, (usize, &str)> = BTreeMap::new();
    for row in &sheet.rows {
        let Some(ask) = resolver.ask(row, asks) else {
            continue;
        };
        let name = sheet.cell(row, "local_name");
        let Some(own) = ask.field(name) else {
            let message = format!("{} is not a field of {}", shown(name), ask.name);
            resolver.fault(row, "local_name", &message);
            continue;
        };
        if let Some(first) = seen.insert((ask.name.clone(), name), row.line) {
            let message = format!("{} is decided in line {first} already", shown(name));
            resolver.fault(row, "local_name", &message);
            continue;
        }
        let item = sheet.cell(row, "item");
        let (line, other) = *meant.entry(own.question).or_insert((row.line, item));
        if other != item {
            let message = format!(
                "the field means the same by itself as the one in line {line}, which stands for {}",
                shown(other)
            );
            resolver.fault(row, "item", &message);
            continue;
        }
        let side = Side::Field(ask.name.clone(), own.field.name.clone());
        resolver.join(row, side, own.question, &own.field);
    }
    resolver.finish()
}

/// What is linked to an item so far.
struct Item<'a> {
    /// To what the others are linked.
    anchor: (Side, QuestionId),
    /// Its type, timing and options.
    field: &'a Field,
    /// Where its words were first said, for messages.
    place: String,
    /// The item's words for options, with the side that said each first.
    words: Words,
}

struct Resolver<'a> {
    sheet: &'a Sheet,
    elements: &'a BTreeMap<String, Known>,
    items: BTreeMap<&'a str, Item<'a>>,
    pairs: Vec<Pair>,
    reasons: Vec<String>,
}

impl<'a> Resolver<'a> {
    fn fault(&mut self, row: &Row, column: &str, message: &str) {
        let line = row.line;
        self.reasons
            .push(format!("line {line}, column {column}: {message}"));
    }

    /// The ask that a row names, by its full name or by an id that only one ask has.
    fn ask<'b>(&mut self, row: &Row, asks: &'b [SharedAsk]) -> Option<&'b Ask> {
        let id = self.sheet.cell(row, "ask_id");
        let named = |ask: &&SharedAsk| ask.name.ask.as_str() == id || ask.name.to_string() == id;
        let found: Vec<&'b SharedAsk> = asks.iter().filter(named).collect();
        match found.as_slice() {
            &[ask] => return Some(ask),
            [] => self.fault(row, "ask_id", &format!("{} is not an ask here", shown(id))),
            several => {
                let full: Vec<String> = several.iter().map(|ask| ask.name.to_string()).collect();
                let full = full.join(", ");
                let message = format!("{} is the id of several asks: {full}", shown(id));
                self.fault(row, "ask_id", &message);
            }
        }
        None
    }

    /// Links a field to the item of its row, which it may be the first of.
    fn join(&mut self, row: &'a Row, side: Side, question: QuestionId, field: &'a Field) {
        let name = self.sheet.cell(row, "item");
        if name.is_empty() {
            self.fault(row, "item", "is empty; say what the field stands for");
            return;
        }
        let map = match read_map(self.sheet.cell(row, "options")) {
            Ok(map) => map,
            Err(why) => return self.fault(row, "options", &why),
        };
        let Some(own) = self.own_words(row, &map, field) else {
            return;
        };
        if let Some(known) = self.elements.get(name) {
            self.items
                .entry(name)
                .or_insert_with(|| Item::of_element(name, known));
        }
        let Some(item) = self.items.get_mut(name) else {
            let place = format!("the field of line {}", row.line);
            let words = Words::of(&own, &side, question);
            let anchor = (side, question);
            let first = Item {
                anchor,
                field,
                place,
                words,
            };
            self.items.insert(name, first);
            return;
        };
        if let Some(message) = unlike(field, item.field, &item.place) {
            self.fault(row, "item", &message);
            return;
        }
        let is_element = matches!(item.anchor.0, Side::Element(_));
        let strange = own.iter().find(|(word, _)| !item.words.has(word));
        if let Some((word, _)) = strange.filter(|_| is_element && !map.is_empty()) {
            let known = item.words.known();
            let message = format!(
                "{} is not an option of {name}; expected {known}",
                shown(word)
            );
            self.fault(row, "options", &message);
            return;
        }
        let links = item.words.links(&own, &side, question, &item.anchor);
        for (a, options) in links {
            if a.1 != question {
                self.pairs.push(Pair {
                    line: row.line,
                    a,
                    b: (side.clone(), question),
                    options,
                });
            }
        }
    }

    /// The words of the item that a field's options stand for, with the field's labels: those that
    /// the row maps, or every option under its own label.
    fn own_words(
        &mut self,
        row: &Row,
        map: &[(String, String)],
        field: &Field,
    ) -> Option<Vec<(String, String)>> {
        let options = field.kind.options();
        if map.is_empty() {
            let own = options.iter().map(|o| (o.label.clone(), o.label.clone()));
            return Some(own.collect());
        }
        let mut own = Vec::new();
        let mut is_well = true;
        for (code, word) in map {
            if let Some(option) = own_option(options, code) {
                own.push((word.clone(), option.label.clone()));
                continue;
            }
            let codes: Vec<&str> = options.iter().map(|o| o.code.as_str()).collect();
            let (code, known) = (shown(code), codes.join(", "));
            let message = format!("{code} is not an option of the field; it has {known}");
            self.fault(row, "options", &message);
            is_well = false;
        }
        is_well.then_some(own)
    }

    fn finish(self) -> Result<Vec<Pair>> {
        if !self.reasons.is_empty() {
            let headline = format!("{} decides nothing, for", self.sheet.name);
            return Err(Failure::refused(headline).because(self.reasons));
        }
        let mut seen = BTreeSet::new();
        let mut pairs = self.pairs;
        // Several fields of one meaning need one decision.
        pairs.retain(|pair| seen.insert((pair.a.1, pair.b.1, pair.options.clone())));
        Ok(pairs)
    }
}

impl<'a> Item<'a> {
    fn of_element(name: &str, known: &'a Known) -> Self {
        let side = Side::Element(name.to_owned());
        let options = known.field.kind.options();
        Self {
            words: Words::of_element(options, &side, known.question),
            anchor: (side, known.question),
            field: &known.field,
            place: format!("the element {name}"),
        }
    }
}

/// Why two fields cannot be the same question, if so: only equal type, timing and dimension can.
fn unlike(field: &Field, other: &Field, place: &str) -> Option<String> {
    if field.kind.word() != other.kind.word() {
        let (own, theirs) = (field.kind.word(), other.kind.word());
        return Some(format!("the field is a {own}, {place} a {theirs}"));
    }
    if field.kind.dimension() != other.kind.dimension() {
        let code = |f: &Field| f.kind.unit().map_or("no unit", |unit| unit.code());
        let (own, theirs) = (code(field), code(other));
        return Some(format!(
            "the field is measured in {own}, {place} in {theirs}: not the same dimension"
        ));
    }
    let (own, theirs) = (field.timing, other.timing);
    (own != theirs).then(|| format!("the field is {own}, {place} {theirs}"))
}

#[cfg(test)]
mod tests;
