//! What it means that something is asked in an area.

use std::collections::BTreeSet;

use crate::domain::ask::Targets;
use crate::domain::id::{AreaCode, HomeId};

use super::{Broker, BrokerError};

/// Homes of the register read at a time.
const HOMES_READ: usize = 1_000;

/// An area with what is asked of it by other names: the homes that lie in it, and the areas that
/// these lie in.
#[derive(Debug, Clone)]
pub(super) struct AreaView {
    code: AreaCode,
    areas: BTreeSet<AreaCode>,
    homes: BTreeSet<HomeId>,
}

impl AreaView {
    /// Whether an ask of these targets is asked of the area or of a home that lies in it.
    pub(super) fn is_asked(&self, targets: &Targets) -> bool {
        targets.areas.contains(&self.code)
            || !targets.areas.is_disjoint(&self.areas)
            || !targets.homes.is_disjoint(&self.homes)
    }
}

impl Broker {
    /// An area as the register knows it.
    pub(super) async fn area_view(&self, code: &AreaCode) -> Result<AreaView, BrokerError> {
        let mut view = AreaView {
            code: code.clone(),
            areas: BTreeSet::new(),
            homes: BTreeSet::new(),
        };
        let mut after: Option<HomeId> = None;
        loop {
            let homes = self.store.homes(after.as_ref(), HOMES_READ).await?;
            let Some(last) = homes.last() else {
                return Ok(view);
            };
            after = Some(last.id.clone());
            for home in homes {
                if home.areas().any(|area| area == code.as_str()) {
                    view.areas
                        .extend(home.areas().filter_map(|area| area.parse().ok()));
                    view.homes.insert(home.id.clone());
                }
            }
            tokio::task::yield_now().await;
        }
    }
}
