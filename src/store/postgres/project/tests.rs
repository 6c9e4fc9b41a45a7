//! What is projected, and that it does not matter how it came in.

use serde_json::json;

use super::*;
use crate::store::postgres::rebuild::rebuild;
use crate::store::postgres::trial::{Chance, Trial, ask, event, note};

const HOME: &str = "1-466088203";
const OTHER: &str = "1-466088204";
const COUNCIL: &str = "sefton-council";
const CCG: &str = "south-sefton-ccg";
const SEFTON: &str = "E08000014";

#[tokio::test]
async fn a_rebuild_of_a_random_ledger_equals_what_was_projected_live() {
    let Some(mut trial) = Trial::new().await else {
        return;
    };
    let mut events = 0;
    for group in Chance(20_261_122).ledger(300) {
        events += group.len() as u64;
        trial.record(&group).await;
    }
    let live = trial.rows().await;
    for table in TABLES {
        let filled = live.iter().any(|row| row.starts_with(&format!("{table}(")));
        assert!(filled, "nothing of the ledger went into {table}");
    }
    assert_eq!(rebuild(&mut trial.client).await.unwrap(), events);
    assert_eq!(trial.rows().await, live);
}

#[tokio::test]
async fn the_tables_do_not_depend_on_the_order_in_which_transactions_commit() {
    let (Some(grouped), Some(shuffled)) = (Trial::new().await, Trial::new().await) else {
        return;
    };
    let mut chance = Chance(7);
    let events: Vec<Event> = (0..400).map(|_| chance.event()).collect();
    let noted: Vec<Noted> = events.iter().map(note).collect();
    let placed = |place: usize| Placed {
        at: EventAt {
            era: 1,
            transaction: i64::try_from(place / 3).unwrap(),
            ordinal: i32::try_from(place % 3).unwrap(),
        },
        noted: &noted[place],
        event: &events[place],
    };
    let all: Vec<Placed<'_>> = (0..events.len()).map(placed).collect();
    project(Session::plain(&grouped.client), &all)
        .await
        .unwrap();
    let mut left: Vec<usize> = (0..events.len()).collect();
    while !left.is_empty() {
        let place = left.swap_remove(chance.below(left.len()));
        project(Session::plain(&shuffled.client), &[placed(place)])
            .await
            .unwrap();
    }
    assert_eq!(shuffled.rows().await, grouped.rows().await);
}

#[tokio::test]
async fn what_the_database_cannot_hold_is_no_reason_to_refuse_an_event() {
    let Some(trial) = Trial::new().await else {
        return;
    };
    let mut named = event(
        "OrganisationRegistered",
        json!({"id": COUNCIL, "name": "Sefton", "kind": "council"}),
    );
    if let Event::OrganisationRegistered(entry) = &mut named {
        entry.name = "Sef\0ton".to_owned();
    }
    let ended = |on: &str| {
        let body = json!({"predecessor": COUNCIL, "on": on});
        event("OrganisationSucceeded", body)
    };
    let powers = json!({"organisation": COUNCIL, "statutory": ["a \"b\" \\ {c},", "NULL", ""]});
    let events = [
        named,
        ended("-009999-01-01"),
        event("PowersGranted", powers),
    ];
    trial.record(&events).await;
    let found = trial.column("SELECT name FROM organisations").await;
    assert_eq!(found, ["Sef\u{FFFD}ton"]);
    let days = "SELECT ended_on::text FROM organisation_successions";
    assert_eq!(trial.column(days).await, ["4714-11-24 BC"]);
    let powers = "SELECT unnest(statutory) FROM powers";
    assert_eq!(trial.column(powers).await, ["", "NULL", "a \"b\" \\ {c},"]);
}

/// Two bodies ask a home: the council by area, the other body by name.
async fn asked() -> Option<Trial> {
    let trial = Trial::new().await?;
    let home = |id: &str, area: &str| {
        let row = json!({"cqc_id": id, "name": "Rowan House", "area_code": area});
        event("HomeRegistered", row)
    };
    let body = |id: &str| {
        let row = json!({"id": id, "name": id, "kind": "council"});
        event("OrganisationRegistered", row)
    };
    let asks = [
        ask((COUNCIL, "weekly"), &[SEFTON], &["Beds free", "Staff off"]),
        ask((CCG, "call"), &[HOME], &["Beds free", "Vacant beds"]),
    ];
    let entries = [
        home(HOME, SEFTON),
        home(OTHER, "E08000012"),
        body(COUNCIL),
        body(CCG),
    ];
    trial.record(&entries).await;
    trial.record(&asks).await;
    Some(trial)
}

async fn burden(trial: &Trial) -> Vec<String> {
    let sql = "SELECT concat_ws(' ', home_id, cadence, asked, questions, bodies) FROM burden \
               ORDER BY home_id";
    trial.column(sql).await
}

#[tokio::test]
async fn burden_counts_what_is_asked_and_what_is_left_once_merged() {
    let Some(trial) = asked().await else {
        return;
    };
    assert_eq!(burden(&trial).await, [format!("{HOME} weekly 4 3 2")]);
    let question = |label: &str| {
        let sql = format!("SELECT question_id::text FROM ask_fields WHERE label = '{label}'");
        let trial = &trial;
        async move { trial.column(&sql).await.remove(0) }
    };
    let linked = json!({
        "id": "d_1", "a": question("Beds free").await, "b": question("Vacant beds").await,
        "verdict": "same", "author": "t_1", "decided_at": "2026-11-22T09:00:00Z",
    });
    trial.record(&[event("QuestionsLinked", linked)]).await;
    assert_eq!(burden(&trial).await, [format!("{HOME} weekly 4 2 2")]);
    trial
        .record(&[event("LinkUndone", json!({"decision": "d_1"}))])
        .await;
    assert_eq!(burden(&trial).await, [format!("{HOME} weekly 4 3 2")]);
    let name = format!("organisations/{CCG}/asks/call");
    let withdrawn = json!({"name": name, "reason": "asked elsewhere", "revision": 6});
    trial.record(&[event("AskWithdrawn", withdrawn)]).await;
    assert_eq!(burden(&trial).await, [format!("{HOME} weekly 2 2 1")]);
    let again = ask((CCG, "call"), &[OTHER], &["Vacant beds"]);
    trial.record(&[again]).await;
    let both = [
        format!("{HOME} weekly 2 2 1"),
        format!("{OTHER} weekly 1 1 1"),
    ];
    assert_eq!(burden(&trial).await, both);
    let ended = json!({"predecessor": COUNCIL, "on": "2020-02-01"});
    trial.record(&[event("OrganisationSucceeded", ended)]).await;
    assert_eq!(burden(&trial).await, [format!("{OTHER} weekly 1 1 1")]);
}

#[tokio::test]
async fn who_asked_what_names_every_field_with_whom_it_is_asked_of() {
    let Some(trial) = asked().await else {
        return;
    };
    let told = || {
        let sql = "SELECT concat_ws('|', organisation_id, ask_id, label, target, is_area, cadence, \
                   state, in_force) FROM who_asked_what ORDER BY organisation_id, field";
        trial.column(sql)
    };
    let before = told().await;
    assert_eq!(
        before,
        [
            "sefton-council|weekly|Beds free|E08000014|t|weekly|live|t",
            "sefton-council|weekly|Staff off|E08000014|t|weekly|live|t",
            "south-sefton-ccg|call|Beds free|1-466088203|f|weekly|live|t",
            "south-sefton-ccg|call|Vacant beds|1-466088203|f|weekly|live|t",
        ]
    );
    trial
        .record(&[ask((CCG, "call"), &["E92000001"], &["Falls"])])
        .await;
    let name = format!("organisations/{COUNCIL}/asks/weekly");
    let withdrawn = json!({"name": name, "reason": "over", "revision": 5});
    trial.record(&[event("AskWithdrawn", withdrawn)]).await;
    assert_eq!(
        told().await,
        [
            "sefton-council|weekly|Beds free|E08000014|t|weekly|withdrawn|f",
            "sefton-council|weekly|Staff off|E08000014|t|weekly|withdrawn|f",
            "south-sefton-ccg|call|Falls|E92000001|t|weekly|live|t",
        ]
    );
}
