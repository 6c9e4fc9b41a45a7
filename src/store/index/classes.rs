//! Homes in classes of those that are asked the same, so that what follows from the asks of a home
//! is worked out once a class and not once a home.

use std::collections::HashMap;

use jiff::civil::Date;
use roaring::RoaringBitmap;

use super::asks::Asks;
use super::bodies::Bodies;
use super::read::Index;
use super::records::Records;
use crate::domain::ask::Targets;
use crate::domain::home::Home;
use crate::domain::id::{AreaCode, AskName, HomeId};
use crate::store::HomeClass;

/// What homes of one class have in common: the numbers of the asks, and the services.
type Common = (Vec<u32>, Vec<String>);

impl<R: Records, B: Bodies> Index<R, B> {
    /// The homes among these targets, in classes by the asks of some days.
    pub(super) fn home_classes(&self, targets: &Targets, days: (Date, Date)) -> Vec<HomeClass> {
        let held = self.core().read();
        let of_days = held.asks.of_days(None, days);
        let mut of_areas: HashMap<Areas, RoaringBitmap> = HashMap::new();
        let mut classes: HashMap<Common, Vec<HomeId>> = HashMap::new();
        for (id, entry) in &held.registers.homes {
            let home = entry.value.as_ref();
            let names_predecessor = || held.is_predecessor_among(id, &targets.homes);
            if !targets.include(home) && !names_predecessor() {
                continue;
            }
            let areas = (home.council.clone(), home.icb.clone());
            let by_area = of_areas
                .entry(areas)
                .or_insert_with(|| held.asks.of_areas(home) & &of_days);
            let inherited = held.naming_predecessors(id) & &of_days;
            let asks = match held.asks.by_name(id) {
                Some(named) => (named & &of_days | &*by_area | inherited).iter().collect(),
                None if inherited.is_empty() => by_area.iter().collect(),
                None => (&*by_area | inherited).iter().collect(),
            };
            let common = (asks, services(home));
            classes.entry(common).or_default().push(id.clone());
        }
        let classes = classes
            .into_iter()
            .map(|((asks, services), homes)| HomeClass {
                asks: names(&held.asks, &asks),
                services,
                homes,
            });
        let mut classes: Vec<HomeClass> = classes.collect();
        classes.sort_by(|one, other| one.homes.first().cmp(&other.homes.first()));
        classes
    }
}

/// The areas that homes lie in together.
type Areas = (AreaCode, Option<AreaCode>);

fn services(home: &Home) -> Vec<String> {
    let mut services = home.row.services.clone();
    services.sort();
    services.dedup();
    services
}

fn names(asks: &Asks, numbers: &[u32]) -> Vec<AskName> {
    let known = numbers.iter().filter_map(|number| asks.name(*number));
    let mut names: Vec<AskName> = known.cloned().collect();
    names.sort();
    names
}
