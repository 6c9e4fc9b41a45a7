//! A council's quarter on real requests: once the months are answered, its form puts only what
//! nothing else gives, and its deliveries say what they were worked out from.
//!
//! The requests lie beside the project, not in it; where they are not there, this story says so.

use std::collections::{BTreeMap, BTreeSet};

use askonce::domain::access::Role;
use askonce::domain::check::RawAnswer;
use askonce::grpc::v1;
use askonce::server::Data;
use serde_json::json;

use super::later_askers::release;
use super::main_job::{real_data, run, some_answer, submit, text, world_with_homes};
use super::real_asks;
use super::world::{Client, World};

const COUNCIL: &str = "organisations/sefton-council/asks/sefton-la-quarterly";

/// What stands in every month's form where it is asked, so that what follows agrees.
const FIGURES: [(&str, &str); 8] = [
    ("beds.max", "42"),
    ("beds.occupied", "34"),
    ("beds.occupancy_pct", "85"),
    ("res.count", "34"),
    ("res.chc", "2"),
    ("obd", "1000"),
    ("falls.all", "5"),
    ("falls.rate", "5"),
];

fn figure(entry: &v1::FormEntry) -> v1::Answer {
    let figure = FIGURES
        .iter()
        .find(|(element, _)| *element == entry.element);
    match figure {
        Some((_, number)) => {
            let raw = json!({"entry": entry.id, "number": number});
            let raw: RawAnswer = serde_json::from_value(raw).unwrap();
            let on = some_answer(entry).on;
            raw.try_into()
                .map(|own: v1::Answer| v1::Answer { on, ..own })
                .unwrap()
        }
        None => some_answer(entry),
    }
}

async fn world_with_months() -> Option<(World, Client, String)> {
    let folder = real_data()?;
    let (world, homes) = world_with_homes(Data::Memory, &folder).await;
    let asks = real_asks::read(&text(&folder, "asks.json"), &homes);
    submit(&world, &asks).await;
    let file = folder.join("decisions.csv");
    let steward = world.of_role(Role::Steward).await;
    let decide = ["dictionary", "decide", "--file", file.to_str().unwrap()];
    let decided = run(&world, &steward, &decide).await;
    assert_eq!(decided.code, 0, "{}", decided.stderr);
    let home = homes[7].clone();
    let manager = world.manager(&home).await;
    for month in ["2026-10", "2026-11", "2026-12"] {
        let form = manager.form(&home, month).await.unwrap();
        let open = form.entries.iter().filter(|entry| {
            let need = entry.need();
            matches!(need, v1::EntryNeed::Answer | v1::EntryNeed::Confirm)
        });
        manager
            .answer(&form, open.map(figure).collect())
            .await
            .unwrap();
    }
    Some((world, manager, home))
}

fn needing(form: &v1::Form, need: v1::EntryNeed) -> Vec<&v1::FormEntry> {
    let entries = form.entries.iter();
    entries.filter(|entry| entry.need() == need).collect()
}

fn fields<'a>(entries: &[&'a v1::FormEntry]) -> BTreeSet<&'a str> {
    entries
        .iter()
        .map(|entry| entry.demands[0].field.as_str())
        .collect()
}

/// The council's own names of the fields that it asks and that the home must answer: what no month
/// holds, and what the months hold of another day.
const TO_ANSWER: [&str; 27] = [
    "Q04", "Q06", "Q09", "Q10", "Q11", "Q14", "Q15", "Q17", "Q18", "Q19", "Q20", "Q21", "Q22",
    "Q24", "Q25", "Q26", "Q36", "Q37", "Q38", "Q39", "Q40", "Q41", "Q42", "Q43", "Q44", "Q46",
    "Q47",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_councils_quarter_puts_only_what_nothing_else_gives() {
    let Some((world, manager, home)) = world_with_months().await else {
        return;
    };
    let form = manager.form(&home, "2026-Q4").await.unwrap();
    let named = |need| fields(&needing(&form, need));
    assert_eq!(named(v1::EntryNeed::Answer), BTreeSet::from(TO_ANSWER));
    // Of the same day, or of December, and answered for the month.
    let of_the_months = ["Q05", "Q07", "Q08", "Q12", "Q13", "Q27", "Q45"];
    assert_eq!(named(v1::EntryNeed::Send), BTreeSet::from(of_the_months));
    // Three months each; and all staff, once their parts are answered on this form.
    let worked_out = [
        "Q16", "Q23", "Q28", "Q29", "Q30", "Q31", "Q32", "Q33", "Q34", "Q35",
    ];
    assert_eq!(named(v1::EntryNeed::Confirm), BTreeSet::from(worked_out));
    let of_the_register = ["Q01", "Q02", "Q03"];
    assert_eq!(
        named(v1::EntryNeed::Register),
        BTreeSet::from(of_the_register)
    );
    says_where_each_offer_comes_from(&form);
    world.stop().await;
}

fn says_where_each_offer_comes_from(form: &v1::Form) {
    let words = |field: &str| {
        let mut entries = form.entries.iter();
        let entry = entries
            .find(|entry| entry.demands[0].field == field)
            .unwrap();
        let offered = entry
            .offered
            .iter()
            .filter_map(|given| given.worked_out.as_ref());
        offered.chain(&entry.pending).next().unwrap().words.clone()
    };
    assert_eq!(words("Q01"), "From the home’s entry in the register.");
    assert_eq!(
        words("Q28"),
        "Added up from what you gave in October 2026: 5, in November 2026: 5 and in December 2026: 5."
    );
    assert_eq!(
        words("Q23"),
        "Will be worked out from “How many staff does the home employ directly?” and “How many agency and \
         bank staff is the home using?”."
    );
    for entry in &form.entries {
        let own = entry
            .offered
            .iter()
            .filter_map(|given| given.worked_out.as_ref());
        for own in own.chain(&entry.pending) {
            assert!(!own.words.is_empty(), "{}", entry.wording);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_councils_deliveries_name_what_they_were_worked_out_from() {
    let Some((world, manager, home)) = world_with_months().await else {
        return;
    };
    let form = manager.form(&home, "2026-Q4").await.unwrap();
    let answers = form.entries.iter().filter_map(|entry| match entry.need() {
        v1::EntryNeed::Answer => Some(figure(entry)),
        v1::EntryNeed::Confirm if entry.offered.is_some() => Some(confirmed(entry)),
        _ => None,
    });
    manager.answer(&form, answers.collect()).await.unwrap();
    // What the months' askers have, the council asks too.
    let form = manager.form(&home, "2026-Q4").await.unwrap();
    release(&manager, &form, &[COUNCIL], "").await.unwrap();
    // The parts of this one are answered now.
    let form = manager.form(&home, "2026-Q4").await.unwrap();
    let left = needing(&form, v1::EntryNeed::Confirm);
    assert_eq!(fields(&left), BTreeSet::from(["Q23"]));
    let sent = manager.answer(&form, left.iter().map(|entry| confirmed(entry)).collect());
    assert_eq!(
        sent.await.unwrap().form.unwrap().state(),
        v1::FormState::Done
    );

    let council = world.requester("sefton-council").await;
    let deliveries = council.deliveries(COUNCIL).await.unwrap();
    let of: BTreeMap<&str, &v1::Delivery> = deliveries
        .iter()
        .map(|own| (own.field.as_str(), own))
        .collect();
    assert_eq!(of.len(), 47);
    let told = |field: &str| -> Vec<String> {
        let own = of[field].worked_out.iter().flat_map(|own| &own.sources);
        own.map(|from| format!("{} {}", from.wording, from.reference_label))
            .collect()
    };
    let falls = "How many falls did residents have?";
    let months = ["October", "November", "December"];
    let expected = months.map(|month| format!("{falls} in {month} 2026"));
    assert_eq!(told("Q28"), expected);
    // Of what is no element's, the council reads its own wording.
    assert!(told("Q16")[0].starts_with("Number of resident deaths in the period in October"));
    assert_eq!(told("Q23").len(), 6, "six roles");
    assert!(told("Q05").is_empty(), "the home stated it");
    for field in ["Q01", "Q02", "Q03", "Q28", "Q23"] {
        let flag = i32::from(v1::DeliveryFlag::WorkedOut);
        assert!(of[field].flags.contains(&flag), "{field}");
    }
    world.stop().await;
}

fn confirmed(entry: &v1::FormEntry) -> v1::Answer {
    v1::Answer {
        entry: entry.id.clone(),
        confirm: true,
        ..v1::Answer::default()
    }
}
