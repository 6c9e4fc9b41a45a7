//! The store in PostgreSQL, which several brokers share.
//!
//! ```text
//! events, ledger        what happened, and its order: the truth
//! *_revisions, requests what an append is checked against, in its own transaction
//! drafts                what people have typed and not sent
//! everything else       projections of the events, for whoever asks the database by SQL
//! ```
//!
//! Invariants:
//! - An event that was acknowledged is committed, and in the ledger under the sequence told.
//! - The order of the ledger is the order of (era, transaction, ordinal): an event is sealed when
//!   no transaction before its own can still record one, so that sealing again gives the same.
//! - Reads are of this broker's index, which follows the ledger; writes are checked against the
//!   database, so that a read that is behind never makes a wrong write.

mod analyst;
mod fault;
mod migrate;
mod options;
mod place;
mod project;
mod rebuild;

pub use fault::OpenError;
pub use options::{Options, Tls};
