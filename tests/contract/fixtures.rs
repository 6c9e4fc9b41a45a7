//! Small well-formed things to record: homes, bodies, asks, submissions, decisions, tokens.

use std::collections::BTreeMap;
use std::sync::Arc;

use askonce::domain::access::{Grant, Role, Token};
use askonce::domain::answer::{Answer, Release, Said, Submission, Value};
use askonce::domain::ask::{Ask, RawAsk, SharedAsk};
use askonce::domain::collection::{AnswersCollected, CollectedItem};
use askonce::domain::dictionary::Dictionary;
use askonce::domain::digest::{Digest, QuestionId, derive};
use askonce::domain::event::{AskSubmitted, Event, Key, LinkUndone, TemplateKept, TokenRevoked};
use askonce::domain::filing::AskFiled;
use askonce::domain::home::{Home, RawHome};
use askonce::domain::id::{AskName, HomeId};
use askonce::domain::letter::DigestDays;
use askonce::domain::link::{Decision, Links, Suggested, Verdict};
use askonce::domain::matcher::Tier;
use askonce::domain::organisation::{Organisation, RawOrganisation};
use askonce::domain::person::{HomeRole, Person};
use askonce::domain::reference::Reference;
use askonce::domain::release::{AnswersReleased, GivenBefore};
use askonce::domain::template::{EntryId, Template};
use askonce::store::{Append, Expectation, Idempotency, Store};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use serde_json::json;

/// Councils whose areas the homes lie in, in turn.
const COUNCILS: [&str; 3] = ["E08000014", "E08000012", "E06000007"];

/// A digest made from a text.
pub(crate) fn digest(text: &str) -> Digest {
    derive("askonce contract test", text.as_bytes())
}

/// Second `n` of the suite's day.
pub(crate) fn at(n: i64) -> Timestamp {
    let day: Timestamp = "2026-11-21T09:00:00Z".parse().unwrap();
    day + jiff::SignedDuration::from_secs(n)
}

/// A request of these events, with nothing expected.
pub(crate) fn append(events: impl IntoIterator<Item = Event>) -> Append {
    Append {
        events: events.into_iter().collect(),
        asks: Vec::new(),
        expectations: Vec::new(),
        idempotency: None,
        by: "tok-1".to_owned(),
        at: at(0),
    }
}

/// What must hold of a key.
pub(crate) fn expect(key: Key, revision: u64) -> Expectation {
    Expectation { key, revision }
}

/// A request id with its content.
pub(crate) fn request(id: &str, content: &str) -> Idempotency {
    Idempotency {
        request: digest(id),
        content: digest(content),
    }
}

/// The first and the last day of all.
pub(crate) const EVER: (Date, Date) = (Date::MIN, Date::MAX);

/// The asks in force of a home, whatever their days.
pub(crate) async fn asked_ever(store: &dyn Store, home: &HomeId) -> Vec<SharedAsk> {
    let asks = store.asks_of_home(home, EVER.0, EVER.1);
    asks.await.unwrap()
}

/// The id of home `n`.
pub(crate) fn home_id(n: usize) -> HomeId {
    format!("1-{:09}", 100_000_000 + n).parse().unwrap()
}

/// Home `n`, in one of three councils.
pub(crate) fn home(n: usize, name: &str) -> Home {
    Home::parse(RawHome {
        cqc_id: home_id(n).to_string(),
        name: name.to_owned(),
        area_code: COUNCILS[n % COUNCILS.len()].to_owned(),
        ..RawHome::default()
    })
    .unwrap()
}

/// The council of home `n`.
pub(crate) fn council(n: usize) -> &'static str {
    COUNCILS[n % COUNCILS.len()]
}

/// A body of this id.
pub(crate) fn organisation(id: &str, name: &str) -> Organisation {
    Organisation::parse(RawOrganisation {
        id: id.to_owned(),
        name: name.to_owned(),
        kind: "council".to_owned(),
        ..RawOrganisation::default()
    })
    .unwrap()
}

/// The name of an ask.
pub(crate) fn ask_name(organisation: &str, ask: &str) -> AskName {
    format!("organisations/{organisation}/asks/{ask}")
        .parse()
        .unwrap()
}

/// An ask of homes and areas with a field for each label.
pub(crate) fn ask(
    (organisation, id): (&str, &str),
    homes: &[usize],
    areas: &[&str],
    labels: &[&str],
) -> SharedAsk {
    let homes: Vec<String> = homes.iter().map(|n| home_id(*n).to_string()).collect();
    let field = |(n, label): (usize, &&str)| {
        let name = format!("f{n}");
        json!({"name": name, "label": label, "type": "count", "timing": "as-at"})
    };
    let fields: Vec<_> = labels.iter().enumerate().map(field).collect();
    let raw: RawAsk = serde_json::from_value(json!({
        "organisation": organisation,
        "ask": id,
        "purpose": "planning",
        "legal_basis": "Care Act 2014",
        "cadence": "monthly",
        "targets": {"homes": homes, "areas": areas},
        "fields": fields,
    }))
    .unwrap();
    Arc::new(Ask::parse(raw, None, date(2026, 11, 21)).unwrap())
}

/// An ask of homes and areas for just these periods.
pub(crate) fn ask_for(
    name: (&str, &str),
    homes: &[usize],
    areas: &[&str],
    periods: &[&str],
) -> SharedAsk {
    let mut raw = ask(name, homes, areas, &["How many beds?"]).raw.clone();
    raw.cadence = String::new();
    raw.periods = periods.iter().map(ToString::to_string).collect();
    Arc::new(Ask::parse(raw, None, date(2026, 11, 21)).unwrap())
}

/// The event that submits an ask.
pub(crate) fn submitted(ask: &Ask) -> Event {
    Event::AskSubmitted(AskSubmitted {
        name: ask.name.clone(),
        ask: ask.raw.clone(),
        content: ask.content,
        submitted_on: date(2026, 11, 21),
        provenance: ask.provenance.clone(),
    })
}

/// The question that a label asks.
pub(crate) fn question(label: &str) -> QuestionId {
    ask(("any", "any"), &[1], &[], &[label]).fields[0].question
}

/// A reference by its text.
pub(crate) fn reference(text: &str) -> Reference {
    text.parse().unwrap()
}

/// A submission of home `n`: (label, reference, text) each released to these asks.
pub(crate) fn submission(
    n: usize,
    receipt: &str,
    answers: &[(&str, &str, &str)],
    released_to: &[AskName],
) -> Submission {
    let answer = |(label, at, said): &(&str, &str, &str)| {
        let (question, reference) = (question(label), reference(at));
        Answer {
            entry: EntryId::of(&question, &reference),
            question,
            reference,
            on: None,
            said: Said::Value(Value::Text((*said).to_owned())),
            worked_out: None,
        }
    };
    let release = |answer: usize, ask: &AskName| Release {
        answer: u32::try_from(answer).unwrap(),
        ask: ask.clone(),
        field: format!("f{answer}").parse().unwrap(),
        period: "2026-11".parse().unwrap(),
        template: None,
        basis: None,
    };
    let releases =
        (0..answers.len()).flat_map(|place| released_to.iter().map(move |ask| release(place, ask)));
    Submission {
        receipt: receipt.to_owned(),
        home: home_id(n),
        period: "2026-11".parse().unwrap(),
        template: digest("template"),
        answered_by: "the manager".to_owned(),
        submitted_at: at(1),
        answers: answers.iter().map(answer).collect(),
        releases: releases.collect(),
    }
}

/// A release of home `n` of answers given before, (label, reference, sequence), to these asks.
pub(crate) fn released(
    n: usize,
    receipt: &str,
    given: &[(&str, &str, u64)],
    to: &[AskName],
) -> AnswersReleased {
    let answer = |(label, at, sequence): &(&str, &str, u64)| {
        let (question, reference) = (question(label), reference(at));
        GivenBefore {
            entry: EntryId::of(&question, &reference),
            question,
            reference,
            sequence: *sequence,
        }
    };
    let texts: Vec<_> = given
        .iter()
        .map(|(label, at, _)| (*label, *at, ""))
        .collect();
    AnswersReleased {
        receipt: receipt.to_owned(),
        home: home_id(n),
        period: "2026-11".parse().unwrap(),
        template: digest("template"),
        released_by: "the manager".to_owned(),
        released_at: at(4),
        answers: given.iter().map(answer).collect(),
        releases: submission(n, receipt, &texts, to).releases,
    }
}

/// What home `n` says of an ask that it files elsewhere.
pub(crate) fn filed(n: usize, ask: &AskName, is_filed: bool) -> AskFiled {
    AskFiled {
        home: home_id(n),
        ask: ask.clone(),
        period: "2026-11".parse().unwrap(),
        filed_by: "the manager".to_owned(),
        at: at(5),
        is_filed,
    }
}

/// A person who answers for homes.
pub(crate) fn person(id: &str, email: &str, homes: &[usize]) -> Person {
    Person {
        id: id.to_owned(),
        name: "Ann".to_owned(),
        email: email.parse().unwrap(),
        homes: homes
            .iter()
            .map(|n| (home_id(*n), HomeRole::Answers))
            .collect(),
        invited_at: at(3),
        known_as: BTreeMap::new(),
        digest: DigestDays::default(),
    }
}

/// The template of some asks, and the event that keeps it.
pub(crate) fn template(asks: &[SharedAsk]) -> (Template, Event) {
    let period = "2026-11".parse().unwrap();
    let template = Template::of(period, asks, &Dictionary::empty(), &Links::default());
    let kept = TemplateKept {
        digest: template.digest(),
        template: String::from_utf8(template.bytes().to_vec()).unwrap(),
    };
    (template, Event::TemplateKept(kept))
}

/// A decision of this id that two labels ask the same.
pub(crate) fn same(id: &str, a: &str, b: &str) -> Event {
    Event::QuestionsLinked(Decision {
        id: id.to_owned(),
        a: question(a),
        b: question(b),
        verdict: Verdict::Same,
        options: Vec::new(),
        reason: "the same words".to_owned(),
        author: "tok-1".to_owned(),
        organisation: None,
        decided_at: at(2),
        passed_over: BTreeMap::new(),
        suggested: Some(Suggested {
            tier: Tier::LikelySame,
            explanation: "both ask how many".to_owned(),
        }),
    })
}

/// The event that takes a decision back.
pub(crate) fn undone(id: &str) -> Event {
    Event::LinkUndone(LinkUndone {
        decision: id.to_owned(),
        reason: String::new(),
    })
}

/// A token of this id.
pub(crate) fn token(id: &str) -> Token {
    Token {
        id: id.to_owned(),
        label: "for tests".to_owned(),
        hash: digest(id),
        grant: Grant::unbound(Role::Steward),
        issued_at: at(0),
        expires_at: None,
        revoked_at: None,
        former: Vec::new(),
    }
}

/// The event that revokes a token.
pub(crate) fn revoked(id: &str) -> Event {
    Event::TokenRevoked(TokenRevoked { id: id.to_owned() })
}

/// The event that answers of an ask were given: of home `n`, a reference, fields and the version.
pub(crate) fn collected(ask: &AskName, items: &[(usize, &str, &[&str], u64)]) -> Event {
    let item = |(n, at, fields, sequence): &(usize, &str, &[&str], u64)| CollectedItem {
        home: home_id(*n),
        period: "2026-11".parse().unwrap(),
        reference: reference(at),
        fields: fields.iter().map(|field| field.parse().unwrap()).collect(),
        sequence: *sequence,
    };
    Event::AnswersCollected(AnswersCollected {
        ask: ask.clone(),
        taker: None,
        items: items.iter().map(item).collect(),
    })
}
