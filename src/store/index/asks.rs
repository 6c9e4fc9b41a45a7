//! Who asks what of whom: sets of interned asks.
//!
//! Invariants: an ask keeps its number for good, also when another takes its place under the same
//! name; postings hold the asks in force only, of which one that was taken back is none, but for
//! those of organisations, which hold both.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::ops::Bound;

use jiff::civil::Date;
use roaring::RoaringBitmap;

use super::record::{AskEntry, AskRecord, Place};
use crate::domain::digest::{Digest, QuestionId};
use crate::domain::home::Home;
use crate::domain::id::{AreaCode, AskId, AskName, HomeId, OrganisationId};
use crate::store::Standing;

/// A list is made from the candidates where they are fewer than one name in so many, else by
/// going through the names in order.
const CANDIDATES_SPARSE_FACTOR: u64 = 16;

/// The ask id that comes before every other: they begin with a letter or digit.
const FIRST_ASK_ID: &str = "0";

/// The days of a mere name: none, for the last comes before the first.
const NO_DAYS: (Date, Date) = (Date::MAX, Date::MIN);

/// The asks.
#[derive(Default)]
pub(super) struct Asks {
    /// By number: the name, and where the ask stands; nowhere for a mere name.
    rows: Vec<Option<Row>>,
    /// By number: the first and the last day asked for. It stands apart from the rows, close
    /// together, because a home's asks of years are gone through for those of a few days.
    days: Vec<(Date, Date)>,
    names: BTreeMap<AskName, u32>,
    content: BTreeSet<(Digest, u32)>,
    questions: HashMap<QuestionId, RoaringBitmap>,
    organisations: HashMap<OrganisationId, RoaringBitmap>,
    homes: HashMap<HomeId, RoaringBitmap>,
    areas: HashMap<AreaCode, RoaringBitmap>,
    withdrawn: RoaringBitmap,
}

struct Row {
    name: AskName,
    place: Option<Place>,
    withdrawn: Option<Place>,
}

/// Which asks to list, as the index knows it.
#[derive(Default)]
pub(super) struct Wanted<'a> {
    pub(super) standing: Standing,
    pub(super) organisation: Option<&'a OrganisationId>,
    /// Candidates; none for every ask.
    pub(super) among: Option<RoaringBitmap>,
}

impl Asks {
    /// How many numbers are given out.
    pub(super) fn numbers(&self) -> u32 {
        u32::try_from(self.rows.len()).expect("numbers are given out as 32 bits")
    }

    /// The number of a name.
    pub(super) fn number(&self, name: &AskName) -> Option<u32> {
        self.names.get(name).copied()
    }

    /// The name of a number.
    pub(super) fn name(&self, number: u32) -> Option<&AskName> {
        self.row(number).map(|row| &row.name)
    }

    /// Where an ask stands.
    pub(super) fn place(&self, name: &AskName) -> Option<Place> {
        self.row(self.number(name)?)?.place
    }

    /// Where an ask was taken back; none if it was not.
    pub(super) fn withdrawn(&self, name: &AskName) -> Option<Place> {
        self.row(self.number(name)?)?.withdrawn
    }

    /// The sequence of the last event that changed an ask; 0 where there is none.
    pub(super) fn revision(&self, name: &AskName) -> u64 {
        let row = self.number(name).and_then(|number| self.row(number));
        let place = row.and_then(|row| row.withdrawn.or(row.place));
        place.map_or(0, |place| place.sequence)
    }

    /// Enters a name, with its ask if there is one, in the place of `replaced`.
    pub(super) fn put(&mut self, name: &AskName, record: &AskRecord, replaced: Option<&AskEntry>) {
        let id = record.id;
        let at = id as usize;
        if self.rows.len() <= at {
            self.rows.resize_with(at + 1, || None);
            self.days.resize(at + 1, NO_DAYS);
        }
        self.days[at] = record.ask.as_ref().map_or(NO_DAYS, |ask| ask.days);
        self.names.insert(name.clone(), id);
        if let Some(old) = replaced {
            self.content.remove(&(old.content, id));
            take_out(&mut self.questions, &old.questions, id);
            take_out(&mut self.homes, &old.homes, id);
            take_out(&mut self.areas, &old.areas, id);
        }
        let withdrawn = record.ask.as_ref().and_then(|ask| ask.withdrawn);
        if withdrawn.is_some() {
            self.withdrawn.insert(id);
        } else {
            self.withdrawn.remove(id);
        }
        if let Some(ask) = record.ask.as_ref().filter(|_| withdrawn.is_none()) {
            self.content.insert((ask.content, id));
            put_in(&mut self.questions, &ask.questions, id);
            put_in(&mut self.homes, &ask.homes, id);
            put_in(&mut self.areas, &ask.areas, id);
        }
        // Whose it is stays true of one that was taken back: what was released to it is read by it.
        if record.ask.is_some() {
            let own = std::slice::from_ref(&name.organisation);
            put_in(&mut self.organisations, own, id);
        }
        self.rows[at] = Some(Row {
            name: name.clone(),
            place: record.ask.as_ref().map(|ask| ask.place),
            withdrawn,
        });
    }

    /// The first ask with this content.
    pub(super) fn identical(&self, content: &Digest) -> Option<AskName> {
        let same = self.content.range((*content, 0)..=(*content, u32::MAX));
        let placed = same.filter_map(|(_, id)| {
            let row = self.row(*id)?;
            Some((row.place?.sequence, row.name.clone()))
        });
        placed.min().map(|(_, name)| name)
    }

    /// The asks that ask one of these questions.
    pub(super) fn of_questions(&self, questions: &[QuestionId]) -> RoaringBitmap {
        let sets = questions
            .iter()
            .filter_map(|question| self.questions.get(question));
        sets.fold(RoaringBitmap::new(), |all, set| all | set)
    }

    /// The asks that ask a home, by its name or by an area of its entry in the register.
    pub(super) fn of_home(&self, id: &HomeId, home: Option<&Home>) -> RoaringBitmap {
        let mut all = self.by_name(id).cloned().unwrap_or_default();
        if let Some(home) = home {
            all |= self.of_areas(home);
        }
        all
    }

    /// The asks of an organisation, those that were taken back too.
    pub(super) fn of_organisation(&self, id: &OrganisationId) -> Option<&RoaringBitmap> {
        self.organisations.get(id)
    }

    /// The asks that name a home; none if nothing ever did.
    pub(super) fn by_name(&self, id: &HomeId) -> Option<&RoaringBitmap> {
        self.homes.get(id)
    }

    /// The asks that ask every home of an area that this one lies in.
    pub(super) fn of_areas(&self, home: &Home) -> RoaringBitmap {
        let areas = home.areas().filter_map(|area| area.parse().ok());
        let sets = areas.filter_map(|area: AreaCode| self.areas.get(&area));
        sets.fold(RoaringBitmap::new(), |all, set| all | set)
    }

    /// The asks, of these or of all, that have a day in common with `first..=last`.
    pub(super) fn of_days(
        &self,
        among: Option<&RoaringBitmap>,
        (first, last): (Date, Date),
    ) -> RoaringBitmap {
        let share = |id: &u32| {
            let days = self.days.get(*id as usize);
            days.is_some_and(|(begins, ends)| *begins <= last && first <= *ends)
        };
        match among {
            Some(among) => among.iter().filter(share).collect(),
            None => (0..self.numbers()).filter(share).collect(),
        }
    }

    /// Asks in the order of their names, at most `limit`, after one.
    pub(super) fn list(
        &self,
        wanted: &Wanted<'_>,
        after: Option<&AskName>,
        limit: usize,
    ) -> Vec<(AskName, Place)> {
        match &wanted.among {
            Some(among) if among.len() * CANDIDATES_SPARSE_FACTOR < self.names.len() as u64 => {
                self.list_few(among, wanted, after, limit)
            }
            among => self.list_along(among.as_ref(), wanted, after, limit),
        }
    }

    fn list_few(
        &self,
        among: &RoaringBitmap,
        wanted: &Wanted<'_>,
        after: Option<&AskName>,
        limit: usize,
    ) -> Vec<(AskName, Place)> {
        let organisation = wanted.organisation;
        let standing = among.iter().filter(|id| self.stands(*id, wanted.standing));
        let rows = standing.filter_map(|id| self.row(id));
        let mut rows: Vec<_> = rows
            .filter(|row| organisation.is_none_or(|only| row.name.organisation == *only))
            .filter(|row| after.is_none_or(|after| row.name > *after))
            .collect();
        rows.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        let placed = rows
            .into_iter()
            .filter_map(|row| Some((row.name.clone(), row.place?)));
        placed.take(limit).collect()
    }

    fn list_along(
        &self,
        among: Option<&RoaringBitmap>,
        wanted: &Wanted<'_>,
        after: Option<&AskName>,
        limit: usize,
    ) -> Vec<(AskName, Place)> {
        let organisation = wanted.organisation;
        let first = organisation.map(|organisation| AskName {
            organisation: organisation.clone(),
            ask: first_ask_id(),
        });
        let from = match (&first, after) {
            (Some(first), Some(after)) if *first > *after => Bound::Included(first),
            (Some(first), None) => Bound::Included(first),
            (_, Some(after)) => Bound::Excluded(after),
            (None, None) => Bound::Unbounded,
        };
        let names = self.names.range((from, Bound::Unbounded));
        names
            .take_while(|(name, _)| organisation.is_none_or(|only| name.organisation == *only))
            .filter(|(_, id)| among.is_none_or(|among| among.contains(**id)))
            .filter(|(_, id)| self.stands(**id, wanted.standing))
            .filter_map(|(name, id)| Some((name.clone(), self.row(*id)?.place?)))
            .take(limit)
            .collect()
    }

    fn stands(&self, id: u32, standing: Standing) -> bool {
        match standing {
            Standing::InForce => !self.withdrawn.contains(id),
            Standing::Withdrawn => self.withdrawn.contains(id),
            Standing::Either => true,
        }
    }

    fn row(&self, id: u32) -> Option<&Row> {
        self.rows.get(id as usize)?.as_ref()
    }
}

fn first_ask_id() -> AskId {
    FIRST_ASK_ID.parse().expect("a digit is an ask id")
}

fn put_in<K: Clone + Eq + Hash>(sets: &mut HashMap<K, RoaringBitmap>, keys: &[K], id: u32) {
    for key in keys {
        match sets.get_mut(key) {
            Some(set) => {
                set.insert(id);
            }
            None => {
                sets.insert(key.clone(), RoaringBitmap::from_iter([id]));
            }
        }
    }
}

fn take_out<K: Eq + Hash>(sets: &mut HashMap<K, RoaringBitmap>, keys: &[K], id: u32) {
    for key in keys {
        if let Some(set) = sets.get_mut(key) {
            set.remove(id);
        }
    }
}
