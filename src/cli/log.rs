//! What a broker logs, and how: to standard error, one line for each call and for each event of its
//! own.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Logs from now on what a filter lets through, as `text` or `json`: lines on a terminal and JSON
/// elsewhere where that is not said.
pub(crate) fn start(filter: &str, format: Option<&str>) {
    let is_terminal = std::io::stderr().is_terminal();
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_text = format.map_or(is_terminal, |format| format == "text");
    let logs = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(is_terminal && !is_plain);
    // There is one server in a process, so nobody else has set this.
    let _ = if is_text {
        logs.try_init()
    } else {
        logs.json().flatten_event(true).try_init()
    };
}
