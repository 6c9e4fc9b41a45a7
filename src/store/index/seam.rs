//! The seam's reads, written once for both backends: they differ in how they append.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::civil::Date;
use tokio::sync::watch;

use super::bodies::Bodies;
use super::read::Index;
use super::records::Records;
use crate::domain::access::Token;
use crate::domain::answer::Submission;
use crate::domain::ask::{SharedAsk, Targets};
use crate::domain::dictionary::{Dictionary, ElementProposed};
use crate::domain::digest::{Digest, QuestionId};
use crate::domain::draft::Draft as FormDraft;
use crate::domain::event::AskWithdrawn;
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
use crate::store::{
    Acknowledgement, Append, Appended, AskFilter, CollectionRecord, HomeClass, Idempotency,
    LedgerCheckpoint, LedgerEntry, LedgerWalk, PassingStore, PutDraft, Recorded, ReleasedSheet,
    Store, StoreError, Stored,
};

/// A backend that reads by the index.
#[async_trait]
pub(crate) trait Backend: Send + Sync {
    /// Where its records stand.
    type Records: Records;
    /// Where its events are read back from.
    type Bodies: Bodies;

    /// The index.
    fn index(&self) -> &Index<Self::Records, Self::Bodies>;

    /// As [`Store::append`].
    async fn record(&self, append: Append) -> Result<Appended, StoreError>;

    /// As [`Store::draft`].
    async fn kept_draft(
        &self,
        home: &HomeId,
        period: Period,
    ) -> Result<Option<Arc<FormDraft>>, StoreError>;

    /// As [`Store::put_draft`].
    async fn keep_draft(&self, put: PutDraft) -> Result<bool, StoreError>;

    /// As [`Store::passing`].
    fn passing_store(&self) -> &dyn PassingStore;

    /// As [`Store::ready`].
    fn state(&self) -> Result<(), StoreError>;

    /// Whether what it reads is recent enough that somebody may be let in by it: whoever was shut
    /// out meanwhile must stay out.
    fn is_recent(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[async_trait]
impl<T: Backend> Store for T {
    async fn append(&self, append: Append) -> Result<Appended, StoreError> {
        self.record(append).await
    }

    async fn seen(&self, idempotency: &Idempotency) -> Result<Option<Appended>, StoreError> {
        self.index().core().seen(idempotency)
    }

    async fn dictionary(&self) -> Result<Stored<Arc<Dictionary>>, StoreError> {
        Ok(self.index().dictionary())
    }

    async fn proposals(&self) -> Result<Vec<Stored<Arc<ElementProposed>>>, StoreError> {
        Ok(self.index().proposals())
    }

    async fn links(&self) -> Result<Stored<Arc<Links>>, StoreError> {
        Ok(self.index().links())
    }

    async fn decision_life(
        &self,
        id: &str,
    ) -> Result<Option<Stored<Arc<DecisionLife>>>, StoreError> {
        Ok(self.index().decision_life(id))
    }

    async fn decisions_about(
        &self,
        questions: &BTreeSet<QuestionId>,
        limit: usize,
    ) -> Result<Vec<Arc<DecisionLife>>, StoreError> {
        Ok(self.index().decisions_about(questions, limit))
    }

    async fn objected_decisions(&self) -> Result<BTreeSet<String>, StoreError> {
        Ok(self.index().objected_decisions())
    }

    async fn terms(&self) -> Result<Stored<Arc<OwnTerms>>, StoreError> {
        Ok(self.index().terms())
    }

    async fn element_changes(
        &self,
        id: &ElementId,
        limit: usize,
    ) -> Result<Vec<Arc<Recorded>>, StoreError> {
        self.index().element_changes(id, limit).await
    }

    async fn organisation(
        &self,
        id: &OrganisationId,
    ) -> Result<Option<Stored<Arc<Organisation>>>, StoreError> {
        Ok(self.index().organisation(id))
    }

    async fn organisations(
        &self,
        after: Option<&OrganisationId>,
        limit: usize,
    ) -> Result<Vec<Arc<Organisation>>, StoreError> {
        Ok(self.index().organisations(after, limit))
    }

    async fn home(&self, id: &HomeId) -> Result<Option<Stored<Arc<Home>>>, StoreError> {
        Ok(self.index().home(id))
    }

    async fn homes(
        &self,
        after: Option<&HomeId>,
        limit: usize,
    ) -> Result<Vec<Arc<Home>>, StoreError> {
        Ok(self.index().homes(after, limit))
    }

    async fn ask(&self, name: &AskName) -> Result<Option<Stored<SharedAsk>>, StoreError> {
        self.index().ask(name).await
    }

    async fn withdrawal(
        &self,
        name: &AskName,
    ) -> Result<Option<Stored<Arc<AskWithdrawn>>>, StoreError> {
        self.index().withdrawal(name).await
    }

    async fn powers(&self, id: &OrganisationId) -> Result<Option<Stored<Arc<Powers>>>, StoreError> {
        Ok(self.index().powers(id))
    }

    async fn identical_ask(&self, content: &Digest) -> Result<Option<AskName>, StoreError> {
        Ok(self.index().identical_ask(content))
    }

    async fn asks(
        &self,
        filter: &AskFilter,
        after: Option<&AskName>,
        limit: usize,
    ) -> Result<Vec<Stored<SharedAsk>>, StoreError> {
        self.index().asks(filter, after, limit).await
    }

    async fn asks_of_home(
        &self,
        home: &HomeId,
        first: Date,
        last: Date,
    ) -> Result<Vec<SharedAsk>, StoreError> {
        self.index().asks_of_home(home, (first, last)).await
    }

    async fn home_classes(
        &self,
        targets: &Targets,
        first: Date,
        last: Date,
    ) -> Result<Vec<HomeClass>, StoreError> {
        Ok(self.index().home_classes(targets, (first, last)))
    }

    async fn sheet(
        &self,
        home: &HomeId,
        reference: &Reference,
    ) -> Result<Stored<Arc<Sheet>>, StoreError> {
        self.index().sheet(home, reference).await
    }

    async fn moments(
        &self,
        home: &HomeId,
        first: Date,
        last: Date,
        limit: usize,
    ) -> Result<Vec<Reference>, StoreError> {
        Ok(self.index().moments(home, (first, last), limit))
    }

    async fn spans(
        &self,
        home: &HomeId,
        first: Date,
        last: Date,
        limit: usize,
    ) -> Result<Vec<Reference>, StoreError> {
        Ok(self.index().spans(home, (first, last), limit))
    }

    async fn released(
        &self,
        ask: &AskName,
        after: u64,
        limit: usize,
    ) -> Result<Vec<ReleasedSheet>, StoreError> {
        Ok(self.index().released(ask, after, limit))
    }

    async fn receipt(
        &self,
        home: &HomeId,
        receipt: &str,
    ) -> Result<Option<Stored<Arc<Submission>>>, StoreError> {
        self.index().receipt(home, receipt).await
    }

    async fn release(
        &self,
        home: &HomeId,
        receipt: &str,
    ) -> Result<Option<Stored<Arc<AnswersReleased>>>, StoreError> {
        self.index().release(home, receipt).await
    }

    async fn filings(
        &self,
        home: &HomeId,
        period: Period,
    ) -> Result<Stored<Arc<Filings>>, StoreError> {
        self.index().filings(home, period)
    }

    async fn draft(
        &self,
        home: &HomeId,
        period: Period,
    ) -> Result<Option<Arc<FormDraft>>, StoreError> {
        self.kept_draft(home, period).await
    }

    async fn put_draft(&self, put: PutDraft) -> Result<bool, StoreError> {
        self.keep_draft(put).await
    }

    async fn template(&self, digest: &Digest) -> Result<Option<Arc<Template>>, StoreError> {
        self.index().template(digest).await
    }

    async fn token_of_hash(&self, hash: &Digest) -> Result<Option<Arc<Token>>, StoreError> {
        self.is_recent()?;
        Ok(self.index().token_of_hash(hash))
    }

    async fn token(&self, id: &str) -> Result<Option<Stored<Arc<Token>>>, StoreError> {
        Ok(self.index().token(id))
    }

    async fn homes_of(&self, identifier: &HomeIdentifier) -> Result<Vec<HomeId>, StoreError> {
        Ok(self.index().homes_of(identifier))
    }

    async fn organisations_of(
        &self,
        identifier: &OrganisationIdentifier,
    ) -> Result<Vec<OrganisationId>, StoreError> {
        Ok(self.index().organisations_of(identifier))
    }

    async fn organisation_successions(
        &self,
    ) -> Result<Stored<Arc<Successions<OrganisationId>>>, StoreError> {
        Ok(self.index().organisation_successions())
    }

    async fn home_successions(&self) -> Result<Stored<Arc<Successions<HomeId>>>, StoreError> {
        Ok(self.index().home_successions())
    }

    async fn person_of_email(&self, key: &str) -> Result<Option<Arc<Person>>, StoreError> {
        self.is_recent()?;
        Ok(self.index().person_of_email(key))
    }

    async fn people(&self) -> Result<Stored<Vec<Arc<Person>>>, StoreError> {
        self.is_recent()?;
        Ok(self.index().people())
    }

    async fn was_person(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.index().was_person(id))
    }

    async fn last_digest(&self, home: &HomeId) -> Result<Option<Stored<LastDigest>>, StoreError> {
        self.index().last_digest(home)
    }

    async fn tokens(&self) -> Result<Vec<Stored<Arc<Token>>>, StoreError> {
        Ok(self.index().tokens())
    }

    async fn events(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.index().bodies().after(after, limit).await
    }

    async fn released_to(
        &self,
        organisation: &OrganisationId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<ReleasedSheet>, StoreError> {
        Ok(self.index().released_to(organisation, after, limit))
    }

    async fn released_among(
        &self,
        ask: &AskName,
        homes: &[HomeId],
        references: &[Reference],
    ) -> Result<Vec<ReleasedSheet>, StoreError> {
        Ok(self.index().released_among(ask, homes, references))
    }

    async fn sheets_of_home(
        &self,
        home: &HomeId,
        limit: usize,
    ) -> Result<Vec<ReleasedSheet>, StoreError> {
        Ok(self.index().core().read().sheets.of_home(home, limit))
    }

    async fn collected(
        &self,
        home: &HomeId,
        reference: &Reference,
        ask: &AskName,
    ) -> Result<Vec<CollectionRecord>, StoreError> {
        self.index().collected(home, reference, ask)
    }

    async fn collections(
        &self,
        home: &HomeId,
        organisation: Option<&OrganisationId>,
    ) -> Result<Vec<CollectionRecord>, StoreError> {
        self.index().collections(home, organisation)
    }

    async fn acknowledged(
        &self,
        organisation: &OrganisationId,
        ask: Option<&AskId>,
    ) -> Result<Option<Stored<Acknowledgement>>, StoreError> {
        self.index().acknowledged(organisation, ask)
    }

    async fn asked_questions(&self, asks: &[AskName]) -> Result<Vec<Vec<QuestionId>>, StoreError> {
        let asked = asks.iter().map(|ask| self.index().asked_questions(ask));
        asked.collect()
    }

    async fn expiries(&self, asks: &[AskName]) -> Result<Vec<Option<Date>>, StoreError> {
        asks.iter().map(|ask| self.index().expiry(ask)).collect()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.index().core().changes()
    }

    fn reach(&self) -> watch::Receiver<u64> {
        self.index().core().reach()
    }

    fn passing(&self) -> &dyn PassingStore {
        self.passing_store()
    }

    async fn ledger(&self, after: u64, limit: usize) -> Result<Vec<LedgerEntry>, StoreError> {
        self.index().bodies().entries(after, limit).await
    }

    async fn checkpoint(&self) -> Result<Option<LedgerCheckpoint>, StoreError> {
        Ok(self.index().bodies().checkpoint())
    }

    async fn walk_ledger(&self) -> Result<Option<Box<dyn LedgerWalk>>, StoreError> {
        self.index().bodies().walk()
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.state()
    }
}
