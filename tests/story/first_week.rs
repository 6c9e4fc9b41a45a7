//! A data lead's first week on real requests: the sheet of what five bodies ask, decided as a careful
//! data lead decided it.
//!
//! The requests lie beside the project, not in it. Where they are not there, this says so and passes.

use std::collections::{BTreeMap, BTreeSet};

use askonce::domain::access::Role;
use askonce::grpc::v1;
use askonce::server::Data;

use super::main_job::{real_data, run, submit, text, world_with_homes};
use super::real_asks;
use super::suggestion_sheets::{Cells, read, write};
use super::world::{Client, World};

/// Items that the dictionary has under another id.
const OTHERWISE: [(&str, &str); 5] = [
    ("hours.agency", "agency.hours"),
    ("res.deaths", "deaths.all.res"),
    ("res.in_building", "residents.in_building"),
    ("wf.status", "workforce.rag"),
    ("residents.on_roll", "res.count"),
];

/// Of so many in a hundred fields, the element must stand first or second.
const FIRST_OR_SECOND_PERCENT_MIN: usize = 90;

/// An ask's id and the field's name.
type Name = (String, String);

/// The item that each field stands for.
fn items(folder: &std::path::Path) -> BTreeMap<Name, String> {
    let sheet = text(folder, "decisions.csv");
    let mut reader = csv::Reader::from_reader(sheet.as_bytes());
    let rows = reader.deserialize::<Cells>().map(Result::unwrap);
    rows.map(|row| {
        let name = (row["ask_id"].clone(), row["local_name"].clone());
        (name, row["item"].clone())
    })
    .collect()
}

/// The fields that are one question, as the broker has them.
async fn groups(steward: &Client) -> BTreeSet<BTreeSet<Name>> {
    let demands = steward.find_demands(v1::FindDemandsRequest::default());
    let mut by_question: BTreeMap<String, BTreeSet<Name>> = BTreeMap::new();
    for own in demands.await.unwrap() {
        let ask = own.ask.rsplit('/').next().unwrap().to_owned();
        by_question
            .entry(own.question)
            .or_default()
            .insert((ask, own.field));
    }
    by_question.into_values().collect()
}

async fn element_ids(world: &World, steward: &Client) -> BTreeSet<String> {
    let listed = run(world, steward, &["dictionary", "list", "--output", "json"]).await;
    let elements: Vec<serde_json::Value> = serde_json::from_str(&listed.stdout).unwrap();
    let id = |element: &serde_json::Value| element["element"].as_str().unwrap().to_owned();
    elements.iter().map(id).collect()
}

/// At which place the right element stood, of how many rows (0: at none), and those where it stood at
/// neither of the first two.
type Ranks = (BTreeMap<usize, usize>, Vec<String>);

/// Fills in a sheet as a careful data lead decided it.
fn decide(
    rows: &mut [Cells],
    items: &BTreeMap<Name, String>,
    elements: &BTreeSet<String>,
) -> Ranks {
    let mut ranks: BTreeMap<usize, usize> = BTreeMap::new();
    let mut missed = Vec::new();
    let mut first_of: BTreeMap<String, String> = BTreeMap::new();
    for row in rows {
        let ask = row["ask"].rsplit('/').next().unwrap().to_owned();
        let item = &items[&(ask, row["field"].clone())];
        let named = OTHERWISE.iter().find(|(own, _)| own == item);
        let named = named.filter(|_| !elements.contains(item));
        let element = named.map_or(item.as_str(), |(_, element)| *element);
        if elements.contains(element) {
            let mut places = 1..=5_usize;
            let at = places.find(|at| row[&format!("candidate_{at}")] == element);
            *ranks.entry(at.unwrap_or(0)).or_default() += 1;
            if at.is_none_or(|at| at > 2) {
                missed.push(format!(
                    "{at:?} {element}: {} [{}; {}; {}]",
                    row["wording"], row["candidate_1"], row["candidate_2"], row["candidate_3"]
                ));
            }
            row.insert("decision".into(), "same".into());
            row.insert("element".into(), element.into());
        } else {
            let ask = row["ask"]
                .replacen("organisations/", "", 1)
                .replacen("/asks/", "/", 1);
            let own = format!("{ask}/{}", row["field"]);
            match first_of.get(item) {
                None => _ = first_of.insert(item.clone(), own),
                Some(first) => {
                    row.insert("decision".into(), "same".into());
                    row.insert("element".into(), first.clone());
                }
            }
        }
    }
    (ranks, missed)
}

#[tokio::test(flavor = "multi_thread")]
async fn five_bodies_fields_are_settled_from_one_sheet() {
    let Some(folder) = real_data() else { return };
    let (world, homes) = world_with_homes(Data::Memory, &folder).await;
    submit(
        &world,
        &real_asks::read(&text(&folder, "asks.json"), &homes),
    )
    .await;
    let steward = world.of_role(Role::Steward).await;
    let before = groups(&steward).await.len();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("week.csv");
    let file = path.to_str().unwrap();
    let exported = run(&world, &steward, &["suggestions", "export", file]).await;
    assert_eq!(exported.code, 0, "{}", exported.stderr);
    let mut rows = read(&path);
    assert_eq!(rows.len(), before, "a row for each question");

    let items = items(&folder);
    let elements = element_ids(&world, &steward).await;
    let (ranks, missed) = decide(&mut rows, &items, &elements);
    let known: usize = ranks.values().sum();
    let good = [1, 2].iter().filter_map(|at| ranks.get(at)).sum::<usize>();
    write(&path, &rows);
    let imported = run(&world, &steward, &["suggestions", "import", file]).await;
    assert_eq!(imported.code, 0, "{}", imported.stderr);

    let after = groups(&steward).await;
    let mut expected: BTreeMap<&String, BTreeSet<Name>> = BTreeMap::new();
    for (name, item) in &items {
        expected.entry(item).or_default().insert(name.clone());
    }
    eprintln!(
        "first week: {} fields, {} rows, {known} of them elements; right element first or second \
         for {good}, ranks (0: none of five) {ranks:?}; {before} questions before, {} after; {}",
        items.len(),
        rows.len(),
        after.len(),
        imported.stderr.trim()
    );
    for line in &missed {
        eprintln!("  not first or second: {line}");
    }
    let expected: BTreeSet<BTreeSet<Name>> = expected.into_values().collect();
    assert_eq!(
        after, expected,
        "joined is what was decided, and nothing else"
    );
    let again = run(&world, &steward, &["suggestions", "import", file]).await;
    assert!(
        again.stderr.contains("0 decisions are recorded"),
        "{}",
        again.stderr
    );
    assert!(
        good * 100 >= known * FIRST_OR_SECOND_PERCENT_MIN,
        "the element stands first or second for {good} of {known}: {missed:#?}"
    );
    world.stop().await;
}
