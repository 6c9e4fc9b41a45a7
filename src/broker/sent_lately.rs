//! What a home sent lately, in one go each.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::domain::event::Event;
use crate::domain::id::HomeId;
use crate::domain::period::Period;

use super::{Broker, BrokerError};

/// Most sheets that are looked at, the latest by their last change: more than are sent in a week.
const SHEETS_READ: usize = 60;

/// Something sent in one go.
#[derive(Debug, Clone)]
pub struct SentLately {
    /// Its receipt.
    pub receipt: String,
    /// The form's period.
    pub period: Period,
    /// When.
    pub at: Timestamp,
    /// By whom, in the home's words.
    pub by: String,
    /// How many answers.
    pub answers: usize,
    /// Whether they were given before and went to others.
    pub is_of_before: bool,
}

impl Broker {
    /// What a home sent, the latest first, at most `limit` of what touched the sheets that changed
    /// last. What was erased is left out.
    ///
    /// # Errors
    /// As the store says.
    pub async fn sent_lately(
        &self,
        home: &HomeId,
        limit: usize,
    ) -> Result<Vec<SentLately>, BrokerError> {
        let mut sequences = BTreeSet::new();
        for changed in self.store.sheets_of_home(home, SHEETS_READ).await? {
            let sheet = self.store.sheet(home, &changed.reference).await?.value;
            sequences.extend(sheet.answers().map(|known| known.sequence));
            sequences.extend(sheet.releases().map(|(_, released)| released.sequence));
        }
        let mut sent = Vec::new();
        for sequence in sequences.into_iter().rev().take(limit) {
            let events = self.store.events(sequence.saturating_sub(1), 1).await?;
            let events = events.into_iter().filter(|own| own.sequence == sequence);
            sent.extend(events.filter_map(|recorded| told(recorded.event)));
        }
        Ok(sent)
    }
}

fn told(event: Event) -> Option<SentLately> {
    match event {
        Event::AnswersSubmitted(sent) => Some(SentLately {
            receipt: sent.receipt,
            period: sent.period,
            at: sent.submitted_at,
            by: sent.answered_by,
            answers: sent.answers.len(),
            is_of_before: false,
        }),
        Event::AnswersReleased(sent) => Some(SentLately {
            receipt: sent.receipt,
            period: sent.period,
            at: sent.released_at,
            by: sent.released_by,
            answers: sent.answers.len(),
            is_of_before: true,
        }),
        _ => None,
    }
}
