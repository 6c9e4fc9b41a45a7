//! What a broker logs, and how: to standard error, one line for each call and for each event of its
//! own.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use super::failure::{Failure, Result};

/// How to log.
#[derive(Debug, clap::Args)]
pub(crate) struct LogArgs {
    /// How logs are written [default: text on a terminal, json elsewhere]
    #[arg(long, value_enum, env = "ASKONCE_LOG_FORMAT")]
    log_format: Option<LogFormat>,
    /// How much is logged: error, warn, info, debug or trace, also by part, such as
    /// `info,askonce::store=debug`
    #[arg(
        long,
        value_name = "LEVEL",
        env = "ASKONCE_LOG",
        default_value = "info"
    )]
    log_level: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}

impl LogArgs {
    /// Logs to standard error from now on.
    pub(crate) fn start(&self) -> Result<()> {
        let filter = EnvFilter::builder().parse(&self.log_level);
        let filter = filter.map_err(|error| {
            Failure::usage(format!(
                "--log-level {}: {error}; expected a level such as info, or levels by part such as \
                 info,askonce::store=debug",
                self.log_level
            ))
        })?;
        let is_terminal = std::io::stderr().is_terminal();
        let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let usual = if is_terminal {
            LogFormat::Text
        } else {
            LogFormat::Json
        };
        let logs = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr);
        // There is one server in a process, so nobody else has set this.
        let _ = match self.log_format.unwrap_or(usual) {
            LogFormat::Text => logs.with_ansi(is_terminal && !is_plain).try_init(),
            LogFormat::Json => logs.json().flatten_event(true).try_init(),
        };
        Ok(())
    }
}
