//! November's form of the home: what its manager says to each question, and what each body must
//! receive of it.

use askonce::grpc::v1;
use askonce::grpc::v1::delivered_value::Said;

use super::audit::Audit;
use super::hand::Person;
use super::stage::{COUNCIL, DEPARTMENT, ICB, Stage};

/// Most pages that the form may have.
const PAGES_MAX: usize = 30;

/// Most times that one page may ask to look again.
const ATTEMPTS_MAX: usize = 4;

/// What she says to a question.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Says {
    /// A number or a text.
    Text(&'static str),
    /// A number in one of several units.
    Quantity(&'static str, &'static str),
    /// A number for each row of a table.
    Cells(&'static [(&'static str, &'static str)]),
    /// One option, or several.
    Picks(&'static [&'static str]),
    /// A day.
    Day(&'static str, &'static str, &'static str),
    /// Why she cannot answer, with a note.
    Cannot(&'static str, &'static str),
    /// Nothing: of all events left on its page she says that there was none.
    NoneHappened,
}

pub(crate) const BEDS: &str = "How many beds are occupied?";
pub(crate) const INSURANCE: &str = "When does the home’s public liability insurance run out?";
pub(crate) const AGENCY: &str = "How much time did agency staff work?";
const RESIDENTS: &str = "How many residents live at the home, counting anyone away in hospital?";

/// Every question of the form, in its words, in any order.
const ANSWERS: [(&str, Says); 14] = [
    (BEDS, Says::Text("44")),
    (
        "How many empty beds could take someone new straight away?",
        Says::Text("3"),
    ),
    (
        RESIDENTS,
        Says::Cells(&[
            ("A council", "20"),
            ("The resident or their family", "15"),
            ("NHS continuing healthcare", "5"),
            ("Another funder", "4"),
        ]),
    ),
    ("Is the home taking admissions?", Says::Picks(&["No"])),
    (
        "If the home is not taking admissions, what is the main reason?",
        Says::Picks(&["Not enough staff"]),
    ),
    (AGENCY, Says::Quantity("37.5", "hours")),
    ("How much did agency staff cost?", Says::Text("1200.50")),
    (INSURANCE, Says::Day("27", "3", "2027")),
    (
        "What kinds of outside help does the home need?",
        Says::Picks(&["Staff", "Clinical help"]),
    ),
    (
        "What has the home improved for residents?",
        Says::Text("A sensory garden, planned with residents."),
    ),
    (
        "How is the home coping overall?",
        Says::Picks(&["Amber: under pressure but coping"]),
    ),
    (
        "Relatives who are satisfied, of those who answered",
        Says::Cannot(
            "It takes too long to work out",
            "The survey is from before we moved.",
        ),
    ),
    (
        "How many times did the home call 999 for an ambulance?",
        Says::NoneHappened,
    ),
    (
        "How many times did a resident go to A&E?",
        Says::NoneHappened,
    ),
];

/// What each body receives: its own names, units and codes, and nothing else.
const RECEIVED: [(&str, &[&str]); 3] = [
    (
        COUNCIL,
        &[
            "A1: no",
            "A2: STF",
            "B1: 44",
            "H1: 37.5 h",
            "H2: 1200.5 GBP",
            "I1: 2027-03-27",
            "Q1: A sensory garden, planned with residents.",
            "R1: chc 5, council 20, other 4, self 15",
            "S1: 1, 2",
        ],
    ),
    (
        ICB,
        &[
            "ae: 0",
            "agency_minutes: 2250 min",
            "ambulance_calls: 0",
            "coping: A",
            "occupied_beds: 44",
            "survey: DECLINE_REASON_TAKES_TOO_LONG, The survey is from before we moved.",
        ],
    ),
    // The home files it itself, elsewhere.
    (DEPARTMENT, &[]),
];

/// Fills in page after page, from the first, until the list of topics comes again or all is checked.
pub(crate) async fn fill_in(person: &Person<'_>, audit: &Audit) {
    for page in 1..=PAGES_MAX {
        if !person.tab.path().await.contains("/topics/") {
            return;
        }
        audit.page(person.tab, &format!("topic-{page:02}")).await;
        fill_page(person).await;
        audit
            .page(person.tab, &format!("topic-{page:02}-filled"))
            .await;
        go_on(person, audit, &format!("topic-{page:02}-again")).await;
    }
    panic!("the form does not end");
}

/// Answers each question on a page that can be answered.
async fn fill_page(person: &Person<'_>) {
    let mut is_none = false;
    for question in person.questions().await {
        if !person.is_asked(&question).await {
            continue;
        }
        let answer = ANSWERS.iter().find(|(wording, _)| *wording == question);
        let (wording, says) = answer.unwrap_or_else(|| panic!("nobody asked this: {question}"));
        is_none |= matches!(says, Says::NoneHappened);
        say(person, wording, *says).await;
    }
    if is_none {
        person
            .press("None this period: 0 for every count left")
            .await;
    }
}

/// Says something to a question.
async fn say(person: &Person<'_>, question: &str, says: Says) {
    match says {
        Says::NoneHappened => {}
        Says::Text(text) => person.type_in(question, "Answer", text).await,
        Says::Quantity(number, unit) => {
            person.type_in(question, "Answer", number).await;
            person.choose(question, "Unit", unit).await;
        }
        Says::Cells(rows) => {
            for (label, number) in rows {
                person.type_in(question, label, number).await;
            }
        }
        Says::Picks(options) => {
            for option in options {
                person.pick(question, option).await;
            }
        }
        Says::Day(day, month, year) => {
            person.type_in(question, "Day", day).await;
            person.type_in(question, "Month", month).await;
            person.type_in(question, "Year", year).await;
        }
        Says::Cannot(reason, note) => {
            person.unfold(question, "I cannot answer this").await;
            person.choose(question, "Why not?", reason).await;
            person
                .type_in(question, "More about it (optional)", note)
                .await;
        }
    }
}

/// Saves the page, and again where it asks to look again or asks something further.
async fn go_on(person: &Person<'_>, audit: &Audit, name: &str) {
    let before = person.tab.path().await;
    for _ in 0..ATTEMPTS_MAX {
        fill_open(person).await;
        let either = ["Save and continue", "It is right: continue"];
        person.press_any(&either).await;
        if person.tab.path().await != before {
            return;
        }
        audit.page(person.tab, name).await;
    }
    panic!("no way leads on from {name}\n{}", person.tab.text().await);
}

/// Answers what the page asks only now, because of an answer on it.
async fn fill_open(person: &Person<'_>) {
    let asked_now = "If the home is not taking admissions, what is the main reason?";
    if person.is_asked(asked_now).await {
        person.pick(asked_now, "Not enough staff").await;
    }
}

/// That each body has received just its own fields, with what the home said.
pub(crate) async fn is_received(stage: &Stage) {
    for (ask, expected) in RECEIVED {
        assert_eq!(received(stage, ask).await, expected, "{ask}");
    }
}

/// What the body of an ask receives, a line a field.
pub(crate) async fn received(stage: &Stage, ask: &str) -> Vec<String> {
    let body = ask.split('/').nth(1).expect("an ask is a body's");
    let body = stage.requester(body).await;
    let deliveries = body.deliveries(ask).await.unwrap();
    let mut lines: Vec<_> = deliveries.iter().map(line).collect();
    lines.sort();
    lines
}

fn line(delivery: &v1::Delivery) -> String {
    let value = delivery
        .value
        .as_ref()
        .and_then(|value| value.said.as_ref());
    let value = match value.expect("a delivery says something") {
        Said::Number(number) => figure(number),
        Said::YesNo(true) => "yes".to_owned(),
        Said::YesNo(false) => "no".to_owned(),
        Said::Date(text) | Said::Text(text) => text.clone(),
        Said::Options(options) => [&options.codes[..], &options.others[..]]
            .concat()
            .join(", "),
        Said::Declined(declined) => {
            format!("{}, {}", declined.reason().as_str_name(), declined.note)
        }
    };
    format!("{}: {value}", delivery.field)
}

fn figure(number: &v1::DeliveredNumber) -> String {
    let unit = match number.unit.as_str() {
        "" => String::new(),
        unit => format!(" {unit}"),
    };
    let mut cells: Vec<_> = (number.grid.iter())
        .flat_map(|grid| &grid.cells)
        .map(|cell| format!("{} {}", cell.codes.join("/"), cell.value))
        .collect();
    cells.sort();
    match cells.as_slice() {
        [] => format!("{}{unit}", number.total),
        cells => cells.join(", "),
    }
}
