//! The form of a home for a period.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::DateTime;

use crate::domain::alike::LikelySames;
use crate::domain::ask::SharedAsk;
use crate::domain::copy_sheet::{CopySheet, copy_sheet};
use crate::domain::dictionary::Dictionary;
use crate::domain::digest::QuestionId;
use crate::domain::draft::Draft;
use crate::domain::form::{Form, FormSources, Need, Offered, Sheets};
use crate::domain::home::Home;
use crate::domain::id::{HomeId, OrganisationId};
use crate::domain::known::{Knowledge, Memo, Register};
use crate::domain::link::Links;
use crate::domain::organisation::Organisation;
use crate::domain::period::Period;
use crate::domain::template::{EntryId, Template, TemplateAsk, TemplateKey};
use crate::domain::worked_out::Source;

use super::sources::Drawn;
use super::{Broker, BrokerError};

/// A form with the names of those who ask.
#[derive(Debug, Clone)]
pub struct FormView {
    /// The form.
    pub form: Form,
    /// The organisations on it.
    pub organisations: BTreeMap<OrganisationId, Arc<Organisation>>,
    /// The values of each ask that is filed elsewhere, to be copied there, by the ask's name.
    pub copy_sheets: Vec<CopySheet>,
    /// What people have typed and not sent.
    pub draft: Option<Arc<Draft>>,
    /// Where what is offered comes from, by entry.
    pub words: BTreeMap<EntryId, OfferWords>,
    /// The entries that are likely the same as others, while nobody has decided.
    pub alike: LikelySames,
}

/// Where what an entry is offered comes from, in words.
#[derive(Debug, Clone, Default)]
pub struct OfferWords {
    /// The offer, or what will be offered; empty for an answer that is only to be sent.
    pub offered: String,
    /// What says otherwise, in the order of the entry's state.
    pub disagreeing: Vec<String>,
    /// The wordings of the questions that the offer follows from, in the order of its sources.
    pub sources: Vec<String>,
}

/// A form with the revisions of the sheets that it was made from.
pub(super) struct Loaded {
    pub(super) form: Form,
    pub(super) links: Arc<Links>,
    pub(super) dictionary: Arc<Dictionary>,
    pub(super) home: Arc<Home>,
    pub(super) drawn: Drawn,
}

impl Loaded {
    /// The form as it would be with other answers.
    pub(super) fn form_with(&self, sheets: &Sheets, now: DateTime) -> Form {
        Form::of(FormSources {
            template: Arc::clone(&self.form.template),
            sheets,
            links: &self.links,
            dictionary: &self.dictionary,
            home: &self.home,
            before: &self.drawn.before,
            filings: Arc::clone(&self.form.filings),
            now,
        })
    }

    /// Where the offers of a form come from that was made from these sheets.
    pub(super) fn words(&self, form: &Form, sheets: &Sheets) -> BTreeMap<EntryId, OfferWords> {
        let knowledge = Knowledge {
            sheets,
            links: &self.links,
            dictionary: &self.dictionary,
            register: Register::Of(&self.home),
            asked: BTreeMap::new(),
            settled: BTreeMap::new(),
            memo: Memo::default(),
        };
        words(&knowledge, form)
    }
}

impl Broker {
    /// The form of a home for a period; one without entries where nothing is asked.
    ///
    /// # Errors
    /// If there is no such home.
    pub async fn get_form(&self, home: &HomeId, period: Period) -> Result<FormView, BrokerError> {
        let loaded = self.load_form(home, period).await?;
        let words = loaded.words(&loaded.form, &loaded.drawn.sheets);
        self.form_view(loaded.form, words).await
    }

    /// A form with what stands beside it.
    pub(super) async fn form_view(
        &self,
        form: Form,
        words: BTreeMap<EntryId, OfferWords>,
    ) -> Result<FormView, BrokerError> {
        let period = form.template.body().period;
        Ok(FormView {
            copy_sheets: self.copy_sheets(&form).await?,
            organisations: self.names_of(&form.template).await?,
            draft: self.store.draft(&form.home, period).await?,
            alike: self.alike(&form.template).await?,
            words,
            form,
        })
    }

    /// The organisations that ask on a template.
    ///
    /// # Errors
    /// As the store says.
    pub async fn names_of(
        &self,
        template: &Template,
    ) -> Result<BTreeMap<OrganisationId, Arc<Organisation>>, BrokerError> {
        let mut organisations = BTreeMap::new();
        for ask in &template.body().asks {
            let id = &ask.name.organisation;
            if organisations.contains_key(id) {
                continue;
            }
            if let Some(known) = self.store.organisation(id).await? {
                organisations.insert(id.clone(), known.value);
            }
        }
        Ok(organisations)
    }

    async fn copy_sheets(&self, form: &Form) -> Result<Vec<CopySheet>, BrokerError> {
        let mut sheets = Vec::new();
        let asks = form.template.body().asks.iter();
        for own in asks.filter(|ask| ask.is_filed_elsewhere()) {
            if let Some(ask) = self.store.ask(&own.name).await? {
                sheets.push(copy_sheet(form, &ask.value));
            }
        }
        Ok(sheets)
    }

    pub(super) async fn load_form(
        &self,
        home: &HomeId,
        period: Period,
    ) -> Result<Loaded, BrokerError> {
        let entry = self.home(home).await?;
        let (first, last) = (period.start(), period.last_day());
        let mut asks = self.store.asks_of_home(home, first, last).await?;
        let liveness = self.liveness(home).await?;
        asks.retain(|ask| liveness.is_live(ask, &period));
        let links = self.store.links().await?.value;
        self.load_form_of(entry, period, &asks, links).await
    }

    /// As [`Broker::load_form`], of asks and links that are at hand.
    pub(super) async fn load_form_of(
        &self,
        home: Arc<Home>,
        period: Period,
        asks: &[SharedAsk],
        links: Arc<Links>,
    ) -> Result<Loaded, BrokerError> {
        let services = self.services_for(&home.id, asks).await?;
        let dictionary = self.store.dictionary().await?.value;
        let template = self.template_of(period, asks, &services, &links).await?;
        let drawn = self.drawn(&home.id, &template, asks, &dictionary, &links);
        let drawn = drawn.await?;
        let mut on_it = template.body().asks.iter();
        let filings = if on_it.any(TemplateAsk::is_filed_elsewhere) {
            self.store.filings(&home.id, period).await?.value
        } else {
            Arc::default()
        };
        let form = Form::of(FormSources {
            template,
            sheets: &drawn.sheets,
            links: &links,
            dictionary: &dictionary,
            home: &home,
            before: &drawn.before,
            filings,
            now: self.now_in_london(),
        });
        Ok(Loaded {
            form,
            links,
            dictionary,
            home,
            drawn,
        })
    }

    /// The services of a home, where a field is asked by them; they need not be known otherwise.
    pub(super) async fn services_for(
        &self,
        home: &HomeId,
        asks: &[SharedAsk],
    ) -> Result<BTreeSet<String>, BrokerError> {
        if !asks.iter().any(|ask| ask.names_services()) {
            return Ok(BTreeSet::new());
        }
        Ok(self.home(home).await?.normalised_services())
    }

    /// The template of asks for a period: from the cache, or made and cached.
    pub(super) async fn template_of(
        &self,
        period: Period,
        asks: &[SharedAsk],
        services: &BTreeSet<String>,
        links: &Links,
    ) -> Result<Arc<Template>, BrokerError> {
        let dictionary = self.store.dictionary().await?.value;
        let of_period: Vec<SharedAsk> = asks
            .iter()
            .filter(|ask| ask.schedule.includes(&period))
            .cloned()
            .collect();
        let key = TemplateKey::for_services(period, &of_period, services, &dictionary, links);
        if let Some(known) = self.templates.get(&key) {
            return Ok(known);
        }
        let made = Template::for_services(period, &of_period, services, &dictionary, links);
        let made = Arc::new(made);
        self.templates.insert(key, Arc::clone(&made));
        Ok(made)
    }
}

/// Where the offers of a form come from.
fn words(knowledge: &Knowledge<'_>, form: &Form) -> BTreeMap<EntryId, OfferWords> {
    let template = &form.template;
    let mut words = BTreeMap::new();
    // A year's days are answers to one question.
    let mut wordings: BTreeMap<QuestionId, String> = BTreeMap::new();
    for (entry, state) in form.entries() {
        let offered = state.offered.as_ref().filter(|_| state.need != Need::Send);
        let told = |offer: &Offered| knowledge.words(entry, &offer.answer);
        let own = match (offered, &state.pending) {
            (Some(offer), _) => told(offer),
            (None, Some(_)) => knowledge.pending_words(entry),
            (None, None) => String::new(),
        };
        let worked_out = offered.and_then(|offer| offer.answer.worked_out.as_ref());
        let from = worked_out.into_iter().flat_map(|own| &own.from);
        let mut wording = |source: &Source| {
            let known = wordings.entry(source.question);
            let wording = || {
                knowledge
                    .wording(&source.question, template)
                    .unwrap_or_default()
            };
            known.or_insert_with(wording).clone()
        };
        let of_entry = OfferWords {
            offered: own,
            disagreeing: state.disagreeing.iter().map(told).collect(),
            sources: from.map(&mut wording).collect(),
        };
        if !of_entry.offered.is_empty() || !of_entry.disagreeing.is_empty() {
            words.insert(entry.id, of_entry);
        }
    }
    words
}
