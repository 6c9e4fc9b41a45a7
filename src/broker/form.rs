//! The form of a home for a period.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::ask::SharedAsk;
use crate::domain::copy_sheet::{CopySheet, copy_sheet};
use crate::domain::draft::Draft;
use crate::domain::form::{Form, Sheets};
use crate::domain::id::{HomeId, OrganisationId};
use crate::domain::link::Links;
use crate::domain::organisation::Organisation;
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::domain::template::{Template, TemplateAsk, TemplateKey};

use super::{Broker, BrokerError};

/// Most sheets of single days that are read for the windows of one form: every day of a month's
/// window, thrice over.
pub(super) const MOMENTS_MAX: usize = 100;

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
}

/// A form with the revisions of the sheets that it was made from.
pub(super) struct Loaded {
    pub(super) form: Form,
    pub(super) links: Arc<Links>,
    pub(super) sheets: Sheets,
    pub(super) revisions: BTreeMap<Reference, u64>,
}

impl Broker {
    /// The form of a home for a period; one without entries where nothing is asked.
    ///
    /// # Errors
    /// If there is no such home.
    pub async fn get_form(&self, home: &HomeId, period: Period) -> Result<FormView, BrokerError> {
        let loaded = self.load_form(home, period).await?;
        let draft = self.store.draft(home, period).await?;
        self.with_names(loaded.form, draft).await
    }

    async fn with_names(
        &self,
        form: Form,
        draft: Option<Arc<Draft>>,
    ) -> Result<FormView, BrokerError> {
        Ok(FormView {
            copy_sheets: self.copy_sheets(&form).await?,
            organisations: self.names_of(&form.template).await?,
            form,
            draft,
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
        self.home(home).await?;
        let (first, last) = (period.start(), period.last_day());
        let mut asks = self.store.asks_of_home(home, first, last).await?;
        let liveness = self.liveness(home).await?;
        asks.retain(|ask| liveness.is_live(ask, &period));
        let links = self.store.links().await?.value;
        self.load_form_of(home, period, &asks, links).await
    }

    /// As [`Broker::load_form`], of asks and links that are at hand.
    pub(super) async fn load_form_of(
        &self,
        home: &HomeId,
        period: Period,
        asks: &[SharedAsk],
        links: Arc<Links>,
    ) -> Result<Loaded, BrokerError> {
        let services = self.services_for(home, asks).await?;
        let template = self.template_of(period, asks, &services, &links).await?;
        let mut sheets = Sheets::new();
        let mut revisions = BTreeMap::new();
        for reference in self.references(home, &template).await? {
            let stored = self.store.sheet(home, &reference).await?;
            revisions.insert(reference, stored.revision);
            if !stored.value.is_empty() {
                sheets.insert(reference, stored.value);
            }
        }
        let now = self.now_in_london();
        let mut asks = template.body().asks.iter();
        let filings = if asks.any(TemplateAsk::is_filed_elsewhere) {
            self.store.filings(home, period).await?.value
        } else {
            Arc::default()
        };
        Ok(Loaded {
            form: Form::of(home.clone(), template, &sheets, &links, filings, now),
            links,
            sheets,
            revisions,
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

    /// The references whose sheets a form is made from: those of its entries, and single days that
    /// lie in the windows of entries answered on completion.
    async fn references(
        &self,
        home: &HomeId,
        template: &Template,
    ) -> Result<BTreeSet<Reference>, BrokerError> {
        let own = template.entries().iter().map(|entry| entry.reference);
        let mut references: BTreeSet<Reference> = own.collect();
        let windows: Vec<_> = references
            .iter()
            .filter_map(|reference| match reference {
                Reference::OnCompletion { opens, closes } => Some((opens.date(), closes.date())),
                _ => None,
            })
            .collect();
        for (first, last) in windows {
            let moments = self.store.moments(home, first, last, MOMENTS_MAX);
            references.extend(moments.await?);
        }
        Ok(references)
    }
}
