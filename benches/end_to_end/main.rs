//! The whole, over gRPC on loopback: the real program in a process of its own, called from this
//! one. `SubmitAsk` stands beside a plain PostgreSQL schema driven by pgbench, `GetForm` beside a
//! bare echo of the same size. All share one machine, so only the ratios say anything.
//!
//! `cargo bench --bench end_to_end [-- SECONDS]`
//! `cargo bench --bench end_to_end -- postgres [SECONDS]`: one and two brokers on one PostgreSQL
//! `cargo bench --bench end_to_end -- size [ASKS]`: memory, disk and start of either store

#![expect(clippy::print_stdout, reason = "a table of figures is what it is for")]

mod broker;
mod brokers;
mod calls;
mod echo;
mod measure;
mod size;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use askonce::grpc::v1::form_service_client::FormServiceClient;
use askonce::grpc::v1::{GetFormRequest, GetFormResponse, Targets};
use prost::Message;

use self::broker::Broker;
use self::echo::Echo;
use self::measure::{Measured, measure, measure_kinds};

/// How long each figure is measured where the caller does not say.
const SECONDS: u64 = 8;

/// Callers of the mixed load.
const MIXED_CALLERS: usize = 32;

/// What the mixed load does, with how many calls of a hundred: what a broker sees on a working day.
const MIX: [(&str, usize); 4] = [
    ("GetForm", 70),
    ("GetForm and SubmitAnswers, 10 of 60 questions", 12),
    ("ListDeliveries, a page of about 100", 8),
    ("SubmitAsk, 10 fields", 10),
];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    if std::env::args().any(|argument| argument == echo::ECHO) {
        return echo::serve().await;
    }
    let number = std::env::args().find_map(|argument| argument.parse().ok());
    if std::env::args().any(|argument| argument == size::SIZE) {
        return size::measure(number).await;
    }
    let seconds = number.unwrap_or(SECONDS);
    if std::env::args().any(|argument| argument == brokers::POSTGRES) {
        return brokers::compare(seconds).await;
    }
    let broker = Arc::new(Broker::start().await?);
    calls::ask_for_sixty(&broker).await?;
    let form = calls::get_form(&broker, 0, 0).await;
    let echo = Echo::start(&form)?;
    forms(&broker, &echo, &form, seconds).await?;
    submissions(&broker, &echo, seconds).await?;
    drop(echo);
    mixed(&broker, seconds).await;
    // Last: from here on every home is asked thousands of times, which no form is read with.
    targets(&broker, seconds).await;
    Ok(())
}

/// `GetForm` beside an echo of the same message.
async fn forms(
    broker: &Arc<Broker>,
    echo: &Echo,
    form: &GetFormResponse,
    seconds: u64,
) -> anyhow::Result<()> {
    let entries = form.form.as_ref().map_or(0, |form| form.entries.len());
    println!(
        "a form has {entries} questions, {} bytes",
        form.encoded_len()
    );
    let called = Arc::clone(broker);
    let own = measure(128, seconds, move |caller| {
        let broker = Arc::clone(&called);
        async move {
            calls::get_form(&broker, caller, 0).await;
        }
    })
    .await;
    own.say("GetForm, 60 questions of two asks, cached, 128 callers");
    let channels = broker::connect(&echo.address).await?;
    let peer = measure(128, seconds, move |caller| {
        let channel = channels[caller % channels.len()].clone();
        async move {
            let mut forms = FormServiceClient::new(channel);
            let request = GetFormRequest::default();
            forms.get_form(request).await.expect("the echo answers");
        }
    })
    .await;
    peer.say("beside: a bare echo of the same message, 128 callers");
    println!("ratio {:.2}\n", own.per_second / peer.per_second);
    Ok(())
}

/// `SubmitAsk` beside the plain schema, and beside an echo that reads the same ask and keeps nothing.
async fn submissions(broker: &Arc<Broker>, echo: &Echo, seconds: u64) -> anyhow::Result<()> {
    for callers in [1, 8, 32, 128] {
        let submitted = submit(broker, seconds, callers, calls::one_home()).await;
        submitted.say(&format!("SubmitAsk, durable, 10 fields, {callers} callers"));
        let channels = broker::connect(&echo.address).await?;
        let peer = measure(callers, seconds, move |caller| {
            let channel = channels[caller % channels.len()].clone();
            calls::submit_to(channel, calls::one_home())
        })
        .await;
        peer.say("beside: an echo that reads it and keeps nothing");
        println!("ratio {:.2}", submitted.per_second / peer.per_second);
        match brokers::plain_schema(None, callers, calls::FIELDS, seconds) {
            Some(peer) => println!(
                "{:<58} {peer:>9.0}/s\nratio {:.2}",
                format!("beside: the plain PostgreSQL schema, {callers} clients"),
                submitted.per_second / peer
            ),
            None => println!("PostgreSQL is not installed: no peer to compare with"),
        }
    }
    println!();
    Ok(())
}

/// An ask to all homes beside an ask to one, in turns, so that both meet the same store.
async fn targets(broker: &Arc<Broker>, seconds: u64) {
    for _ in 0..2 {
        let one = submit(broker, seconds, 32, calls::one_home()).await;
        one.say("SubmitAsk, 10 fields, to one home, 32 callers");
        let all = submit(broker, seconds, 32, calls::all_homes()).await;
        all.say(&format!(
            "SubmitAsk, 10 fields, to {} homes by area, 32 callers",
            broker::HOMES - 1
        ));
        println!("ratio {:.2}", all.per_second / one.per_second);
    }
    println!();
}

/// Everything at once.
async fn mixed(broker: &Arc<Broker>, seconds: u64) {
    println!("mixed load, {MIXED_CALLERS} callers, all at once:");
    let turn = Arc::new(AtomicUsize::new(0));
    let called = Arc::clone(broker);
    let measured: [Measured; MIX.len()] = measure_kinds(MIXED_CALLERS, seconds, move |caller| {
        let broker = Arc::clone(&called);
        let turn = turn.fetch_add(1, Ordering::Relaxed);
        async move {
            let kind = kind_of(turn);
            let home = u32::try_from(turn % 99).expect("a small number") + 1;
            match kind {
                0 => drop(calls::get_form(&broker, caller, home).await),
                1 => calls::answer(&broker, caller, home).await,
                2 => calls::list_deliveries(&broker, caller).await,
                _ => calls::submit(broker, caller, calls::one_home()).await,
            }
            kind
        }
    })
    .await;
    for ((what, _), measured) in MIX.iter().zip(&measured) {
        measured.say(&format!("  {what}"));
    }
}

/// Which of the mix a turn is; turns that follow each other differ.
fn kind_of(turn: usize) -> usize {
    let mut place = turn * 37 % 100;
    for (kind, (_, share)) in MIX.iter().enumerate() {
        if place < *share {
            return kind;
        }
        place -= share;
    }
    MIX.len() - 1
}

async fn submit(broker: &Arc<Broker>, seconds: u64, callers: usize, targets: Targets) -> Measured {
    let called = Arc::clone(broker);
    measure(callers, seconds, move |caller| {
        calls::submit(Arc::clone(&called), caller, targets.clone())
    })
    .await
}
