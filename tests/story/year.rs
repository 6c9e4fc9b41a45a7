//! A year in the life of one home: five bodies ask daily, weekly, monthly, quarterly and yearly, and
//! the home answers each form when it is due.
//!
//! The counts that the README states are those that this story asserts.

use std::collections::{BTreeMap, BTreeSet};

use askonce::domain::ask::RawAsk;
use askonce::domain::dictionary::{Dictionary, RawElement};
use askonce::domain::period::{Cadence, Period};
use askonce::grpc::v1;
use askonce::server::Data;
use jiff::civil::date;
use serde_json::{Value as Json, json};

use super::later_askers::release;
use super::what_is_known::send;
use super::world::{Client, World};

const HOME: &str = "1-466088203";
const AREA: &str = "E08000009";

/// Who asks, how often, what of it is worked out without a look, and what.
const ASKS: [(&str, &str, &str, &str, &str); 5] = [
    (
        "nhs-england",
        "nhs-england",
        "daily",
        "confirm",
        "beds.occupied beds.vacant.open residents.in_hospital admissions.open falls.all hosp.unplanned",
    ),
    (
        "trust",
        "nhs-trust",
        "weekly",
        "confirm",
        "beds.max beds.occupied beds.vacant.total beds.vacant.open beds.vacant.reserved beds.vacant.closed \
         beds.occupancy_operational_pct hosp.unplanned id.cqc",
    ),
    (
        "icb",
        "icb",
        "monthly",
        "derive",
        "id.cqc beds.occupied beds.occupancy_pct res.count residents.in_building residents.in_hospital \
         residents.away obd falls.all falls.rate falls.harm hosp.unplanned hosp.unplanned_rate med.errors \
         med.error_rate pu.acquired pu.rate wt.loss acp dnacpr",
    ),
    (
        "council",
        "council",
        "quarterly",
        "confirm",
        "id.name id.postcode beds.registered beds.occupied beds.vacant.total beds.occupancy_pct res.count \
         res.dementia staff.direct.nurse staff.direct.care staff.direct.noncare staff.agency.nurse staff.agency.care \
         staff.agency.noncare staff.all_working falls.all falls.harm pu.acquired hosp.unplanned med.errors wt.loss \
         sg.raised cmp.formal",
    ),
    (
        "regulator",
        "regulator",
        "yearly",
        "derive",
        "id.name id.cqc beds.registered beds.occupancy_band falls.all falls.rate hosp.unplanned obd med.errors \
         pu.acquired sg.raised cmp.formal staff.direct staff.all_working deaths.all.res",
    ),
];

fn ask(organisation: &str, cadence: &str, reuse: &str, elements: &str) -> RawAsk {
    let starter = Dictionary::starter();
    let fields = elements.split_whitespace().map(|id| {
        let element = starter.raw().elements.iter().find(|own| own.id == id);
        field(element.unwrap_or_else(|| panic!("no element {id}")), reuse)
    });
    serde_json::from_value(json!({
        "organisation": organisation,
        "ask": cadence,
        "purpose": "to plan care",
        "legal_basis": "6(1)(e)",
        "cadence": cadence,
        "from": "2026-01-01",
        "targets": {"homes": [HOME]},
        "fields": fields.collect::<Vec<_>>(),
    }))
    .unwrap()
}

fn field(element: &RawElement, reuse: &str) -> Json {
    let mut field = json!({
        "name": element.id,
        "element": element.id,
        "label": element.label,
        "type": element.kind,
        "timing": element.timing,
        "reuse": reuse,
    });
    if let Some(unit) = &element.unit {
        field["unit"] = json!(unit);
    }
    if let Some(decimals) = element.decimals {
        field["decimals"] = json!(decimals);
    }
    if let Some(options) = &element.options {
        field["options"] = json!(options);
    }
    field
}

async fn settled() -> World {
    let world = World::on(Data::Memory).await;
    let operator = world.operator().await;
    let home = v1::HomeRow {
        cqc_id: HOME.into(),
        name: "Rowan House".into(),
        postcode: "M41 5BU".into(),
        beds: "40".into(),
        area_code: AREA.into(),
        ..v1::HomeRow::default()
    };
    let imported = operator.import_homes(vec![home]).await;
    assert!(imported[0].faults.is_empty(), "{imported:?}");
    for (organisation, kind, cadence, reuse, elements) in ASKS {
        operator.register_organisation(organisation, kind).await;
        operator.grant(organisation, &[AREA], &[]).await;
        let requester = world.requester(organisation).await;
        let ask = ask(organisation, cadence, reuse, elements);
        requester
            .submit_ask(&ask)
            .await
            .unwrap_or_else(|e| panic!("{e:?}"));
    }
    world
}

/// Every form of the year in the order in which it can be answered: by its last day, shorter ones
/// first.
fn periods() -> Vec<Period> {
    let (first, last) = (date(2026, 1, 1), date(2026, 12, 31));
    let cadences = ["daily", "weekly", "monthly", "quarterly", "yearly"];
    let cadences = cadences.map(|word| word.parse::<Cadence>().unwrap());
    let all = cadences
        .iter()
        .flat_map(|cadence| cadence.periods_between(first, last));
    let within = all.filter(|period| period.start() >= first && period.last_day() <= last);
    let mut periods: Vec<Period> = within.collect();
    periods.sort_by_key(|period| (period.last_day(), std::cmp::Reverse(period.start())));
    periods
}

/// What the home did with entries, by what was to be done.
type Counts = BTreeMap<&'static str, u64>;

fn word(need: v1::EntryNeed) -> &'static str {
    match need {
        v1::EntryNeed::Answer => "typed",
        v1::EntryNeed::Confirm => "confirmed",
        v1::EntryNeed::WorkedOut => "worked out",
        v1::EntryNeed::Register => "from the register",
        v1::EntryNeed::Send => "sent again",
        _ => "nothing",
    }
}

/// A figure that agrees with the others: forty beds, of which one is closed and one held.
fn figure(entry: &v1::FormEntry) -> Json {
    match entry.element.as_str() {
        "beds.max" => json!({"number": "40"}),
        "beds.occupied" | "obd" => json!({"number": "36"}),
        "beds.vacant.open" | "residents.in_hospital" => json!({"number": "2"}),
        "residents.in_building" => json!({"number": "33"}),
        "admissions.open" => json!({"yes_no": true}),
        _ => json!({"number": "1"}),
    }
}

fn said(entry: &v1::FormEntry, mut said: Json) -> v1::Answer {
    said["entry"] = json!(entry.id);
    let raw: askonce::domain::check::RawAnswer = serde_json::from_value(said).unwrap();
    raw.try_into().unwrap()
}

/// Answers a form: types what there is to type, confirms what is offered, sends what was answered on
/// another form. Once more, for what follows from that.
async fn answer(manager: &Client, period: Period, counts: &mut Counts) {
    let mut seen = BTreeSet::new();
    let name = period.to_string();
    for _ in 0..3 {
        let form = manager.form(HOME, &name).await.unwrap();
        let mut answers = Vec::new();
        for entry in &form.entries {
            let need = entry.need();
            if need != v1::EntryNeed::Nothing && seen.insert(entry.id.clone()) {
                *counts.entry(word(need)).or_default() += 1;
            }
            match need {
                v1::EntryNeed::Answer => answers.push(said(entry, figure(entry))),
                v1::EntryNeed::Confirm if entry.offered.is_some() => {
                    answers.push(said(entry, json!({"confirm": true})));
                }
                _ => {}
            }
            assert!(entry.disagreeing.is_empty(), "{name} {}", entry.wording);
        }
        if form.summary.as_ref().unwrap().state() == v1::FormState::Done {
            return;
        }
        let sent = send(manager, &form, answers, |_| {}).await;
        sent.unwrap_or_else(|e| panic!("{name}: {e:?}"));
        let form = manager.form(HOME, &name).await.unwrap();
        let to: BTreeSet<&str> = form.asks.iter().map(|ask| ask.ask.as_str()).collect();
        let to: Vec<&str> = to.into_iter().collect();
        release(manager, &form, &to, "").await.unwrap();
    }
    let form = manager.form(HOME, &name).await.unwrap();
    let open = form
        .entries
        .iter()
        .filter(|entry| entry.need() != v1::EntryNeed::Nothing);
    let open: Vec<_> = open
        .map(|entry| (entry.element.as_str(), entry.need()))
        .collect();
    assert_eq!(open, [], "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_of_five_bodies() {
    let world = settled().await;
    let manager = world.manager(HOME).await;
    let mut daily = Counts::new();
    let mut others = Counts::new();
    let mut asked = 0;
    for period in periods() {
        let form = manager.form(HOME, &period.to_string()).await.unwrap();
        asked += form.summary.unwrap().fields;
        let is_daily = period.days() == 1;
        answer(
            &manager,
            period,
            if is_daily { &mut daily } else { &mut others },
        )
        .await;
    }
    assert_eq!((periods().len(), asked), (433, 2_996), "forms and fields");
    for period in periods() {
        let form = manager.form(HOME, &period.to_string()).await.unwrap();
        let state = form.summary.unwrap().state();
        assert_eq!(state, v1::FormState::Done, "{period} stays done");
    }
    let mut delivered = 0;
    for (organisation, _, cadence, _, _) in ASKS {
        let requester = world.requester(organisation).await;
        let ask = format!("organisations/{organisation}/asks/{cadence}");
        delivered += requester.deliveries(&ask).await.unwrap().len();
    }
    assert_eq!(
        delivered, asked as usize,
        "each body received every field that it asked for"
    );
    assert_eq!(daily, Counts::from([("typed", 2_190)]));
    let expected = Counts::from([
        ("typed", 306),
        ("confirmed", 185),
        ("worked out", 106),
        ("from the register", 78),
        ("sent again", 131),
    ]);
    assert_eq!(others, expected);
    world.stop().await;
}
