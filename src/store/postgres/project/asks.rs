//! Who asks what, of whom, and up to where it says that it has stored what it was given.

use std::cmp::Ordering;
use std::sync::OnceLock;

use tokio_postgres::types::Type;

use super::Gathered;
use super::column::{Column, Day, Instant, Texts, Values, count, said};
use super::row::{Row, Sort, row, statement};
use crate::domain::ask::{self, Schedule};
use crate::domain::collection::DeliveriesAcknowledged;
use crate::domain::event::{self, AskSubmitted};
use crate::domain::field_type::Moment;
use crate::domain::id::{AskId, ElementId};
use crate::store::index::{Fact, Noted};
use crate::store::postgres::place::{EventAt, stored};

row! {
    AskRow<'a> in "asks", Once by (organisation_id) {
        organisation_id: &'a str,
        ask_id: &'a str,
        recorded_at: Instant,
        submitted_on: Day,
        on_behalf: bool,
        purpose: &'a str,
        legal_basis: &'a str,
        statutory_power: Option<&'a str>,
        agreement: Option<&'a str>,
        filed_elsewhere: Option<&'a str>,
        is_private: bool,
        continues: Option<&'a str>,
        cadence: Option<&'a str>,
        periods: Option<Texts>,
        begins_on: Day,
        first_day: Day,
        last_day: Option<Day>,
        expires_on: Option<Day>,
        fields: i32,
    }
}

row! {
    AskFieldRow<'a> in "ask_fields", Once by (organisation_id) {
        organisation_id: &'a str,
        place: i32,
        question_id: String,
        name: &'a str,
        label: &'a str,
        r#type: &'a str,
        timing: String,
        element_id: Option<&'a str>,
        reference: Option<String>,
        moment: Option<&'a str>,
        applies_to: Option<Texts>,
        is_conditional: bool,
    }
}

row! {
    AskTargetRow<'a> in "ask_targets", Once by (organisation_id) {
        organisation_id: &'a str,
        target: &'a str,
        is_area: bool,
    }
}

row! {
    AskWithdrawalRow<'a> in "ask_withdrawals", Once by (organisation_id) {
        organisation_id: &'a str,
        ask_id: &'a str,
        recorded_at: Instant,
        reason: &'a str,
        on_behalf: bool,
    }
}

row! {
    AcknowledgementRow<'a> in "acknowledgements", Latest by (organisation_id, ask_id) {
        organisation_id: &'a str,
        ask_id: &'a str,
        through: i64,
        recorded_at: Instant,
    }
}

impl<'a> Gathered<'a> {
    pub(super) fn add_ask(&mut self, at: EventAt, noted: &'a Noted, submitted: &'a AskSubmitted) {
        let Fact::Ask(ask) = &noted.fact else {
            debug_assert!(false, "an ask is read as an ask");
            return;
        };
        let raw = &ask.raw;
        let organisation_id = ask.name.organisation.as_str();
        let (first_day, last_day) = ask.schedule.days();
        let (begins_on, periods) = match &ask.schedule {
            Schedule::Recurring { from, .. } => (*from, None),
            Schedule::Periods(periods) => {
                let ids = periods.iter().map(ToString::to_string);
                (first_day, Some(Texts::of(ids)))
            }
        };
        self.asks.push(AskRow {
            organisation_id,
            ask_id: ask.name.ask.as_str(),
            recorded_at: Instant(noted.at),
            submitted_on: Day(submitted.submitted_on),
            on_behalf: submitted.provenance.on_behalf,
            purpose: &raw.purpose,
            legal_basis: &raw.legal_basis,
            statutory_power: said(&raw.statutory_power),
            agreement: said(&raw.agreement),
            filed_elsewhere: said(&raw.filed_elsewhere),
            is_private: raw.private,
            continues: said(&raw.continues),
            cadence: said(&raw.cadence),
            periods,
            begins_on: Day(begins_on),
            first_day: Day(first_day),
            last_day: (last_day != jiff::civil::Date::MAX).then_some(Day(last_day)),
            expires_on: ask.expires_on.map(Day),
            fields: count(ask.fields.len()),
            at,
        });
        let fields = ask.fields.iter().enumerate();
        let fields = fields.map(|(place, field)| field_row(at, organisation_id, place, field));
        self.ask_fields.extend(fields);
        self.add_targets(at, organisation_id, &ask.targets);
    }

    fn add_targets(&mut self, at: EventAt, organisation_id: &'a str, targets: &'a ask::Targets) {
        let areas = targets.areas.iter().map(|area| (area.as_str(), true));
        let homes = targets.homes.iter().map(|home| (home.as_str(), false));
        let row = |(target, is_area)| AskTargetRow {
            organisation_id,
            target,
            is_area,
            at,
        };
        self.ask_targets.extend(areas.chain(homes).map(row));
    }

    pub(super) fn add_withdrawal(
        &mut self,
        at: EventAt,
        noted: &Noted,
        withdrawn: &'a event::AskWithdrawn,
    ) {
        self.ask_withdrawals.push(AskWithdrawalRow {
            organisation_id: withdrawn.name.organisation.as_str(),
            ask_id: withdrawn.name.ask.as_str(),
            recorded_at: Instant(noted.at),
            reason: &withdrawn.reason,
            on_behalf: withdrawn.on_behalf,
            at,
        });
    }

    pub(super) fn add_acknowledged(
        &mut self,
        at: EventAt,
        noted: &Noted,
        acknowledged: &'a DeliveriesAcknowledged,
    ) {
        self.acknowledgements.push(AcknowledgementRow {
            organisation_id: acknowledged.organisation.as_str(),
            ask_id: acknowledged.ask.as_ref().map_or("", AskId::as_str),
            through: stored(acknowledged.through),
            recorded_at: Instant(noted.at),
            at,
        });
    }
}

fn field_row<'a>(
    at: EventAt,
    organisation_id: &'a str,
    place: usize,
    asked: &'a ask::AskField,
) -> AskFieldRow<'a> {
    let field = asked.field.field();
    let services = &field.applies_to;
    AskFieldRow {
        organisation_id,
        place: count(place),
        question_id: asked.question.to_string(),
        name: field.name.as_str(),
        label: &field.label,
        r#type: field.kind.word().as_str(),
        timing: field.timing.to_string(),
        element_id: field.element.as_ref().map(ElementId::as_str),
        reference: (!field.reference.is_same()).then(|| field.reference.to_string()),
        moment: (field.moment != Moment::default()).then(|| field.moment.as_str()),
        applies_to: (!services.is_empty()).then(|| Texts::of(services)),
        is_conditional: field.only_if.is_some(),
        at,
    }
}
