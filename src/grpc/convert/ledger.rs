//! The ledger, as an auditor reads it.

use crate::broker::{LedgerProgress, LedgerRow};
use crate::grpc::v1;

use super::time::instant;

/// One event.
pub(crate) fn ledger_event(row: &LedgerRow) -> v1::LedgerEvent {
    let entry = &row.entry;
    let recorded = entry.recorded.as_ref();
    v1::LedgerEvent {
        sequence: entry.sequence,
        at: Some(instant(entry.recorded_at)),
        by: recorded
            .map(|recorded| recorded.by.clone())
            .unwrap_or_default(),
        kind: entry.kind.clone(),
        changes: row.changes.clone(),
        commitment: entry.commitment.clone(),
        chain: entry.chain.clone(),
        body: row.body.clone(),
        erased: recorded.is_none(),
    }
}

/// How far a check is.
pub(crate) fn verified(found: &LedgerProgress) -> v1::VerifyLedgerResponse {
    v1::VerifyLedgerResponse {
        events: found.events,
        erased: found.erased,
        sequence: found.sequence,
        chain: found.chain.clone(),
        done: found.is_done,
        damage: found.damage.clone().unwrap_or_default(),
    }
}
