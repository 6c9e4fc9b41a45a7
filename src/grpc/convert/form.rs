//! Forms.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::broker::{FormView, OfferWords};
use crate::domain::alike::LikelySame;
use crate::domain::form::{Form, Need};
use crate::domain::id::{HomeId, OrganisationId};
use crate::domain::organisation::Organisation;
use crate::domain::period::Period;
use crate::domain::template::{Template, TemplateAsk};
use crate::grpc::v1;

use super::copy_sheet::copy_sheet;
use super::draft::draft;
use super::entry::entry;
use super::time::{instant, minute, window};

/// Who asks, and when.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) template: &'a Template,
    organisations: &'a BTreeMap<OrganisationId, Arc<Organisation>>,
}

impl<'a> Asking<'a> {
    /// Those on a template.
    pub(super) fn of(
        template: &'a Template,
        organisations: &'a BTreeMap<OrganisationId, Arc<Organisation>>,
    ) -> Self {
        Self {
            template,
            organisations,
        }
    }

    /// An organisation's name; its id where the register does not say.
    pub(super) fn name_of(&self, id: &OrganisationId) -> String {
        let known = self.organisations.get(id);
        known.map_or_else(|| id.to_string(), |organisation| organisation.name.clone())
    }
}

/// A form in full.
pub(crate) fn form(view: &FormView) -> v1::Form {
    let asking = Asking::of(&view.form.template, &view.organisations);
    let body = view.form.template.body();
    let entries = view.form.entries();
    let nothing_said = OfferWords::default();
    v1::Form {
        summary: Some(summary(&view.form)),
        asks: body
            .asks
            .iter()
            .map(|ask| form_ask(ask, &view.form, asking))
            .collect(),
        entries: entries
            .map(|(own, state)| {
                let words = view.words.get(&own.id).unwrap_or(&nothing_said);
                let alike = view.alike.get(&own.id).into_iter().flatten();
                v1::FormEntry {
                    likely_same: alike.map(likely_same).collect(),
                    ..entry(own, state, words, asking)
                }
            })
            .collect(),
        draft: view.draft.as_deref().map(|own| draft(own, &view.form)),
        copy_sheets: view.copy_sheets.iter().map(copy_sheet).collect(),
    }
}

fn likely_same(other: &LikelySame) -> v1::LikelySame {
    v1::LikelySame {
        entry: other.entry.to_string(),
        explanation: other.explanation.clone(),
    }
}

/// A form in short.
pub(crate) fn summary(form: &Form) -> v1::FormSummary {
    let body = form.template.body();
    let askers: BTreeSet<_> = body.asks.iter().map(|ask| &ask.name.organisation).collect();
    v1::FormSummary {
        name: form_name(&form.home, body.period),
        period: body.period.to_string(),
        period_label: body.period.label(),
        state: v1::FormState::from(form.state).into(),
        fields: count(form.template.fields()),
        questions: count(form.template.questions()),
        entries: count(body.entries.len()),
        answered: count(form.answered()),
        organisations: count(askers.len()),
        next_due: form.next_due.map(minute).unwrap_or_default(),
        template: form.template.digest().to_string(),
        etag: form.etag.to_string(),
        put: count(form.put()),
        to_answer: count(form.count(Need::Answer)),
        to_confirm: count(form.count(Need::Confirm)),
        worked_out: count(form.count(Need::WorkedOut)),
        from_register: count(form.count(Need::Register)),
        to_send: count(form.count(Need::Send)),
    }
}

/// A form's resource name.
pub(super) fn form_name(home: &HomeId, period: Period) -> String {
    format!("{}/forms/{period}", home.resource())
}

/// A count for the wire: bounded far below what it holds.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn form_ask(ask: &TemplateAsk, form: &Form, asking: Asking<'_>) -> v1::FormAsk {
    let filed = form.filings.get(&ask.name);
    let organisation = &ask.name.organisation;
    v1::FormAsk {
        ask: ask.name.to_string(),
        organisation: organisation.resource(),
        organisation_name: asking.name_of(organisation),
        purpose: ask.purpose.clone(),
        legal_basis: ask.legal_basis.clone(),
        contact: ask.contact.clone(),
        notice: ask.notice.clone(),
        window: Some(window(ask.window)),
        agreement: ask.agreement.clone(),
        filed_elsewhere: ask.filed_elsewhere.clone(),
        filed_at: filed.map(|filed| instant(filed.at)),
        filed_by: filed.map(|filed| filed.by.clone()).unwrap_or_default(),
    }
}
