//! `ask preview`: what an ask would cost the homes, in a sentence and field by field.

use serde_json::{Value, json};

use crate::grpc::v1;

use super::super::connect::{Remote, ServerArgs};
use super::super::convert::word;
use super::super::failure::Result;
use super::super::out::{self, Format, Listing};
use super::super::suggestions;
use super::{Input, Refusals, Written};

/// Most fields that are named in the sentence.
const NAMED_MAX: usize = 4;

/// What to look at.
#[derive(Debug, clap::Args)]
pub(crate) struct Preview {
    #[command(flatten)]
    input: Input,
}

impl Preview {
    pub(super) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let asks = self.input.read()?;
        let remote = server.connect().await?;
        let mut previews = Vec::new();
        let mut refusals = Refusals::default();
        for ask in &asks {
            match preview(&remote, ask).await {
                Ok(preview) => previews.push(preview),
                Err(failure) => refusals.add(failure),
            }
        }
        print(&previews, format)?;
        refusals.told(asks.len(), "previewed")
    }
}

async fn preview(remote: &Remote, ask: &Written) -> Result<v1::PreviewAskResponse> {
    let message = Some(ask.message()?);
    let request = v1::PreviewAskRequest { ask: message };
    let response = remote.asks().preview_ask(request).await;
    Ok(response.map_err(|status| ask.refused(status))?.into_inner())
}

fn print(previews: &[v1::PreviewAskResponse], format: Format) -> Result<()> {
    match format {
        Format::Json => {
            let told: Vec<Value> = previews.iter().map(as_json).collect();
            out::data(&out::json_text(&told)?)
        }
        Format::Csv => listing(previews).print(Format::Csv),
        Format::Table => {
            for preview in previews {
                out::data(&format!("{}\n\n", sentence(preview)))?;
                let one = std::slice::from_ref(preview);
                let has_condition = preview.fields.iter().any(|f| !f.condition.is_empty());
                // What is left out stands in the other formats: the sheet of a screen is narrow.
                let hidden = [
                    "ask",
                    "homes",
                    "offered_to",
                    "worked_out_for",
                    "saves",
                    "drop_adds",
                ];
                let hidden = hidden.into_iter();
                let hidden = hidden.chain((!has_condition).then_some("condition"));
                listing(one).hiding(hidden).print(Format::Table)?;
                for line in looks_like(preview) {
                    out::data(&format!("{line}\n"))?;
                }
            }
            Ok(())
        }
    }
}

/// The whole of it in a few sentences.
pub(crate) fn sentence(preview: &v1::PreviewAskResponse) -> String {
    let ask = preview.ask.clone().unwrap_or_default();
    let fate = |wanted: v1::FieldFate| {
        let fields = preview.fields.iter();
        fields.filter(move |field| field.fate() == wanted)
    };
    let parts = [
        (v1::FieldFate::AlreadyAsked, "already asked"),
        (
            v1::FieldFate::SameAsOtherField,
            "one question with another field",
        ),
        (v1::FieldFate::NotAsked, "asked of nobody"),
        (v1::FieldFate::WorkedOut, "worked out"),
        (v1::FieldFate::Offered, "offered to be confirmed"),
        (v1::FieldFate::New, "new"),
    ];
    let parts = parts.map(|(wanted, word)| (fate(wanted).count(), word));
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, word)| match count {
            1 => format!("1 is {word}"),
            count => format!("{count} are {word}"),
        })
        .collect();
    let new: Vec<&v1::FieldPreview> = fate(v1::FieldFate::New).collect();
    let amends = match preview.amends_revision {
        0 => String::new(),
        revision => format!(" It would amend revision {revision}."),
    };
    format!(
        "{}, {}: {}\n{}: {}.{}{}{}{amends}",
        ask.name,
        preview.period_label,
        asked_of(preview),
        fields_text(preview.fields.len()),
        parts.join(", "),
        cost(preview, &new),
        spared(preview),
        parts_text(preview),
    )
}

fn asked_of(preview: &v1::PreviewAskResponse) -> String {
    let homes = preview.homes.unwrap_or_default();
    let newly = preview.homes_newly_asked.unwrap_or_default();
    let newly = match newly.at_most {
        0 => String::new(),
        _ => format!("; {} asked nothing else", homes_text(newly)),
    };
    format!("{}{newly}", homes_text(homes))
}

/// What the new questions cost, and which to drop.
fn cost(preview: &v1::PreviewAskResponse, new: &[&v1::FieldPreview]) -> String {
    let Some(first) = new.first() else {
        return " It costs the homes no further question.".to_owned();
    };
    let count = |field: &v1::FieldPreview| field.homes_new.unwrap_or_default();
    let added = count_text(preview.question_homes.unwrap_or_default());
    let goes = if new
        .iter()
        .all(|field| homes_text(count(field)) == homes_text(count(first)))
    {
        let homes = homes_text(count(first));
        match new.len() {
            1 => format!(" The new question goes to {homes}"),
            more => {
                format!(" The {more} new questions go to {homes}: {added} questions more in all")
            }
        }
    } else {
        format!(
            " The {} new questions are {added} questions more in all",
            new.len()
        )
    };
    let dear = &preview.dear_fields;
    if dear.len() <= NAMED_MAX && !dear.is_empty() {
        return format!("{goes}; drop {} and it costs nothing.", named(dear));
    }
    let price = |field: &&v1::FieldPreview| field.saved.unwrap_or_default().at_least;
    let dearest = new.iter().copied().max_by_key(price).unwrap_or(first);
    let saved = count_text(dearest.saved.unwrap_or_default());
    format!("{goes}; dropping `{}` alone saves {saved}.", dearest.field)
}

/// What homes are asked already and would have to answer no more.
fn spared(preview: &v1::PreviewAskResponse) -> String {
    let spared = preview.spared.unwrap_or_default();
    match spared.at_most {
        0 => String::new(),
        1 => " It spares them 1 question that they are asked already: what it asks answers it."
            .to_owned(),
        _ => format!(
            " It spares them {} questions that they are asked already: what it asks answers these.",
            count_text(spared)
        ),
    }
}

/// The fields that something else follows from, with what dropping them would cost.
fn parts_text(preview: &v1::PreviewAskResponse) -> String {
    let missed = |field: &v1::FieldPreview| field.missed.unwrap_or_default();
    let parts = preview
        .fields
        .iter()
        .filter(|field| missed(field).at_most > 0);
    let mut parts: Vec<&v1::FieldPreview> = parts.collect();
    parts.sort_by_key(|field| std::cmp::Reverse(missed(field).at_least));
    let Some(dearest) = parts.first() else {
        return String::new();
    };
    let fields: Vec<String> = parts.iter().map(|field| field.field.clone()).collect();
    let from = match fields.as_slice() {
        few if few.len() <= NAMED_MAX => named(few),
        many => format!("{} of the fields", many.len()),
    };
    let saves = match dearest.saved.unwrap_or_default() {
        v1::HomeCount { at_most: 0, .. } => "no question".to_owned(),
        count => count_text(count),
    };
    format!(
        " Others follow from {from}: dropping `{}` saves {saves} and adds {}.",
        dearest.field,
        count_text(missed(dearest))
    )
}

/// What the fields look like, a line for each candidate.
fn looks_like(preview: &v1::PreviewAskResponse) -> Vec<String> {
    let fields = preview.fields.iter().map(|own| v1::FieldSuggestion {
        field: own.field.clone(),
        candidates: own.suggestions.clone(),
    });
    suggestions::looks_like(&fields.collect::<Vec<_>>())
}

fn named(fields: &[String]) -> String {
    let names: Vec<String> = fields.iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        all => all.join(""),
    }
}

fn fields_text(count: usize) -> String {
    match count {
        1 => "1 field".to_owned(),
        count => format!("{count} fields"),
    }
}

fn homes_text(count: v1::HomeCount) -> String {
    match (count.at_least, count.at_most) {
        (0, 0) => "no home".to_owned(),
        (1, _) => "fewer than ten homes".to_owned(),
        (low, high) if low == high => format!("{low} homes"),
        (low, high) => format!("{low} to {high} homes"),
    }
}

fn count_text(count: v1::HomeCount) -> String {
    match (count.at_least, count.at_most) {
        (low, high) if low == high => low.to_string(),
        (1, high) if high < 10 => "fewer than 10".to_owned(),
        (low, high) => format!("{low} to {high}"),
    }
}

fn fate_text(field: &v1::FieldPreview) -> String {
    match field.fate() {
        v1::FieldFate::SameAsOtherField => format!("same as {}", field.same_as),
        fate => word(fate.as_str_name(), "FIELD_FATE").replace('-', " "),
    }
}

/// Who asks it already: the names that may be told, and how many more.
fn asked_by(field: &v1::FieldPreview) -> String {
    let mut names = field.organisation_names.clone();
    let private = (field.organisations as usize).saturating_sub(names.len());
    if private > 0 {
        names.push(format!("{private} not named"));
    }
    if field.own {
        names.push("yourself".to_owned());
    }
    names.join(", ")
}

fn listing(previews: &[v1::PreviewAskResponse]) -> Listing {
    let columns = [
        "ask",
        "field",
        "becomes",
        "asked_by",
        "homes",
        "new_to",
        "offered_to",
        "worked_out_for",
        "saves",
        "drop_adds",
        "condition",
    ];
    let mut listing = Listing::new(columns);
    for preview in previews {
        let ask = preview.ask.as_ref().map_or("", |ask| ask.name.as_str());
        for field in &preview.fields {
            let count = |count: Option<v1::HomeCount>| {
                let count = count.unwrap_or_default();
                match (count.at_least, count.at_most) {
                    (low, high) if low == high => Value::from(low),
                    _ => out::text(count_text(count)),
                }
            };
            let condition = match field.condition.as_str() {
                "" => String::new(),
                condition => format!("only if {condition}"),
            };
            listing.add([
                out::text(ask),
                out::text(field.field.as_str()),
                out::text(fate_text(field)),
                out::text(asked_by(field)),
                count(field.homes),
                count(field.homes_new),
                count(field.homes_offered),
                count(field.homes_worked_out),
                count(field.saved),
                count(field.missed),
                out::text(condition),
            ]);
        }
    }
    listing
}

fn as_json(preview: &v1::PreviewAskResponse) -> Value {
    let count = |count: Option<v1::HomeCount>| {
        let count = count.unwrap_or_default();
        json!({"at_least": count.at_least, "at_most": count.at_most})
    };
    let fields = preview.fields.iter().map(|field| {
        json!({
            "field": field.field,
            "becomes": word(field.fate().as_str_name(), "FIELD_FATE"),
            "organisations": field.organisations,
            "organisation_names": field.organisation_names,
            "own": field.own,
            "same_as": out::text(field.same_as.as_str()),
            "compulsion": word(field.compulsion().as_str_name(), "COMPULSION"),
            "condition": out::text(field.condition.as_str()),
            "homes": count(field.homes),
            "homes_new": count(field.homes_new),
            "homes_offered": count(field.homes_offered),
            "homes_worked_out": count(field.homes_worked_out),
            "saved": count(field.saved),
            "missed": count(field.missed),
            "looks_like": suggestions::as_json(&field.suggestions),
        })
    });
    json!({
        "ask": preview.ask.as_ref().map(|ask| ask.name.clone()),
        "amends_revision": preview.amends_revision,
        "period": preview.period,
        "summary": sentence(preview),
        "homes": count(preview.homes),
        "homes_newly_asked": count(preview.homes_newly_asked),
        "question_homes": count(preview.question_homes),
        "offered": count(preview.offered),
        "worked_out": count(preview.worked_out),
        "spared": count(preview.spared),
        "dear_fields": preview.dear_fields,
        "fields": fields.collect::<Vec<_>>(),
    })
}
