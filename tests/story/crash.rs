//! The real program killed under load, at random: nothing acknowledged is lost, nothing is torn.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use askonce::domain::ask::RawAsk;
use askonce::grpc::v1;
use askonce::grpc::v1::collection_service_client::CollectionServiceClient;
use serde_json::json;

use super::command_line::askonce;
use super::two_bodies::number;
use super::world::{Client, HOME, OTHER_HOME, answer, ask};

/// How often the program is killed in one run of the tests.
const KILLS: u32 = 50;
/// How often it is killed while somebody types.
const DRAFT_KILLS: u32 = 10;
/// How often it is killed while answers are collected.
const COLLECT_KILLS: u32 = 10;
/// Callers that submit at once.
const CALLERS: u32 = 8;

/// The ask that is answered over and over.
const STEADY: &str = "organisations/sefton-council/asks/steady";

/// The program, serving; killed when dropped.
struct Broker {
    process: Child,
    address: String,
}

impl Broker {
    fn start(data: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_askonce"))
            .args(["serve", "--data", data, "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was built for this test");
        let stderr = process.stderr.take().expect("its log is piped");
        let mut lines = BufReader::new(stderr).lines();
        let mut said = Vec::new();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            said.push(line.clone());
            line.strip_prefix("serving at ").map(ToOwned::to_owned)
        });
        let address = address.unwrap_or_else(|| panic!("it serves nowhere: {said:#?}"));
        // What else it logs is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.count());
        Self { process, address }
    }

    /// Kills it without warning.
    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A source of numbers that differ from run to run; each is printed so that a run can be told.
fn seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish()
}

fn numbered(number: u32) -> RawAsk {
    let label = format!("Number of things of kind {number}");
    let mut made = ask(
        "sefton-council",
        &format!("ask-{number}"),
        json!([{"name": "x", "label": label, "type": "count", "timing": "as-at"}]),
    );
    // Of another home than the one that answers, whose form would change under its hands.
    made.targets.homes = vec![OTHER_HOME.into()];
    made
}

/// Submits until the broker is gone; what was acknowledged goes to the list.
async fn submit_until_cut(client: Client, next: Arc<AtomicU32>, kept: Arc<Mutex<Vec<String>>>) {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Ok(submitted) = client.submit_ask(&numbered(number)).await else {
            return;
        };
        let name = submitted.ask.expect("an ask comes back").name;
        kept.lock().unwrap().push(name);
    }
}

/// Answers the same question over and over; the last acknowledged figure and receipt are kept.
async fn answer_until_cut(client: Client, kept: Arc<Mutex<Vec<String>>>) {
    let name = "organisations/sefton-council/asks/steady";
    for figure in 0u32.. {
        let Ok(form) = client.form(HOME, "2020-06-03").await else {
            return;
        };
        let given = answer(&form, name, "x", json!({"number": figure.to_string()}));
        match client.answer(&form, vec![given]).await {
            Ok(sent) => kept
                .lock()
                .unwrap()
                .push(sent.receipt.expect("a receipt").name),
            Err(_) => return,
        }
    }
}

/// The program with an operator's and a manager's token, two homes and one steady ask.
struct Setting {
    data: String,
    operator: String,
    manager: String,
}

impl Setting {
    async fn new(data: String) -> (Self, Broker) {
        let made = askonce(&["init", "--data", &data], "");
        assert_eq!(made.code, 0, "{}", made.stderr);
        let secret = made
            .stdout
            .split_whitespace()
            .find(|word| word.starts_with("askonce_"));
        let operator = secret.expect("init prints the operator's token").to_owned();
        let broker = Broker::start(&data);
        let client = Client::connect(broker.address.clone(), operator.clone()).await;
        client
            .register_organisation("sefton-council", "council")
            .await;
        client.grant("sefton-council", &["E08000014"], &[]).await;
        client
            .register_homes(&[HOME, OTHER_HOME], "E08000014")
            .await;
        let mut steady = numbered(0);
        steady.ask = "steady".into();
        steady.targets.homes = vec![HOME.into()];
        client.submit_ask(&steady).await.unwrap();
        let manager = manager_token(&broker.address, &operator);
        let setting = Self {
            data,
            operator,
            manager,
        };
        (setting, broker)
    }

    async fn clients(&self, broker: &Broker) -> (Client, Client) {
        (
            Client::connect(broker.address.clone(), self.operator.clone()).await,
            Client::connect(broker.address.clone(), self.manager.clone()).await,
        )
    }
}

/// How long it may take until callers were told of something.
const LOAD_DEADLINE: Duration = Duration::from_secs(60);

/// What callers were told is kept.
#[derive(Default)]
struct Acknowledged {
    asks: Arc<Mutex<Vec<String>>>,
    receipts: Arc<Mutex<Vec<String>>>,
}

impl Acknowledged {
    /// Waits until there is one of each: until then a slow machine is not under load.
    async fn something(&self) {
        let both = async {
            let mut interval = tokio::time::interval(Duration::from_millis(1));
            while self.asks.lock().unwrap().is_empty() || self.receipts.lock().unwrap().is_empty() {
                interval.tick().await;
            }
        };
        let told = tokio::time::timeout(LOAD_DEADLINE, both).await;
        told.expect("the broker answers before it is killed");
    }

    /// Every one of them is there, and whole.
    async fn check(&self, operator: &Client, manager: &Client) -> (usize, usize) {
        let asks = std::mem::take(&mut *self.asks.lock().unwrap());
        for name in &asks {
            let found = operator.get_ask(name).await;
            let found = found.unwrap_or_else(|e| panic!("{name} is lost: {e:?}"));
            assert_eq!(found.fields.len(), 1);
        }
        let receipts = std::mem::take(&mut *self.receipts.lock().unwrap());
        for name in &receipts {
            let found = manager.receipt(name).await;
            let found = found.unwrap_or_else(|e| panic!("{name} is lost: {e:?}"));
            assert_eq!(
                (found.answers.len(), found.answers[0].releases.len()),
                (1, 1)
            );
        }
        (asks.len(), receipts.len())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_under_load_at_random_nothing_acknowledged_is_lost_or_torn() {
    let folder = tempfile::tempdir().unwrap();
    let (setting, mut broker) = Setting::new(folder.path().to_str().unwrap().to_owned()).await;
    let seed = seed();
    eprintln!("seed {seed}");
    let next = Arc::new(AtomicU32::new(1));
    let (mut asks, mut receipts) = (0, 0);
    for round in 0..KILLS {
        let told = Acknowledged::default();
        let (operator, manager) = setting.clients(&broker).await;
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..CALLERS {
            let (next, told) = (Arc::clone(&next), Arc::clone(&told.asks));
            callers.spawn(submit_until_cut(operator.clone(), next, told));
        }
        callers.spawn(answer_until_cut(
            manager.clone(),
            Arc::clone(&told.receipts),
        ));
        told.something().await;
        let millis = 20 + (seed.rotate_left(round) % 120);
        let until = tokio::time::Instant::now() + Duration::from_millis(millis);
        tokio::time::sleep_until(until).await;
        broker.kill();
        while let Some(caller) = callers.join_next().await {
            caller.unwrap();
        }
        broker = Broker::start(&setting.data);
        let (operator, manager) = setting.clients(&broker).await;
        let kept = told.check(&operator, &manager).await;
        eprintln!("round {round}: killed after {millis} ms, {kept:?} acknowledged and there");
        asks += kept.0;
        receipts += kept.1;
    }
    broker.kill();
    let verified = askonce(&["ledger", "verify", "--data", &setting.data], "");
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    eprintln!("{KILLS} kills: {asks} asks and {receipts} submissions acknowledged, none lost");
    let kills = KILLS as usize;
    assert!(
        asks >= kills && receipts >= kills,
        "the program was hardly under load"
    );
}

fn manager_token(address: &str, secret: &str) -> String {
    let arguments = [
        "--server", address, "token", "issue", "--label", "manager", "--role", "home", "--home",
        HOME,
    ];
    let issued = askonce(&arguments, secret);
    assert_eq!(issued.code, 0, "{}", issued.stderr);
    let token = issued
        .stdout
        .split_whitespace()
        .find(|word| word.starts_with("askonce_"));
    token
        .expect("the token is printed")
        .trim_matches('"')
        .to_owned()
}

/// Saves what is typed over and over; the last acknowledged figure is kept.
async fn type_until_cut(client: Client, mut etag: String, kept: Arc<AtomicU32>) {
    let name = "organisations/sefton-council/asks/steady";
    let Ok(form) = client.form(HOME, "2020-06-03").await else {
        return;
    };
    let first = kept.load(Ordering::Relaxed) + 1;
    for figure in first.. {
        let typed = answer(&form, name, "x", json!({"number": figure.to_string()}));
        let message = v1::SaveDraftRequest {
            name: form.summary.clone().unwrap().name,
            etag: etag.clone(),
            answers: vec![typed],
            saved_by: String::new(),
        };
        match client.forms().save_draft(client.request(message)).await {
            Ok(saved) => etag = saved.into_inner().draft.unwrap().etag,
            Err(_) => return,
        }
        kept.store(figure, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_somebody_types_what_was_saved_last_is_there_and_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (setting, mut broker) = Setting::new(folder.path().to_str().unwrap().to_owned()).await;
    let seed = seed();
    eprintln!("seed {seed}");
    let saved = Arc::new(AtomicU32::new(0));
    let mut etag = String::new();
    for round in 0..DRAFT_KILLS {
        let (_, manager) = setting.clients(&broker).await;
        let typing = type_until_cut(manager, etag, Arc::clone(&saved));
        let typing = tokio::spawn(typing);
        let millis = 20 + (seed.rotate_left(round) % 120);
        let until = tokio::time::Instant::now() + Duration::from_millis(millis);
        tokio::time::sleep_until(until).await;
        broker.kill();
        typing.await.unwrap();
        broker = Broker::start(&setting.data);
        let (_, manager) = setting.clients(&broker).await;
        let form = manager.form(HOME, "2020-06-03").await.unwrap();
        let draft = form.draft.unwrap_or_default();
        etag = draft.etag;
        let told = saved.load(Ordering::Relaxed);
        let typed = draft.entries.first().and_then(|entry| entry.answer.clone());
        let there: u32 = typed.map_or(0, |answer| answer.number.parse().unwrap());
        // One that was on its way may have been saved without being acknowledged.
        assert!(
            there == told || there == told + 1,
            "{told} was saved, {there} is there"
        );
        saved.store(there, Ordering::Relaxed);
    }
    broker.kill();
    let drafts = std::fs::read_dir(folder.path().join("drafts")).unwrap();
    let told = saved.load(Ordering::Relaxed);
    eprintln!("{DRAFT_KILLS} kills: {told} saves, the last always there");
    assert!(drafts.count() <= 2 && told > 0);
}

/// What a reader of the steady ask has: the figure that came last, and up to where.
#[derive(Default)]
struct Read {
    cursor: String,
    last: String,
    messages: u32,
}

/// Reads on from where it is until the broker is gone; what came is kept.
async fn read_until_cut(council: Client, kept: Arc<Mutex<Read>>) {
    let cursor = kept.lock().unwrap().cursor.clone();
    let message = v1::WatchDeliveriesRequest {
        parent: STEADY.into(),
        after_cursor: cursor,
        ..v1::WatchDeliveriesRequest::default()
    };
    let mut collection = CollectionServiceClient::new(council.channel());
    let Ok(stream) = collection.watch_deliveries(council.request(message)).await else {
        return;
    };
    let mut stream = stream.into_inner();
    while let Ok(Some(message)) = stream.message().await {
        let mut kept = kept.lock().unwrap();
        if let Some(delivery) = message.deliveries.last() {
            kept.last = number(delivery).0;
            kept.messages += 1;
        }
        kept.cursor = message.cursor;
    }
}

/// The figure that stands on the form.
async fn standing(manager: &Client) -> String {
    let form = manager.form(HOME, "2020-06-03").await.unwrap();
    let given = form.entries[0].answer.clone();
    match given.and_then(|given| given.value?.said) {
        Some(v1::value::Said::Number(number)) => number.total,
        other => panic!("no figure stands: {other:?}"),
    }
}

/// Reads to the end of what there is.
async fn read_to_end(council: &Client, kept: &Mutex<Read>) {
    let mut stream = {
        let cursor = kept.lock().unwrap().cursor.clone();
        council.watch(STEADY, &cursor).await
    };
    loop {
        let message = stream.message().await.unwrap().expect("it has no end");
        let mut kept = kept.lock().unwrap();
        if let Some(delivery) = message.deliveries.last() {
            kept.last = number(delivery).0;
        }
        kept.cursor = message.cursor;
        if message.is_caught_up {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_answers_are_collected_what_did_not_come_comes_again_and_none_is_unrecorded() {
    let folder = tempfile::tempdir().unwrap();
    let (setting, mut broker) = Setting::new(folder.path().to_str().unwrap().to_owned()).await;
    let (operator, _) = setting.clients(&broker).await;
    let council = operator.issue("requester", "sefton-council", &[]).await;
    let seed = seed();
    eprintln!("seed {seed}");
    let read = Arc::new(Mutex::new(Read::default()));
    for round in 0..COLLECT_KILLS {
        let (_, manager) = setting.clients(&broker).await;
        let reader = Client::connect(broker.address.clone(), council.clone()).await;
        let receipts = Arc::new(Mutex::new(Vec::new()));
        let mut callers = tokio::task::JoinSet::new();
        callers.spawn(answer_until_cut(manager, Arc::clone(&receipts)));
        callers.spawn(read_until_cut(reader, Arc::clone(&read)));
        let millis = 20 + (seed.rotate_left(round) % 120);
        let until = tokio::time::Instant::now() + Duration::from_millis(millis);
        tokio::time::sleep_until(until).await;
        broker.kill();
        while let Some(caller) = callers.join_next().await {
            caller.unwrap();
        }
        broker = Broker::start(&setting.data);
        let (_, manager) = setting.clients(&broker).await;
        let reader = Client::connect(broker.address.clone(), council.clone()).await;
        // What came was recorded before it was sent.
        let was_told = read.lock().unwrap().messages > 0;
        let taken = manager.collections(HOME).await.unwrap();
        let by_council = |row: &v1::Collection| row.ask == STEADY && row.fields == ["x"];
        assert!(!was_told || taken.iter().any(by_council), "{taken:?}");
        read_to_end(&reader, &read).await;
        let last = read.lock().unwrap().last.clone();
        assert_eq!(
            last,
            standing(&manager).await,
            "what stands came, or comes again"
        );
    }
    broker.kill();
    let verified = askonce(&["ledger", "verify", "--data", &setting.data], "");
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    let messages = read.lock().unwrap().messages;
    eprintln!("{COLLECT_KILLS} kills: {messages} messages came, the last figure always");
    assert!(messages >= COLLECT_KILLS, "hardly anything was collected");
}
