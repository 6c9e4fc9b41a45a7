//! What is behind a question: every wording, every asker, every decision, and what they merge into.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::ask::SharedAsk;
use crate::domain::dictionary::Element;
use crate::domain::digest::QuestionId;
use crate::domain::id::{AskName, ElementId};
use crate::domain::link::Decision;
use crate::domain::period::{Cadence, Period};
use crate::domain::template::{Entry, Template};

use super::{Broker, BrokerError, DecisionView, DemandFilter, DemandRow};

/// Most demands that one explanation shows; `FindDemands` has them all.
const DEMANDS_EXPLAINED_MAX: usize = 200;

/// What is asked about: a question, or an element's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explained {
    /// A question.
    Question(QuestionId),
    /// An element of the dictionary.
    Element(ElementId),
}

/// What is behind a question.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The question that stands for all that are the same by decision.
    pub question: QuestionId,
    /// All that are the same by decision, itself among them.
    pub members: BTreeSet<QuestionId>,
    /// The dictionary's element, if one is among them.
    pub element: Option<Arc<Element>>,
    /// The decisions in force that are about any of them.
    pub decisions: Vec<Arc<Decision>>,
    /// Every decision that was made about any of them, undone ones too, with objections.
    pub history: Vec<DecisionView>,
    /// Who asks for it, by ask and place.
    pub demands: Vec<DemandRow>,
    /// Whether there are more demands than are shown.
    pub has_more_demands: bool,
    /// What the demands shown merge into for a period.
    pub merged: Arc<Template>,
}

impl Explanation {
    /// The entries of the period's form that are this question.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        let is_it = |entry: &&Entry| entry.questions().any(|own| self.members.contains(&own));
        self.merged.entries().iter().filter(is_it)
    }
}

impl Broker {
    /// What is behind a question, merged as for a home that is asked all of it; for the present
    /// month where no period is given.
    ///
    /// # Errors
    /// If nobody asks it, no element means it and no decision was ever about it.
    pub async fn explain_question(
        &self,
        explained: &Explained,
        period: Option<Period>,
    ) -> Result<Explanation, BrokerError> {
        let links = self.store.links().await?.value;
        let dictionary = self.store.dictionary().await?.value;
        let asked = match explained {
            Explained::Question(question) => Some(*question),
            Explained::Element(id) => dictionary.element(id).map(|element| element.question),
        };
        let Some(asked) = asked else {
            return Err(unknown(explained));
        };
        let filter = DemandFilter {
            question: Some(asked),
            ..DemandFilter::default()
        };
        let page = self.find_demands(&filter, None, DEMANDS_EXPLAINED_MAX);
        let page = page.await?;
        let members = links.members(&asked);
        let element = dictionary.element_among(&asked, &links).cloned();
        let about = |decision: &&Arc<Decision>| {
            members.contains(&decision.a) || members.contains(&decision.b)
        };
        let decisions: Vec<_> = links.decisions().filter(about).cloned().collect();
        let history = self.history_of(&members).await?;
        if page.rows.is_empty() && element.is_none() && history.is_empty() {
            return Err(unknown(explained));
        }
        let period = period.unwrap_or_else(|| {
            let today = self.now_in_london().date();
            Cadence::Monthly.period_of(today)
        });
        let asks = asks_of(&page.rows);
        Ok(Explanation {
            question: element
                .as_ref()
                .map_or_else(|| links.representative(&asked), |element| element.question),
            merged: self
                .template_of(period, &asks, &every_service(&asks), &links)
                .await?,
            members,
            element,
            decisions,
            history,
            demands: page.rows,
            has_more_demands: page.next.is_some(),
        })
    }
}

fn asks_of(rows: &[DemandRow]) -> Vec<SharedAsk> {
    let by_name: BTreeMap<&AskName, &SharedAsk> =
        rows.iter().map(|row| (&row.ask.name, &row.ask)).collect();
    by_name.into_values().cloned().collect()
}

/// The services of a home that every field applies to.
fn every_service(asks: &[SharedAsk]) -> BTreeSet<String> {
    let fields = asks.iter().flat_map(|ask| &ask.fields);
    let named = fields.flat_map(|own| own.field.applies_to.iter());
    named.cloned().collect()
}

pub(super) fn unknown(explained: &Explained) -> BrokerError {
    BrokerError::NotFound {
        resource: match explained {
            Explained::Question(question) => format!("questions/{question}"),
            Explained::Element(element) => format!("elements/{element}"),
        },
    }
}
