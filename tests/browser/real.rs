//! The real requests of five bodies as one home's forms: every page of them keeps to what pages must,
//! and is kept as a picture to be looked at.
//!
//! The requests lie beside the project, not in it; where they are not there, this story says so.

use std::path::{Path, PathBuf};
use std::process::Command;

use askonce::server::Mail;

use super::audit::{self, Audit};
use super::hand::{Hand, Person};
use super::real_asks;
use super::stage::{EMAIL, Stage};
use super::tab::{Scripts, Tab};
use super::world::Client;

/// A Friday morning on which three of the bodies wait for answers.
const NOW: &str = "2027-01-08T09:00:00Z";

/// From when they ask: nobody begins with a year of forms behind.
fn from(cadence: &str) -> &'static str {
    match cadence {
        "daily" => "2027-01-06",
        "weekly" => "2026-12-28",
        _ => "2026-10-01",
    }
}

/// Most topic pages that a sitting may have.
const PAGES_MAX: usize = 60;

/// Every body that asks.
const BODIES: [(&str, &str, &str); 5] = [
    (
        "dhsc",
        "Department of Health and Social Care",
        "government-department",
    ),
    ("sefton-council", "Sefton Council", "council"),
    (
        "cheshire-merseyside-icb",
        "NHS Cheshire and Merseyside",
        "icb",
    ),
    (
        "mwl-trust",
        "Mersey and West Lancashire Hospitals",
        "nhs-trust",
    ),
    ("nhs-england", "NHS England", "nhs-england"),
];

/// Where the requests are; none, said so, if they are not there.
fn real_data() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no real requests beside the project; this story needs them");
    None
}

/// Runs the program against the stage.
async fn run(stage: &Stage, caller: &Client, arguments: &[&str], file: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_askonce"));
    command
        .args(["--server", &stage.api()])
        .args(arguments)
        .arg(file)
        .env("ASKONCE_TOKEN", caller.secret());
    let ran = tokio::task::spawn_blocking(move || command.output().unwrap());
    let ran = ran.await.unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}

/// The bodies, the homes and the requests; gives the home whose forms are looked at.
async fn set(folder: &Path) -> (Stage, String) {
    let stage = Stage::bare(Mail::Nowhere, NOW).await;
    for (id, name, kind) in BODIES {
        stage.body(id, name, kind, "E92000001", &[]).await;
    }
    let homes = folder.join("homes.csv");
    run(&stage, stage.operator(), &["homes", "import"], &homes).await;
    let homes = std::fs::read_to_string(homes).unwrap();
    let homes = homes.lines().skip(1);
    let homes = homes.filter_map(|line| line.split(',').find(|cell| cell.starts_with("1-")));
    let homes: Vec<String> = homes.map(str::to_owned).collect();
    let asks = std::fs::read_to_string(folder.join("asks.json")).unwrap();
    for mut ask in real_asks::read(&asks, &homes) {
        ask.from = from(&ask.cadence).to_owned();
        stage.ask(&ask).await;
    }
    let steward = stage.steward().await;
    let decide = ["dictionary", "decide", "--file"];
    run(&stage, &steward, &decide, &folder.join("decisions.csv")).await;
    stage.invite(EMAIL, &[&homes[7], &homes[8]]).await;
    (stage, homes[7].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_requests_make_pages_that_anybody_can_use() {
    let Some(folder) = real_data() else { return };
    if !audit::is_ready() {
        return;
    }
    let Some(tab) = Tab::open(Scripts::On).await else {
        return;
    };
    let (stage, home) = set(&folder).await;
    let person = Person {
        tab: &tab,
        hand: Hand::Mouse,
    };
    let audit = Audit::new(true);
    tab.go(&stage.link().await).await;
    person.press("Continue").await;
    person
        .type_in("", "Who is answering?", "Jo Reed, manager")
        .await;
    person.press("Continue").await;
    assert_eq!(tab.path().await, "/homes");
    audit.page(&tab, "real-homes").await;
    tab.go(&stage.at("/workbook")).await;
    audit.page(&tab, "real-workbook").await;
    let at = |path: &str| stage.at(&format!("/homes/{home}{path}"));
    for (path, name) in [
        ("", "real-worklist"),
        ("/calendar", "real-calendar"),
        ("/questions", "real-questions"),
        ("/forms/now", "real-topics"),
        ("/forms/now/check", "real-check"),
        ("/forms/2026-Q4/print", "real-print"),
        ("/forms/2026-Q4/sheet", "real-sheet"),
    ] {
        tab.go(&at(path)).await;
        audit.page(&tab, name).await;
    }
    for page in 1..=PAGES_MAX {
        tab.go(&at(&format!("/forms/now/topics/{page}"))).await;
        if tab.title().await.starts_with("Page not found") {
            break;
        }
        audit.page(&tab, &format!("real-topic-{page:02}")).await;
    }
    stage.stop().await;
    audit.end();
}
