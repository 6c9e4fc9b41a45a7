//! `Store::append` of the embedded store beside raw appends of as many bytes, committed in groups
//! by one thread that as many writers hand ready-made bytes to. Both take one request at a time
//! from each writer and answer it once it is synced, so that only the store's own work differs.
//!
//! `cargo bench --bench store [-- ASKS]`, asks for each line of the table; by default 80,000.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::Context as _;
use askonce::domain::ask::{Ask, RawAsk, SharedAsk};
use askonce::domain::digest::derive;
use askonce::domain::event::{AskSubmitted, Event, Key};
use askonce::store::embedded::{EmbeddedStore, Options};
use askonce::store::{Append, Appended, Expectation, Idempotency, Store};
use jiff::civil::date;
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// Asks for each line of the table, if the command line names no other number: several times what
/// the index may be behind, so that what it costs is in the figure.
const ASKS: usize = 80_000;
/// One writer alone waits for one sync after the other: fewer asks will do.
const ASKS_OF_ONE_WRITER: usize = 2_000;
/// Fields of each ask.
const FIELDS: usize = 10;
/// Distinct questions that the asks share.
const QUESTIONS: usize = 2_000;
/// Most raw requests that wait, and most in one group: as the store has them.
const RAW_QUEUE: usize = 4_096;
const RAW_GROUP: usize = 512;
/// Places in the table of how many write at once.
const WRITERS: [usize; 4] = [1, 8, 32, 128];

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn now() -> Instant {
    Instant::now()
}

/// How many a second.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn rate(count: usize, since: Instant) -> f64 {
    count as f64 / since.elapsed().as_secs_f64()
}

fn ask(number: usize) -> SharedAsk {
    let field = |place: usize| {
        let question = (number * FIELDS + place) % QUESTIONS;
        let label = format!("Number of people who need help of kind {question} at night");
        json!({"name": format!("f{place}"), "label": label, "type": "count", "timing": "as-at",
               "min": "0", "max": "200", "required": true})
    };
    let fields: Vec<_> = (0..FIELDS).map(field).collect();
    let raw: RawAsk = serde_json::from_value(json!({
        "organisation": format!("body-{}", number % 40), "ask": format!("ask-{number}"),
        "purpose": format!("Planning of places, round {number}"),
        "legal_basis": "Care Act 2014, section 5", "cadence": "monthly",
        "targets": {"areas": ["E08000014"]}, "fields": fields,
    }))
    .expect("an ask is JSON");
    Arc::new(Ask::parse(raw, None, date(2026, 11, 21)).expect("the ask is well formed"))
}

/// The request that submits an ask, as the broker makes it.
fn request(number: usize) -> Append {
    let ask = ask(number);
    let submitted = AskSubmitted {
        name: ask.name.clone(),
        ask: ask.raw.clone(),
        content: ask.content,
        submitted_on: date(2026, 11, 21),
        provenance: ask.provenance.clone(),
    };
    let idempotency = Idempotency {
        request: derive("askonce bench request", &number.to_le_bytes()),
        content: ask.content,
    };
    Append {
        events: vec![Event::AskSubmitted(submitted)],
        asks: vec![Arc::clone(&ask)],
        expectations: vec![Expectation {
            key: Key::Ask(ask.name.clone()),
            revision: 0,
        }],
        idempotency: Some(idempotency),
        by: "tok-0123456789abcdef".to_owned(),
        at: "2026-11-21T09:00:00Z".parse().expect("it is a time"),
    }
}

/// Deals requests out to writers; each sends its own, one after the other.
fn deal<T>(requests: Vec<T>, writers: usize) -> Vec<Vec<T>> {
    let mut hands: Vec<Vec<T>> = (0..writers).map(|_| Vec::new()).collect();
    for (number, request) in requests.into_iter().enumerate() {
        hands[number % writers].push(request);
    }
    hands
}

/// Appends to a new store; returns asks a second, and bytes of ledger an ask.
fn stored(runtime: &Runtime, writers: usize, count: usize) -> anyhow::Result<(f64, usize)> {
    let folder = tempfile::tempdir()?;
    let salts = AtomicU64::new(0);
    let options = Options::new(Arc::new(move || {
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&salts.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        salt
    }));
    let store = Arc::new(EmbeddedStore::open(folder.path(), options)?);
    let hands = deal((0..count).map(request).collect(), writers);
    let start = now();
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for hand in hands {
            let store = Arc::clone(&store);
            tasks.spawn(async move {
                for request in hand {
                    let appended = store.append(request).await.expect("it is recorded");
                    assert!(matches!(appended, Appended::Recorded { .. }));
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.expect("no writer panics");
        }
    });
    let rate = rate(count, start);
    runtime.block_on(store.close());
    Ok((rate, bytes_in(&folder.path().join("ledger"))? / count))
}

fn bytes_in(folder: &Path) -> anyhow::Result<usize> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(usize::try_from(bytes)?)
}

/// Ready-made bytes on their way to the raw appender.
#[derive(Debug)]
struct Raw {
    bytes: Vec<u8>,
    reply: oneshot::Sender<()>,
}

/// Appends so many bytes a request to a new file, in groups; returns requests a second.
fn raw(runtime: &Runtime, writers: usize, count: usize, bytes: usize) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let file = File::create(folder.path().join("raw"))?;
    let (sender, receiver) = mpsc::channel(RAW_QUEUE);
    let appender = std::thread::spawn(move || append_raw(file, receiver));
    let hands = deal((0..count).map(|_| vec![b'x'; bytes]).collect(), writers);
    let start = now();
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for hand in hands {
            let sender = sender.clone();
            tasks.spawn(async move {
                for bytes in hand {
                    let (reply, answer) = oneshot::channel();
                    let sent = sender.send(Raw { bytes, reply }).await;
                    sent.expect("the appender takes all");
                    answer.await.expect("the appender answers");
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.expect("no writer panics");
        }
    });
    let rate = rate(count, start);
    drop(sender);
    appender.join().expect("the appender does not panic")?;
    Ok(rate)
}

fn append_raw(mut file: File, mut queue: mpsc::Receiver<Raw>) -> std::io::Result<()> {
    let mut buffer = Vec::new();
    while let Some(first) = queue.blocking_recv() {
        let mut group = vec![first];
        while group.len() < RAW_GROUP
            && let Ok(next) = queue.try_recv()
        {
            group.push(next);
        }
        buffer.clear();
        for request in &group {
            buffer.extend_from_slice(&request.bytes);
        }
        file.write_all(&buffer)?;
        file.sync_data()?;
        for request in group {
            let _writer_may_be_gone = request.reply.send(());
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a benchmark talks to a person")]
fn main() -> anyhow::Result<()> {
    let count = std::env::args().find_map(|argument| argument.parse().ok());
    let count: usize = count.unwrap_or(ASKS);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    let cores = std::thread::available_parallelism().context("count the cores")?;
    println!("{cores} cores, load before {load}, asks of {FIELDS} fields with request ids");
    println!("writers   Store::append   raw appends   ratio   bytes an ask");
    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    for writers in WRITERS {
        let count = if writers == 1 {
            count.min(ASKS_OF_ONE_WRITER)
        } else {
            count
        };
        let (stored, bytes) = stored(&runtime, writers, count)?;
        let raw = raw(&runtime, writers, count, bytes)?;
        let ratio = stored / raw;
        println!("{writers:>7} {stored:>13.0}/s {raw:>11.0}/s {ratio:>7.2} {bytes:>14}");
    }
    Ok(())
}
