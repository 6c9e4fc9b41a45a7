//! Laws, over random answers to a fixed set of asks.

use proptest::prelude::*;
use serde_json::json;

use super::tables::{elements, field, plain};
use super::{World, said, to_type};

/// What may be said: element and reference, of every kind that the asks' forms draw on.
const SAYABLE: [(&str, &str); 22] = [
    ("falls", "span/2026-10-01..2026-10-31"),
    ("falls", "span/2026-11-01..2026-11-30"),
    ("falls", "span/2026-12-01..2026-12-31"),
    ("falls", "span/2026-12-01..2026-12-15"),
    ("falls", "span/2026-12-16..2026-12-31"),
    ("falls", "span/2026-10-01..2026-11-30"),
    ("falls", "span/2026-10-01..2026-12-31"),
    ("obd", "span/2026-10-01..2026-10-31"),
    ("obd", "span/2026-11-01..2026-12-31"),
    ("obd", "span/2026-10-01..2026-12-31"),
    ("rate", "span/2026-10-01..2026-12-31"),
    ("rate", "span/2026-10-01..2026-10-31"),
    ("fallers", "span/2026-10-01..2026-10-31"),
    ("taken", "at/2026-12-31"),
    ("taken", "at/2026-12-20"),
    ("taken", "at/2026-12-10"),
    ("beds", "standing"),
    ("full", "at/2026-12-31"),
    ("staff", "at/2026-12-31"),
    ("nurses", "at/2026-12-31"),
    ("carers", "at/2026-12-31"),
    ("hours", "span/2026-10-01..2026-12-31"),
];

fn world() -> World {
    let mut world = World::with(&elements());
    world.asked(
        "council",
        "quarterly",
        &json!([
            plain("falls"),
            plain("rate"),
            plain("full"),
            plain("fullness"),
            plain("staff"),
            field("taken", &json!({"max_age_days": 15})),
            plain("name"),
            plain("hours")
        ]),
    );
    world.asked(
        "icb",
        "quarterly",
        &json!([
            field("falls", &json!({"reuse": "derive"})),
            plain("obd"),
            plain("fallers"),
            field("nurses", &json!({"reuse": "derive"})),
            plain("carers")
        ]),
    );
    world
}

fn say(world: &mut World, (at, number): (usize, u32)) {
    let (element, reference) = SAYABLE[at];
    let question = world.question(element);
    world.say(
        question,
        reference.parse().unwrap(),
        said(&number.to_string()),
        None,
    );
}

fn sayings() -> impl Strategy<Value = Vec<(usize, u32)>> {
    prop::collection::btree_map(0..SAYABLE.len(), 1u32..50, 0..SAYABLE.len())
        .prop_map(|map| map.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn knowing_more_never_adds_a_question(sayings in sayings(), one in (0..SAYABLE.len(), 1u32..50)) {
        let mut world = world();
        for saying in sayings.iter().filter(|(at, _)| *at != one.0) {
            say(&mut world, *saying);
        }
        let before = to_type(&world.form("2026-Q4"));
        say(&mut world, one);
        let after = to_type(&world.form("2026-Q4"));
        prop_assert!(after.is_subset(&before), "{:?} adds {:?}", SAYABLE[one.0], after.difference(&before));
    }

    #[test]
    fn the_order_in_which_things_are_said_does_not_matter(sayings in sayings(), seed in any::<u64>()) {
        let mut one = world();
        let mut other = world();
        for saying in &sayings {
            say(&mut one, *saying);
        }
        let mut shuffled = sayings;
        let count = shuffled.len().max(1);
        shuffled.rotate_left(usize::try_from(seed % count as u64).unwrap());
        shuffled.reverse();
        for saying in &shuffled {
            say(&mut other, *saying);
        }
        prop_assert_eq!(one.told("2026-Q4"), other.told("2026-Q4"));
    }

    #[test]
    fn a_stock_is_never_summed(numbers in prop::collection::vec(1u32..50, 92)) {
        let mut world = world();
        let mut day: jiff::civil::Date = "2026-10-01".parse().unwrap();
        let question = world.question("taken");
        for number in numbers {
            let reference = crate::domain::reference::Reference::Moment { date: day, at: None };
            if day < "2026-12-31".parse().unwrap() {
                world.say(question, reference, said(&number.to_string()), None);
            }
            day = day.tomorrow().unwrap();
        }
        for (entry, state) in world.form("2026-Q4").entries() {
            let how = state.offered.as_ref().and_then(|own| own.answer.worked_out.clone());
            let is_stock = entry.timing == crate::domain::field_type::Timing::AsAt;
            let is_sum = how.is_some_and(|own| own.how == crate::domain::worked_out::How::Sum);
            prop_assert!(!(is_stock && is_sum));
        }
    }

    #[test]
    fn undoing_a_decision_restores_the_form_byte_for_byte(sayings in sayings()) {
        let mut world = world();
        let own = json!([{"name": "t", "label": "Tumbles", "type": "count", "timing": "during"}]);
        world.asked("trust", "quarterly", &own);
        for saying in sayings {
            say(&mut world, saying);
        }
        let before = world.form("2026-Q4");
        world.decided_same("falls", "Tumbles");
        let linked = world.form("2026-Q4");
        prop_assert_ne!(linked.etag, before.etag);
        world.links = crate::domain::link::Links::default();
        let after = world.form("2026-Q4");
        prop_assert_eq!(after.etag, before.etag);
        prop_assert_eq!(after.template.bytes(), before.template.bytes());
    }
}
