//! What an ask's fields, and what follows from them, would need of homes with it and without.
//!
//! Only what bears on the ask's own questions is merged: those that follow from them, and the parts
//! of those. A field is weighed by leaving it out only where something else could follow from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::ask::SharedAsk;
use crate::domain::dictionary::Dictionary;
use crate::domain::digest::QuestionId;
use crate::domain::form::{Elsewhere, Need, expected};
use crate::domain::known::Web;
use crate::domain::link::Links;
use crate::domain::period::Period;
use crate::domain::template::{Bearing, EntryId, bearings, entries_of};

use super::Class;

/// What some entries need of a home, of those that bear on the ask.
type Needs = BTreeMap<EntryId, Need>;

/// What the ask does to the forms of a class of homes.
#[derive(Default)]
pub(super) struct Weighed {
    /// Without the ask.
    pub(super) before: Needs,
    /// With it.
    pub(super) after: Needs,
    /// What dropping a field does, by place, where it does anything.
    pub(super) dropped: BTreeMap<usize, Dropped>,
}

/// What dropping a field does to the form of a home.
#[derive(Default)]
pub(super) struct Dropped {
    /// Whether the home is spared the field's own question.
    pub(super) saves: bool,
    /// What it has to answer instead.
    pub(super) missed: Vec<EntryId>,
}

/// Weighs an ask, for one class of homes after another.
pub(super) struct Weighing<'a> {
    ask: &'a SharedAsk,
    period: Period,
    standing: &'a [SharedAsk],
    dictionary: &'a Dictionary,
    links: &'a Links,
    web: &'a Web,
    elsewhere: Elsewhere<'a>,
    own: Vec<Bearing<'a>>,
    /// What the asks that stand put on the form, as far as it bears on the ask.
    others: Vec<Vec<Bearing<'a>>>,
    /// Whether an ask that stands bears on the ask at all, on whichever form.
    bears: Vec<bool>,
    /// Whether a field that bears on the ask is asked of homes of certain services only.
    names_services: bool,
    known: BTreeMap<Ground, Arc<Weighed>>,
}

/// What of a class decides what the ask does to it: the asks that bear on it, and the services.
type Ground = (Vec<usize>, BTreeSet<String>);

impl<'a> Weighing<'a> {
    pub(super) fn new(
        ask: &'a SharedAsk,
        period: Period,
        standing: &'a [SharedAsk],
        (dictionary, links): (&'a Dictionary, &'a Links),
        web: &'a Web,
    ) -> Self {
        let question = |own: &QuestionId| links.representative(own);
        let own = bearings(ask, period, links);
        let around = web.around(own.iter().map(|bearing| bearing.question).collect());
        let others = standing.iter().map(|other| {
            let mut found = bearings(other, period, links);
            found.retain(|bearing| around.contains(&bearing.question));
            found
        });
        let bears = standing.iter().map(|other| {
            let mut fields = other.fields.iter();
            fields.any(|own| around.contains(&question(&own.question)))
        });
        let bears: Vec<bool> = bears.collect();
        let mut asks = standing.iter().zip(&bears).filter(|(_, bears)| **bears);
        let names_services = ask.names_services() || asks.any(|(other, _)| other.names_services());
        Self {
            ask,
            period,
            standing,
            dictionary,
            links,
            web,
            elsewhere: Elsewhere::new(links, web),
            others: others.collect(),
            own,
            bears,
            names_services,
            known: BTreeMap::new(),
        }
    }

    /// What the ask does to a class of homes.
    pub(super) fn of(&mut self, class: &Class) -> Arc<Weighed> {
        let asks = class.asks.iter().copied().filter(|at| self.bears[*at]);
        let services = if self.names_services {
            class.services.clone()
        } else {
            BTreeSet::new()
        };
        let ground: Ground = (asks.collect(), services);
        if let Some(known) = self.known.get(&ground) {
            return Arc::clone(known);
        }
        let weighed = Arc::new(self.weighed(&ground));
        self.known.insert(ground, Arc::clone(&weighed));
        weighed
    }

    /// The fewest fields without which the ask costs no home a question. What has to be answered
    /// beside all other fields has to be answered beside fewer, so that there is one such set.
    pub(super) fn dear(&mut self) -> BTreeSet<usize> {
        let grounds: Vec<(Ground, Arc<Weighed>)> = self.known.clone().into_iter().collect();
        let mut dear = BTreeSet::new();
        for (ground, weighed) in &grounds {
            dear.extend(self.costing(ground, &weighed.before, &weighed.after));
        }
        loop {
            let mut more = BTreeSet::new();
            for (ground, weighed) in &grounds {
                let is_affected = self.own.iter().any(|bearing| {
                    let question = BTreeSet::from([bearing.question]);
                    dear.contains(&bearing.field) && self.web.with_followers(question).len() > 1
                });
                if is_affected || !dear.is_empty() && self.stands_twice() {
                    let after = self.needs(ground, Some(&dear), None);
                    more.extend(self.costing(ground, &weighed.before, &after));
                }
            }
            more.retain(|field| !dear.contains(field));
            if more.is_empty() {
                return dear;
            }
            dear.append(&mut more);
        }
    }

    /// Whether the ask's own fields speak of one question at several times.
    fn stands_twice(&self) -> bool {
        let questions: BTreeSet<QuestionId> = self.own.iter().map(|own| own.question).collect();
        questions.len() < self.own.len()
    }

    /// The own fields whose entries a home has to answer because of the ask.
    fn costing(&self, ground: &Ground, before: &Needs, after: &Needs) -> BTreeSet<usize> {
        let fields = self.asked_of(ground).filter(|bearing| {
            let entry = self.entry_of(bearing);
            after.get(&entry) == Some(&Need::Answer) && before.get(&entry) != Some(&Need::Answer)
        });
        fields.map(|bearing| bearing.field).collect()
    }

    fn weighed(&mut self, ground: &Ground) -> Weighed {
        let before = self.needs(ground, None, None);
        let after = self.needs(ground, Some(&BTreeSet::new()), None);
        let mut weighed = Weighed {
            before,
            after,
            dropped: BTreeMap::new(),
        };
        let asked: Vec<Bearing<'a>> = self.asked_of(ground).copied().collect();
        for bearing in &asked {
            let dropped = self.dropped(ground, bearing, &asked, &weighed);
            if dropped.saves || !dropped.missed.is_empty() {
                weighed.dropped.insert(bearing.field, dropped);
            }
        }
        weighed
    }

    /// What dropping a field does.
    fn dropped(
        &mut self,
        ground: &Ground,
        bearing: &Bearing<'a>,
        asked: &[Bearing<'a>],
        weighed: &Weighed,
    ) -> Dropped {
        let entry = self.entry_of(bearing);
        let touched = BTreeSet::from([bearing.question]);
        let touched = self.web.with_followers(touched);
        let is_it = |other: &&Bearing<'a>| {
            other.question == bearing.question && other.reference == bearing.reference
        };
        let is_alone = asked.iter().filter(is_it).count() == 1;
        let of_others = || ground.0.iter().flat_map(|at| &self.others[*at]);
        let mut beside = of_others().chain(asked).filter(|other| !is_it(other));
        let bears = beside.any(|other| touched.contains(&other.question));
        // What others ask too may follow, once it is left out, from what else the ask asks.
        let around = self.web.with_parts(touched);
        let mut own = asked.iter().filter(|other| !is_it(other));
        let has_parts = own.any(|other| around.contains(&other.question));
        let may_follow = has_parts && of_others().any(|other| is_it(&other));
        if is_alone && !bears && !may_follow {
            let has_to = |needs: &Needs| needs.get(&entry) == Some(&Need::Answer);
            return Dropped {
                saves: has_to(&weighed.after) && !has_to(&weighed.before),
                missed: Vec::new(),
            };
        }
        let without = self.needs(
            ground,
            Some(&BTreeSet::from([bearing.field])),
            Some(&around),
        );
        let is_missed = |own: &EntryId| {
            let need = weighed.after.get(own);
            need.is_some_and(|need| *need != Need::Answer)
        };
        let has_to = without.iter().filter(|(_, need)| **need == Need::Answer);
        let missed = has_to.map(|(own, _)| *own).filter(is_missed);
        Dropped {
            saves: weighed.after.get(&entry) == Some(&Need::Answer)
                && without.get(&entry) != Some(&Need::Answer),
            missed: missed.collect(),
        }
    }

    /// What the entries need that bear on the ask: without it, or with it but for some fields; of
    /// these questions only, if any are named.
    fn needs(
        &mut self,
        ground: &Ground,
        but: Option<&BTreeSet<usize>>,
        around: Option<&BTreeSet<QuestionId>>,
    ) -> Needs {
        let (asks, services) = ground;
        let is_around =
            |bearing: &&Bearing<'a>| around.is_none_or(|a| a.contains(&bearing.question));
        let own = but.into_iter().flat_map(|but| {
            let own = self.own.iter();
            own.filter(move |bearing| !but.contains(&bearing.field))
        });
        let of_others = asks.iter().flat_map(|at| &self.others[*at]);
        let all = own.chain(of_others).filter(is_around).copied();
        let entries = entries_of(all, services, self.dictionary, self.links);
        let mut on_other_forms: Vec<&SharedAsk> =
            asks.iter().map(|at| &self.standing[*at]).collect();
        if but.is_some() {
            on_other_forms.push(self.ask);
        }
        let own = Arc::as_ptr(self.ask);
        let counts = |ask: &crate::domain::ask::Ask, field: usize| {
            let is_dropped = std::ptr::eq(ask, own) && but.is_some_and(|but| but.contains(&field));
            !is_dropped && ask.fields[field].field.is_of(services)
        };
        let elsewhere = self
            .elsewhere
            .of(&entries, self.period, &on_other_forms, counts);
        let needs = expected(&entries, elsewhere, self.dictionary, self.links);
        entries.iter().map(|entry| entry.id).zip(needs).collect()
    }

    /// The own fields that are asked of homes of a class.
    fn asked_of(&self, ground: &Ground) -> impl Iterator<Item = &Bearing<'a>> {
        let services = &ground.1;
        let own = self.own.iter();
        own.filter(move |bearing| bearing.ask.fields[bearing.field].field.is_of(services))
    }

    fn entry_of(&self, bearing: &Bearing<'a>) -> EntryId {
        let element = self.dictionary.element_among(&bearing.question, self.links);
        let question = element.map_or(bearing.question, |element| element.question);
        EntryId::of(&question, &bearing.reference)
    }
}

impl Weighed {
    /// What a home had to answer, and with the ask has to no more.
    pub(super) fn spared(&self) -> impl Iterator<Item = EntryId> {
        let had_to = self
            .before
            .iter()
            .filter(|(_, need)| **need == Need::Answer);
        let spared = had_to.filter(|(entry, _)| self.after.get(*entry) != Some(&Need::Answer));
        spared.map(|(entry, _)| *entry)
    }
}
