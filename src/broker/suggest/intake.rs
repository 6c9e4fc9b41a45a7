//! What the fields of an ask look like, told to whoever brings it in.

use super::{Candidate, Wanted};
use crate::broker::{Broker, BrokerError};
use crate::domain::ask::Ask;
use crate::domain::id::FieldName;
use crate::domain::limits::CANDIDATES_AT_INTAKE_MAX;
use crate::domain::matcher::Tier;

/// Fields looked at before others have their turn: some milliseconds.
const FIELDS_AT_A_TIME: usize = 4;

/// What a field may be the same as.
#[derive(Debug, Clone)]
pub struct FieldSuggestion {
    /// The requester's name of it.
    pub field: FieldName,
    /// What it may be, the best first; one at least.
    pub candidates: Vec<Candidate>,
}

impl Broker {
    /// What the fields of an ask look like: likely the same or possible, of the dictionary and of what
    /// the organisation itself or others openly ask elsewhere. Fields that are an element's already look
    /// like nothing.
    ///
    /// # Errors
    /// As the store says.
    pub async fn suggest_for_ask(&self, ask: &Ask) -> Result<Vec<FieldSuggestion>, BrokerError> {
        let standing = self
            .standing_suggestions(Some(&ask.name.organisation))
            .await?;
        let wanted = Wanted {
            tier: Tier::Possible,
            limit: CANDIDATES_AT_INTAKE_MAX,
            without: Some(&ask.name),
        };
        let mut suggestions = Vec::new();
        for some in ask.fields.chunks(FIELDS_AT_A_TIME) {
            {
                let state = self.suggesting.asked.read();
                suggestions.extend(some.iter().filter_map(|own| {
                    let subject = (&own.question, &*own.field);
                    let candidates = standing.candidates(&state, subject, &wanted);
                    (!candidates.is_empty()).then(|| FieldSuggestion {
                        field: own.field.name.clone(),
                        candidates,
                    })
                }));
            }
            tokio::task::yield_now().await;
        }
        Ok(suggestions)
    }
}
