//! Tables of cases.

use serde_json::{Value as Json, json};

use super::World;

/// Elements of every kind that something follows from.
pub(super) fn elements() -> Json {
    json!([
        {"id": "falls", "label": "Falls", "type": "count", "timing": "during", "topic": "all", "over_time": "sum"},
        {"id": "fallers", "label": "Residents who fell at least once", "type": "count", "timing": "during", "topic": "all"},
        {"id": "hours", "label": "Hours", "type": "quantity", "unit": "h", "decimals": 2, "timing": "during",
         "topic": "all", "over_time": "sum"},
        {"id": "obd", "label": "Occupied bed days", "type": "count", "timing": "during", "topic": "all", "over_time": "sum"},
        {"id": "rate", "label": "Falls for every 1,000 bed days", "type": "quantity", "unit": "1", "decimals": 2,
         "timing": "during", "topic": "all", "formula": "1000 * falls / obd"},
        {"id": "beds", "label": "Registered beds", "type": "count", "timing": "standing", "topic": "all"},
        {"id": "taken", "label": "Occupied beds", "type": "count", "timing": "as-at", "topic": "all"},
        {"id": "full", "label": "Occupancy", "type": "percentage", "decimals": 1, "timing": "as-at", "topic": "all",
         "formula": "100 * taken / beds"},
        {"id": "fullness", "label": "How full", "type": "choice", "timing": "as-at", "topic": "all",
         "options": [{"code": "L", "label": "Under 85%"}, {"code": "H", "label": "85% or more"}],
         "bands": {"of": "full", "steps": [{"option": "L"}, {"option": "H", "from": "85"}]}},
        {"id": "staff", "label": "Staff", "type": "count", "timing": "as-at", "topic": "all", "dimensions": ["role"],
         "formula": "nurses + carers"},
        {"id": "nurses", "label": "Nurses employed", "type": "count", "timing": "as-at", "topic": "all",
         "formula": "staff[role=nurse]"},
        {"id": "carers", "label": "Care staff employed", "type": "count", "timing": "as-at", "topic": "all",
         "formula": "staff[role=care]"},
        {"id": "name", "label": "Name of the home", "type": "text", "timing": "standing", "topic": "all", "register": "name"},
        {"id": "postcode", "label": "Postcode", "type": "text", "timing": "standing", "topic": "all", "register": "postcode"},
        {"id": "ods", "label": "ODS code", "type": "text", "timing": "standing", "topic": "all", "register": "ods"}
    ])
}

/// A field that names an element, with more members.
pub(super) fn field(element: &str, more: &Json) -> Json {
    let all = elements();
    let of = |own: &&Json| own["id"] == element;
    let own = all.as_array().unwrap().iter().find(of).unwrap();
    let mut field = json!({"name": element, "label": own["label"], "element": element,
        "type": own["type"], "timing": own["timing"]});
    for member in ["unit", "decimals", "options"] {
        if !own[member].is_null() {
            field[member] = own[member].clone();
        }
    }
    for (member, value) in more.as_object().unwrap() {
        field[member] = value.clone();
    }
    field
}

pub(super) fn plain(element: &str) -> Json {
    field(element, &json!({}))
}

fn quarterly(elements: &[&str]) -> World {
    let mut world = World::with(&super::tables::elements());
    let fields: Vec<Json> = elements.iter().map(|element| plain(element)).collect();
    world.asked("council", "quarterly", &json!(fields));
    world
}

/// Each case: what is asked of the fourth quarter of 2026; what was said; what the form then says.
const QUARTER: &str = "
    falls
        falls @ span/2026-10-01..2026-10-31 = 3; falls @ span/2026-11-01..2026-11-30 = 2
        falls: answer
    falls
        falls @ span/2026-10-01..2026-10-31 = 3; falls @ span/2026-11-01..2026-11-30 = 2; falls @ span/2026-12-01..2026-12-31 = 4
        falls: confirm 9 (sum of 3)
    falls
        falls @ span/2026-10-01..2026-10-31 = 3; falls @ span/2026-11-01..2026-11-30 = ?; falls @ span/2026-12-01..2026-12-31 = 4
        falls: answer
    falls
        falls @ span/2026-10-01..2026-11-30 = 5; falls @ span/2026-12-01..2026-12-31 = 4; falls @ span/2026-11-01..2026-12-31 = 7
        falls: confirm 9 (sum of 2)
    fallers
        fallers @ span/2026-10-01..2026-10-31 = 3; fallers @ span/2026-11-01..2026-11-30 = 2; fallers @ span/2026-12-01..2026-12-31 = 4
        fallers: answer
    falls
        falls @ span/2026-09-28..2026-10-31 = 3; falls @ span/2026-11-01..2026-11-30 = 2; falls @ span/2026-12-01..2026-12-31 = 4
        falls: answer
    taken
        taken @ at/2026-10-31 = 30; taken @ at/2026-11-30 = 31; taken @ at/2026-12-30 = 32
        taken: answer
    taken
        taken @ on/2026-12-24T00:00..2027-01-04T23:59 = 32 on 2026-12-31
        taken: confirm 32 (earlier of 1)
    taken
        taken @ at/2026-12-31T12:00 = 32
        taken: answer
    full
        taken @ at/2026-12-31 = 34; beds @ standing = 40
        full: confirm 85 (formula of 2)
    full
        taken @ at/2026-12-31 = 34; beds @ standing = 0
        full: answer
    full
        taken @ at/2026-12-31 = 34; beds @ standing = ?
        full: answer
    full, taken
        beds @ standing = 40
        taken: answer; full: confirm later
    full, fullness
        taken @ at/2026-12-31 = 33; beds @ standing = 40
        full: confirm 82.5 (formula of 2); fullness: confirm under 85% (band of 2)
    rate
        falls @ span/2026-10-01..2026-12-31 = 9; obd @ span/2026-10-01..2026-10-31 = 1000; obd @ span/2026-11-01..2026-12-31 = 2000
        rate: confirm 31 (formula of 3)
    name, postcode, ods
        ods @ standing = \"VM41\"
        name: register Rowan House (register of 0); postcode: register M41 5BU (register of 0); ods: send \"VM41\"
    falls
        falls @ span/2026-07-01..2026-09-30 = no
        falls: confirm not-applicable (not-applicable of 1)
    staff, nurses, carers
        nurses @ at/2026-12-31 = 4; carers @ at/2026-12-31 = 20
        staff: confirm 24 (formula of 2); nurses: send 4; carers: send 20
    staff, nurses
        nurses @ at/2026-12-31 = 4
        staff: answer; nurses: send 4
    staff, nurses, carers
        staff @ at/2026-12-31 = 25; nurses @ at/2026-12-31 = 4; carers @ at/2026-12-31 = 20
        staff: send 25, but 24 (formula of 2); nurses: send 4; carers: send 20";

#[test]
fn a_quarter_is_worked_out_from_what_is_known() {
    let lines: Vec<&str> = QUARTER.trim().lines().map(str::trim).collect();
    for case in lines.chunks(3) {
        let elements: Vec<&str> = case[0].split(", ").collect();
        let mut world = quarterly(&elements);
        world.said(&case[1].replace("; ", "\n"));
        let told = world.told("2026-Q4").join("; ").replace('"', "");
        assert_eq!(told, case[2].replace('"', ""), "{}\n{}", case[0], case[1]);
    }
}

#[test]
fn what_askers_allow_decides_how_it_is_offered() {
    let falls = "falls @ span/2026-10-01..2026-10-31 = 3
        falls @ span/2026-11-01..2026-11-30 = 2
        falls @ span/2026-12-01..2026-12-31 = 4";
    for (policies, expected) in [
        (vec!["derive"], "falls: worked-out 9 (sum of 3)"),
        (vec!["derive", "confirm"], "falls: confirm 9 (sum of 3)"),
        (vec!["derive", "always-ask"], "falls: answer"),
        (vec!["always-ask"], "falls: answer"),
    ] {
        let mut world = World::with(&elements());
        for (place, policy) in policies.iter().enumerate() {
            let own = field("falls", &json!({"reuse": policy}));
            world.asked(&format!("body-{place}"), "quarterly", &json!([own]));
        }
        world.said(falls);
        assert_eq!(world.told("2026-Q4"), [expected], "{policies:?}");
    }
    let mut world = World::with(&elements());
    world.asked(
        "council",
        "quarterly",
        &json!([field("name", &json!({"reuse": "always-ask"}))]),
    );
    assert_eq!(
        world.told("2026-Q4"),
        ["name: register Rowan House (register of 0)"]
    );
}

#[test]
fn a_state_is_fresh_to_the_very_day() {
    for (day, max_age, expected) in [
        ("2026-12-01", Some(30), "taken: confirm 32 (earlier of 1)"),
        ("2026-11-30", Some(30), "taken: answer"),
        ("2026-12-30", Some(1), "taken: confirm 32 (earlier of 1)"),
        ("2026-12-30", None, "taken: answer"),
        ("2027-01-01", Some(30), "taken: answer"),
        ("2024-02-29", Some(1036), "taken: confirm 32 (earlier of 1)"),
        ("2024-02-29", Some(1035), "taken: answer"),
    ] {
        let mut world = World::with(&elements());
        let more = max_age.map_or_else(|| json!({}), |days| json!({"max_age_days": days}));
        world.asked("council", "quarterly", &json!([field("taken", &more)]));
        world.said(&format!("taken @ at/{day} = 32"));
        assert_eq!(world.told("2026-Q4"), [expected], "{day} {max_age:?}");
    }
}

#[test]
fn the_oldest_that_every_asker_takes_counts_and_the_latest_day_wins() {
    let mut world = World::with(&elements());
    world.asked(
        "a",
        "quarterly",
        &json!([field("taken", &json!({"max_age_days": 30}))]),
    );
    world.said("taken @ at/2026-12-20 = 31\ntaken @ at/2026-12-05 = 30\ntaken @ at/2026-12-21 = ?");
    assert_eq!(world.told("2026-Q4"), ["taken: confirm 31 (earlier of 1)"]);
    world.asked(
        "b",
        "quarterly",
        &json!([field("taken", &json!({"max_age_days": 10}))]),
    );
    assert_eq!(world.told("2026-Q4"), ["taken: answer"]);
}

#[test]
fn weeks_do_not_tile_months_and_days_do() {
    let mut world = World::with(&elements());
    world.asked("icb", "monthly", &json!([plain("hours")]));
    let weeks = [
        "2028-01-31..2028-02-06",
        "2028-02-07..2028-02-13",
        "2028-02-14..2028-02-20",
        "2028-02-21..2028-02-27",
        "2028-02-28..2028-03-05",
    ];
    for week in weeks {
        world.said(&format!("hours @ span/{week} = 10.25h"));
    }
    assert_eq!(world.told("2028-02"), ["hours: answer"]);
    // Three whole weeks, and the other days of a leap year's February one by one.
    for day in [1, 2, 3, 4, 5, 6, 28] {
        world.said(&format!(
            "hours @ span/2028-02-{day:02}..2028-02-{day:02} = 1.5h"
        ));
    }
    assert_eq!(
        world.told("2028-02"),
        ["hours: answer"],
        "the 29th is missing"
    );
    world.said("hours @ span/2028-02-29..2028-02-29 = 1.5h");
    assert_eq!(world.told("2028-02"), ["hours: confirm 42.75h (sum of 11)"]);
}

#[test]
fn a_year_ends_where_the_calendar_says() {
    let mut world = World::with(&elements());
    world.asked("cqc", "yearly", &json!([plain("falls")]));
    world.asked("dhsc", "financial-yearly", &json!([plain("falls")]));
    for quarter in [
        "2026-01-01..2026-03-31",
        "2026-04-01..2026-06-30",
        "2026-07-01..2026-09-30",
        "2026-10-01..2026-12-31",
    ] {
        world.said(&format!("falls @ span/{quarter} = 10"));
    }
    assert_eq!(world.told("2026"), ["falls: confirm 40 (sum of 4)"]);
    assert_eq!(world.told("FY2026"), ["falls: answer"]);
    world.said("falls @ span/2027-01-01..2027-03-31 = 7");
    assert_eq!(world.told("FY2026"), ["falls: confirm 37 (sum of 4)"]);
}

#[test]
fn a_day_is_a_day_though_its_clock_is_put_forward_or_back() {
    // 29 March 2026 has 23 hours in London and 25 October 25: days are counted, not hours.
    let mut world = World::with(&elements());
    world.asked("icb", "weekly", &json!([plain("hours")]));
    for (week, first) in [("2026-W13", 23), ("2026-W43", 19)] {
        let month = if week == "2026-W13" { 3 } else { 10 };
        for day in first..first + 7 {
            let day = format!("2026-{month:02}-{day:02}");
            world.said(&format!("hours @ span/{day}..{day} = 2h"));
        }
        assert_eq!(
            world.told(week),
            ["hours: confirm 14h (sum of 7)"],
            "{week}"
        );
    }
}

#[test]
fn a_standing_fact_is_confirmed_again_after_a_year() {
    let mut world = World::with(&elements());
    world.asked("council", "monthly", &json!([plain("beds")]));
    // Said on 22 November 2026.
    world.said("beds @ standing = 40");
    assert_eq!(world.told("2026-12"), ["beds: send 40"]);
    assert_eq!(
        world.told("2027-11"),
        ["beds: send 40"],
        "begins within the year"
    );
    assert_eq!(world.told("2027-12"), ["beds: confirm 40 (standing of 1)"]);
}

#[test]
fn what_no_element_says_adds_up_is_only_ever_offered() {
    let mut world = World::with(&elements());
    let deaths = |reuse: &str| {
        json!([{"name": "d", "label": "Deaths", "type": "count",
        "timing": "during", "reuse": reuse}])
    };
    world.asked("council", "quarterly", &deaths("derive"));
    for month in [
        "2026-10-01..2026-10-31",
        "2026-11-01..2026-11-30",
        "2026-12-01..2026-12-31",
    ] {
        world.said(&format!("Deaths @ span/{month} = 1"));
    }
    assert_eq!(world.told("2026-Q4"), ["Deaths: confirm 3 (sum of 3)"]);
    let share = json!([{"name": "s", "label": "Share", "type": "percentage", "timing": "during"}]);
    world.asked("icb", "quarterly", &share);
    for month in ["2026-10-01..2026-10-31", "2026-11-01..2026-12-31"] {
        world.said(&format!("Share @ span/{month} = 20"));
    }
    assert!(world.told("2026-Q4").contains(&"Share: answer".to_owned()));
}

#[test]
fn a_sum_and_a_formula_that_disagree_are_both_shown_and_nothing_goes_by_itself() {
    let mut world = World::with(&elements());
    let own = field("full", &json!({"reuse": "derive", "max_age_days": 5}));
    world.asked("council", "quarterly", &json!([own]));
    world.said("taken @ at/2026-12-31 = 34\nbeds @ standing = 40");
    assert_eq!(
        world.told("2026-Q4"),
        ["full: worked-out 85 (formula of 2)"]
    );
    world.said("full @ at/2026-12-31 = 85.04");
    assert_eq!(
        world.told("2026-Q4"),
        ["full: send 85.04, but 85 (formula of 2)"]
    );
    world.said("full @ at/2026-12-31 = 85.0");
    assert_eq!(world.told("2026-Q4"), ["full: send 85"]);
}

#[test]
fn an_answer_nobody_looked_at_gives_way_to_what_follows_now() {
    let mut world = World::with(&elements());
    let own = field("full", &json!({"reuse": "derive"}));
    world.asked("council", "quarterly", &json!([own]));
    world.said("taken @ at/2026-12-31 = 34\nbeds @ standing = 40");
    let form = world.form("2026-Q4");
    let (_, state) = form.entries().next().unwrap();
    let worked_out = state.offered.as_ref().unwrap().answer.as_ref().clone();
    world.record(worked_out);
    assert_eq!(world.told("2026-Q4"), ["full: send 85 (formula of 2)"]);
    world.said("taken @ at/2026-12-31 = 36");
    assert_eq!(world.told("2026-Q4"), ["full: confirm 90 (formula of 2)"]);
    world.said("taken @ at/2026-12-31 = ?");
    assert_eq!(world.told("2026-Q4"), ["full: confirm 85 (formula of 2)"]);
}

#[test]
fn what_follows_from_a_state_that_goes_by_itself_goes_with_it() {
    let mut world = World::with(&elements());
    let taken = field("taken", &json!({"reuse": "derive", "max_age_days": 31}));
    let full = field("full", &json!({"reuse": "derive"}));
    world.asked("council", "quarterly", &json!([taken, full]));
    world.said("taken @ at/2026-12-20 = 32\nbeds @ standing = 40");
    let told = world.told("2026-Q4");
    assert_eq!(
        told,
        [
            "taken: worked-out 32 (earlier of 1)",
            "full: worked-out 80 (formula of 2)"
        ]
    );
}

#[test]
fn a_band_is_that_of_the_number_as_it_is_told() {
    // 84.96 % is told as 85 %.
    let mut world = World::with(&elements());
    world.asked(
        "council",
        "quarterly",
        &json!([plain("full"), plain("fullness")]),
    );
    world.said("taken @ at/2026-12-31 = 2124\nbeds @ standing = 2500");
    let told = world.told("2026-Q4").join("; ");
    assert_eq!(
        told,
        "full: confirm 85 (formula of 2); fullness: confirm 85% or more (band of 2)"
    );
}

#[test]
fn what_the_home_said_long_ago_is_set_beside_the_register() {
    let mut world = World::with(&elements());
    world.asked("council", "monthly", &json!([plain("name")]));
    world.said("name @ standing = \"Rowan Court\"");
    assert_eq!(
        world.told("2028-01"),
        ["name: confirm Rowan House (register of 0), but Rowan Court (standing of 1)"]
    );
    world.said("name @ standing = \"rowan  HOUSE\"");
    assert_eq!(
        world.told("2028-01"),
        ["name: register Rowan House (register of 0)"]
    );
}

#[test]
fn ratios_and_posts_that_are_no_elements_are_never_added_up() {
    for (unit, expected) in [
        ("1", "answer"),
        ("{wte}", "answer"),
        ("h", "confirm 4h (sum of 2)"),
    ] {
        let mut world = World::with(&elements());
        let own = json!([{"name": "x", "label": "Things", "type": "quantity", "unit": unit,
            "timing": "during"}]);
        world.asked("council", "quarterly", &own);
        let h = if unit == "h" { "h" } else { "" };
        for span in ["2026-10-01..2026-10-31", "2026-11-01..2026-12-31"] {
            world.said(&format!("Things @ span/{span} = 2{h}"));
        }
        assert_eq!(
            world.told("2026-Q4"),
            [format!("Things: {expected}")],
            "{unit}"
        );
    }
}
