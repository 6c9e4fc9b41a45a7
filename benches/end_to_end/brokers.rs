//! One broker and two on one PostgreSQL, beside the plain schema on the same server.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use super::broker::Broker;
use super::calls;
use super::measure::measure;

#[path = "../../tests/throwaway/postgres.rs"]
#[expect(dead_code, reason = "tests use the rest of it")]
pub(crate) mod postgres;

/// The argument that asks for this.
pub(crate) const POSTGRES: &str = "postgres";

/// Measures `SubmitAsk` with one broker and with two, and the plain schema between them, at the
/// same callers, for so many seconds each.
pub(crate) async fn compare(seconds: u64) -> anyhow::Result<()> {
    let Some(server) = postgres::Server::start() else {
        anyhow::bail!("PostgreSQL is not installed: there is nothing to measure");
    };
    for fields in [10, 40] {
        let (one, two) = (server.database(), server.database());
        let one = Arc::new(Broker::start_on(&one.url(), 1).await?);
        let two = Arc::new(Broker::start_on(&two.url(), 2).await?);
        for callers in [1, 8, 32, 128] {
            let alone = submit(&one, callers, fields, seconds).await;
            let host = server.node().host().replace("%2F", "/");
            let plain = plain_schema(Some(Path::new(&host)), callers, fields, seconds);
            let both = submit(&two, callers, fields, seconds).await;
            let Some(plain) = plain else {
                anyhow::bail!("pgbench did not say how fast the plain schema is");
            };
            println!(
                "{:<58} {plain:>9.0}/s",
                format!("the plain schema, {fields} fields, {callers} clients")
            );
            println!(
                "ratio of one {:.2}, of two {:.2}; of two to one {:.2}\n",
                alone / plain,
                both / plain,
                both / alone
            );
        }
    }
    Ok(())
}

async fn submit(broker: &Arc<Broker>, callers: usize, fields: u64, seconds: u64) -> f64 {
    let brokers = broker.processes();
    let called = Arc::clone(broker);
    let measured = measure(callers, seconds, move |caller| {
        calls::submit_fields(Arc::clone(&called), caller, calls::one_home(), fields)
    })
    .await;
    measured.say(&format!(
        "SubmitAsk, {fields} fields, {callers} callers, {brokers} on PostgreSQL"
    ));
    measured.per_second
}

/// Transactions a second of the plain schema, on the server that listens in a folder or on one of
/// its own; none if PostgreSQL is not installed.
pub(crate) fn plain_schema(
    host: Option<&Path>,
    clients: usize,
    fields: u64,
    seconds: u64,
) -> Option<f64> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/pgbench.sh");
    let mut command = Command::new(script);
    command.args([clients as u64, seconds, fields / 2].map(|number| number.to_string()));
    if let Some(host) = host {
        command.env("PGHOST", host).env("PGUSER", "askonce");
    }
    let output = command.output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
