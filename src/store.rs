//! The seam to storage: what use cases may ask of a backend, and nothing about how it does it.
//!
//! Invariants of every backend, held by one contract suite: an append is all or nothing and on
//! disk, synced, when it is acknowledged; reads see only what is; revisions are ledger sequences,
//! so that they only grow; the order of the feed is the order of the ledger.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::domain::access::Token;
use crate::domain::answer::Submission;
use crate::domain::ask::{SharedAsk, Targets};
use crate::domain::dictionary::{Dictionary, ElementProposed};
use crate::domain::digest::{Digest, QuestionId};
use crate::domain::draft::{Draft, DraftVersion};
use crate::domain::event::{AskWithdrawn, Event, Key};
use crate::domain::filing::Filings;
use crate::domain::home::Home;
use crate::domain::id::{AskId, AskName, ElementId, HomeId, OrganisationId};
use crate::domain::identifier::{HomeIdentifier, OrganisationIdentifier};
use crate::domain::letter::LastDigest;
use crate::domain::link::Links;
use crate::domain::objection::DecisionLife;
use crate::domain::organisation::Organisation;
use crate::domain::period::Period;
use crate::domain::person::Person;
use crate::domain::powers::Powers;
use crate::domain::reference::Reference;
use crate::domain::release::AnswersReleased;
use crate::domain::sheet::Sheet;
use crate::domain::succession::Successions;
use crate::domain::template::Template;
use crate::domain::terms::OwnTerms;

mod audit;
mod collection;
pub mod embedded;
mod envelope;
mod error;
mod filter;
mod index;
pub mod ledger;
mod limits;
pub mod memory;
pub mod moving;
mod passing;
pub mod postgres;

pub use self::audit::{LedgerCheckpoint, LedgerEntry, LedgerProgress, LedgerWalk};
pub use self::collection::{Acknowledgement, CollectionRecord};
pub use self::envelope::Entropy;
pub use self::error::StoreError;
pub use self::filter::{AskFilter, Standing};
pub use self::passing::{Passing, PassingKind, PassingStore, Putting};

/// A value with its revision: the ledger sequence of the last event that changed it; 0 where none
/// has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    /// The value.
    pub value: T,
    /// Its revision.
    pub revision: u64,
}

/// What a use case wants recorded, all or nothing.
#[derive(Debug, Clone)]
pub struct Append {
    /// The events, in order.
    pub events: Vec<Event>,
    /// The asks that the events submit, where they are at hand already read, so that they need not
    /// be read again. They add nothing: one that an event does not submit is passed over.
    pub asks: Vec<SharedAsk>,
    /// What must still be as it was read.
    pub expectations: Vec<Expectation>,
    /// What makes the request safe to repeat.
    pub idempotency: Option<Idempotency>,
    /// On whose authority: a token's id.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// The revision that something must still have; 0 for what must not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// Of what.
    pub key: Key,
    /// Which revision.
    pub revision: u64,
}

/// What makes a request safe to repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idempotency {
    /// Digest of caller, method and request id.
    pub request: Digest,
    /// Digest of what was requested: the same request id with other content is refused.
    pub content: Digest,
}

/// What became of an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// The events are recorded, the first under this sequence, the others under the next ones.
    Recorded {
        /// Sequence of the first event.
        first: u64,
    },
    /// The same request was recorded before; nothing was added.
    Replayed {
        /// Sequence of its first event.
        first: u64,
    },
    /// The request id was used before for other content; nothing was added.
    RequestIdReused,
    /// Something is no longer as it was read; nothing was added.
    Conflict {
        /// What.
        keys: Vec<Key>,
    },
}

/// An event as recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its place in the ledger, from 1.
    pub sequence: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// On whose authority.
    pub by: String,
    /// The event.
    pub event: Event,
}

/// Homes that are asked the same: of the same services, by the same asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeClass {
    /// The homes, in order.
    pub homes: Vec<HomeId>,
    /// Their services, in order.
    pub services: Vec<String>,
    /// The asks that are asked of each of them, in the order of their names.
    pub asks: Vec<AskName>,
}

/// A sheet on which something was released to an ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasedSheet {
    /// Ledger sequence of the last submission that touched it.
    pub sequence: u64,
    /// The home.
    pub home: HomeId,
    /// The reference.
    pub reference: Reference,
}

/// A draft to be kept, or to be taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutDraft {
    /// The home.
    pub home: HomeId,
    /// The form's period.
    pub period: Period,
    /// Which version it takes the place of; none where there must be no draft.
    pub expected: Option<DraftVersion>,
    /// The draft; none to take it away.
    pub draft: Option<Draft>,
}

/// What every backend does.
#[async_trait]
pub trait Store: Send + Sync {
    /// Records events, all or none, durably.
    ///
    /// # Errors
    /// As [`StoreError`] says; every variant but `Stopped` means that nothing was written.
    async fn append(&self, append: Append) -> Result<Appended, StoreError>;

    /// What became of a request that may have been recorded before: `Replayed` or
    /// `RequestIdReused`, as [`Store::append`] would say; none for one never seen.
    async fn seen(&self, idempotency: &Idempotency) -> Result<Option<Appended>, StoreError>;

    /// The dictionary in force; the empty one before any was adopted.
    async fn dictionary(&self) -> Result<Stored<Arc<Dictionary>>, StoreError>;

    /// The proposals of elements that are open, by the element's id.
    async fn proposals(&self) -> Result<Vec<Stored<Arc<ElementProposed>>>, StoreError>;

    /// The decisions in force.
    async fn links(&self) -> Result<Stored<Arc<Links>>, StoreError>;

    /// A decision with what became of it, also one that was undone; its revision is that of the last
    /// thing that was said of it.
    async fn decision_life(
        &self,
        id: &str,
    ) -> Result<Option<Stored<Arc<DecisionLife>>>, StoreError>;

    /// The decisions about any of these questions, as they were made, undone ones too; the latest
    /// `limit` of them.
    async fn decisions_about(
        &self,
        questions: &BTreeSet<QuestionId>,
        limit: usize,
    ) -> Result<Vec<Arc<DecisionLife>>, StoreError>;

    /// The ids of the decisions in force that an open objection is to.
    async fn objected_decisions(&self) -> Result<BTreeSet<String>, StoreError>;

    /// The words that data leads taught the matcher.
    async fn terms(&self) -> Result<Stored<Arc<OwnTerms>>, StoreError>;

    /// The events that made an element what it is: its approvals and its retirement, and the
    /// adoptions of whole dictionaries, in order; the latest `limit` of them.
    async fn element_changes(
        &self,
        id: &ElementId,
        limit: usize,
    ) -> Result<Vec<Arc<Recorded>>, StoreError>;

    /// An organisation.
    async fn organisation(
        &self,
        id: &OrganisationId,
    ) -> Result<Option<Stored<Arc<Organisation>>>, StoreError>;

    /// Organisations in the order of their ids, at most `limit`, after one.
    async fn organisations(
        &self,
        after: Option<&OrganisationId>,
        limit: usize,
    ) -> Result<Vec<Arc<Organisation>>, StoreError>;

    /// A home.
    async fn home(&self, id: &HomeId) -> Result<Option<Stored<Arc<Home>>>, StoreError>;

    /// Homes in the order of their ids, at most `limit`, after one.
    async fn homes(
        &self,
        after: Option<&HomeId>,
        limit: usize,
    ) -> Result<Vec<Arc<Home>>, StoreError>;

    /// An ask as it was last submitted or amended, also one that was taken back; its revision is
    /// that of the last change, which may be its withdrawal.
    async fn ask(&self, name: &AskName) -> Result<Option<Stored<SharedAsk>>, StoreError>;

    /// Why an ask was taken back, with the sequence of that; none for one in force.
    async fn withdrawal(
        &self,
        name: &AskName,
    ) -> Result<Option<Stored<Arc<AskWithdrawn>>>, StoreError>;

    /// What an organisation was granted; none where nothing ever was.
    async fn powers(&self, id: &OrganisationId) -> Result<Option<Stored<Arc<Powers>>>, StoreError>;

    /// The ask in force whose content has this digest.
    async fn identical_ask(&self, content: &Digest) -> Result<Option<AskName>, StoreError>;

    /// Asks in the order of their names, at most `limit`, after one.
    async fn asks(
        &self,
        filter: &AskFilter,
        after: Option<&AskName>,
        limit: usize,
    ) -> Result<Vec<Stored<SharedAsk>>, StoreError>;

    /// Every ask in force that is asked of a home and whose periods share a day with
    /// `first..=last`, as in [`AskFilter::days`], in the order of their names. Asks of other days
    /// cost no reading, however many there are.
    async fn asks_of_home(
        &self,
        home: &HomeId,
        first: Date,
        last: Date,
    ) -> Result<Vec<SharedAsk>, StoreError>;

    /// The homes that are among these targets, in classes of homes that are asked the same by asks
    /// of days in `first..=last`, as in [`AskFilter::days`], in the order of the first home of each.
    async fn home_classes(
        &self,
        targets: &Targets,
        first: Date,
        last: Date,
    ) -> Result<Vec<HomeClass>, StoreError>;

    /// What a home said of a reference; an empty sheet of revision 0 where it said nothing.
    async fn sheet(
        &self,
        home: &HomeId,
        reference: &Reference,
    ) -> Result<Stored<Arc<Sheet>>, StoreError>;

    /// The references of moments and of windows that a home has sheets for and that share a day
    /// with `first..=last`: the latest `limit` of them, in order.
    async fn moments(
        &self,
        home: &HomeId,
        first: Date,
        last: Date,
        limit: usize,
    ) -> Result<Vec<Reference>, StoreError>;

    /// The references of spans that a home has sheets for and that lie wholly within
    /// `first..=last`: the latest `limit` of them, in order.
    async fn spans(
        &self,
        home: &HomeId,
        first: Date,
        last: Date,
        limit: usize,
    ) -> Result<Vec<Reference>, StoreError>;

    /// The sheets on which something was released to an ask, in the order in which they last
    /// changed, after a sequence; at most `limit`, but sheets of one sequence are never parted. A
    /// sheet stands once, at its last change.
    async fn released(
        &self,
        ask: &AskName,
        after: u64,
        limit: usize,
    ) -> Result<Vec<ReleasedSheet>, StoreError>;

    /// A submission by its receipt, with its sequence.
    async fn receipt(
        &self,
        home: &HomeId,
        receipt: &str,
    ) -> Result<Option<Stored<Arc<Submission>>>, StoreError>;

    /// A release of answers given before by its receipt, with its sequence.
    async fn release(
        &self,
        home: &HomeId,
        receipt: &str,
    ) -> Result<Option<Stored<Arc<AnswersReleased>>>, StoreError>;

    /// The asks that a home has filed elsewhere for a period.
    async fn filings(
        &self,
        home: &HomeId,
        period: Period,
    ) -> Result<Stored<Arc<Filings>>, StoreError>;

    /// What was typed for a form and not sent; none where nothing was.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] for one that does not read back: it names what was set aside, and the
    /// form has no draft from then on.
    async fn draft(&self, home: &HomeId, period: Period) -> Result<Option<Arc<Draft>>, StoreError>;

    /// Puts a draft in the place of the one of a version, durably, or takes it away for good. False
    /// if it is no longer of that version; then nothing was done.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for more drafts of one home than are kept.
    async fn put_draft(&self, put: PutDraft) -> Result<bool, StoreError>;

    /// A template that a submission names.
    async fn template(&self, digest: &Digest) -> Result<Option<Arc<Template>>, StoreError>;

    /// The token whose secret has this hash.
    async fn token_of_hash(&self, hash: &Digest) -> Result<Option<Arc<Token>>, StoreError>;

    /// A token.
    async fn token(&self, id: &str) -> Result<Option<Stored<Arc<Token>>>, StoreError>;

    /// The homes that bear an identifier, in the order of their ids, closed ones too.
    async fn homes_of(&self, identifier: &HomeIdentifier) -> Result<Vec<HomeId>, StoreError>;

    /// The organisations that bear an identifier, in the order of their ids, ended ones too.
    async fn organisations_of(
        &self,
        identifier: &OrganisationIdentifier,
    ) -> Result<Vec<OrganisationId>, StoreError>;

    /// Which organisation came after which.
    async fn organisation_successions(
        &self,
    ) -> Result<Stored<Arc<Successions<OrganisationId>>>, StoreError>;

    /// Which home came after which.
    async fn home_successions(&self) -> Result<Stored<Arc<Successions<HomeId>>>, StoreError>;

    /// The person whose address is compared by this key.
    async fn person_of_email(&self, key: &str) -> Result<Option<Arc<Person>>, StoreError>;

    /// Every person, by id, but those who were removed for good.
    async fn people(&self) -> Result<Stored<Vec<Arc<Person>>>, StoreError>;

    /// Whether anybody ever had this id.
    async fn was_person(&self, id: &str) -> Result<bool, StoreError>;

    /// What a home's people were told last by a digest, with the sequence of that; none where they
    /// never were.
    async fn last_digest(&self, home: &HomeId) -> Result<Option<Stored<LastDigest>>, StoreError>;

    /// Every token, by id.
    async fn tokens(&self) -> Result<Vec<Stored<Arc<Token>>>, StoreError>;

    /// Events in the order of the ledger, at most `limit`, after a sequence.
    async fn events(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, StoreError>;

    /// As [`Store::released`], to any ask of an organisation; a sheet stands once.
    async fn released_to(
        &self,
        organisation: &OrganisationId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<ReleasedSheet>, StoreError>;

    /// The sheets of these homes and references on which something was released to an ask, in the
    /// order of the homes, then of the references.
    async fn released_among(
        &self,
        ask: &AskName,
        homes: &[HomeId],
        references: &[Reference],
    ) -> Result<Vec<ReleasedSheet>, StoreError>;

    /// The sheets of a home, the latest `limit` by their last change, in that order.
    async fn sheets_of_home(
        &self,
        home: &HomeId,
        limit: usize,
    ) -> Result<Vec<ReleasedSheet>, StoreError>;

    /// What callers of an ask took of a sheet.
    async fn collected(
        &self,
        home: &HomeId,
        reference: &Reference,
        ask: &AskName,
    ) -> Result<Vec<CollectionRecord>, StoreError>;

    /// What callers took of a home's sheets, of asks of one organisation or of all, in the order in
    /// which it was last taken: of the latest 2,000 sheets that changed.
    async fn collections(
        &self,
        home: &HomeId,
        organisation: Option<&OrganisationId>,
    ) -> Result<Vec<CollectionRecord>, StoreError>;

    /// Up to where an organisation has stored what it was given, of one ask or, without one, of all.
    async fn acknowledged(
        &self,
        organisation: &OrganisationId,
        ask: Option<&AskId>,
    ) -> Result<Option<Stored<Acknowledgement>>, StoreError>;

    /// What each of these asks asks, in order and each once; nothing of one that does not exist.
    async fn asked_questions(&self, asks: &[AskName]) -> Result<Vec<Vec<QuestionId>>, StoreError>;

    /// The day after which each of these asks asks for no further period; none for one that has no
    /// such day or does not exist.
    async fn expiries(&self, asks: &[AskName]) -> Result<Vec<Option<Date>>, StoreError>;

    /// Holds the sequence up to which reads see, and wakes whoever waits on it when something was
    /// released. Beside it, a store that other processes write to must be polled.
    fn changes(&self) -> watch::Receiver<u64>;

    /// Holds the sequence up to which reads see, and wakes whoever waits on it at every step.
    fn reach(&self) -> watch::Receiver<u64>;

    /// What passes: kept for a while, for whichever broker is asked next.
    fn passing(&self) -> &dyn PassingStore;

    /// Events with their headers in the order of the ledger, erased ones too, at most `limit`,
    /// after a sequence.
    async fn ledger(&self, after: u64, limit: usize) -> Result<Vec<LedgerEntry>, StoreError>;

    /// The end of the ledger; none where no chained ledger is kept.
    async fn checkpoint(&self) -> Result<Option<LedgerCheckpoint>, StoreError>;

    /// A check of the ledger from its beginning to where it ends now, beside whoever writes to it;
    /// none where no chained ledger is kept.
    async fn walk_ledger(&self) -> Result<Option<Box<dyn LedgerWalk>>, StoreError>;

    /// Whether it can serve; the error says why not.
    async fn ready(&self) -> Result<(), StoreError>;
}
