//! An ask with what became of it.

use std::sync::Arc;

use crate::domain::ask::{Ask, AskState, SharedAsk};
use crate::domain::event::{AskSubmitted, AskWithdrawn, Event};
use crate::domain::id::AskName;
use crate::store::Stored;

use super::{Broker, BrokerError};

/// An ask with what became of it.
#[derive(Debug, Clone)]
pub struct AskView {
    /// The ask.
    pub ask: SharedAsk,
    /// The revision read; 0 where it is not recorded.
    pub revision: u64,
    /// Whether it asks.
    pub state: AskState,
    /// Why it was taken back, if it was.
    pub withdrawn: Option<Arc<AskWithdrawn>>,
}

impl Broker {
    /// An ask with what became of it: as it stands, or as it was at a revision.
    ///
    /// # Errors
    /// If there is none, or none of that revision.
    pub async fn ask_view(
        &self,
        name: &AskName,
        revision: Option<u64>,
    ) -> Result<AskView, BrokerError> {
        let stands = self.ask(name).await?;
        match revision {
            Some(revision) if revision != stands.revision => self.ask_at(name, revision).await,
            _ => self.view(stands).await,
        }
    }

    /// What became of an ask as it stands.
    pub(super) async fn view(&self, ask: Stored<SharedAsk>) -> Result<AskView, BrokerError> {
        let withdrawal = self.store.withdrawal(&ask.value.name).await?;
        let withdrawn = withdrawal.filter(|taken| taken.revision == ask.revision);
        Ok(self.viewed(ask, withdrawn.map(|taken| taken.value)))
    }

    pub(super) fn viewed(
        &self,
        ask: Stored<SharedAsk>,
        withdrawn: Option<Arc<AskWithdrawn>>,
    ) -> AskView {
        let state = match &withdrawn {
            Some(_) => AskState::Withdrawn,
            None => ask.value.state_on(self.now_in_london().date()),
        };
        AskView {
            ask: ask.value,
            revision: ask.revision,
            state,
            withdrawn,
        }
    }

    async fn ask_at(&self, name: &AskName, revision: u64) -> Result<AskView, BrokerError> {
        let unknown = || BrokerError::NotFound {
            resource: format!("{name} of revision {revision}"),
        };
        let mut withdrawn = None;
        let mut at = revision;
        if let Some(Event::AskWithdrawn(taken)) = self.event_of(at).await?
            && taken.name == *name
        {
            at = taken.revision;
            withdrawn = Some(Arc::new(taken));
        }
        let value = match self.event_of(at).await? {
            Some(Event::AskSubmitted(said) | Event::AskAmended(said)) if said.name == *name => {
                reread(said)?
            }
            _ => return Err(unknown()),
        };
        Ok(self.viewed(Stored { value, revision }, withdrawn))
    }

    /// The event of a sequence; none where there is none.
    async fn event_of(&self, sequence: u64) -> Result<Option<Event>, BrokerError> {
        let events = self.store.events(sequence.saturating_sub(1), 1).await?;
        let found = events.into_iter().find(|event| event.sequence == sequence);
        Ok(found.map(|recorded| recorded.event))
    }
}

/// An ask of the ledger, read again.
fn reread(said: AskSubmitted) -> Result<SharedAsk, BrokerError> {
    let parsed = Ask::parse(said.ask, None, said.submitted_on);
    let mut ask = parsed.map_err(|faults| {
        BrokerError::Internal(format!("{} does not read back: {faults}", said.name))
    })?;
    ask.provenance = said.provenance;
    Ok(Arc::new(ask))
}
