//! Asks, and the demands that their fields are.

use crate::broker::{AskView, DemandRow, SubmitOutcome, SubmittedAsk};
use crate::domain::ask::{Ask, RawAsk, RawTargets, Schedule};
use crate::domain::fault::Faults;
use crate::domain::field::RawField;
use crate::domain::id::OrganisationId;
use crate::domain::window::{RawWindowRule, WindowRule};
use crate::grpc::v1;

impl TryFrom<v1::Ask> for RawAsk {
    type Error = Faults;

    fn try_from(ask: v1::Ask) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let mut fields = Vec::with_capacity(ask.fields.len());
        for (place, field) in ask.fields.into_iter().enumerate() {
            let read = RawField::try_from(field);
            fields.extend(faults.take(&format!("fields[{place}]"), read));
        }
        faults.into_result()?;
        let targets = ask.targets.unwrap_or_default();
        let homes = targets.homes.into_iter();
        Ok(Self {
            organisation: bare(ask.organisation, "organisations/"),
            ask: ask.ask,
            purpose: ask.purpose,
            legal_basis: ask.legal_basis,
            contact: ask.contact,
            notice: ask.notice,
            filed_elsewhere: ask.filed_elsewhere,
            cadence: ask.cadence,
            periods: ask.periods,
            from: ask.from,
            until: ask.until,
            review_on: ask.review_on,
            expires_on: ask.expires_on,
            agreement: ask.agreement,
            statutory_power: ask.statutory_power,
            private: ask.private,
            window: ask.window.map(read_window_rule),
            targets: RawTargets {
                homes: homes.map(|home| bare(home, "homes/")).collect(),
                areas: targets.areas,
            },
            continues: ask.continues,
            fields,
        })
    }
}

impl TryFrom<RawAsk> for v1::Ask {
    type Error = Faults;

    fn try_from(mut raw: RawAsk) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let mut fields = Vec::with_capacity(raw.fields.len());
        for (place, field) in std::mem::take(&mut raw.fields).into_iter().enumerate() {
            let read = v1::Field::try_from(field);
            fields.extend(faults.take(&format!("fields[{place}]"), read));
        }
        faults.into_result()?;
        Ok(Self {
            fields,
            ..without_fields(raw)
        })
    }
}

impl From<&Ask> for v1::Ask {
    fn from(ask: &Ask) -> Self {
        let mut raw = ask.raw.clone();
        raw.fields.clear();
        if let Schedule::Recurring { from, .. } = &ask.schedule {
            raw.from = from.to_string();
        }
        raw.window = Some(ask.window.into());
        Self {
            name: ask.name.to_string(),
            ask: ask.name.ask.to_string(),
            fields: ask.fields.iter().map(v1::Field::from).collect(),
            content: ask.content.to_string(),
            ..without_fields(raw)
        }
    }
}

/// An ask with what became of it.
pub(crate) fn ask_view(view: &AskView) -> v1::Ask {
    let provenance = &view.ask.provenance;
    let is_recorded = view.revision > 0;
    let by = Some(&provenance.by).filter(|by| is_recorded && !by.is_empty());
    let withdrawn = view.withdrawn.as_ref();
    v1::Ask {
        revision: view.revision,
        etag: if is_recorded {
            view.revision.to_string()
        } else {
            String::new()
        },
        state: v1::AskState::from(view.state).into(),
        submitted_on_behalf: provenance.on_behalf,
        submitted_by: by.map(|by| format!("tokens/{by}")).unwrap_or_default(),
        previous_revision: withdrawn.map_or(provenance.replaces, |taken| taken.revision),
        withdrawn_because: withdrawn
            .map(|taken| taken.reason.clone())
            .unwrap_or_default(),
        ..v1::Ask::from(&*view.ask)
    }
}

/// What submitting or amending did.
pub(crate) fn outcome(submitted: &SubmittedAsk) -> i32 {
    let outcome = match submitted.outcome {
        SubmitOutcome::Created => v1::SubmitOutcome::Created,
        SubmitOutcome::Valid => v1::SubmitOutcome::Valid,
        SubmitOutcome::Replayed => v1::SubmitOutcome::Replayed,
        SubmitOutcome::Identical => v1::SubmitOutcome::Identical,
    };
    outcome.into()
}

/// A demand with who makes it.
pub(crate) fn demand_row(row: &DemandRow) -> v1::Demand {
    let ask = &row.ask;
    let field = &ask.fields[row.place].field;
    let unit = field.kind.unit().map(|unit| unit.code().to_owned());
    let periods = match &ask.schedule {
        Schedule::Recurring { .. } => Vec::new(),
        Schedule::Periods(periods) => periods.iter().map(ToString::to_string).collect(),
    };
    v1::Demand {
        ask: ask.name.to_string(),
        organisation: ask.name.organisation.resource(),
        field: field.name.to_string(),
        label: field.label.clone(),
        question: row.question.to_string(),
        element: row
            .element
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        timing: field.timing.to_string(),
        r#type: v1::FieldType::from(field.kind.word()).into(),
        unit: unit.unwrap_or_default(),
        cadence: ask.raw.cadence.clone(),
        periods,
        required: field.required,
        compulsion: v1::Compulsion::from(field.compulsion).into(),
        purpose: ask.raw.purpose.clone(),
    }
}

fn without_fields(raw: RawAsk) -> v1::Ask {
    let organisation = raw.organisation.parse::<OrganisationId>();
    let homes = raw.targets.homes.into_iter();
    v1::Ask {
        organisation: organisation.map_or(raw.organisation, |id| id.resource()),
        ask: raw.ask,
        purpose: raw.purpose,
        legal_basis: raw.legal_basis,
        contact: raw.contact,
        notice: raw.notice,
        filed_elsewhere: raw.filed_elsewhere,
        cadence: raw.cadence,
        periods: raw.periods,
        from: raw.from,
        until: raw.until,
        review_on: raw.review_on,
        expires_on: raw.expires_on,
        agreement: raw.agreement,
        statutory_power: raw.statutory_power,
        private: raw.private,
        window: raw.window.map(|rule| v1::WindowRule {
            opens: rule.opens,
            closes: rule.closes,
            roll: Some(rule.roll),
        }),
        targets: Some(v1::Targets {
            homes: homes
                .map(|home| format!("homes/{}", bare(home, "homes/")))
                .collect(),
            areas: raw.targets.areas,
        }),
        continues: raw.continues,
        ..v1::Ask::default()
    }
}

fn read_window_rule(rule: v1::WindowRule) -> RawWindowRule {
    RawWindowRule {
        opens: rule.opens,
        closes: rule.closes,
        roll: rule.roll.unwrap_or(WindowRule::default().roll),
    }
}

/// A name without its collection, so that an ask reads the same however it names what it names.
pub(super) fn bare(name: String, collection: &str) -> String {
    match name.strip_prefix(collection) {
        Some(id) => id.to_owned(),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(file: &str) -> RawAsk {
        serde_json::from_str(file).unwrap()
    }

    const FILE: &str = r#"{
        "organisation": "sefton-council", "purpose": "Capacity", "legal_basis": "Care Act 2014",
        "cadence": "monthly", "from": "2026-11-01", "window": {"opens": "end", "closes": "end+7d"},
        "review_on": "2026-12-01", "expires_on": "2027-01-31", "agreement": "DPIA 7",
        "statutory_power": "Care Act", "private": true,
        "targets": {"homes": ["1-466088203"], "areas": ["E08000014"]},
        "fields": [
            {"name": "a", "label": "Hours of care", "type": "quantity", "unit": "h",
             "timing": "during", "decimals": 1, "min": "0", "compulsion": "statutory"},
            {"name": "b", "label": "Rating", "type": "choice", "timing": "as-at",
             "moment": "on-completion", "options": [{"code": "1", "label": "Good"},
             {"code": "2", "label": "Poor"}], "applies_to": ["nursing homes"]},
            {"name": "c", "label": "Notes", "type": "text", "timing": "standing",
             "max_length": 100, "lines": "multi", "reuse": "always-ask",
             "only_if": {"field": "b", "equals": ["1"]}},
            {"name": "d", "label": "Why so few?", "type": "text", "timing": "during",
             "only_if": {"field": "a", "max": "10"}}]}"#;

    #[test]
    fn an_ask_goes_over_the_wire_and_back_unchanged() {
        let raw = raw(FILE);
        let sent = v1::Ask::try_from(raw.clone()).unwrap();
        assert_eq!(sent.organisation, "organisations/sefton-council");
        assert_eq!(RawAsk::try_from(sent).unwrap(), raw);
    }

    #[test]
    fn an_ask_read_and_sent_again_means_the_same() {
        let day = "2026-11-21".parse().unwrap();
        let ask = Ask::parse(raw(FILE), None, day).unwrap();
        let read = RawAsk::try_from(v1::Ask::from(&ask)).unwrap();
        let again = Ask::parse(read, None, day).unwrap();
        assert_eq!(again.name, ask.name);
        let digests = |ask: &Ask| ask.fields.iter().map(|f| f.digest).collect::<Vec<_>>();
        assert_eq!(digests(&again), digests(&ask));
        assert_eq!((again.schedule, again.targets), (ask.schedule, ask.targets));
    }

    #[test]
    fn unknown_words_and_values_are_faults_at_their_place() {
        let wrong = FILE.replace("\"quantity\"", "\"amount\"");
        let faults = v1::Ask::try_from(raw(&wrong)).unwrap_err();
        assert_eq!(faults.iter().next().unwrap().path, "fields[0].type");
        let mut sent = v1::Ask::try_from(raw(FILE)).unwrap();
        sent.fields[2].reuse = 77;
        let faults = RawAsk::try_from(sent).unwrap_err();
        assert_eq!(faults.iter().next().unwrap().path, "fields[2].reuse");
    }
}
