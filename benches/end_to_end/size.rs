//! How large it gets: so many asks over all homes, and forms answered, on either store; memory,
//! bytes on disk, and how long a start takes with all that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;
use askonce::grpc::v1;

use super::broker::{Broker, HOMES, home};
use super::brokers::postgres;
use super::calls;
use super::measure::now;

/// The argument that asks for this.
pub(crate) const SIZE: &str = "size";

/// Asks where the caller does not say.
const ASKS: u32 = 100_000;

/// How many asks there are to a submission of answers.
const ASKS_AN_ANSWER: u32 = 10;

/// Callers at once.
const CALLERS: usize = 64;

/// Fills either store with so many asks.
pub(crate) async fn measure(asks: Option<u64>) -> anyhow::Result<()> {
    let asks = asks.map_or(Ok(ASKS), u32::try_from)?;
    println!("embedded");
    fill(Broker::start().await?, asks, Broker::folder_bytes).await?;
    let server = postgres::Server::start().context("PostgreSQL is not installed")?;
    let database = server.database();
    let bytes = |_: &Broker| {
        let told = database.sql("SELECT pg_database_size(current_database())");
        told.trim().parse().context("a size is a number")
    };
    println!("PostgreSQL");
    fill(Broker::start_on(&database.url(), 1).await?, asks, bytes).await
}

async fn fill(
    broker: Broker,
    asks: u32,
    bytes: impl Fn(&Broker) -> anyhow::Result<u64>,
) -> anyhow::Result<()> {
    calls::ask_for_sixty(&broker).await?;
    let empty = bytes(&broker)?;
    println!(
        "  {HOMES} homes: {} MiB on disk, {} MiB resident",
        mib(empty),
        mib(broker.resident_bytes()?)
    );
    let broker = Arc::new(broker);
    let begun = now();
    let called = Arc::clone(&broker);
    times(asks, move |number| {
        let targets = v1::Targets {
            homes: vec![format!("homes/{}", home(number % HOMES))],
            ..v1::Targets::default()
        };
        calls::submit(Arc::clone(&called), number as usize, targets)
    })
    .await;
    let asked = bytes(&broker)?;
    println!(
        "  {asks} asks of {} fields in {:.0} s: {} bytes on disk each, {} MiB resident",
        calls::FIELDS,
        begun.elapsed().as_secs_f64(),
        (asked - empty) / u64::from(asks),
        mib(broker.resident_bytes()?)
    );
    let answers = asks / ASKS_AN_ANSWER;
    let called = Arc::clone(&broker);
    times(answers, move |number| {
        let broker = Arc::clone(&called);
        async move { calls::answer(&broker, number as usize, number % 100).await }
    })
    .await;
    println!(
        "  {answers} times 10 of 60 questions answered: {} bytes on disk each, {} MiB resident",
        (bytes(&broker)? - asked) / u64::from(answers),
        mib(broker.resident_bytes()?)
    );
    let mut broker = Arc::into_inner(broker).context("nobody calls any more")?;
    let started = broker.restart().await?;
    println!(
        "  stopped and started again: serving after {:.1} s, {} MiB resident",
        started.as_secs_f64(),
        mib(broker.resident_bytes()?)
    );
    Ok(())
}

/// Calls so many times, some at once.
async fn times<F>(times: u32, call: impl Fn(u32) -> F + Clone + Send + 'static)
where
    F: Future<Output = ()> + Send,
{
    let next = Arc::new(AtomicU32::new(0));
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let (next, call) = (Arc::clone(&next), call.clone());
        callers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= times {
                    break;
                }
                call(number).await;
            }
        });
    }
    callers.join_all().await;
}

fn mib(bytes: u64) -> u64 {
    bytes / (1 << 20)
}
