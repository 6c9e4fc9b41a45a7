//! What an ask would cost the homes, before it is submitted.
//!
//! Worked out once for each class of homes that are asked the same, as if everything that is asked of
//! them were answered: what follows from their answers costs no question. A field costs a home a
//! question if the home would have to answer its entry itself, and has not to already; conditions are
//! not looked at, so that a field that waits for another answer counts as put. Nothing is read of any
//! home's answers.

#[cfg(test)]
mod tests;
mod weigh;

use std::collections::{BTreeMap, BTreeSet};

use super::ask::{Ask, SharedAsk};
use super::dictionary::Dictionary;
use super::field::SharedField;
use super::form::Need;
use super::id::OrganisationId;
use super::known::Web;
use super::link::Links;
use super::period::Period;
use super::template::{EntryId, puts};

use self::weigh::{Weighed, Weighing};

/// Homes that are asked the same.
#[derive(Debug, Clone)]
pub struct Class {
    /// How many.
    pub homes: u64,
    /// Their services, normalised.
    pub services: BTreeSet<String>,
    /// The asks that are asked of each, by place among the standing ones, in order.
    pub asks: Vec<usize>,
}

/// What a field would become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A new question, to some home at least.
    New,
    /// It is new, and to some home at least it is offered, to be confirmed with one click. None types
    /// it.
    Offered,
    /// It is new, and no home does anything for it: it follows from what is asked, or the register
    /// says it.
    WorkedOut,
    /// It is asked already, of every home of which it would be.
    AlreadyAsked,
    /// One question with another field of the ask, by place.
    SameAs(usize),
    /// It is asked of nobody for the period.
    NotAsked,
}

/// What a field would become, and at what price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPreview {
    /// What it would become.
    pub fate: Fate,
    /// Who else asks it of some of these homes, and whether that may be told.
    pub others: BTreeMap<OrganisationId, bool>,
    /// Whether the organisation itself asks it already.
    pub is_own: bool,
    /// Of how many homes it would be asked.
    pub homes: u64,
    /// How many of them would have to answer it, and have not to already.
    pub homes_new: u64,
    /// To how many of them it would be offered, to be confirmed; of those that do not see it already.
    pub homes_offered: u64,
    /// For how many of them it would be worked out; of those that do not see it already.
    pub homes_worked_out: u64,
    /// How many questions, counted once a home, dropping it would save.
    pub saved: u64,
    /// The entries that homes would have to answer without it, since they would follow from nothing
    /// any more, and how many homes.
    pub missed: BTreeMap<EntryId, u64>,
}

/// What an ask would cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The period that was reckoned.
    pub period: Period,
    /// What each field would become, in the ask's order.
    pub fields: Vec<FieldPreview>,
    /// How many homes are targeted.
    pub homes: u64,
    /// How many of them are asked nothing else for the period.
    pub homes_newly_asked: u64,
    /// How many questions the homes would have to answer besides those that they have to already,
    /// counted once a home.
    pub question_homes: u64,
    /// How many would be offered, to be confirmed.
    pub offered: u64,
    /// How many would be worked out.
    pub worked_out: u64,
    /// The entries, of this ask or others, that homes would have to answer no more, since they would
    /// follow from what this ask asks, and how many homes.
    pub spared: BTreeMap<EntryId, u64>,
    /// The fewest fields without which it would cost no home a question, by place.
    pub dear: BTreeSet<usize>,
}

/// An ask that stands, as it bears on the fields of another.
struct Standing<'a> {
    ask: &'a Ask,
    /// The fields that it puts for the period, by entry.
    puts: BTreeMap<EntryId, &'a SharedField>,
}

impl Standing<'_> {
    fn puts_any(&self, services: &BTreeSet<String>) -> bool {
        self.puts.values().any(|field| field.is_of(services))
    }

    fn puts_entry(&self, entry: &EntryId, services: &BTreeSet<String>) -> bool {
        let field = self.puts.get(entry);
        field.is_some_and(|field| field.is_of(services))
    }
}

/// What `ask` would cost for a period, beside asks that stand.
#[must_use]
pub fn preview(
    ask: &SharedAsk,
    period: Period,
    standing: &[SharedAsk],
    classes: &[Class],
    dictionary: &Dictionary,
    links: &Links,
) -> Preview {
    let own: BTreeMap<usize, EntryId> = puts(ask, period, dictionary, links)
        .into_iter()
        .map(|put| (put.field, put.entry))
        .collect();
    let web = Web::of(dictionary, links);
    let mut weighing = Weighing::new(ask, period, standing, (dictionary, links), &web);
    let read = |other: &'_ SharedAsk| -> Vec<(EntryId, usize)> {
        let puts = puts(other, period, dictionary, links).into_iter();
        puts.map(|put| (put.entry, put.field)).collect()
    };
    let standing: Vec<Standing<'_>> = standing
        .iter()
        .map(|other| Standing {
            ask: other,
            puts: read(other)
                .into_iter()
                .map(|(entry, field)| (entry, &other.fields[field].field))
                .collect(),
        })
        .collect();
    let mut preview = Preview {
        period,
        fields: ask.fields.iter().map(|_| FieldPreview::nothing()).collect(),
        homes: 0,
        homes_newly_asked: 0,
        question_homes: 0,
        offered: 0,
        worked_out: 0,
        spared: BTreeMap::new(),
        dear: BTreeSet::new(),
    };
    for class in classes {
        let weighed = weighing.of(class);
        preview.add(ask, &own, class, &standing, &weighed);
    }
    preview.judge(&own);
    preview.dear = weighing.dear();
    preview
}

impl FieldPreview {
    fn nothing() -> Self {
        Self {
            fate: Fate::NotAsked,
            others: BTreeMap::new(),
            is_own: false,
            homes: 0,
            homes_new: 0,
            homes_offered: 0,
            homes_worked_out: 0,
            saved: 0,
            missed: BTreeMap::new(),
        }
    }

    /// Adds homes to which the field's entry becomes this.
    fn count(&mut self, cost: Option<Cost>, homes: u64) {
        match cost {
            Some(Cost::Question) => self.homes_new += homes,
            Some(Cost::Click) => self.homes_offered += homes,
            Some(Cost::Nothing) => self.homes_worked_out += homes,
            None => {}
        }
    }
}

impl Preview {
    fn add(
        &mut self,
        ask: &Ask,
        own: &BTreeMap<usize, EntryId>,
        class: &Class,
        standing: &[Standing<'_>],
        weighed: &Weighed,
    ) {
        let services = &class.services;
        let asked: Vec<&Standing<'_>> = class.asks.iter().map(|at| &standing[*at]).collect();
        let mut by_entry: BTreeMap<EntryId, Vec<usize>> = BTreeMap::new();
        for (field, entry) in own {
            if ask.fields[*field].field.is_of(services) {
                by_entry.entry(*entry).or_default().push(*field);
            }
        }
        self.homes += class.homes;
        let is_asked = asked.iter().any(|standing| standing.puts_any(services));
        if !is_asked && !by_entry.is_empty() {
            self.homes_newly_asked += class.homes;
        }
        for (entry, fields) in by_entry {
            let askers = asked.iter().filter(|s| s.puts_entry(&entry, services));
            let askers: Vec<&Ask> = askers.map(|standing| standing.ask).collect();
            let cost = Cost::of(weighed.before.get(&entry), weighed.after.get(&entry));
            for field in &fields {
                let told = &mut self.fields[*field];
                told.homes += class.homes;
                told.note(&askers, &ask.name.organisation);
                told.count(cost, class.homes);
            }
            match cost {
                Some(Cost::Question) => self.question_homes += class.homes,
                Some(Cost::Click) => self.offered += class.homes,
                Some(Cost::Nothing) => self.worked_out += class.homes,
                None => {}
            }
        }
        for entry in weighed.spared() {
            *self.spared.entry(entry).or_default() += class.homes;
        }
        for (field, dropped) in &weighed.dropped {
            let told = &mut self.fields[*field];
            told.saved += if dropped.saves { class.homes } else { 0 };
            for entry in &dropped.missed {
                *told.missed.entry(*entry).or_default() += class.homes;
            }
        }
    }

    /// What each field would become, once every class is counted.
    fn judge(&mut self, own: &BTreeMap<usize, EntryId>) {
        let mut first: BTreeMap<EntryId, usize> = BTreeMap::new();
        for (field, entry) in own {
            let told = &mut self.fields[*field];
            if told.homes == 0 {
                continue;
            }
            let leader = *first.entry(*entry).or_insert(*field);
            told.fate = if leader != *field {
                Fate::SameAs(leader)
            } else if told.homes_new > 0 {
                Fate::New
            } else if told.homes_offered > 0 {
                Fate::Offered
            } else if told.homes_worked_out > 0 {
                Fate::WorkedOut
            } else {
                Fate::AlreadyAsked
            };
        }
    }
}

/// What an entry costs a home that it did not cost before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cost {
    /// It has to answer.
    Question,
    /// It has to say that what is offered is right.
    Click,
    /// It sees it, and that is all.
    Nothing,
}

impl Cost {
    fn of(before: Option<&Need>, after: Option<&Need>) -> Option<Self> {
        match (before, after?) {
            (Some(Need::Answer), _) => None,
            (_, Need::Answer) => Some(Self::Question),
            (Some(Need::Confirm), _) => None,
            (_, Need::Confirm) => Some(Self::Click),
            (None, _) => Some(Self::Nothing),
            _ => None,
        }
    }
}

impl FieldPreview {
    fn note(&mut self, askers: &[&Ask], own: &OrganisationId) {
        for asker in askers {
            let organisation = &asker.name.organisation;
            if organisation == own {
                self.is_own = true;
                continue;
            }
            let may_tell = self.others.entry(organisation.clone()).or_default();
            *may_tell |= !asker.raw.private;
        }
    }
}
