//! Several brokers of the real program on one database, and those who call them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use askonce::domain::ask::RawAsk;
use serde_json::json;
use tokio::time::{Instant, interval, timeout};

use super::super::program::Program;
use super::super::throwaway::{Database, Server};
use super::super::world::{Client, HOME, OTHER_HOME, ask};

/// The ask that is answered over and over.
pub(super) const STEADY: &str = "organisations/sefton-council/asks/steady";

/// How long all may take until it is so; a test that waits longer has found a fault.
pub(super) const DEADLINE: Duration = Duration::from_secs(60);

/// How often it is looked whether it is so.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// Brokers on one database.
pub(super) struct Stand {
    /// Where the database is.
    url: String,
    /// How the brokers reach it, beside.
    more: Vec<String>,
    brokers: Vec<Option<Program>>,
    /// Where each broker is; nowhere while it is down.
    pub(super) roster: Arc<Roster>,
    pub(super) operator: String,
    pub(super) manager: String,
    pub(super) council: String,
}

/// Where each broker is, as those who call them know.
#[derive(Default)]
pub(super) struct Roster(Mutex<Vec<Option<String>>>);

impl Roster {
    /// Where a broker is.
    pub(super) fn address(&self, broker: usize) -> Option<String> {
        let addresses = self.0.lock().unwrap();
        addresses[broker % addresses.len()].clone()
    }

    fn set(&self, broker: usize, address: Option<String>) {
        let mut addresses = self.0.lock().unwrap();
        if addresses.len() <= broker {
            addresses.resize(broker + 1, None);
        }
        addresses[broker] = address;
    }
}

impl Stand {
    /// Two brokers on a database, with two homes, a body, and an ask for one of the homes.
    pub(super) async fn new(url: &str, more: &[&str]) -> Self {
        let mut stand = Self {
            url: url.to_owned(),
            more: more.iter().map(|option| (*option).to_owned()).collect(),
            brokers: vec![None, None],
            roster: Arc::default(),
            operator: String::new(),
            manager: String::new(),
            council: String::new(),
        };
        let given = stand.options("init");
        let init = move || Program::init_by(&given.iter().map(String::as_str).collect::<Vec<_>>());
        stand.operator = tokio::task::spawn_blocking(init).await.unwrap();
        stand.start(0).await;
        stand.start(1).await;
        let operator = stand.operator(0).await;
        operator
            .register_organisation("sefton-council", "council")
            .await;
        operator.grant("sefton-council", &["E08000014"], &[]).await;
        operator
            .register_homes(&[HOME, OTHER_HOME], "E08000014")
            .await;
        let mut steady = numbered(0);
        steady.ask = "steady".into();
        // Of one question nothing is alike: no broker needs the matcher for its form, which takes
        // seconds to be made ready where nothing is optimised, at each start.
        steady.fields.truncate(1);
        steady.targets.homes = vec![HOME.into()];
        operator.submit_ask(&steady).await.unwrap();
        stand.manager = operator.issue("home", "", &[HOME]).await;
        stand.council = operator.issue("requester", "sefton-council", &[]).await;
        // What one has told, the other knows at once or soon.
        let other = stand.client(1, &stand.manager).await;
        until(async || other.form(HOME, "2020-06-03").await.is_ok()).await;
        let other = stand.client(1, &stand.council).await;
        until(async || other.get_ask(STEADY).await.is_ok()).await;
        stand
    }

    /// How one whom the database knows by a name reaches it.
    pub(super) fn options(&self, name: &str) -> Vec<String> {
        let mark = if self.url.contains('?') { '&' } else { '?' };
        let url = format!("{}{mark}application_name={name}", self.url);
        let mut options = vec!["--set".into(), "store=postgres".into()];
        options.extend(["--set".into(), format!("postgres.url={url}")]);
        options.extend(self.more.iter().cloned());
        options
    }

    /// Starts a broker.
    pub(super) async fn start(&mut self, broker: usize) {
        let options = self.options(&name_of(broker));
        let options: Vec<_> = options.iter().map(String::as_str).collect();
        let program = timeout(DEADLINE, Program::serve_by(&options)).await;
        let program = program.expect("a broker starts in time");
        self.roster.set(broker, Some(program.address.clone()));
        self.brokers[broker] = Some(program);
    }

    /// Kills a broker without warning.
    pub(super) fn kill(&mut self, broker: usize) {
        self.roster.set(broker, None);
        drop(self.brokers[broker].take());
    }

    /// A broker that runs.
    pub(super) fn broker(&self, broker: usize) -> &Program {
        self.brokers[broker].as_ref().expect("it runs")
    }

    /// A client of a broker.
    pub(super) async fn client(&self, broker: usize, secret: &str) -> Client {
        let address = self.roster.address(broker).expect("the broker runs");
        Client::connect(address, secret.to_owned()).await
    }

    pub(super) async fn operator(&self, broker: usize) -> Client {
        self.client(broker, &self.operator).await
    }
}

impl Drop for Stand {
    /// Where a story fails, what the brokers said is worth reading.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for (number, broker) in self.brokers.iter().enumerate() {
            for line in broker.iter().flat_map(Program::log) {
                if line.contains("ERROR") || line.contains("WARN") {
                    eprintln!("broker {number}: {line}");
                }
            }
        }
    }
}

/// As whom the database knows a broker.
pub(super) fn name_of(broker: usize) -> String {
    format!("broker-{broker}")
}

/// An ask of the home that answers nothing. Two of its questions are also others', one is its own:
/// asks whose questions are all the same would be one ask.
pub(super) fn numbered(number: u32) -> RawAsk {
    let field = |name: &str, label: String| json!({"name": name, "label": label, "type": "count", "timing": "as-at"});
    let shared = |place: u32| format!("Number of things of kind {}", (number + place) % 7);
    let fields = json!([
        field("f0", shared(0)),
        field("f1", shared(1)),
        field(
            "f2",
            format!("Number of things that only {number} asks for")
        ),
    ]);
    let mut made = ask("sefton-council", &format!("ask-{number}"), fields);
    made.targets.homes = vec![OTHER_HOME.into()];
    made
}

/// Waits until something is so.
pub(super) async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    let mut looks = interval(LOOK_INTERVAL);
    while !is_so().await {
        assert!(begun.elapsed() < DEADLINE, "it is not so in {DEADLINE:?}");
        looks.tick().await;
    }
}

/// The server that the stories share, and a database of it; none if PostgreSQL is not installed.
pub(super) fn database() -> Option<Database<'static>> {
    Some(Server::shared()?.database())
}

/// Whether the ledger is without a gap and holds every event; how many of a kind.
pub(super) fn events_of(sql: impl Fn(&str) -> String, kind: &str) -> usize {
    let whole = "SELECT count(*) = max(sequence) AND min(sequence) = 1 \
                 AND count(*) = (SELECT count(*) FROM events) FROM ledger";
    assert_eq!(sql(whole).trim(), "t", "the ledger has a gap");
    let order = "SELECT count(*) FROM (SELECT sequence, row_number() OVER \
                 (ORDER BY era, transaction, ordinal) AS place FROM ledger) l \
                 WHERE sequence <> place";
    assert_eq!(sql(order).trim(), "0", "the ledger is out of order");
    let count = format!("SELECT count(*) FROM events WHERE kind = '{kind}'");
    sql(&count).trim().parse().unwrap()
}
