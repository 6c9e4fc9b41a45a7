//! A law over random days: an ask receives exactly the fields that were released to it, whatever
//! else is asked, answered, corrected, linked and undone.

mod acts;
mod private;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use askonce::broker::{
    Broker, BurdenCounts, BurdenFilter, BurdenGroup, Caller, CompletenessFilter, CorrectAnswer,
    Cursor, Decided, DeliveryFilter, DeliveryScope, MarkFiled, RawDecision, RawSide,
    ReleaseAnswers, SubmitAnswers,
};
use askonce::domain::access::{Grant, Proof, Role};
use askonce::domain::ask::RawAsk;
use askonce::domain::check::RawAnswer;
use askonce::domain::completeness::Completeness;
use askonce::domain::form::FormState;
use askonce::domain::home::RawHome;
use askonce::domain::id::{AskName, HomeId};
use askonce::domain::link::Verdict;
use askonce::domain::organisation::RawOrganisation;
use askonce::domain::powers::RawPowers;
use askonce::store::memory::MemoryStore;
use proptest::prelude::*;
use serde_json::json;

use self::acts::{Act, BODIES, any_act, fields};
use super::world::HOME;

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

/// No more is put than asked, nor answered than put; every question put needs something of the home,
/// and every one answered was answered in some way.
fn adds_up(row: &BurdenCounts) {
    assert!(row.asked >= row.put && row.put >= row.answered);
    let needs = [
        row.to_answer,
        row.to_confirm,
        row.to_work_out,
        row.registered,
    ];
    assert_eq!(needs.iter().sum::<u64>(), row.put);
    assert_eq!(row.typed + row.confirmed + row.worked_out, row.answered);
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
            proof: Proof::Process,
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
            services: vec!["Residential homes".into()],
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
            Act::Ask(body, questions, way) => self.ask(BODIES[body], &questions, way).await,
            Act::File(body, is_filed) => self.file(BODIES[body], is_filed).await,
            Act::Answer(entry, figure) => self.answer(entry, figure).await,
            Act::Release(body) => self.release(BODIES[body]).await,
            Act::Correct(entry, figure) => self.correct(entry, figure).await,
            Act::Join(a, b) => self.join(a, b).await,
            Act::Read(rows, is_lost) => {
                self.read(rows, is_lost).await;
            }
            Act::Undo(place) => {
                if let Some(id) = self.decisions.get(place).cloned() {
                    let _ = self
                        .broker
                        .undo_decision(&self.caller, &id, "", false)
                        .await;
                }
            }
        }
    }

    async fn ask(&mut self, body: &str, questions: &[usize], way: u8) {
        let filed_elsewhere = if way & 4 != 0 { "Tracker" } else { "" };
        let raw: RawAsk = serde_json::from_value(json!({
            "organisation": body, "ask": format!("ask-{}", self.asks.len()), "purpose": "p",
            "legal_basis": "l", "periods": ["2026-11-20"], "targets": {"homes": [HOME]},
            "fields": fields(questions, way), "filed_elsewhere": filed_elsewhere,
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
        let Some((entry, before)) = form.entries().nth(entry) else {
            return;
        };
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
            send_worked_out: false,
            none_in: Vec::new(),
            draft_etag: String::new(),
        };
        let sent = self.broker.submit_answers(&self.caller, sent, "", false);
        let sent = sent.await;
        // An entry may wait for itself, where a decision made one of two: its answer decides.
        if !before.is_put && before.answer.is_none() && sent.is_err() {
            return;
        }
        self.figures.insert(figure.to_string());
        let after = sent.unwrap().form;
        let (_, after) = after.entries().find(|(own, _)| own.id == entry.id).unwrap();
        for (place, demand) in (0u32..).zip(&entry.demands) {
            let is_filed_elsewhere = form.template.is_filed_elsewhere(&demand.ask);
            if !after.waiting.contains(&place) && !is_filed_elsewhere {
                let field = demand.field.name.to_string();
                self.released.insert((demand.ask.to_string(), field));
            }
        }
    }

    async fn file(&self, body: &str, is_filed: bool) {
        let period = "2026-11-20".parse().unwrap();
        let form = self.broker.get_form(&self.home, period).await.unwrap().form;
        let asks = form.template.body().asks.iter();
        for ask in asks.filter(|ask| ask.name.organisation.as_str() == body) {
            let said = MarkFiled {
                home: self.home.clone(),
                period,
                ask: ask.name.clone(),
                is_filed,
                filed_by: String::new(),
            };
            let marked = self.broker.mark_filed(&self.caller, said, "").await;
            assert_eq!(marked.is_ok(), ask.is_filed_elsewhere());
        }
    }

    async fn release(&mut self, body: &str) {
        let period = "2026-11-20".parse().unwrap();
        let form = self.broker.get_form(&self.home, period).await.unwrap().form;
        let asks = form.template.body().asks.iter();
        let asks = asks.filter(|ask| ask.name.organisation.as_str() == body);
        let sent_to = asks.filter(|ask| !ask.is_filed_elsewhere());
        let asks: Vec<_> = sent_to.map(|ask| ask.name.clone()).collect();
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
        if let Some(Decided::Recorded(id)) = decided.into_iter().next().map(|one| one.decided) {
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
                reader: None,
                is_as_of_then,
            };
            let burden = self.broker.burden(&filter).await.unwrap();
            burden.rows.iter().for_each(|(_, row)| adds_up(row));
            adds_up(&burden.total);
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
            let states: Vec<Completeness> = page.rows.iter().map(|row| row.state).collect();
            // A field that waits for one that is not the home's to answer is never asked.
            let is_asked = ask.fields.iter().any(|field| {
                let services = &field.applies_to;
                let is_own = services.is_empty() || services[0] == "residential homes";
                is_own && field.only_if.is_none()
            });
            assert_eq!((states.len(), page.next), (usize::from(is_asked), None));
            is_all_in &= states.iter().all(|state| {
                let is_filed_elsewhere = !ask.filed_elsewhere.is_empty();
                *state == [Completeness::Done, Completeness::Filed][usize::from(is_filed_elsewhere)]
            });
            let counted = self.broker.completeness_summaries(&filter).await.unwrap();
            let one_each = states.into_iter().map(|state| (state, 1)).collect();
            assert_eq!(counted[0].homes, one_each);
        }
        let is_done = form.state == FormState::Done;
        // A decision that was made or undone since sends nothing again by itself.
        if self.decisions.is_empty() {
            assert_eq!(is_done, is_all_in && !entries.is_empty());
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
