//! Reads asks as their senders worded them (`asks.json` and its kind) into asks of ours.
//!
//! The readings that make them computable are those that come with the data: what "as at" means
//! to each body, whose month an hour belongs to, when each window stands.

use serde_json::{Value as Json, json};

use askonce::domain::ask::RawAsk;

/// A file of asks as their senders word them.
pub(crate) fn read(text: &str, homes: &[String]) -> Vec<RawAsk> {
    let file: Json = serde_json::from_str(text).expect("the file of asks is JSON");
    let asks = file["asks"].as_array().expect("the file has asks");
    asks.iter().map(|ask| raw_ask(ask, homes)).collect()
}

fn raw_ask(ask: &Json, homes: &[String]) -> RawAsk {
    let id = text(&ask["ask_id"]);
    let habits = Habits::of(&id, &text(&ask["cadence"]));
    let fields: Vec<Json> = ask["fields"]
        .as_array()
        .expect("an ask has fields")
        .iter()
        .map(|field| raw_field(field, &habits))
        .collect();
    serde_json::from_value(json!({
        "organisation": habits.organisation,
        "ask": id,
        "purpose": ask["purpose"],
        "legal_basis": ask["lawful_basis"],
        "cadence": habits.cadence,
        "from": if id.ends_with("2020") { "2020-06-01" } else { "2026-01-01" },
        "window": {"opens": habits.opens, "closes": habits.closes, "roll": habits.roll},
        "targets": {"homes": homes},
        "fields": fields,
    }))
    .expect("what is built here has the shape of an ask")
}

/// How a body asks: who it is, how often, within which window, of which month.
struct Habits {
    organisation: &'static str,
    cadence: &'static str,
    opens: &'static str,
    closes: &'static str,
    roll: bool,
    /// Its as-at fields are answered at any moment of the window.
    on_completion: bool,
    /// What its monthly window means relative to its period.
    month: &'static str,
}

impl Habits {
    fn of(id: &str, cadence: &str) -> Self {
        let daily = Self {
            organisation: "",
            cadence: "daily",
            opens: "start",
            closes: "end+1d@11:00",
            roll: false,
            on_completion: false,
            month: "same",
        };
        match id {
            "dhsc-ct-monthly" => Self {
                organisation: "dhsc",
                cadence: "monthly",
                opens: "start+7d",
                closes: "start+13d",
                roll: true,
                on_completion: true,
                month: "previous",
            },
            "sefton-la-quarterly" => Self {
                organisation: "sefton-council",
                cadence: "quarterly",
                opens: "end+1d",
                closes: "end+10wd",
                month: "last-month",
                ..daily
            },
            "icb-cm-monthly-quality" => Self {
                organisation: "cheshire-merseyside-icb",
                cadence: "monthly",
                opens: "end+1d",
                closes: "end+5wd",
                ..daily
            },
            "trust-discharge-weekly-beds" => Self {
                organisation: "mwl-trust",
                cadence: "weekly",
                opens: "end",
                closes: "end+1d@10:00",
                ..daily
            },
            "covid-daily-sitrep-2020" | "ct-daily-2020" => Self {
                organisation: "nhs-england",
                ..daily
            },
            "sefton-daily-sitrep-2020" => Self {
                organisation: "sefton-council",
                ..daily
            },
            "ccg-01t-daily-call-2020" => Self {
                organisation: "south-sefton-ccg",
                closes: "end+1d@12:00",
                ..daily
            },
            "phe-nw-daily-linelist-2020" => Self {
                organisation: "phe-north-west",
                ..daily
            },
            other => panic!("no reading for the ask {other}, {cadence}"),
        }
    }
}

fn raw_field(field: &Json, habits: &Habits) -> Json {
    let mut raw = shape(field);
    raw["name"] = field["local_name"].clone();
    raw["label"] = field["wording"].clone();
    for member in ["definition", "required", "compulsion"] {
        if !field[member].is_null() {
            raw[member] = field[member].clone();
        }
    }
    let rule = text(&field["timing"]["rule"]);
    let window = text(&field["timing"]["window"]);
    match field["timing"]["kind"].as_str() {
        Some("standing") => raw["timing"] = json!("standing"),
        Some("during") => {
            raw["timing"] = json!(if window == "12m" {
                "during:P12M"
            } else {
                "during"
            });
            if rule.contains("the day before") {
                raw["reference"] = json!("previous");
            } else if window == "month" && habits.month != "same" {
                raw["reference"] = json!(habits.month);
            }
        }
        _ => {
            raw["timing"] = json!("as-at");
            if habits.on_completion || rule.contains("on completion") {
                raw["moment"] = json!("on-completion");
            } else if rule.contains("the day before") {
                raw["reference"] = json!("previous");
            } else if rule.starts_with("12:00") {
                raw["reference"] = json!("same@12:00");
            }
        }
    }
    raw
}

/// Type, unit, limits, options and breakdown of a field, in our words.
fn shape(field: &Json) -> Json {
    let (kind, unit) = (text(&field["type"]), text(&field["unit"]));
    let decimals = match kind.as_str() {
        "decimal(0.25)" | "decimal(0.01)" => 2,
        "decimal(0.5)" | "decimal(0.1)" => 1,
        _ => 0,
    };
    let code = match unit.as_str() {
        "hours" => Some("h"),
        "minutes" => Some("min"),
        "shift_12h" => Some("{shift-12h}"),
        "days" => Some("d"),
        "posts" => Some("{wte}"),
        "rate" => Some("1"),
        _ => None,
    };
    let mut raw = match (kind.as_str(), code) {
        ("enum", _) if unit == "yes_no" => json!({"type": "yes-no"}),
        ("enum", _) => json!({"type": "choice", "options": options(field)}),
        ("enum_multi", _) => json!({"type": "choices", "options": options(field)}),
        ("date", _) => json!({"type": "date"}),
        ("string", _) => json!({"type": "text"}),
        (_, _) if unit == "percent" => json!({"type": "percentage", "decimals": decimals}),
        (_, Some(code)) => json!({"type": "quantity", "unit": code, "decimals": decimals}),
        (_, None) => json!({"type": "count"}),
    };
    for bound in ["min", "max"] {
        if let Some(number) = field[bound].as_i64() {
            raw[bound] = json!(number.to_string());
        }
    }
    if let Some(dimension) = field["breakdown"]["dimension"].as_str() {
        raw["breakdown"] = json!([dimension]);
    }
    raw
}

fn options(field: &Json) -> Vec<Json> {
    let allowed = field["allowed"].as_array().expect("a choice has options");
    let option = |label: &Json| json!({"code": label, "label": text(label).replace('_', " ")});
    allowed.iter().map(option).collect()
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
