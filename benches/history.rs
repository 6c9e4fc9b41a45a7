//! The form of a home with a long history: asks of past days by the ten thousand, and some of
//! today. Beside it, the same asks read as they are without regard to their days.
//!
//! `cargo bench --bench history [-- PAST]`, asks of past days; by default 50,000.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::Context as _;
use askonce::broker::{Broker, FormsFilter};
use askonce::domain::ask::{Ask, RawAsk, SharedAsk};
use askonce::domain::event::{AskSubmitted, Event};
use askonce::domain::home::{Home, RawHome};
use askonce::domain::id::HomeId;
use askonce::domain::period::Period;
use askonce::store::embedded::{EmbeddedStore, Options};
use askonce::store::{Append, Store};
use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde_json::json;

/// Asks of past days, if the command line names no other number.
const PAST: usize = 50_000;
/// Asks of today.
const LIVE: usize = 40;
/// Past days over which the past asks are spread.
const DAYS: usize = 1_400;
/// Fields of each ask.
const FIELDS: usize = 5;
/// Asks appended at once.
const APPENDED: usize = 200;
/// How often each reading is repeated, the first time with nothing in the caches.
const ROUNDS: usize = 20;

const TODAY: Date = date(2026, 11, 21);

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn now() -> Instant {
    Instant::now()
}

fn home_id() -> HomeId {
    "1-100000001".parse().expect("it is a home's id")
}

fn ask(name: &str, day: Date) -> SharedAsk {
    let field = |place: usize| {
        let label = format!("Number of people who need help of kind {place} at night");
        json!({"name": format!("f{place}"), "label": label, "type": "count", "timing": "as-at"})
    };
    let fields: Vec<_> = (0..FIELDS).map(field).collect();
    let raw: RawAsk = serde_json::from_value(json!({
        "organisation": "sefton-council", "ask": name, "purpose": "Planning of places",
        "legal_basis": "Care Act 2014, section 5", "periods": [day.to_string()],
        "targets": {"homes": [home_id().to_string()]}, "fields": fields,
    }))
    .expect("an ask is JSON");
    Arc::new(Ask::parse(raw, None, TODAY).expect("the ask is well formed"))
}

fn submitted(ask: &Ask) -> Event {
    Event::AskSubmitted(AskSubmitted {
        name: ask.name.clone(),
        ask: ask.raw.clone(),
        content: ask.content,
        submitted_on: TODAY,
        provenance: ask.provenance.clone(),
    })
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

fn time() -> Timestamp {
    "2026-11-21T09:00:00Z".parse().expect("it is a time")
}

fn open(folder: &Path) -> anyhow::Result<EmbeddedStore> {
    let salts = AtomicU64::new(0);
    let options = Options::new(Arc::new(move || {
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&salts.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        salt
    }));
    Ok(EmbeddedStore::open(folder, options)?)
}

/// Fills a store with the home and its asks.
async fn fill(store: &EmbeddedStore, past: usize) -> anyhow::Result<()> {
    let home = Home::parse(RawHome {
        cqc_id: home_id().to_string(),
        name: "Elm House".to_owned(),
        area_code: "E08000014".to_owned(),
        ..RawHome::default()
    })?;
    let first = append(vec![Event::HomeRegistered(home)], Vec::new());
    store.append(first).await?;
    let days_ago = |count: usize| -> anyhow::Result<Date> {
        Ok(TODAY.checked_sub(i64::try_from(count)?.days())?)
    };
    let mut asks = Vec::new();
    for number in 0..past {
        asks.push(ask(&format!("past-{number}"), days_ago(1 + number % DAYS)?));
    }
    asks.extend((0..LIVE).map(|number| ask(&format!("live-{number}"), TODAY)));
    for some in asks.chunks(APPENDED) {
        let events = some.iter().map(|ask| submitted(ask)).collect();
        store.append(append(events, some.to_vec())).await?;
    }
    Ok(())
}

/// The first time and the middle one of the rest, in milliseconds.
async fn timed<F: AsyncFnMut() -> anyhow::Result<usize>>(
    what: &str,
    expected: usize,
    mut read: F,
) -> anyhow::Result<String> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = now();
        let found = read().await?;
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
        anyhow::ensure!(found == expected, "{what}: {found} instead of {expected}");
    }
    let first = times.remove(0);
    times.sort_by(f64::total_cmp);
    let middle = times[times.len() / 2];
    Ok(format!("{what:<44} {first:>10.2} {middle:>10.2}"))
}

#[expect(clippy::print_stdout, reason = "a benchmark talks to a person")]
async fn run(past: usize) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = open(folder.path())?;
    fill(&store, past).await?;
    store.close().await;
    drop(store);
    let (home, period) = (home_id(), TODAY.to_string().parse::<Period>()?);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    let cores = std::thread::available_parallelism().context("count the cores")?;
    println!("{cores} cores, load before {load}; {past} asks of past days, {LIVE} of today");
    println!("{:<44} {:>10} {:>10}", "ms", "first", "then");

    let store = Arc::new(open(folder.path())?);
    let line = timed("asks of the home, of today alone", LIVE, async || {
        Ok(store.asks_of_home(&home, TODAY, TODAY).await?.len())
    });
    println!("{}", line.await?);
    let seam: Arc<dyn Store> = Arc::<EmbeddedStore>::clone(&store);
    let broker = Broker::new(seam, Arc::new(time), Arc::new(|bytes| bytes.fill(7)));
    let line = timed("GetForm of today", FIELDS, async || {
        Ok(broker.get_form(&home, period).await?.form.entries.len())
    });
    println!("{}", line.await?);
    let of_today = FormsFilter {
        from: Some(TODAY),
        until: Some(TODAY),
        ..FormsFilter::default()
    };
    let line = timed("ListForms of today", 1, async || {
        Ok(broker.list_forms(&home, &of_today).await?.len())
    });
    println!("{}", line.await?);
    drop(broker);
    store.close().await;
    drop(store);

    let store = open(folder.path())?;
    let line = timed(
        "asks of the home, of all days, then chosen",
        LIVE,
        async || {
            let mut asks = store.asks_of_home(&home, Date::MIN, Date::MAX).await?;
            asks.retain(|ask| ask.schedule.includes(&period));
            Ok(asks.len())
        },
    );
    println!("{}", line.await?);
    store.close().await;
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let past = std::env::args().find_map(|argument| argument.parse().ok());
    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    runtime.block_on(run(past.unwrap_or(PAST)))
}
