//! What a broker logs, and how: to standard error, one line for each call and for each event of its
//! own. Beside that, where they are wanted, traces.

use std::io::IsTerminal;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use super::traces::{self, Sending};
use crate::server::config::Traces;

/// The most that is logged of crates that log by `log`, whatever is asked for.
const CEILING: log::LevelFilter = log::LevelFilter::Info;

/// Logs from now on what a filter lets through, as `text` or `json`: lines on a terminal and JSON
/// elsewhere where that is not said; and sends traces, whatever the filter says.
///
/// # Errors
/// Terms by which no traces can be sent.
pub(crate) fn start(
    filter: &str,
    format: Option<&str>,
    traces: Option<&Traces>,
) -> anyhow::Result<Option<Sending>> {
    let is_terminal = std::io::stderr().is_terminal();
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_text = format.map_or(is_terminal, |format| format == "text");
    let logs = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(is_terminal && !is_plain);
    let logs = if is_text {
        logs.boxed()
    } else {
        logs.json().flatten_event(true).boxed()
    };
    let logs = logs.with_filter(EnvFilter::new(filter));
    let (sending, spans) = traces.map(traces::send).transpose()?.unzip();
    let subscriber = tracing_subscriber::registry().with(spans).with(logs);
    // There is one server in a process, so nobody else has set this.
    let _ = subscriber.try_init();
    // Of the crates that log by `log`, the database's says at `debug` every value that is written:
    // answers, names, secrets. No filter lets that through.
    log::set_max_level(CEILING.min(log::max_level()));
    Ok(sending)
}
