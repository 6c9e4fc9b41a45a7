//! What is worked out and offered: tables of cases, and laws over random answers.

mod laws;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::date;
use serde_json::{Value as Json, json};

use super::super::answer::{Answer, DeclineReason, Number, Said, Submission, Value};
use super::super::ask::{Ask, RawAsk, SharedAsk};
use super::super::digest::{Digest, QuestionId, derive};
use super::super::form::{Form, FormSources, Offered, Sheets};
use super::super::home::{Home, RawHome};
use super::super::link::{Decision, Links, Verdict};
use super::super::period::Period;
use super::super::reference::Reference;
use super::super::sheet::Sheet;
use super::super::template::{Entry, EntryId, Template};
use super::super::unit::Unit;
use super::super::{decimal::Decimal, dictionary::Dictionary};

/// A home that is asked something, with what it has said so far.
pub(super) struct World {
    pub(super) dictionary: Dictionary,
    pub(super) asks: Vec<SharedAsk>,
    pub(super) links: Links,
    pub(super) sheets: Sheets,
    pub(super) home: Home,
    sequence: u64,
}

impl World {
    /// With a dictionary of these elements.
    pub(super) fn with(elements: &Json) -> Self {
        let dictionary = json!({
            "version": "1",
            "topics": [{"id": "all", "label": "All"}],
            "dimensions": [{"id": "role", "label": "Role", "codes": [
                {"code": "nurse", "label": "Nurses"}, {"code": "care", "label": "Care staff"}]}],
            "elements": elements,
        });
        let raw = serde_json::from_value(dictionary).unwrap();
        Self {
            dictionary: Dictionary::parse(raw).unwrap_or_else(|faults| panic!("{faults}")),
            asks: Vec::new(),
            links: Links::default(),
            sheets: Sheets::new(),
            home: Home::parse(RawHome {
                cqc_id: "1-123456789".into(),
                name: "Rowan House".into(),
                postcode: "M41 5BU".into(),
                area_code: "E08000009".into(),
                ..RawHome::default()
            })
            .unwrap(),
            sequence: 0,
        }
    }

    /// An organisation asks these fields at a cadence.
    pub(super) fn asked(&mut self, organisation: &str, cadence: &str, fields: &Json) -> &mut Self {
        let raw: RawAsk = serde_json::from_value(json!({
            "organisation": organisation, "ask": cadence, "purpose": "to know",
            "legal_basis": "6(1)(e)", "cadence": cadence, "from": "2024-01-01",
            "targets": {"areas": ["E08000009"]}, "fields": fields,
        }))
        .unwrap();
        let ask = Ask::parse(raw, Some(&self.dictionary), date(2024, 1, 1));
        self.asks
            .push(Arc::new(ask.unwrap_or_else(|faults| panic!("{faults}"))));
        self
    }

    /// The home says something: `label @ reference = value`, one a line. A value is a number, of hours
    /// with an h, a word in quotes, `no` for what does not apply, `?` for what is not held; ` on DATE` may follow.
    pub(super) fn said(&mut self, lines: &str) -> &mut Self {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (question, rest) = line.split_once(" @ ").unwrap();
            let (reference, value) = rest.split_once(" = ").unwrap();
            let (value, on) = value
                .split_once(" on ")
                .map_or((value, None), |(v, on)| (v, Some(on)));
            self.say(
                self.question(question),
                reference.parse().unwrap(),
                said(value),
                on,
            );
        }
        self
    }

    pub(super) fn say(
        &mut self,
        question: QuestionId,
        reference: Reference,
        said: Said,
        on: Option<&str>,
    ) {
        self.sequence += 1;
        let answer = Answer {
            entry: EntryId::of(&question, &reference),
            question,
            reference,
            on: on.map(|day| day.parse().unwrap()),
            said,
            worked_out: None,
        };
        self.record(answer);
    }

    /// A second later each time.
    fn now(&self) -> jiff::Timestamp {
        let noon: jiff::Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        noon + jiff::SignedDuration::from_secs(i64::try_from(self.sequence).unwrap())
    }

    pub(super) fn record(&mut self, answer: Answer) {
        let reference = answer.reference;
        let submission = Submission {
            receipt: format!("r_{}", self.sequence),
            home: self.home.id.clone(),
            period: "2026-11".parse().unwrap(),
            template: digest(),
            answered_by: String::new(),
            submitted_at: self.now(),
            answers: vec![answer],
            releases: Vec::new(),
        };
        let sheet: &mut Arc<Sheet> = self.sheets.entry(reference).or_default();
        Arc::make_mut(sheet).apply(&reference, self.sequence, &submission);
    }

    /// The question of an element, or of a field with this label.
    pub(super) fn question(&self, name: &str) -> QuestionId {
        let element = name
            .parse()
            .ok()
            .and_then(|id| self.dictionary.element(&id));
        let mut fields = self.asks.iter().flat_map(|ask| &ask.fields);
        element.map_or_else(
            || fields.find(|own| own.field.label == name).unwrap().question,
            |element| element.question,
        )
    }

    pub(super) fn decided_same(&mut self, one: &str, other: &str) -> &mut Self {
        let decision = Decision {
            id: "d_1".into(),
            a: self.question(one),
            b: self.question(other),
            verdict: Verdict::Same,
            options: Vec::new(),
            reason: String::new(),
            author: "t".into(),
            organisation: None,
            passed_over: BTreeMap::new(),
            suggested: None,
            decided_at: jiff::Timestamp::UNIX_EPOCH,
        };
        self.links = Links::of([Arc::new(decision)]);
        self
    }

    /// The form of a period as of an hour of 22 November 2026.
    pub(super) fn form(&self, period: &str) -> Form {
        let period: Period = period.parse().unwrap();
        let template = Template::of(period, &self.asks, &self.dictionary, &self.links);
        let last = template.entries().iter().filter_map(|entry| {
            let before = period.previous()?;
            match entry.reference {
                Reference::Span { first, last }
                    if (first, last) == (period.start(), period.last_day()) =>
                {
                    let (first, last) = (before.start(), before.last_day());
                    Some((entry.reference, Reference::Span { first, last }))
                }
                _ => None,
            }
        });
        let before: BTreeMap<Reference, Reference> = last.collect();
        Form::of(FormSources {
            template: Arc::new(template),
            sheets: &self.sheets,
            links: &self.links,
            dictionary: &self.dictionary,
            home: &self.home,
            before: &before,
            filings: Arc::default(),
            now: "2026-11-22T12:00".parse().unwrap(),
        })
    }

    /// What a form says of each entry: its wording or element, what there is to do, what is offered
    /// and from where.
    pub(super) fn told(&self, period: &str) -> Vec<String> {
        let form = self.form(period);
        let told = form.entries().map(|(entry, state)| {
            let name = entry.element.as_ref().map(ToString::to_string);
            let name = name.unwrap_or_else(|| entry.wording.value.clone());
            let mut line = format!("{name}: {}", state.need.as_str());
            if let Some(offer) = &state.offered {
                line = format!("{line} {}", shown(offer));
            }
            if state.pending.is_some() {
                line += " later";
            }
            for other in &state.disagreeing {
                line = format!("{line}, but {}", shown(other));
            }
            line
        });
        told.collect()
    }
}

/// The entries that the home has to answer itself.
pub(super) fn to_type(form: &Form) -> BTreeSet<EntryId> {
    let open = form
        .entries()
        .filter(|(_, state)| state.need == crate::domain::form::Need::Answer);
    open.map(|(entry, _): (&Entry, _)| entry.id).collect()
}

pub(super) fn said(text: &str) -> Said {
    let declined = |reason| Said::Declined {
        reason,
        note: String::new(),
    };
    match text {
        "no" => declined(DeclineReason::NotApplicable),
        "?" => declined(DeclineReason::NotHeld),
        _ if text.starts_with('"') => Said::Value(Value::Text(text.trim_matches('"').into())),
        _ => {
            let hours = text.strip_suffix('h');
            let total: Decimal = hours.unwrap_or(text).parse().unwrap();
            Said::Value(Value::Number(Number {
                total: Some(total),
                unit: hours.map(|_| Unit::Hour),
                ..Number::default()
            }))
        }
    }
}

fn shown(offer: &Offered) -> String {
    let value = match &offer.answer.said {
        Said::Value(Value::Number(number)) => {
            let unit = number.unit.map_or("", |unit| unit.code());
            format!("{}{unit}", number.whole().unwrap())
        }
        Said::Value(Value::Text(text)) => text.clone(),
        Said::Value(Value::Options(keys)) => keys.iter().cloned().collect::<Vec<_>>().join("+"),
        Said::Value(other) => format!("{other:?}"),
        Said::Declined { reason, .. } => reason.to_string(),
    };
    let how = offer.answer.worked_out.as_ref();
    let how = how.map_or_else(String::new, |own| {
        format!(" ({} of {})", own.how, own.from.len())
    });
    format!("{value}{how}")
}

fn digest() -> Digest {
    derive("askonce 2026-11-21 test", b"")
}
