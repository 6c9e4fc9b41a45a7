//! The ledger of a running server.

use serde_json::Value;

use crate::grpc::v1;

use super::super::connect::ServerArgs;
use super::super::failure::{Exit, Failure, Result};
use super::super::out::{self, Format, Listing};
use super::super::pages::{PAGE_SIZE, first_rows};
use super::super::token;

/// Lists events of a running server.
#[derive(Debug, clap::Args)]
pub(crate) struct Read {
    /// Only events after this sequence
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
    /// At most so many events
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: usize,
}

/// Shows the last event and its chain value.
pub(super) async fn checkpoint(server: &ServerArgs, format: Format) -> Result<()> {
    let mut ledger = server.connect().await?.ledger();
    let head = ledger.get_checkpoint(v1::GetCheckpointRequest {}).await?;
    let head = head.into_inner();
    if format == Format::Table {
        return out::data(&format!("{} {}\n", head.sequence, head.chain));
    }
    let mut listing = Listing::new(["sequence", "chain"]);
    listing.add([Value::from(head.sequence), out::text(head.chain)]);
    listing.print(format)
}

/// Checks the ledger, telling how far it is.
pub(super) async fn check(server: &ServerArgs, format: Format) -> Result<()> {
    let mut ledger = server.connect().await?.ledger();
    let until = ledger.get_checkpoint(v1::GetCheckpointRequest {}).await?;
    let until = until.into_inner().sequence;
    let messages = ledger.verify_ledger(v1::VerifyLedgerRequest {}).await?;
    let mut messages = messages.into_inner();
    let bar = out::progress(usize::try_from(until).unwrap_or(usize::MAX), "events");
    let mut found = v1::VerifyLedgerResponse::default();
    while let Some(message) = messages.message().await? {
        bar.set_position(message.events);
        found = message;
    }
    bar.finish_and_clear();
    if !found.damage.is_empty() {
        let message = format!("the ledger does not hold: {}", found.damage);
        return Err(Failure::new(Exit::Refused, message));
    }
    if !found.done {
        return Err(Failure::new(Exit::Server, "the check was cut off"));
    }
    if format == Format::Table {
        return out::data(&format!(
            "The ledger holds: {} events ({} erased).\nLast event {}, chain value\n{}\n",
            found.events, found.erased, found.sequence, found.chain,
        ));
    }
    let mut listing = Listing::new(["events", "erased", "head_sequence", "head_chain"]);
    listing.add([
        Value::from(found.events),
        Value::from(found.erased),
        Value::from(found.sequence),
        out::text(found.chain),
    ]);
    listing.print(format)
}

impl Read {
    pub(super) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let remote = server.connect().await?;
        let columns = [
            "sequence",
            "at",
            "kind",
            "changes",
            "by",
            "body",
            "chain",
            "commitment",
        ];
        let mut listing = Listing::new(columns).hiding(["body", "chain", "commitment"]);
        let events = first_rows(self.limit, async |token| {
            let request = v1::ReadLedgerRequest {
                after_sequence: token.parse().unwrap_or(self.after),
                page_size: PAGE_SIZE,
            };
            let page = remote.ledger().read_ledger(request).await?.into_inner();
            let next = match page.next_after_sequence {
                0 => String::new(),
                next => next.to_string(),
            };
            Ok((page.events, next))
        })
        .await?;
        for event in events {
            listing.add([
                Value::from(event.sequence),
                out::text(token::minute(event.at.as_ref(), format)),
                out::text(event.kind),
                out::texts(event.changes),
                out::text(event.by),
                serde_json::from_str(&event.body).unwrap_or_default(),
                out::text(event.chain),
                out::text(event.commitment),
            ]);
        }
        listing.print(format)
    }
}
