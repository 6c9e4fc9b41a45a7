//! `form`: what a home is asked for a period, topic by topic.

mod alike;
mod draft;
mod filed;

use std::collections::BTreeSet;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::grpc::v1;

use super::connect::{Remote, ServerArgs};
use super::convert::word;
use super::failure::Result;
use super::form_table::{self, Line};
use super::out::{self, Format, Listing};
use super::{known, value};

/// Forms of homes (their home people).
#[derive(Debug, Subcommand)]
pub(crate) enum Forms {
    /// List the forms of a home around today, by the end of their period
    List {
        /// The home, by CQC location id
        home: String,
        /// Only periods that end on this day or later, YYYY-MM-DD
        #[arg(long, value_name = "DAY", default_value = "")]
        from: String,
        /// Only periods that start on this day or earlier, YYYY-MM-DD
        #[arg(long, value_name = "DAY", default_value = "")]
        until: String,
    },
    /// Show a form: each question, how it is answered, who asks, and whether it is answered
    Show {
        /// The home, by CQC location id
        home: String,
        /// The period, such as 2026-11-21, 2026-W47 or 2026-11
        period: String,
    },
    #[command(subcommand)]
    Draft(draft::Draft),
    Copy(filed::Copy),
    Filed(filed::Filed),
}

impl Forms {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let remote = server.connect().await?;
        match self {
            Self::List { home, from, until } => {
                list(&remote, home, from, until).await?.print(format)
            }
            Self::Show { home, period } => {
                let form = read(&remote, home, period).await?;
                match format {
                    Format::Table => out::data(&as_text(&form)),
                    Format::Json => out::data(&out::json_text(&as_json(&form))?),
                    Format::Csv => listing(&form).print(Format::Csv),
                }
            }
            Self::Draft(command) => command.run(&remote, format).await,
            Self::Copy(command) => command.run(&remote, format).await,
            Self::Filed(command) => command.run(&remote, format).await,
        }
    }
}

/// The name of a home's form for a period.
pub(crate) fn name(home: &str, period: &str) -> String {
    let home = home.strip_prefix("homes/").unwrap_or(home);
    format!("homes/{home}/forms/{period}")
}

/// Reads a form.
pub(crate) async fn read(remote: &Remote, home: &str, period: &str) -> Result<v1::Form> {
    let name = name(home, period);
    let response = remote.forms().get_form(v1::GetFormRequest { name }).await?;
    Ok(response.into_inner().form.unwrap_or_default())
}

async fn list(remote: &Remote, home: &str, from: &str, until: &str) -> Result<Listing> {
    let home = home.strip_prefix("homes/").unwrap_or(home);
    let request = v1::ListFormsRequest {
        parent: format!("homes/{home}"),
        states: Vec::new(),
        from: from.to_owned(),
        until: until.to_owned(),
    };
    let forms = remote.forms().list_forms(request).await?.into_inner().forms;
    let columns = [
        "period",
        "period_label",
        "state",
        "fields",
        "questions",
        "entries",
        "answered",
        "organisations",
        "next_due",
        "to_answer",
        "to_confirm",
        "worked_out",
        "from_register",
        "to_send",
    ];
    let hidden = [
        "period_label",
        "questions",
        "organisations",
        "worked_out",
        "from_register",
        "to_send",
    ];
    let mut listing = Listing::new(columns).hiding(hidden);
    for form in forms {
        let state = word(form.state().as_str_name(), "FORM_STATE");
        listing.add([
            out::text(form.period),
            out::text(form.period_label),
            out::text(state),
            Value::from(form.fields),
            Value::from(form.questions),
            Value::from(form.entries),
            Value::from(form.answered),
            Value::from(form.organisations),
            out::text(form.next_due.replace('T', " ")),
            Value::from(form.to_answer),
            Value::from(form.to_confirm),
            Value::from(form.worked_out),
            Value::from(form.from_register),
            Value::from(form.to_send),
        ]);
    }
    Ok(listing)
}

/// A form for a person: how much is asked and put, then topic by topic.
pub(crate) fn as_text(form: &v1::Form) -> String {
    let summary = form.summary.clone().unwrap_or_default();
    let home = summary.name.split('/').nth(1).unwrap_or_default();
    let [fields, questions, entries] =
        [summary.fields, summary.questions, summary.entries].map(|count| count as usize);
    let due = match summary.next_due.as_str() {
        "" => String::new(),
        due => format!("; next due {}", due.replace('T', " ")),
    };
    let lines: Vec<Line> = form.entries.iter().map(|entry| line(entry, form)).collect();
    format!(
        "Home {home}, {}\n{}\n{}{due}\n{}\n{}",
        summary.period_label,
        form_table::counts(fields, questions, entries),
        known::summary(&summary),
        beside(form),
        form_table::render(&lines)
    )
}

/// What stands beside the answers: what is filed elsewhere, and what was typed and not sent.
fn beside(form: &v1::Form) -> String {
    let elsewhere = form
        .asks
        .iter()
        .filter(|ask| !ask.filed_elsewhere.is_empty());
    let mut lines: Vec<String> = elsewhere
        .map(|ask| {
            let state = match &ask.filed_at {
                Some(at) => format!("filed at {at}"),
                None => "not filed yet".to_owned(),
            };
            format!("{} is filed in {}: {state}\n", ask.ask, ask.filed_elsewhere)
        })
        .collect();
    match form.draft.as_ref().map_or(0, |draft| draft.entries.len()) {
        0 => {}
        1 => lines.push("1 answer is typed and not sent\n".to_owned()),
        many => lines.push(format!("{many} answers are typed and not sent\n")),
    }
    lines.concat()
}

fn line(entry: &v1::FormEntry, form: &v1::Form) -> Line {
    let reference = if is_usual(entry, form) {
        String::new()
    } else {
        format!(" ({})", entry.reference_label)
    };
    Line {
        topic: match entry.topic.as_str() {
            "" => "Other questions".to_owned(),
            topic => topic.to_owned(),
        },
        question: format!("{}{reference}{}", entry.wording, condition(entry)),
        answer: value::entry_type(entry),
        asked_by: asked_by(entry),
        state: match known::to_do(entry) {
            "" => state(entry).to_owned(),
            to_do => to_do.to_owned(),
        },
        notes: known::notes(entry)
            .into_iter()
            .chain(alike::notes(entry, form))
            .collect(),
    }
}

/// On what a question waits that is not put now.
fn condition(entry: &v1::FormEntry) -> String {
    match entry.not_put_because.as_slice() {
        [] => String::new(),
        why => format!(" [{}]", why.join("; ")),
    }
}

/// Whether an entry speaks of what most on the form do: then its reference goes without saying.
fn is_usual(entry: &v1::FormEntry, form: &v1::Form) -> bool {
    let kind = |entry: &v1::FormEntry| entry.reference.split('/').next().map(str::to_owned);
    let alike = form
        .entries
        .iter()
        .filter(|other| kind(other) == kind(entry));
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for other in alike {
        *counts.entry(&other.reference).or_default() += 1;
    }
    let own = counts.get(entry.reference.as_str()).copied().unwrap_or(0);
    entry.reference == "standing" || counts.values().all(|count| *count <= own)
}

/// The organisations that ask, each once.
fn asked_by(entry: &v1::FormEntry) -> Vec<String> {
    let ids = entry.demands.iter().map(|demand| {
        let id = demand.organisation.rsplit('/').next();
        id.unwrap_or_default().to_owned()
    });
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

fn state(entry: &v1::FormEntry) -> &'static str {
    use v1::value::Said;

    if !entry.not_put_because.is_empty() {
        return "not put";
    }
    let is_to_confirm = entry.need() == v1::EntryNeed::Confirm && entry.offered.is_some();
    let said = |given: &v1::GivenAnswer| given.value.as_ref().and_then(|value| value.said.clone());
    match entry.answer.as_ref().map(said) {
        Some(Some(Said::Declined(_))) => "declined",
        Some(_) if !entry.unreleased.is_empty() => "to release",
        Some(_) => "answered",
        None if is_to_confirm => "to confirm",
        None => "open",
    }
}

fn as_json(form: &v1::Form) -> Value {
    let summary = form.summary.clone().unwrap_or_default();
    let entries: Vec<Value> = form
        .entries
        .iter()
        .map(|entry| entry_json(entry, form))
        .collect();
    let asks = form.asks.iter().map(|ask| {
        let window = ask.window.clone().unwrap_or_default();
        json!({
            "ask": ask.ask, "organisation_name": ask.organisation_name, "purpose": ask.purpose,
            "legal_basis": ask.legal_basis, "contact": ask.contact, "notice": ask.notice,
            "agreement": ask.agreement,
            "opens": window.opens, "closes": window.closes,
            "filed_elsewhere": out::text(ask.filed_elsewhere.as_str()),
            "filed_at": ask.filed_at.as_ref().map(ToString::to_string),
        })
    });
    json!({
        "name": summary.name,
        "period": summary.period,
        "period_label": summary.period_label,
        "state": word(summary.state().as_str_name(), "FORM_STATE"),
        "fields": summary.fields,
        "questions": summary.questions,
        "answered": summary.answered,
        "put": summary.put,
        "to_answer": summary.to_answer,
        "to_confirm": summary.to_confirm,
        "worked_out": summary.worked_out,
        "from_register": summary.from_register,
        "to_send": summary.to_send,
        "next_due": out::text(summary.next_due),
        "template": summary.template,
        "etag": summary.etag,
        "asks": asks.collect::<Vec<_>>(),
        "entries": entries,
    })
}

fn entry_json(entry: &v1::FormEntry, form: &v1::Form) -> Value {
    let grid = |grid: &v1::EntryGrid| -> Value {
        let dimensions = grid.dimensions.iter().map(|dimension| {
            let codes = dimension.codes.iter();
            json!({
                "id": dimension.id, "label": dimension.label,
                "codes": codes.map(|code| json!({"code": code.code, "label": code.label}))
                    .collect::<Vec<_>>(),
            })
        });
        Value::Array(dimensions.collect())
    };
    let demands = entry.demands.iter().map(|demand| {
        json!({
            "ask": demand.ask, "field": demand.field, "label": demand.label, "unit": demand.unit,
            "required": demand.required,
            "compulsion": word(demand.compulsion().as_str_name(), "COMPULSION"),
            "waiting": demand.waiting, "applies_to": demand.applies_to,
        })
    });
    let given = |given: &Option<v1::GivenAnswer>| {
        given
            .as_ref()
            .map_or(Value::Null, |given| out::text(value::given(given)))
    };
    let worked_out = |given: Option<&v1::GivenAnswer>| {
        known::as_json(given.and_then(|given| given.worked_out.as_ref()))
    };
    let disagreeing = entry
        .disagreeing
        .iter()
        .map(|other| json!({"value": value::given(other), "worked_out": worked_out(Some(other))}));
    json!({
        "entry": entry.id,
        "question": entry.question,
        "element": out::text(entry.element.as_str()),
        "wording": entry.wording,
        "definition": entry.definition,
        "topic": entry.topic,
        "type": word(entry.r#type().as_str_name(), "FIELD_TYPE"),
        "reference": entry.reference,
        "reference_label": entry.reference_label,
        "unit": out::text(entry.unit.as_str()),
        "other_units": entry.other_units,
        "grids": entry.grids.iter().map(grid).collect::<Vec<_>>(),
        "options": entry.options.iter().map(|option| option.label.clone()).collect::<Vec<_>>(),
        "state": state(entry),
        "not_put_because": entry.not_put_because,
        "answer": given(&entry.answer),
        "answer_worked_out": worked_out(entry.answer.as_ref()),
        "need": word(entry.need().as_str_name(), "ENTRY_NEED"),
        "offered": given(&entry.offered),
        "offered_worked_out": worked_out(entry.offered.as_ref()),
        "pending": known::as_json(entry.pending.as_ref()),
        "disagreeing": disagreeing.collect::<Vec<_>>(),
        "perhaps_the_same_as": alike::as_json(entry, form),
        "demands": demands.collect::<Vec<_>>(),
    })
}

fn listing(form: &v1::Form) -> Listing {
    let columns = [
        "entry",
        "topic",
        "question",
        "reference",
        "answered_as",
        "asked_by",
        "fields",
        "state",
        "answer",
        "to_do",
        "offered",
        "offered_from",
        "does_not_agree_with",
    ];
    let mut listing = Listing::new(columns);
    for entry in &form.entries {
        let fields = entry
            .demands
            .iter()
            .map(|d| format!("{} {}", d.ask, d.field));
        let answer = entry.answer.as_ref().map(value::given);
        listing.add([
            out::text(entry.id.as_str()),
            out::text(entry.topic.as_str()),
            out::text(entry.wording.as_str()),
            out::text(entry.reference.as_str()),
            out::text(value::entry_type(entry)),
            out::texts(asked_by(entry)),
            out::texts(fields),
            out::text(state(entry)),
            out::text(answer.unwrap_or_default()),
            out::text(known::to_do(entry)),
            out::text(entry.offered.as_ref().map(value::given).unwrap_or_default()),
            out::text(known::offered_from(entry)),
            out::texts(known::disagreeing(entry)),
        ]);
    }
    listing
}
