//! Which sheets there are, and in which order they last changed, for each ask that something on
//! them was released to.
//!
//! A sheet stands in a *slot*. Each change moves it to a new slot behind all others, so that the
//! order of slots is the order of last changes, and an ask's sheets are a set of slots.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::{Date, DateTime, Time};
use roaring::RoaringTreemap;

use crate::domain::id::HomeId;
use crate::domain::reference::Reference;
use crate::store::ReleasedSheet;

/// The sheets.
#[derive(Default)]
pub(super) struct Sheets {
    /// The slot of each sheet.
    slots: BTreeMap<(HomeId, Reference), u64>,
    /// The sheet in each slot, with the sequence of its last change.
    by_slot: BTreeMap<u64, ReleasedSheet>,
    /// The slots of each ask, by its number.
    released: HashMap<u32, RoaringTreemap>,
    next: u64,
}

impl Sheets {
    /// The sequence of a sheet's last change; 0 where there is no sheet.
    pub(super) fn revision(&self, home: &HomeId, reference: &Reference) -> u64 {
        let slot = self.slots.get(&(home.clone(), *reference));
        let sheet = slot.and_then(|slot| self.by_slot.get(slot));
        sheet.map_or(0, |sheet| sheet.sequence)
    }

    /// Notes a change: the sheet is released to these asks, which include those before.
    ///
    /// Changes come in the order of their sequences and, within one, of references.
    pub(super) fn changed(&mut self, sheet: ReleasedSheet, asks: &[u32]) {
        let slot = self.next;
        self.next += 1;
        let old = self
            .slots
            .insert((sheet.home.clone(), sheet.reference), slot);
        if let Some(old) = old {
            self.by_slot.remove(&old);
        }
        self.by_slot.insert(slot, sheet);
        for ask in asks {
            let slots = self.released.entry(*ask).or_default();
            if let Some(old) = old {
                slots.remove(old);
            }
            slots.insert(slot);
        }
    }

    /// The sheets released to an ask that last changed after a sequence, at most `limit`, and then
    /// whatever else changed together with the last of them.
    pub(super) fn released(&self, ask: u32, after: u64, limit: usize) -> Vec<ReleasedSheet> {
        let Some(slots) = self.released.get(&ask) else {
            return Vec::new();
        };
        let mut from = slots.iter();
        if let Some(first) = self.first_after(slots, after) {
            from.advance_to(first);
        } else {
            return Vec::new();
        }
        let mut page: Vec<ReleasedSheet> = Vec::new();
        for sheet in from.filter_map(|slot| self.by_slot.get(&slot)) {
            let is_one_with_last = page
                .last()
                .is_some_and(|last| last.sequence == sheet.sequence);
            if page.len() >= limit && !is_one_with_last {
                break;
            }
            page.push(sheet.clone());
        }
        page
    }

    /// As [`Sheets::released`], to any of several asks; a sheet stands once.
    pub(super) fn released_to_any(
        &self,
        asks: impl Iterator<Item = u32>,
        after: u64,
        limit: usize,
    ) -> Vec<ReleasedSheet> {
        let mut slots = BTreeSet::new();
        for ask in asks {
            // What is among the first of all is among the first of its own ask.
            let sheets = self.released(ask, after, limit);
            let own = sheets
                .into_iter()
                .filter_map(|sheet| self.slots.get(&(sheet.home, sheet.reference)).copied());
            slots.extend(own);
        }
        let mut page: Vec<ReleasedSheet> = Vec::new();
        for sheet in slots.iter().filter_map(|slot| self.by_slot.get(slot)) {
            let is_one_with_last = page
                .last()
                .is_some_and(|last| last.sequence == sheet.sequence);
            if page.len() >= limit && !is_one_with_last {
                break;
            }
            page.push(sheet.clone());
        }
        page
    }

    /// The sheets of these homes and references that something on them was released to an ask.
    pub(super) fn released_among(
        &self,
        ask: u32,
        homes: &[HomeId],
        references: &[Reference],
    ) -> Vec<ReleasedSheet> {
        let Some(released) = self.released.get(&ask) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for home in homes {
            for reference in references {
                let slot = self.slots.get(&(home.clone(), *reference));
                let slot = slot.filter(|slot| released.contains(**slot));
                found.extend(slot.and_then(|slot| self.by_slot.get(slot)).cloned());
            }
        }
        found
    }

    /// The sheets of a home, the latest `limit` by their last change, in that order.
    pub(super) fn of_home(&self, home: &HomeId, limit: usize) -> Vec<ReleasedSheet> {
        let first = Reference::Moment {
            date: Date::MIN,
            at: None,
        };
        let own = self.slots.range((home.clone(), first)..);
        let own = own.take_while(|((of, _), _)| of == home);
        let mut slots: Vec<u64> = own.map(|(_, slot)| *slot).collect();
        slots.sort_unstable();
        let slots = slots.split_off(slots.len().saturating_sub(limit));
        let sheets = slots.iter().filter_map(|slot| self.by_slot.get(slot));
        sheets.cloned().collect()
    }

    /// The first of an ask's slots whose sheet changed after a sequence: slots are in the order of
    /// sequences, so it is found by halving.
    fn first_after(&self, slots: &RoaringTreemap, after: u64) -> Option<u64> {
        let (mut low, mut high) = (0, slots.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let sheet = slots
                .select(middle)
                .and_then(|slot| self.by_slot.get(&slot));
            if sheet.is_none_or(|sheet| sheet.sequence <= after) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        slots.select(low)
    }

    /// The moments and windows of a home's sheets that share a day with `first..=last`.
    pub(super) fn moments(
        &self,
        home: &HomeId,
        (first, last): (Date, Date),
        limit: usize,
    ) -> Vec<Reference> {
        let moment = |date, at| (home.clone(), Reference::Moment { date, at });
        let window = |opens, closes| (home.clone(), Reference::OnCompletion { opens, closes });
        if last < first {
            return Vec::new();
        }
        let moments = self
            .slots
            .range(moment(first, None)..=moment(last, Some(Time::MAX)));
        let last_minute = last.to_datetime(Time::MAX);
        let windows = window(DateTime::MIN, DateTime::MIN)..=window(last_minute, DateTime::MAX);
        let windows = self.slots.range(windows).filter(|((_, reference), _)| {
            let closes = reference.last_day();
            closes.is_some_and(|closes| closes >= first)
        });
        let both = moments.chain(windows).map(|((_, reference), _)| *reference);
        latest(both, limit)
    }

    /// The spans of a home's sheets that lie wholly within `first..=last`.
    pub(super) fn spans(
        &self,
        home: &HomeId,
        (first, last): (Date, Date),
        limit: usize,
    ) -> Vec<Reference> {
        let span = |first, last| (home.clone(), Reference::Span { first, last });
        if last < first {
            return Vec::new();
        }
        // Spans stand by their first day: those that begin within are all that may lie within.
        let begun = self.slots.range(span(first, first)..=span(last, last));
        let begun = begun.map(|((_, reference), _)| *reference);
        let within = begun.filter(|reference| {
            let ends = reference.last_day();
            ends.is_some_and(|ends| ends <= last)
        });
        latest(within, limit)
    }
}

/// The latest `limit` of some references by their last days, in order.
fn latest(references: impl Iterator<Item = Reference>, limit: usize) -> Vec<Reference> {
    let mut latest: Vec<Reference> = references.collect();
    latest.sort_by_key(|reference| reference.last_day());
    let mut latest = latest.split_off(latest.len().saturating_sub(limit));
    latest.sort();
    latest
}
