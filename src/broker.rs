//! Use cases: read, decide, append.
//!
//! Each loads what it needs with revisions, lets the pure kernel decide which events follow, and
//! appends them, or tries again a bounded number of times when something changed meanwhile. One that
//! takes a request id is safe to run twice. One verb, one file.
//!
//! **Architecture invariant:** a use case does not know which backend or which protocol it serves,
//! and takes time and randomness from what [`Broker::new`] was given.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use quick_cache::sync::Cache;

use self::accepted::AcceptedCache;
use self::alike::Alikes;
use self::authenticate::Callers;
use self::matching::Matchings;
use self::overlap::Overlaps;
use self::suggest::Suggesting;
use crate::domain::access::Principal;
use crate::domain::calendar::civil_london;
use crate::domain::digest::{Digest, derive};
use crate::domain::event::Event;
use crate::domain::template::{Template, TemplateKey};
use crate::store::{Append, Appended, Expectation, Idempotency, Store};

mod accepted;
mod acknowledge;
mod alike;
mod amend_ask;
mod areas;
mod ask_view;
mod authenticate;
mod begun;
mod burden;
mod collect;
mod completeness;
mod confirm_unchanged;
mod correct_answer;
mod decide;
mod decide_own;
mod decide_terms;
mod decline_question;
mod delivery;
mod demands;
mod derived;
mod dictionary;
mod draft;
mod drafted;
mod effect;
mod element_versions;
mod error;
mod explain_question;
mod follow;
mod form;
mod govern_elements;
mod grant_powers;
mod history;
mod identify;
mod import;
mod last_time;
mod latest_collections;
mod level;
mod list_asks;
mod list_collections;
mod list_decisions;
mod list_forms;
mod liveness;
mod mark_filed;
mod matching;
mod merge_elements;
mod network;
mod none_in;
mod object;
mod overlap;
mod page_key;
mod pass;
mod people;
mod prefer_digest;
mod preview_ask;
mod reach;
mod read_ask;
mod read_ledger;
mod receipt;
mod registers;
mod release_answers;
mod resolve;
mod rotate_token;
mod send_digest;
mod sent_lately;
mod sources;
mod start;
mod submit_answers;
mod submit_ask;
mod succeed;
mod suggest;
mod token;
mod trust;
mod undo_decision;
mod waiting;
mod windows;
mod withdraw_ask;

pub use self::accepted::{Accepted, AcceptedWording};
pub use self::amend_ask::AmendAsk;
pub use self::ask_view::AskView;
pub use self::authenticate::{Shown, Verdict};
pub use self::burden::{Burden, BurdenCounts, BurdenFilter, BurdenGroup};
pub use self::completeness::{
    CompletenessFilter, CompletenessPage, CompletenessPlace, CompletenessRow, CompletenessSummary,
};
pub use self::confirm_unchanged::{ConfirmUnchanged, Confirmed, NotConfirmed, WhyNot};
pub use self::correct_answer::{CorrectAnswer, Correctable, Corrected};
pub use self::decide::{Decided, DecidedOne, RawDecision, RawOptionPair, RawSide};
pub use self::decide_terms::{DecidingTerms, SuggestedWord};
pub use self::decline_question::DeclineQuestion;
pub use self::delivery::{
    Cursor, DeliveryFilter, DeliveryPage, DeliveryRow, DeliveryScope, Within,
};
pub use self::demands::{DemandFilter, DemandPage, DemandRow};
pub use self::derived::Derived;
pub use self::draft::SaveDraft;
pub use self::drafted::DraftedForm;
pub use self::effect::{AskedToday, Effect};
pub use self::error::BrokerError;
pub use self::explain_question::{Explained, Explanation};
pub use self::form::{FormView, OfferWords};
pub use self::govern_elements::{Approval, Retiring};
pub use self::history::{AskedQuestion, History, QuestionHistory};
pub use self::import::Imported;
pub use self::latest_collections::{LatestCollections, LatestPlace};
pub use self::list_asks::AskPage;
pub use self::list_collections::{
    CollectionFilter, CollectionPage, CollectionPlace, CollectionRow,
};
pub use self::list_decisions::{DecisionFilter, DecisionPlace, DecisionView, SideWords};
pub use self::list_forms::FormsFilter;
pub use self::mark_filed::{MarkFiled, MarkedFiled};
pub use self::matching::Matching;
pub use self::merge_elements::Retired;
pub use self::network::Source;
pub use self::none_in::nothing_happened;
pub use self::object::{Answering, Objecting};
pub use self::overlap::{Asked, Overlap, OverlapFilter, OverlapPair};
pub use self::people::Led;
pub use self::preview_ask::PreviewedAsk;
pub use self::reach::Reach;
pub use self::read_ledger::LedgerRow;
pub use self::receipt::ReceiptView;
pub use self::registers::{HomeFilter, HomeView, OrganisationView};
pub use self::release_answers::{AnswersSent, ReleaseAnswers};
pub use self::rotate_token::RotatedToken;
pub use self::sent_lately::SentLately;
pub use self::submit_answers::{AnswerWarning, SubmitAnswers, SubmittedAnswers};
pub use self::submit_ask::{SubmitOutcome, SubmittedAsk};
pub use self::succeed::RecordedSuccession;
pub use self::suggest::{
    Against, Alike, AskedQuestions, Between, Candidate, FieldSuggestion, Like, Suggestion,
    SuggestionFilter, SuggestionPage, SuggestionPlace,
};
pub use self::token::{IssuedToken, NewToken};
pub use self::trust::{
    ALGORITHMS, Algorithm, CertificateName, ClientCertificate, Issuer, JWT_LEEWAY, JwtTerms,
    KeySet, Trust,
};
pub use self::windows::AskWindow;
pub use crate::store::{
    AskFilter, LedgerCheckpoint, LedgerProgress, LedgerWalk, Passing, PassingKind, Putting, Stored,
};

/// Who calls: a principal whose secret was recognised.
pub type Caller = Principal;

/// What tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What fills a buffer with randomness.
pub type Entropy = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// How often a use case tries again when something changed between its read and its append.
const ATTEMPTS_MAX: usize = 5;

/// How many templates are kept, least used first out: the distinct ask sets of a region's homes
/// for the periods that are open at once, at some 50 kB each.
const TEMPLATES_CACHED: usize = 2_000;

const REQUEST_CONTEXT: &str = "askonce 2026-11-21 request v1";
const REQUEST_CONTENT_CONTEXT: &str = "askonce 2026-11-21 request content v1";

/// The use cases, over one store.
pub struct Broker {
    store: Arc<dyn Store>,
    clock: Clock,
    entropy: Entropy,
    templates: Cache<TemplateKey, Arc<Template>>,
    callers: Callers,
    overlaps: Overlaps,
    matchings: Matchings,
    alikes: Alikes,
    accepted_cache: AcceptedCache,
    suggesting: Suggesting,
}

impl Broker {
    /// A broker over a store, told the time and given randomness.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Clock, entropy: Entropy) -> Self {
        Self {
            store,
            clock,
            entropy,
            templates: Cache::new(TEMPLATES_CACHED),
            callers: Callers::new(),
            overlaps: Overlaps::new(),
            matchings: Matchings::new(),
            alikes: Alikes::new(),
            accepted_cache: AcceptedCache::new(),
            suggesting: Suggesting::new(),
        }
    }

    /// Whether it can serve.
    ///
    /// # Errors
    /// Why it cannot.
    pub async fn ready(&self) -> Result<(), BrokerError> {
        Ok(self.store.ready().await?)
    }

    /// How often a template was at hand, and had to be made.
    pub fn template_readings(&self) -> (u64, u64) {
        (self.templates.hits(), self.templates.misses())
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The time on the clocks of London, by which windows open and close.
    fn now_in_london(&self) -> DateTime {
        civil_london(self.now())
    }

    /// Random text of 80 bits in lower-case base32, behind a prefix that says of what it is the id.
    fn new_id(&self, prefix: &str) -> String {
        let mut bytes = [0; 10];
        (self.entropy)(&mut bytes);
        let mut text = data_encoding::BASE32_NOPAD.encode(&bytes);
        text.make_ascii_lowercase();
        format!("{prefix}{text}")
    }

    /// Appends what a use case decided. `None` says that something changed since it was read.
    async fn record(
        &self,
        caller: &Caller,
        events: Vec<Event>,
        expectations: Vec<Expectation>,
        idempotency: Option<Idempotency>,
    ) -> Result<Option<Landed>, BrokerError> {
        let append = Append {
            events,
            asks: Vec::new(),
            expectations,
            idempotency,
            by: caller.token_id.clone(),
            at: self.now(),
        };
        self.land(append).await
    }

    /// Appends a request. `None` says that something changed since it was read.
    async fn land(&self, append: Append) -> Result<Option<Landed>, BrokerError> {
        match self.store.append(append).await? {
            Appended::Recorded { .. } => Ok(Some(Landed::Now)),
            Appended::Replayed { first } => Ok(Some(Landed::Before { first })),
            Appended::RequestIdReused => Err(BrokerError::RequestIdReused),
            Appended::Conflict { .. } => Ok(None),
        }
    }

    /// The sequence of the first event of a request that was recorded before; none for one that
    /// never was. Use cases ask before they check anything against the present: what was right when
    /// it was recorded may be stale by now.
    async fn seen_before(
        &self,
        idempotency: Option<&Idempotency>,
    ) -> Result<Option<u64>, BrokerError> {
        let Some(idempotency) = idempotency else {
            return Ok(None);
        };
        match self.store.seen(idempotency).await? {
            Some(Appended::Replayed { first }) => Ok(Some(first)),
            Some(Appended::RequestIdReused) => Err(BrokerError::RequestIdReused),
            _ => Ok(None),
        }
    }

    /// The event recorded under a sequence.
    async fn event_at(&self, sequence: u64) -> Result<Event, BrokerError> {
        let mut events = self.store.events(sequence.saturating_sub(1), 1).await?;
        match events.pop() {
            Some(recorded) if recorded.sequence == sequence => Ok(recorded.event),
            _ => Err(BrokerError::Internal(format!("no event {sequence}"))),
        }
    }
}

/// Whether a request landed now or had landed before, and where.
#[derive(Debug, Clone, Copy)]
enum Landed {
    Now,
    Before { first: u64 },
}

/// What makes a request safe to repeat: none without a request id.
///
/// `content` is what the request says; the same id with other content is refused.
fn idempotency(
    caller: &Caller,
    method: &str,
    request_id: &str,
    content: &impl serde::Serialize,
) -> Result<Option<Idempotency>, BrokerError> {
    if request_id.is_empty() {
        return Ok(None);
    }
    error::check_request_id(request_id)?;
    let content = serde_json::to_vec(content)
        .map_err(|error| BrokerError::Internal(format!("request content: {error}")))?;
    let request = format!("{}\n{method}\n{request_id}", caller.token_id);
    Ok(Some(Idempotency {
        request: derive(REQUEST_CONTEXT, request.as_bytes()),
        content: content_digest(&content),
    }))
}

fn content_digest(content: &[u8]) -> Digest {
    derive(REQUEST_CONTENT_CONTEXT, content)
}
