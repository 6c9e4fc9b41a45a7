//! `check-config`: what a server would be configured with, and what is wrong with it.

use crate::domain::access::Grant;
use crate::server::config::{Setting, Settings};

use super::failure::{Failure, Result};
use super::out::{self, Format, Listing};
use super::settings::SettingsArgs;

/// Show every value of a server's configuration with its source, and check it without serving
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The configuration goes to standard output, every fault to standard error, with \
    exit code 1. Secrets stand in files; what is in them is never shown."
)]
pub(crate) struct CheckConfig {
    #[command(flatten)]
    settings: SettingsArgs,
}

impl CheckConfig {
    /// Runs the command.
    pub(crate) fn run(&self, format: Format) -> Result<()> {
        let settings = self.settings.load()?;
        listing(&settings).print(format)?;
        match settings.served() {
            Ok(_) => {
                out::note("The configuration is good.");
                Ok(())
            }
            Err(faults) => Err(Failure::of_faults(
                "the configuration is not good:",
                &faults,
            )),
        }
    }
}

fn listing(settings: &Settings) -> Listing {
    let columns = ["key", "value", "source", "variable", "remark", "about"];
    let mut listing = Listing::new(columns).hiding(["variable", "about"]);
    for row in settings.rows() {
        let Setting { key, source, .. } = row;
        listing.add([
            out::text(key.name),
            out::text(row.shown()),
            out::text(source.to_string()),
            out::text(key.variable()),
            out::text(row.remark().unwrap_or_default()),
            out::text(key.about),
        ]);
    }
    for (name, grant) in settings.certificates() {
        listing.add([
            out::text("certificates"),
            out::text(format!("{name}: {}", granted(&grant))),
            out::text("file"),
            out::text(""),
            out::text(""),
            out::text("what the holder of a client certificate may be"),
        ]);
    }
    listing
}

/// A role with what it is bound to, in words.
fn granted(grant: &Grant) -> String {
    let bound = grant.organisation.iter().map(ToString::to_string);
    let bound = bound.chain(grant.homes.iter().map(ToString::to_string));
    let words: Vec<String> = std::iter::once(grant.role.to_string())
        .chain(bound)
        .collect();
    words.join(" ")
}
