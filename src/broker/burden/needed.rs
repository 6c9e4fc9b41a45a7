//! What each entry of a form needs of a home, by what its class is asked: worked out once for all the
//! homes of a class.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::ask::{Ask, SharedAsk};
use crate::domain::dictionary::Dictionary;
use crate::domain::digest::Digest;
use crate::domain::form::{Elsewhere, Need, expected};
use crate::domain::id::AskName;
use crate::domain::known::Web;
use crate::domain::link::Links;
use crate::domain::template::{Entry, EntryGrid, Input, Template};

/// What entries need, class by class.
pub(super) struct Needed<'a> {
    dictionary: &'a Dictionary,
    links: &'a Links,
    elsewhere: Elsewhere<'a>,
    asks: Vec<SharedAsk>,
    services: BTreeSet<String>,
    /// By the digest of the form's template.
    known: HashMap<Digest, Arc<[Need]>>,
}

impl<'a> Needed<'a> {
    pub(super) fn new(dictionary: &'a Dictionary, links: &'a Links, web: &'a Web) -> Self {
        Self {
            dictionary,
            links,
            elsewhere: Elsewhere::new(links, web),
            asks: Vec::new(),
            services: BTreeSet::new(),
            known: HashMap::new(),
        }
    }

    /// Goes on with homes that are asked this, and have these services.
    pub(super) fn of_class(&mut self, asks: &[SharedAsk], services: &BTreeSet<String>) {
        self.asks = asks.to_vec();
        self.services.clone_from(services);
        self.known.clear();
    }

    /// What the entries of a form need, in their order, as if there were only the asks that are told.
    pub(super) fn of(
        &mut self,
        template: &Template,
        is_told: impl Fn(&AskName) -> bool,
    ) -> Arc<[Need]> {
        if let Some(known) = self.known.get(&template.digest()) {
            return Arc::clone(known);
        }
        let told: Vec<Option<Entry>> = template
            .entries()
            .iter()
            .map(|entry| told(entry, &is_told))
            .collect();
        let entries: Vec<Entry> = told.iter().flatten().cloned().collect();
        let asks: Vec<&SharedAsk> = self.asks.iter().filter(|ask| is_told(&ask.name)).collect();
        let services = &self.services;
        let counts = |ask: &Ask, field: usize| ask.fields[field].field.is_of(services);
        let period = template.body().period;
        let elsewhere = self.elsewhere.of(&entries, period, &asks, counts);
        let mut needs = expected(&entries, elsewhere, self.dictionary, self.links).into_iter();
        let of_entry = |told: &Option<Entry>| match told {
            Some(_) => needs.next().unwrap_or_default(),
            None => Need::Nothing,
        };
        let needs: Arc<[Need]> = told.iter().map(of_entry).collect();
        self.known.insert(template.digest(), Arc::clone(&needs));
        needs
    }
}

/// An entry as it would be without the asks that are not told; none if nothing is left of it.
fn told(entry: &Entry, is_told: impl Fn(&AskName) -> bool) -> Option<Entry> {
    let mut told = entry.clone();
    told.demands.retain(|demand| is_told(&demand.ask));
    if told.demands.len() < entry.demands.len() {
        let is_wanted = |grid: &EntryGrid| {
            let mut from = grid.from.iter();
            from.any(|place| is_told(&entry.demands[*place as usize].ask))
        };
        if let Input::Count(number) | Input::Quantity(number) | Input::Money(number) =
            &mut told.input
        {
            number.grids.retain(is_wanted);
        }
    }
    (!told.demands.is_empty()).then_some(told)
}
