//! A law over random days: an ask receives exactly the fields that were released to it, whatever
//! else is asked, answered, corrected, linked and undone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use askonce::broker::{
    Broker, BurdenFilter, BurdenGroup, Caller, CompletenessFilter, CorrectAnswer, Cursor, Decided,
    DeliveryFilter, DeliveryScope, DemandFilter, OverlapFilter, RawDecision, RawSide,
    ReleaseAnswers, SubmitAnswers,
};
use askonce::domain::access::{Grant, Role};
use askonce::domain::ask::RawAsk;
use askonce::domain::check::RawAnswer;
use askonce::domain::completeness::Completeness;
use askonce::domain::form::FormState;
use askonce::domain::home::RawHome;
use askonce::domain::id::{AskName, HomeId, OrganisationId};
use askonce::domain::link::Verdict;
use askonce::domain::organisation::RawOrganisation;
use askonce::domain::powers::RawPowers;
use askonce::store::memory::MemoryStore;
use proptest::prelude::*;
use serde_json::json;

use super::world::HOME;

/// Something that happens.
#[derive(Debug, Clone)]
enum Act {
    /// A body asks for some of the questions that there are.
    Ask(usize, Vec<usize>),
    /// The home answers an entry of its form, or corrects it.
    Answer(usize, u32),
    /// The home sends what it answered before to the asks of a body.
    Release(usize),
    /// The home corrects an answer: nobody new receives it.
    Correct(usize, u32),
    /// The data lead joins two questions.
    Join(usize, usize),
    /// The data lead takes a decision back.
    Undo(usize),
    /// A reader takes a page of its stream; or the page is lost on the way.
    Read(usize, bool),
}

const BODIES: [&str; 3] = ["body-a", "body-b", "body-c"];
const QUESTIONS: usize = 6;

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (
            0..BODIES.len(),
            prop::collection::btree_set(0..QUESTIONS, 1..4)
        )
            .prop_map(|(body, questions)| Act::Ask(body, questions.into_iter().collect())),
        (0..QUESTIONS, 0u32..9).prop_map(|(entry, figure)| Act::Answer(entry, figure)),
        (0..BODIES.len()).prop_map(Act::Release),
        (0..QUESTIONS, 0u32..9).prop_map(|(entry, figure)| Act::Correct(entry, figure)),
        (0..QUESTIONS, 0..QUESTIONS).prop_map(|(a, b)| Act::Join(a, b)),
        (0..4usize).prop_map(Act::Undo),
        (1..4usize, any::<bool>()).prop_map(|(rows, is_lost)| Act::Read(rows, is_lost)),
    ]
}

/// A broker in memory and what must be true of it.
struct Day {
    broker: Broker,
    caller: Caller,
    home: HomeId,
    asks: Vec<RawAsk>,
    decisions: Vec<String>,
    released: BTreeSet<(String, String)>,
    figures: BTreeSet<String>,
    reader: Cursor,
    /// What the reader has, by ask and field.
    received: BTreeMap<(String, String), String>,
}

impl Day {
    async fn new() -> Self {
        let random = AtomicU64::new(1);
        let entropy = move |buffer: &mut [u8]| {
            let number = random.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            for (place, byte) in buffer.iter_mut().enumerate() {
                *byte = number[place % 8];
            }
        };
        let noon = "2026-11-21T12:00:00Z".parse().unwrap();
        let store = Arc::new(MemoryStore::new());
        let broker = Broker::new(store, Arc::new(move || noon), Arc::new(entropy));
        let caller = Caller {
            token_id: "t".into(),
            grant: Grant::unbound(Role::Operator),
        };
        for body in BODIES {
            let row = RawOrganisation {
                id: body.into(),
                name: body.into(),
                kind: "council".into(),
                ..RawOrganisation::default()
            };
            broker.import_organisation(&caller, row).await.unwrap();
            let granted = RawPowers {
                organisation: body.into(),
                areas: vec!["E08000014".into()],
                ..RawPowers::default()
            };
            let granting = broker.grant_powers(&caller, granted, "", "");
            granting.await.unwrap();
        }
        let row = RawHome {
            cqc_id: HOME.into(),
            name: "Rowan House".into(),
            area_code: "E08000014".into(),
            ..RawHome::default()
        };
        broker.import_home(&caller, row).await.unwrap();
        Self {
            broker,
            caller,
            home: HOME.parse().unwrap(),
            asks: Vec::new(),
            decisions: Vec::new(),
            released: BTreeSet::new(),
            figures: BTreeSet::new(),
            reader: Cursor::default(),
            received: BTreeMap::new(),
        }
    }

    async fn act(&mut self, act: Act) {
        match act {
            Act::Ask(body, questions) => self.ask(BODIES[body], &questions).await,
            Act::Answer(entry, figure) => self.answer(entry, figure).await,
            Act::Release(body) => self.release(BODIES[body]).await,
            Act::Correct(entry, figure) => self.correct(entry, figure).await,
            Act::Join(a, b) => self.join(a, b).await,
            Act::Read(rows, is_lost) => {
                self.read(rows, is_lost).await;
            }
            Act::Undo(place) => {
                if let Some(id) = self.decisions.get(place).cloned() {
                    let _ = self.broker.undo_decision(&self.caller, &id, "").await;
                }
            }
        }
    }

    async fn ask(&mut self, body: &str, questions: &[usize]) {
        let field = |question: &usize| {
            json!({"name": format!("q{question}"), "label": format!("Question number {question}"),
                   "type": "count", "timing": "as-at"})
        };
        let fields: Vec<_> = questions.iter().map(field).collect();
        let raw: RawAsk = serde_json::from_value(json!({
            "organisation": body, "ask": format!("ask-{}", self.asks.len()), "purpose": "p",
            "legal_basis": "l", "periods": ["2026-11-20"], "targets": {"homes": [HOME]},
            "fields": fields,
        }))
        .unwrap();
        let submitted = self
            .broker
            .submit_ask(&self.caller, raw, "", false)
            .await
            .unwrap();
        if !self
            .asks
            .iter()
            .any(|known| known.ask == submitted.ask.ask.raw.ask)
        {
            self.asks.push(submitted.ask.ask.raw.clone());
        }
    }

    async fn answer(&mut self, entry: usize, figure: u32) {
        let period = "2026-11-20".parse().unwrap();
        let form = self.broker.get_form(&self.home, period).await.unwrap().form;
        let Some(entry) = form.template.entries().get(entry) else {
            return;
        };
        for demand in &entry.demands {
            let field = demand.field.name.to_string();
            self.released.insert((demand.ask.to_string(), field));
        }
        self.figures.insert(figure.to_string());
        let sent = SubmitAnswers {
            home: self.home.clone(),
            period,
            template: form.template.digest(),
            etag: form.etag.to_string(),
            answers: vec![RawAnswer {
                entry: entry.id.to_string(),
                number: Some(figure.to_string()),
                ..RawAnswer::default()
            }],
            answered_by: String::new(),
            draft_etag: String::new(),
        };
        self.broker
            .submit_answers(&self.caller, sent, "", false)
            .await
            .unwrap();
    }

    async fn release(&mut self, body: &str) {
        let period = "2026-11-20".parse().unwrap();
        let form = self.broker.get_form(&self.home, period).await.unwrap().form;
        let asks = form.template.body().asks.iter().map(|ask| ask.name.clone());
        let asks: Vec<_> = asks
            .filter(|ask| ask.organisation.as_str() == body)
            .collect();
        if asks.is_empty() {
            return;
        }
        for (entry, state) in form.entries() {
            let lacking = state
                .unreleased
                .iter()
                .map(|place| &entry.demands[*place as usize]);
            for demand in lacking.filter(|demand| asks.contains(&demand.ask)) {
                let field = demand.field.name.to_string();
                self.released.insert((demand.ask.to_string(), field));
            }
        }
        let sent = ReleaseAnswers {
            home: self.home.clone(),
            period,
            template: form.template.digest(),
            etag: form.etag.to_string(),
            asks: asks.clone(),
            entries: Vec::new(),
            released_by: String::new(),
        };
        let sent = self
            .broker
            .release_answers(&self.caller, sent, "")
            .await
            .unwrap();
        for (entry, state) in sent.form.entries() {
            let mut lacking = state
                .unreleased
                .iter()
                .map(|place| &entry.demands[*place as usize]);
            assert!(
                lacking.all(|demand| !asks.contains(&demand.ask)),
                "they have all of it"
            );
        }
    }

    async fn correct(&mut self, entry: usize, figure: u32) {
        let period = "2026-11-20".parse().unwrap();
        let form = self.broker.get_form(&self.home, period).await.unwrap().form;
        let Some((entry, state)) = form.entries().nth(entry) else {
            return;
        };
        let sent = CorrectAnswer {
            home: self.home.clone(),
            period,
            receipt: None,
            etag: form.etag.to_string(),
            answer: RawAnswer {
                entry: entry.id.to_string(),
                number: Some(figure.to_string()),
                ..RawAnswer::default()
            },
            answered_by: String::new(),
        };
        let corrected = self
            .broker
            .correct_answer(&self.caller, sent, "", false)
            .await;
        assert_eq!(corrected.is_ok(), state.answer.is_some());
        if corrected.is_ok() {
            self.figures.insert(figure.to_string());
        }
    }

    async fn join(&mut self, a: usize, b: usize) {
        let side = |question: usize| {
            let label = format!("q{question}");
            let ask = self
                .asks
                .iter()
                .find(|ask| ask.fields.iter().any(|f| f.name == label))?;
            Some(RawSide {
                ask: format!("organisations/{}/asks/{}", ask.organisation, ask.ask),
                field: label,
                ..RawSide::default()
            })
        };
        let (Some(a), Some(b)) = (side(a), side(b)) else {
            return;
        };
        let decision = RawDecision {
            a,
            b,
            verdict: Verdict::Same,
            options: Vec::new(),
            reason: String::new(),
        };
        let decided = self
            .broker
            .decide(&self.caller, &[decision], "", false)
            .await
            .unwrap();
        if let Some(Decided::Recorded(id)) = decided.into_iter().next() {
            self.decisions.push(id);
        }
    }

    /// Reads a page of the first body's feed on from where it is. Returns whether there was more.
    async fn read(&mut self, rows: usize, is_lost: bool) -> bool {
        let scope = DeliveryScope::Organisation(BODIES[0].parse().unwrap());
        let filter = DeliveryFilter::default();
        let (broker, caller) = (&self.broker, &self.caller);
        let page = broker.collect_deliveries(caller, &scope, &filter, &self.reader, rows);
        let page = page.await.unwrap();
        if !is_lost {
            // A cursor goes over the wire as text.
            self.reader = page.cursor.to_string().parse().unwrap();
            for row in &page.rows {
                let key = (row.ask.to_string(), row.field.to_string());
                self.received
                    .insert(key, format!("{:?}", row.delivery.value));
            }
        }
        !page.is_end
    }

    /// Once it has read to the end, a reader whose pages were cut and lost on the way has what one
    /// has that lists everything now.
    async fn check_reader(&mut self) {
        while self.read(2, false).await {}
        let kept = self.reader.clone();
        let received = std::mem::take(&mut self.received);
        self.reader = Cursor::default();
        while self.read(1_000, false).await {}
        assert_eq!(received, self.received);
        self.reader = kept;
    }

    /// Counts agree with the form that the home sees.
    async fn check_counts(&self) {
        let period = "2026-11-20".parse().unwrap();
        let form = self.broker.get_form(&self.home, period).await.unwrap().form;
        let entries = form.template.entries();
        let day = "2026-11-20".parse().unwrap();
        for (group, is_as_of_then) in [
            (BurdenGroup::Home, false),
            (BurdenGroup::Period, false),
            (BurdenGroup::Organisation, true),
        ] {
            let filter = BurdenFilter {
                group,
                from: Some(day),
                until: Some(day),
                organisation: None,
                home: None,
                area: None,
                is_as_of_then,
            };
            let burden = self.broker.burden(&filter).await.unwrap();
            if is_as_of_then {
                let asked: u64 = burden.rows.iter().map(|(_, row)| row.asked).sum();
                assert_eq!(asked, burden.total.asked, "every field is one body's");
                continue;
            }
            let fields: usize = entries.iter().map(|entry| entry.demands.len()).sum();
            assert_eq!(burden.total.asked, fields as u64);
            assert_eq!(burden.total.put, entries.len() as u64);
            assert_eq!(burden.total.answered, form.answered() as u64);
            assert_eq!(burden.rows.len(), usize::from(fields > 0));
            assert!(burden.rows.iter().all(|(_, row)| *row == burden.total));
        }
        let mut is_all_in = true;
        for ask in &self.asks {
            let name: AskName = format!("organisations/{}/asks/{}", ask.organisation, ask.ask)
                .parse()
                .unwrap();
            let filter = CompletenessFilter {
                scope: DeliveryScope::Ask(name),
                periods: BTreeSet::from([period]),
                home: None,
                states: BTreeSet::new(),
            };
            let page = self.broker.completeness(&filter, None, 10).await.unwrap();
            assert_eq!((page.rows.len(), page.next), (1, None));
            is_all_in &= page.rows[0].state == Completeness::Done;
            let counted = self.broker.completeness_summaries(&filter).await.unwrap();
            assert_eq!(counted[0].homes, BTreeMap::from([(page.rows[0].state, 1)]));
        }
        let is_done = form.state == FormState::Done;
        // A decision that was made or undone since sends nothing again by itself.
        if self.decisions.is_empty() {
            assert_eq!(is_done, is_all_in && !self.asks.is_empty());
        } else {
            assert!(!is_done || is_all_in);
        }
    }

    /// Every ask's deliveries are those that were released to it, once each, with a figure given.
    async fn check(&self) {
        let mut delivered = BTreeSet::new();
        for ask in &self.asks {
            let name = format!("organisations/{}/asks/{}", ask.organisation, ask.ask);
            let name: AskName = name.parse().unwrap();
            let (scope, filter) = (DeliveryScope::Ask(name.clone()), DeliveryFilter::default());
            let from = Cursor::default();
            let (broker, caller) = (&self.broker, &self.caller);
            let rows = broker.collect_deliveries(caller, &scope, &filter, &from, 1_000);
            for row in rows.await.unwrap().rows {
                assert!(
                    ask.fields
                        .iter()
                        .any(|field| field.name == row.field.as_str())
                );
                let fresh = delivered.insert((name.to_string(), row.field.to_string()));
                assert!(fresh, "{} was delivered twice", row.field);
                let text = format!("{:?}", row.delivery.value);
                assert!(
                    self.figures
                        .iter()
                        .any(|figure| text.contains(figure.as_str()))
                );
            }
        }
        assert_eq!(delivered, self.released);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn an_ask_receives_exactly_what_was_released_to_it(
        acts in prop::collection::vec(any_act(), 1..25)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut day = Day::new().await;
            for act in acts {
                day.act(act).await;
                day.check().await;
                day.check_counts().await;
            }
            day.check_reader().await;
        });
    }
}

#[tokio::test]
async fn what_is_private_is_to_other_askers_as_if_it_were_not() {
    let day = Day::new().await;
    for (body, private) in [(BODIES[0], true), (BODIES[1], false)] {
        let raw: RawAsk = serde_json::from_value(json!({
            "organisation": body, "ask": "one", "purpose": "p", "legal_basis": "l",
            "periods": ["2026-11-20"], "private": private, "targets": {"homes": [HOME]},
            "fields": [{"name": "q", "label": "Beds", "type": "count", "timing": "as-at"}],
        }))
        .unwrap();
        let submitted = day.broker.submit_ask(&day.caller, raw, "", false).await;
        submitted.unwrap();
    }
    for (reader, demands, pairs) in [
        (None, 2, 1),
        (Some(BODIES[0]), 2, 1),
        (Some(BODIES[1]), 1, 0),
        (Some(BODIES[2]), 1, 0),
    ] {
        let reader: Option<OrganisationId> = reader.map(|id| id.parse().unwrap());
        let filter = DemandFilter {
            reader: reader.clone(),
            ..DemandFilter::default()
        };
        let found = day.broker.find_demands(&filter, None, 10).await.unwrap();
        assert_eq!(found.rows.len(), demands, "{reader:?}");
        let filter = OverlapFilter {
            organisation: reader.clone(),
            reader: reader.clone(),
            ..OverlapFilter::default()
        };
        let found = day.broker.overlap(&filter).await.unwrap();
        assert_eq!(found.pairs.len(), pairs, "{reader:?}");
    }
}
