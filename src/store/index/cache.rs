//! Bounded caches of what is read from bodies.
//!
//! Each is keyed by what never changes: an ask by its event's sequence, a sheet by its name and
//! the sequence of its last change, a template by its digest.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::domain::ask::SharedAsk;
use crate::domain::digest::Digest;
use crate::domain::id::HomeId;
use crate::domain::reference::Reference;
use crate::domain::sheet::Sheet;
use crate::domain::template::Template;
use crate::store::limits::{
    CACHED_ASK_FIELDS_MAX, CACHED_ASKS, CACHED_SHEET_ANSWERS_MAX, CACHED_SHEETS,
    CACHED_TEMPLATE_BYTES_MAX, CACHED_TEMPLATES,
};

/// A sheet by name; the value holds its revision.
type SheetName = (HomeId, Reference);

/// The caches.
pub(super) struct Caches {
    pub(super) asks: Cache<u64, SharedAsk, Weights>,
    pub(super) sheets: Cache<SheetName, (u64, Arc<Sheet>, u64), Weights>,
    pub(super) templates: Cache<Digest, Arc<Template>, Weights>,
}

/// How much each thing counts against its bound.
#[derive(Clone)]
pub(super) struct Weights;

impl Default for Caches {
    fn default() -> Self {
        Self {
            asks: Cache::with_weighter(CACHED_ASKS, CACHED_ASK_FIELDS_MAX, Weights),
            sheets: Cache::with_weighter(CACHED_SHEETS, CACHED_SHEET_ANSWERS_MAX, Weights),
            templates: Cache::with_weighter(CACHED_TEMPLATES, CACHED_TEMPLATE_BYTES_MAX, Weights),
        }
    }
}

impl Caches {
    /// The caches by name, with how often each could answer, and could not.
    pub(super) fn readings(&self) -> [(&'static str, u64, u64); 3] {
        let Self {
            asks,
            sheets,
            templates,
        } = self;
        [
            ("asks", asks.hits(), asks.misses()),
            ("sheets", sheets.hits(), sheets.misses()),
            ("ledger-templates", templates.hits(), templates.misses()),
        ]
    }
}

impl Weighter<u64, SharedAsk> for Weights {
    fn weight(&self, _: &u64, ask: &SharedAsk) -> u64 {
        1 + ask.fields.len() as u64
    }
}

impl Weighter<SheetName, (u64, Arc<Sheet>, u64)> for Weights {
    fn weight(&self, _: &SheetName, (_, _, said): &(u64, Arc<Sheet>, u64)) -> u64 {
        1 + said
    }
}

impl Weighter<Digest, Arc<Template>> for Weights {
    fn weight(&self, _: &Digest, template: &Arc<Template>) -> u64 {
        template.bytes().len() as u64
    }
}
