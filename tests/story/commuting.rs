//! A law: decisions commute. In whatever order and batches they are made, the form is the same to the
//! byte; and undone, it is as it was.

use askonce::broker::{Broker, Caller, Decided, RawDecision, RawSide};
use askonce::domain::home::RawHome;
use askonce::domain::id::HomeId;
use askonce::domain::link::Verdict;
use askonce::domain::organisation::RawOrganisation;
use askonce::domain::powers::RawPowers;
use proptest::prelude::*;
use serde_json::json;

use super::registrar::{Clocked, itself};
use super::world::ask;

pub(crate) const HOME: &str = "1-500000000";
const BODIES: [&str; 2] = ["body-a", "body-b"];
const FIELDS: usize = 6;
const VERDICTS: [Verdict; 4] = [
    Verdict::Same,
    Verdict::Same,
    Verdict::Related,
    Verdict::Different,
];

/// Enters two bodies and a home, and adopts the dictionary.
pub(crate) async fn registered(broker: &Broker, caller: &Caller) {
    broker.adopt_starter_dictionary(caller).await.unwrap();
    for body in BODIES {
        let row = RawOrganisation {
            id: body.into(),
            name: body.into(),
            kind: "council".into(),
            ..RawOrganisation::default()
        };
        broker.import_organisation(caller, row).await.unwrap();
        let england = RawPowers {
            organisation: body.into(),
            areas: vec!["E92000001".into()],
            ..RawPowers::default()
        };
        broker.grant_powers(caller, england, "", "").await.unwrap();
    }
    let row = RawHome {
        cqc_id: HOME.into(),
        name: "Rowan House".into(),
        area_code: "E08000014".into(),
        ..RawHome::default()
    };
    broker.import_home(caller, row).await.unwrap();
}

/// Decides that a field is an element; the decision's id.
pub(crate) async fn decide(
    broker: &Broker,
    caller: &Caller,
    (ask, field): (&str, &str),
    element: &str,
) -> String {
    let decision = RawDecision {
        a: RawSide {
            ask: ask.into(),
            field: field.into(),
            ..RawSide::default()
        },
        b: RawSide {
            element: element.into(),
            ..RawSide::default()
        },
        verdict: Verdict::Same,
        options: Vec::new(),
        reason: String::new(),
    };
    let decided = broker.decide(caller, &[decision], "", false).await.unwrap();
    match &decided[0].decided {
        Decided::Recorded(id) => id.clone(),
        other => panic!("it is recorded: {other:?}"),
    }
}

/// Two fields, or a field and an element, and what is decided of them.
type Pair = (usize, usize, usize);

fn side(place: usize) -> RawSide {
    if place == FIELDS {
        return RawSide {
            element: "falls.all".into(),
            ..RawSide::default()
        };
    }
    RawSide {
        ask: format!("organisations/{}/asks/one", BODIES[place % BODIES.len()]),
        field: format!("q{place}"),
        ..RawSide::default()
    }
}

fn raw(&(a, b, verdict): &Pair) -> RawDecision {
    RawDecision {
        a: side(a),
        b: side(b),
        verdict: VERDICTS[verdict],
        options: Vec::new(),
        reason: String::new(),
    }
}

/// A broker at which both bodies ask three questions each.
async fn asked(caller: &Caller) -> Clocked {
    let clocked = Clocked::at("2026-11-21T12:00:00Z");
    registered(&clocked.broker, caller).await;
    for (number, body) in BODIES.into_iter().enumerate() {
        let fields = (0..FIELDS).filter(|field| field % BODIES.len() == number);
        let fields = fields.map(|field| {
            json!({"name": format!("q{field}"), "label": format!("Question {field}"),
                   "type": "count", "timing": "during"})
        });
        let mut raw = ask(body, "one", fields.collect());
        raw.targets.homes = vec![HOME.into()];
        let asking = clocked.broker.submit_ask(caller, raw, "", false);
        asking.await.unwrap();
    }
    clocked
}

async fn template(broker: &Broker) -> Vec<u8> {
    let home: HomeId = HOME.parse().unwrap();
    let period = "2026-11-21".parse().unwrap();
    let view = broker.get_form(&home, period).await.unwrap();
    view.form.template.bytes().to_vec()
}

/// Decides all of it in batches of some sizes; the ids of what was recorded.
async fn decide_in(broker: &Broker, caller: &Caller, pairs: &[Pair], batch: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for some in pairs.chunks(batch) {
        let decisions: Vec<RawDecision> = some.iter().map(raw).collect();
        let decided = broker.decide(caller, &decisions, "", false).await;
        for one in decided.expect("what stands together stands in any order") {
            if let Decided::Recorded(id) = one.decided {
                ids.push(id);
            }
        }
    }
    ids
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn decisions_commute_and_undone_leave_no_trace_on_a_form(
        pairs in prop::collection::vec((0..=FIELDS, 0..=FIELDS, 0..VERDICTS.len()), 1..8),
        (turn, one, other) in (0..8usize, 1..4usize, 1..9usize),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let caller = itself();
            let first = asked(&caller).await;
            let before = template(&first.broker).await;
            // What contradicts what is before it is left out: the rest stands together.
            let mut stand = Vec::new();
            let mut ids = Vec::new();
            for pair in pairs.iter().filter(|(a, b, _)| a != b) {
                let decided = first.broker.decide(&caller, &[raw(pair)], "", false).await;
                if let Ok(decided) = decided {
                    stand.push(*pair);
                    ids.extend(decided.into_iter().filter_map(|one| match one.decided {
                        Decided::Recorded(id) => Some(id),
                        _ => None,
                    }));
                }
            }
            let after = template(&first.broker).await;
            for batch in [one, other] {
                let again = asked(&caller).await;
                prop_assert_eq!(&template(&again.broker).await, &before);
                let mut turned = stand.clone();
                turned.rotate_left(turn % stand.len().max(1));
                if batch == other {
                    turned.reverse();
                }
                let ids = decide_in(&again.broker, &caller, &turned, batch).await;
                prop_assert_eq!(&template(&again.broker).await, &after);
                for id in ids {
                    again.broker.undo_decision(&caller, &id, "", false).await.unwrap();
                }
                prop_assert_eq!(&template(&again.broker).await, &before);
            }
            for id in ids.iter().rev() {
                first.broker.undo_decision(&caller, id, "", false).await.unwrap();
            }
            prop_assert_eq!(template(&first.broker).await, before);
            Ok(())
        })?;
    }
}
