//! What an ask says beside its fields, where those come as a sheet: by options of the command line,
//! or by the ask's own sheet in a workbook.
//!
//! The items of an ask's head are the one list of what may be said: an item has an option, a row of
//! the template and its place in the ask by standing there.

use std::collections::BTreeMap;

use clap::builder::PossibleValuesParser;
use clap::error::Error as Misused;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use serde_json::{Map, Value, json};

use crate::domain::ask::{RawAsk, RawTargets};
use crate::domain::field::RawField;
use crate::domain::window::RawWindowRule;

use super::super::failure::{Failure, Result};
use super::columns::{Column, HEAD_ITEMS, path_of};
use super::table::Reading;

/// The heading of the options in the help of a command.
const OPTIONS_HEADING: &str = "Of an ask whose fields come as a sheet";

/// The ask's members beside its fields: each item's values; an item that says nothing has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Header(BTreeMap<&'static str, Vec<String>>);

impl Header {
    /// The whole ask. A window of which only one end is said is left out: see
    /// [`Header::half_a_window`].
    pub(super) fn ask(&self, fields: Vec<RawField>) -> RawAsk {
        let mut members = Map::new();
        for item in HEAD_ITEMS {
            let Some(value) = self.value(item) else {
                continue;
            };
            match path_of(item.name).split_once('.') {
                None => drop(members.insert(item.name.to_owned(), value)),
                Some(("window", _)) if self.half_a_window().is_some() => (),
                Some((outer, inner)) => {
                    let outer = members.entry(outer).or_insert_with(|| json!({}));
                    outer[inner] = value;
                }
            }
        }
        let raw: RawAsk = serde_json::from_value(Value::Object(members))
            .expect("an item is of the kind of its member, to which a test holds every item");
        RawAsk { fields, ..raw }
    }

    /// An item's value as its member of an ask holds it.
    fn value(&self, item: &Column) -> Option<Value> {
        let values = self.0.get(item.name)?;
        if item.is_list() {
            return Some(json!(values));
        }
        let text = values.first()?;
        Some(if item.is_yes_no() {
            json!(text == "yes")
        } else {
            json!(text)
        })
    }

    /// Takes what a sheet says where the command line does not say it.
    pub(super) fn fill(&mut self, values: &BTreeMap<&'static str, Vec<String>>) {
        for (item, values) in values {
            if !values.is_empty() {
                self.0.entry(item).or_insert_with(|| values.clone());
            }
        }
    }

    /// What is wrong with a window of which only one end is given, by path.
    pub(super) fn half_a_window(&self) -> Option<(String, String)> {
        let (given, missing) = match ["opens", "closes"].map(|end| self.0.contains_key(end)) {
            [true, false] => ("opens", "closes"),
            [false, true] => ("closes", "opens"),
            _ => return None,
        };
        let message = format!("is missing, though {given} is given; give both or neither");
        Some((path_of(missing), message))
    }

    /// A JSON file says all this itself.
    pub(super) fn refuse_beside_json(&self, reading: &Reading) -> Result<()> {
        if *self == Self::default() && *reading == Reading::default() {
            return Ok(());
        }
        let message = "an ask in JSON says purpose, cadence and the like itself; these options \
                       belong to sheets";
        Err(Failure::usage(message))
    }
}

impl Args for Header {
    fn augment_args(command: Command) -> Command {
        command.args(HEAD_ITEMS.iter().map(option))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Header {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, Misused> {
        let mut header = Self::default();
        header.update_from_arg_matches(matches)?;
        Ok(header)
    }

    fn update_from_arg_matches(
        &mut self,
        matches: &ArgMatches,
    ) -> std::result::Result<(), Misused> {
        for item in HEAD_ITEMS {
            let given = matches.get_many::<String>(item.name).into_iter().flatten();
            let said: Vec<String> = given.filter(|text| !text.is_empty()).cloned().collect();
            if !said.is_empty() {
                self.0.insert(item.name, said);
            }
        }
        Ok(())
    }
}

/// The option that says an item.
fn option(item: &Column) -> Arg {
    let several = if item.is_list() {
        " May be given several times."
    } else {
        ""
    };
    let words = match item.words().as_slice() {
        words if item.is_yes_no() || words.is_empty() => String::new(),
        words => format!(" One of {}.", words.join(", ")),
    };
    let help = format!("{}{words}{several}", item.means);
    let arg = Arg::new(item.name)
        .long(item.option())
        .help(help.trim_end_matches('.').to_owned())
        .help_heading(OPTIONS_HEADING);
    if item.is_yes_no() {
        return arg
            .value_name("YES-NO")
            .value_parser(PossibleValuesParser::new(item.words()))
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("yes");
    }
    let arg = arg.value_name(if item.takes_dates && !item.is_list() {
        "DAY".to_owned()
    } else {
        item.name.to_uppercase()
    });
    if item.is_list() {
        arg.action(ArgAction::Append)
    } else {
        arg
    }
}

/// An ask to write one's own after.
pub(super) fn sample() -> RawAsk {
    let text = |text: &str| Some(text.to_owned());
    RawAsk {
        organisation: "your-organisation".into(),
        ask: "beds-monthly".into(),
        purpose: "What the answers are for".into(),
        legal_basis: "By which right this is asked".into(),
        contact: "Whom a home may turn to".into(),
        cadence: "monthly".into(),
        window: Some(RawWindowRule {
            opens: "end".into(),
            closes: "end+10wd".into(),
            roll: true,
        }),
        targets: RawTargets {
            homes: Vec::new(),
            areas: vec!["E08000014".into()],
        },
        fields: vec![RawField {
            name: "B1".into(),
            label: "Beds occupied at the end of the month".into(),
            topic: "Beds and occupancy".into(),
            timing: "as-at".into(),
            kind: "count".into(),
            required: true,
            min: text("0"),
            max: text("200"),
            ..RawField::default()
        }],
        ..RawAsk::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ask::Ask;
    use crate::domain::period::EARLIEST;

    /// The head that options say.
    fn header(arguments: &[&str]) -> Header {
        let command = Header::augment_args(Command::new("x").no_binary_name(true));
        Header::from_arg_matches(&command.get_matches_from(arguments)).unwrap()
    }

    /// What an ask says at an item's path.
    fn said(raw: &RawAsk, item: &Column) -> Value {
        let pointer = format!("/{}", path_of(item.name).replace('.', "/"));
        let raw = serde_json::to_value(raw).unwrap();
        raw.pointer(&pointer).cloned().unwrap_or_default()
    }

    #[test]
    fn every_example_and_every_word_of_an_item_reaches_its_member_and_is_taken() {
        for item in HEAD_ITEMS {
            for text in item.words().into_iter().chain([item.example]) {
                let option = format!("--{}={text}", item.option());
                let mut own = header(&[&option]);
                // The ends of a window come together.
                own.fill(&BTreeMap::from([
                    ("opens", vec!["start".to_owned()]),
                    ("closes", vec!["end+30d".to_owned()]),
                ]));
                let raw = own.ask(Vec::new());
                let expected = match text {
                    "yes" => json!(true),
                    // Serialised, what is not so is left out.
                    "no" => Value::Null,
                    text if item.is_list() => json!([text]),
                    text => json!(text),
                };
                assert_eq!(said(&raw, item), expected, "{option}");
                if item.is_list() {
                    continue;
                }
                let faults = Ask::parse(raw, None, EARLIEST).unwrap_err();
                let path = path_of(item.name);
                let of_item: Vec<_> = faults.iter().filter(|f| f.path == path).collect();
                assert!(of_item.is_empty(), "{option}: {of_item:?}");
            }
        }
    }

    #[test]
    fn options_stand_before_the_sheet_and_a_blank_says_nothing() {
        let mut own = header(&["--purpose", "a", "--private", "--home=1-1", "--home=1-2"]);
        assert_eq!(header(&["--purpose", ""]), Header::default());
        let text = |text: &str| vec![text.to_owned()];
        own.fill(&BTreeMap::from([
            ("purpose", text("b")),
            ("private", text("no")),
            ("agreement", text("ISA-7")),
            ("homes", text("1-3")),
            ("opens", text("end")),
            ("contact", Vec::new()),
        ]));
        let missing = own.half_a_window().unwrap();
        assert_eq!(missing.0, "window.closes");
        let raw = own.ask(Vec::new());
        assert_eq!((raw.purpose.as_str(), raw.private), ("a", true));
        assert_eq!((raw.agreement.as_str(), raw.window), ("ISA-7", None));
        assert_eq!(raw.targets.homes, ["1-1", "1-2"]);
        assert!(!header(&["--private=no"]).ask(Vec::new()).private);
    }
}
