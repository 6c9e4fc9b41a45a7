//! Checking an ask against everything that it names: dictionary, register, powers.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::domain::ask::{Ask, Provenance, RawAsk, SharedAsk};
use crate::domain::fault::Faults;
use crate::domain::home::Home;
use crate::domain::id::{HomeId, OrganisationId};
use crate::domain::powers::Reach;
use crate::store::Stored;

use super::{Broker, BrokerError, Caller};

impl Broker {
    /// Checks an ask against everything that it names. `first_day` is the first of a cadence that
    /// names none.
    ///
    /// # Errors
    /// Every fault, by path within the ask.
    pub(super) async fn read_ask(
        &self,
        mut raw: RawAsk,
        first_day: Date,
    ) -> Result<Ask, BrokerError> {
        let dictionary = self.store.dictionary().await?.value;
        let mut named = Faults::new();
        // First of all: powers are held over homes, however an ask calls them.
        self.resolve_targets(&mut raw, &mut named).await?;
        self.check_succession(&raw, &mut named).await?;
        let homes = self.homes_of(&raw.targets.homes).await?;
        if let Ok(id) = raw.organisation.parse::<OrganisationId>() {
            match self.store.organisation(&id).await? {
                None => named.add("organisation", format!("{id} is not registered")),
                Some(known) => {
                    let powers = self.store.powers(&id).await?;
                    let powers = powers.as_ref().map(|powers| powers.value.as_ref());
                    let home = |id: &HomeId| homes.get(id).map(AsRef::as_ref);
                    Reach::of(&known.value, powers).check(&raw, home, &mut named);
                }
            }
        }
        let mut faults = Faults::new();
        let parsed = Ask::parse(raw, Some(&dictionary), first_day);
        let ask = faults.take("", parsed.map_err(|told| untold(&told, &named)));
        faults.absorb("", named);
        faults.into_result()?;
        ask.ok_or_else(|| BrokerError::Internal("an ask without faults did not read".into()))
    }

    /// The homes of the register that an ask names by their own ids.
    async fn homes_of(&self, homes: &[String]) -> Result<BTreeMap<HomeId, Arc<Home>>, BrokerError> {
        let mut known = BTreeMap::new();
        for text in homes {
            let Ok(id) = text.strip_prefix("homes/").unwrap_or(text).parse() else {
                continue;
            };
            if let Some(home) = self.store.home(&id).await? {
                known.insert(id, home.value);
            }
        }
        Ok(known)
    }
}

/// The faults of an ask's own that nothing it names has told already: what is known of a target is
/// not told again in other words.
fn untold(own: &Faults, named: &Faults) -> Faults {
    let mut new = Faults::new();
    let is_new = |path: &str| named.iter().all(|known| known.path != path);
    for fault in own.iter().filter(|fault| is_new(&fault.path)) {
        new.add(&*fault.path, &*fault.message);
    }
    new
}

/// How an ask comes to be recorded by a caller, in the place of what stood under its name.
pub(super) fn provenance(
    caller: &Caller,
    ask: &Ask,
    before: Option<&Stored<SharedAsk>>,
) -> Provenance {
    Provenance {
        by: caller.token_id.clone(),
        on_behalf: is_on_behalf(caller, &ask.name.organisation),
        replaces: before.map_or(0, |before| before.revision),
        rebased: before.is_some_and(|before| {
            before.value.provenance.rebased || before.value.basis() != ask.basis()
        }),
    }
}

/// Whether a caller acts for an organisation that it does not belong to.
pub(super) fn is_on_behalf(caller: &Caller, organisation: &OrganisationId) -> bool {
    caller.grant.organisation.as_ref() != Some(organisation)
}
