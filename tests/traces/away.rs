//! A collector that is not there.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

use super::collector::Collector;
use super::program::Program;
use super::world::Client;
use super::{ASK, TRACING, listener, settle, submit};

/// How long spans may take to be given up; a test that waits longer has found a fault.
const DEADLINE: Duration = Duration::from_secs(60);

/// How often it is looked whether they are.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// Who call at once, and how often each.
const CALLERS: usize = 16;
const CALLS: usize = 200;

/// How many spans were given up for a reason, as is measured.
async fn unsent(page: &str, reason: &str) -> f64 {
    let text = reqwest::get(page).await.unwrap().text().await.unwrap();
    let start = format!("askonce_traces_unsent_total{{reason=\"{reason}\"}} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&start));
    line.map_or(0.0, |count| count.parse().expect("a number"))
}

/// Many calls of nobody, each of which is a span.
async fn flood(address: &str) {
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let caller = Client::connect(address.to_owned(), String::new()).await;
        callers.spawn(async move {
            for _ in 0..CALLS {
                assert!(caller.get_ask(ASK).await.is_err(), "nobody knows it");
            }
        });
    }
    callers.join_all().await;
}

#[tokio::test]
async fn without_a_collector_a_broker_serves_and_with_one_it_sends_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let operator = Program::init(data);
    // Nobody accepts what comes here, and no one else gets the port.
    let (listener, port) = listener().await;
    let endpoint = format!("traces.endpoint=http://127.0.0.1:{port}");
    let flags = ["--metrics-addr", "127.0.0.1:0", "--log-format", "text"];
    let sends = ["--set", &endpoint, "--set", "traces.per_mille=1000"];
    let program = Program::serve(data, &[flags, sends].concat()).await;
    let page = program.says("measurements at ").await;
    let client = Client::connect(program.address.clone(), operator).await;
    settle(&client).await;
    let given_up = async {
        let mut looks = interval(LOOK_INTERVAL);
        while unsent(&page, "collector").await == 0.0 {
            looks.tick().await;
        }
    };
    timeout(DEADLINE, given_up).await.expect("they are counted");

    let mut collector = Collector::serve(listener, None);
    submit(&client, &TRACING).await.unwrap();
    collector.has(&["askonce.v1.AskService/SubmitAsk"]).await;
    program.terminate();
    let (code, log) = program.ended().await;
    assert_eq!(code, Some(0), "{log:#?}");
    let times = |said: &str| log.iter().filter(|line| line.contains(said)).count();
    assert_eq!(times("traces are given up"), 1, "{log:#?}");
    assert_eq!(times("traces are sent again"), 1, "{log:#?}");
}

#[tokio::test]
async fn spans_that_no_collector_takes_are_bounded_and_hold_up_neither_calls_nor_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let operator = Program::init(data);
    let (_nobody_accepts, port) = listener().await;
    let endpoint = format!("traces.endpoint=http://127.0.0.1:{port}");
    let flags = ["--metrics-addr", "127.0.0.1:0", "--log-format", "text"];
    let sends = ["--set", &endpoint, "--set", "traces.per_mille=1000"];
    let quiet = ["--log-level", "warn"];
    let program = Program::serve(data, &[&flags[..], &sends, &quiet].concat()).await;
    let page = program.says("measurements at ").await;
    let flooding = async {
        while unsent(&page, "queue").await == 0.0 {
            flood(&program.address).await;
        }
    };
    timeout(DEADLINE, flooding)
        .await
        .expect("the queue is full");
    let client = Client::connect(program.address.clone(), operator).await;
    settle(&client).await;
    drop(client);
    program.terminate();
    let ended = timeout(DEADLINE, program.ended()).await;
    let (code, log) = ended.expect("it does not wait for a collector");
    assert_eq!(code, Some(0), "{log:#?}");
    let said = |line: &String| line.contains("the last traces were not sent");
    assert!(log.iter().any(said), "{log:#?}");
}
