//! The forms of a home with a year of answers behind it, beside the same forms of a home that has
//! answered nothing: what it costs to work out what is known already.
//!
//! `cargo bench --bench year`

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::Context as _;
use askonce::broker::{Broker, Caller, SubmitAnswers};
use askonce::domain::access::{Grant, Proof, Role};
use askonce::domain::ask::{Ask, RawAsk, SharedAsk};
use askonce::domain::check::RawAnswer;
use askonce::domain::dictionary::{Dictionary, RawElement};
use askonce::domain::event::{AskSubmitted, Event};
use askonce::domain::form::Need;
use askonce::domain::home::{Home, RawHome};
use askonce::domain::id::HomeId;
use askonce::domain::period::{Cadence, Period};
use askonce::store::embedded::{EmbeddedStore, Options};
use askonce::store::{Append, Store};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use serde_json::{Value as Json, json};

const CADENCES: [&str; 5] = ["daily", "weekly", "monthly", "quarterly", "yearly"];
/// Asks of each cadence: forty live ones in all.
const ASKS_EACH: usize = 8;
/// Fields of each ask.
const FIELDS: usize = 12;
/// How often each form is read.
const ROUNDS: usize = 200;

const TODAY: Date = date(2027, 1, 4);
/// The home that answers, and the one that does not.
const HOMES: [&str; 2] = ["1-100000001", "1-100000002"];

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn now() -> Instant {
    Instant::now()
}

fn time() -> Timestamp {
    "2027-01-04T09:00:00Z".parse().expect("it is a time")
}

/// Numbers of events that add up, states, and what follows from either.
fn wanted(element: &RawElement) -> bool {
    let is_number = ["count", "quantity", "percentage"].contains(&element.kind.as_str());
    is_number && ["during", "as-at"].contains(&element.timing.as_str())
}

fn field(element: &RawElement) -> Json {
    let mut field = json!({
        "name": element.id, "element": element.id, "label": element.label,
        "type": element.kind, "timing": element.timing, "max_age_days": null,
    });
    if let Some(unit) = &element.unit {
        field["unit"] = json!(unit);
    }
    if let Some(decimals) = element.decimals {
        field["decimals"] = json!(decimals);
    }
    field
}

/// Eight asks a cadence; each ask shares most of its fields with the asks of the other cadences.
fn asks() -> Vec<SharedAsk> {
    let starter = Dictionary::starter();
    let elements = starter.raw().elements.iter().filter(|own| wanted(own));
    let fields: Vec<Json> = elements.map(field).collect();
    let ask = |cadence: &str, number: usize| {
        let own = fields.iter().cycle().skip(number * FIELDS).take(FIELDS);
        let raw: RawAsk = serde_json::from_value(json!({
            "organisation": "sefton-council", "ask": format!("{cadence}-{number}"),
            "purpose": "Planning of places", "legal_basis": "Care Act 2014, section 5",
            "cadence": cadence, "from": "2026-01-01", "targets": {"homes": HOMES},
            "fields": own.collect::<Vec<_>>(),
        }))
        .expect("an ask is JSON");
        Arc::new(Ask::parse(raw, Some(&starter), TODAY).expect("the ask is well formed"))
    };
    let numbers = |cadence| (0..ASKS_EACH).map(move |number| (cadence, number));
    let all = CADENCES.into_iter().flat_map(numbers);
    all.map(|(cadence, number)| ask(cadence, number)).collect()
}

fn append(events: Vec<Event>, asks: Vec<SharedAsk>) -> Append {
    Append {
        events,
        asks,
        expectations: Vec::new(),
        idempotency: None,
        by: "tok-0123456789abcdef".to_owned(),
        at: time(),
    }
}

async fn fill(store: &EmbeddedStore) -> anyhow::Result<()> {
    let dictionary = Dictionary::starter().raw().clone();
    let mut events = vec![Event::DictionaryAdopted(dictionary)];
    for id in HOMES {
        events.push(Event::HomeRegistered(Home::parse(RawHome {
            cqc_id: id.to_owned(),
            name: "Elm House".to_owned(),
            area_code: "E08000014".to_owned(),
            ..RawHome::default()
        })?));
    }
    store.append(append(events, Vec::new())).await?;
    let asks = asks();
    let submitted = asks.iter().map(|ask| {
        Event::AskSubmitted(AskSubmitted {
            name: ask.name.clone(),
            ask: ask.raw.clone(),
            content: ask.content,
            submitted_on: TODAY,
            provenance: ask.provenance.clone(),
        })
    });
    store
        .append(append(submitted.collect(), asks.clone()))
        .await?;
    Ok(())
}

/// Every form of 2026 but those that are measured, by its last day.
fn answered() -> anyhow::Result<Vec<Period>> {
    let mut periods = Vec::new();
    for cadence in ["daily", "weekly", "monthly"] {
        let cadence: Cadence = cadence.parse()?;
        periods.extend(cadence.periods_between(date(2026, 1, 1), date(2026, 12, 31)));
    }
    periods.sort_by_key(|period| period.last_day());
    Ok(periods)
}

/// Answers what a form asks, and confirms what it offers.
async fn answer(
    broker: &Broker,
    caller: &Caller,
    home: &HomeId,
    period: Period,
) -> anyhow::Result<()> {
    let form = broker.get_form(home, period).await?.form;
    let answers = form.entries().filter_map(|(entry, state)| {
        let number = (state.need == Need::Answer).then(|| "3".to_owned());
        let confirm = state.need == Need::Confirm && state.offered.is_some();
        (number.is_some() || confirm).then(|| RawAnswer {
            entry: entry.id.to_string(),
            number,
            confirm,
            ..RawAnswer::default()
        })
    });
    let sent = SubmitAnswers {
        home: home.clone(),
        period,
        template: form.template.digest(),
        etag: form.etag.to_string(),
        answers: answers.collect(),
        answered_by: String::new(),
        draft_etag: String::new(),
        send_worked_out: true,
        none_in: Vec::new(),
    };
    if !sent.answers.is_empty() {
        broker.submit_answers(caller, sent, "", false).await?;
    }
    Ok(())
}

/// The middle of how long a form takes to read, in milliseconds.
async fn timed(broker: &Broker, home: &HomeId, period: Period) -> anyhow::Result<f64> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = now();
        broker.get_form(home, period).await?;
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

#[expect(clippy::print_stdout, reason = "a benchmark talks to a person")]
async fn run() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let salts = AtomicU64::new(0);
    let options = Options::new(Arc::new(move || {
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&salts.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        salt
    }));
    let store = Arc::new(EmbeddedStore::open(folder.path(), options)?);
    fill(&store).await?;
    let seam: Arc<dyn Store> = Arc::<EmbeddedStore>::clone(&store);
    let ids = AtomicU64::new(0);
    let entropy = move |bytes: &mut [u8]| {
        let id = ids.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        bytes
            .iter_mut()
            .zip(id.iter().cycle())
            .for_each(|(to, from)| *to = *from);
    };
    let broker = Broker::new(seam, Arc::new(time), Arc::new(entropy));
    let caller = Caller {
        token_id: "tok-0123456789abcdef".to_owned(),
        grant: Grant {
            role: Role::Operator,
            organisation: None,
            homes: BTreeSet::new(),
            lead: false,
        },
        proof: Proof::Process,
    };
    let homes = HOMES.map(str::parse::<HomeId>);
    let [home, other] = homes;
    let (home, other) = (home?, other?);
    for period in answered()? {
        answer(&broker, &caller, &home, period).await?;
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    let cores = std::thread::available_parallelism().context("count the cores")?;
    println!(
        "{cores} cores, load before {load}; {} live asks",
        ASKS_EACH * CADENCES.len()
    );
    println!(
        "{:<10} {:>7} {:>7} {:>8} {:>16} {:>16} {:>6}",
        "form", "entries", "to type", "offered", "year behind, ms", "none behind, ms", "ratio"
    );
    for period in ["2026-12-31", "2026-W50", "2026-12", "2026-Q4", "2026"] {
        let period: Period = period.parse()?;
        let form = broker.get_form(&home, period).await?.form;
        let (with, without) = (
            timed(&broker, &home, period).await?,
            timed(&broker, &other, period).await?,
        );
        println!(
            "{:<10} {:>7} {:>7} {:>8} {:>16.3} {:>16.3} {:>6.2}",
            period.to_string(),
            form.entries.len(),
            form.count(Need::Answer),
            form.count(Need::Confirm),
            with,
            without,
            with / without
        );
    }
    drop(broker);
    store.close().await;
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    runtime.block_on(run())
}
