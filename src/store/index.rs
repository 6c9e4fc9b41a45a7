//! The index of both backends: who asks what of whom, and where in the ledger each thing was said.
//!
//! It is disposable: everything in it follows from the events, in order. The in-memory store is
//! this index without the ledger; the embedded one keeps its records on disk and its bodies in
//! ledger segments.
//!
//! Invariants:
//! - [`draft::Draft::add`] alone says what an event changes, live and at replay.
//! - Records come first, postings second, the acknowledgement last; what readers see between is
//!   in the ledger already.
//! - Caches hold values by what never changes of them (a sequence, a digest), so none is ever
//!   stale.

mod asks;
mod bodies;
mod cache;
mod classes;
mod codec;
mod collected;
mod core;
mod decided;
mod digests;
mod draft;
mod fact;
mod group;
mod identities;
mod read;
mod record;
mod records;
mod registers;
mod requests;
mod seam;
mod sheets;

pub(crate) use self::core::Core;
pub(crate) use bodies::Bodies;
pub(crate) use draft::Draft;
pub(crate) use fact::{Fact, Noted, unreadable};
pub(crate) use group::{Group, Recordings, Request};
pub(crate) use read::{Index, adopt_dictionary};
pub(crate) use record::{Place, RequestRecord};
pub(crate) use records::{Change, MemoryRecords, Records, Visit};
pub(crate) use seam::Backend;
