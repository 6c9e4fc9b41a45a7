//! Several brokers on one PostgreSQL: no leader, each of them may die at any moment, and so may the
//! database.

mod caller;
mod encrypted;
mod sealer;
mod stand;
mod watcher;

use std::collections::BTreeSet;
use std::time::Duration;

use askonce::grpc::v1;
use tokio::task::block_in_place;
use tokio::time::{Instant, timeout};

use self::caller::{Caller, Load, Told, feed};
use self::stand::{DEADLINE, STEADY, Stand, database, events_of, until};
use super::throwaway::Server;
use super::two_bodies::number;
use super::world::{HOME, OTHER_HOME};

/// Callers that submit at once, and as many that answer.
const CALLERS: usize = 4;

/// How soon what was written through one broker is seen by who watches at another.
const SEEN_WITHIN: Duration = Duration::from_secs(2);

/// Every ask and receipt that callers were told of is there, at either broker, once; the brokers
/// say the same.
async fn check(stand: &Stand, told: &Told, sql: impl Fn(&str) -> String) {
    let (asks, receipts) = (told.names.len(), told.receipts.len());
    let repeated = told.repeated;
    eprintln!("{asks} asks and {receipts} submissions acknowledged, {repeated} calls repeated");
    let names: BTreeSet<_> = told.names.iter().collect();
    assert_eq!(names.len(), asks, "an ask was acknowledged to two");
    let submitted = block_in_place(|| events_of(&sql, "AskSubmitted"));
    assert_eq!(submitted, asks + 1, "each ask and the steady one, once");
    let answered = block_in_place(|| events_of(&sql, "AnswersSubmitted"));
    assert_eq!(answered, receipts, "each submission once");
    let (one, other) = tokio::join!(said(stand, 0, told), said(stand, 1, told));
    assert_eq!(one, other, "the brokers differ");
}

/// What a broker says: the asks, both homes' forms, and what the council is given.
type Said = (Vec<v1::Ask>, [v1::Form; 2], Vec<v1::Delivery>);

/// What a broker says, which has everything that callers were told of.
async fn said(stand: &Stand, broker: usize, told: &Told) -> Said {
    let operator = stand.operator(broker).await;
    let manager = stand.client(broker, &stand.manager).await;
    let council = stand.client(broker, &stand.council).await;
    let parent = "organisations/sefton-council";
    until(async || {
        let listed = council.list_asks(parent, 500).await;
        listed.is_ok_and(|all| all.len() > told.names.len())
    })
    .await;
    for name in &told.names {
        let found = council.get_ask(name).await;
        let found = found.unwrap_or_else(|status| panic!("{name} is lost: {status:?}"));
        assert_eq!(found.fields.len(), 3, "{name}");
    }
    for name in &told.receipts {
        let found = manager.receipt(name).await;
        let found = found.unwrap_or_else(|status| panic!("{name} is lost: {status:?}"));
        assert_eq!(found.answers.len(), 1, "{name}");
    }
    let listed = council.list_asks(parent, 500).await.unwrap();
    let forms = [
        manager.form(HOME, "2020-06-03").await.unwrap(),
        operator
            .form(OTHER_HOME, "2020-06-03")
            .await
            .unwrap_or_default(),
    ];
    // What it logs is its own, not what libraries notice in passing.
    let mut log = stand.broker(broker).log().into_iter();
    let noise = log.find(|line| line.contains("tokio_postgres") || line.contains("refinery"));
    assert_eq!(noise, None);
    (listed, forms, feed(&council).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_brokers_take_overlapping_asks_and_answers_for_one_home_at_once() {
    let Some(database) = block_in_place(database) else {
        return;
    };
    let stand = Stand::new(&database.url(), &[]).await;
    let load = Load::start(&stand.roster, &stand.council, &stand.manager, CALLERS);
    until(async || load.done() > 40).await;
    let mut told = load.stop().await;
    // The same from both at once is one and the same.
    let mut twins = tokio::task::JoinSet::new();
    for broker in 0..2 {
        let mut caller = Caller::new(&stand.roster, &stand.council, broker);
        twins.spawn(async move {
            for number in 10_000..10_010 {
                caller.submit(number).await;
            }
            caller.told.names
        });
    }
    let twins = twins.join_all().await;
    assert_eq!(twins[0], twins[1]);
    told.names.extend(twins.into_iter().next().unwrap());
    check(&stand, &told, |statement| database.sql(statement)).await;
    let council = stand.client(1, &stand.council).await;
    let deliveries = feed(&council).await;
    assert_eq!(deliveries.len(), 1, "a field is told once, as it stands");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_at_one_broker_sees_what_another_takes() {
    let Some(database) = block_in_place(database) else {
        return;
    };
    let stand = Stand::new(&database.url(), &[]).await;
    let council = stand.client(0, &stand.council).await;
    let mut writer = Caller::new(&stand.roster, &stand.manager, 1);
    let mut stream = council.watch(STEADY, "").await;
    let mut soonest = DEADLINE;
    for figure in 1..=5 {
        writer.answer(figure).await;
        let begun = Instant::now();
        let seen = async {
            loop {
                let message = stream.message().await.unwrap().expect("it has no end");
                let last = message.deliveries.last().map(|delivery| number(delivery).0);
                if last == Some(figure.to_string()) {
                    return;
                }
            }
        };
        timeout(DEADLINE, seen).await.expect("it is seen");
        soonest = soonest.min(begun.elapsed());
        eprintln!("seen after {:?}", begun.elapsed());
    }
    // Not each time: a machine may have other things to do.
    assert!(soonest < SEEN_WITHIN, "{soonest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_says_everything_says_nothing_of_what_is_written() {
    let Some(database) = block_in_place(database) else {
        return;
    };
    let stand = Stand::new(&database.url(), &["--set", "log=debug"]).await;
    for broker in 0..2 {
        let mut council = Caller::new(&stand.roster, &stand.council, broker);
        let mut manager = Caller::new(&stand.roster, &stand.manager, broker);
        for number in [0, 1].map(|number| 2 * broker + number) {
            let number = u32::try_from(number).unwrap();
            council.submit(735_000 + number).await;
            manager.answer(531_700 + number).await;
        }
    }
    for broker in 0..2 {
        let log = stand.broker(broker).log();
        assert!(log.iter().any(|line| line.contains("DEBUG")), "{log:#?}");
        // The ids of asks stand in no line either; those of requests do, and are numbers.
        for said in ["Number of things", "ask-7350", "5317", &stand.council] {
            let found = log.iter().find(|line| line.contains(said));
            assert_eq!(found, None);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn brokers_killed_in_turn_under_load_lose_nothing_and_what_is_sent_again_lands_once() {
    let Some(database) = block_in_place(database) else {
        return;
    };
    let mut stand = Stand::new(&database.url(), &[]).await;
    let load = Load::start(&stand.roster, &stand.council, &stand.manager, CALLERS);
    for round in 0..4 {
        let before = load.done();
        until(async || load.done() > before + 4).await;
        stand.kill(round % 2);
        // The other goes on alone.
        let before = load.done();
        until(async || load.done() > before + 4).await;
        stand.start(round % 2).await;
    }
    let told = load.stop().await;
    assert!(told.repeated > 0, "nobody was disturbed");
    check(&stand, &told, |statement| database.sql(statement)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_held_still_under_load_holds_the_other_up_for_a_moment_only() {
    let Some(database) = block_in_place(database) else {
        return;
    };
    let stand = Stand::new(&database.url(), &[]).await;
    let load = Load::start(&stand.roster, &stand.council, &stand.manager, CALLERS);
    for round in 0..2 {
        let before = load.done();
        until(async || load.done() > before + 8).await;
        // Wherever it is: it may be sealing, and have others wait for it.
        stand.broker(round).signal("-STOP");
        let (before, begun) = (load.done(), Instant::now());
        until(async || load.done() > before + 8).await;
        eprintln!("the other went on after {:?}", begun.elapsed());
        stand.broker(round).signal("-CONT");
    }
    let told = load.stop().await;
    check(&stand, &told, |statement| database.sql(statement)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_killed_under_load_loses_nothing_once_its_standby_takes_over() {
    let Some(server) = block_in_place(Server::start) else {
        return;
    };
    let standby = block_in_place(|| {
        server.node().sql("postgres", "CREATE DATABASE several");
        server.synchronous_standby()
    });
    let (first, second) = (server.node().host(), standby.host());
    let url =
        format!("postgresql://askonce@{first},{second}/several?target_session_attrs=read-write");
    let stand = Stand::new(&url, &[]).await;
    let load = Load::start(&stand.roster, &stand.council, &stand.manager, CALLERS);
    let before = load.done();
    until(async || load.done() > before + 15).await;
    let begun = Instant::now();
    block_in_place(|| {
        server.node().kill9();
        standby.promote();
    });
    let before = load.done();
    until(async || load.done() > before + 15).await;
    eprintln!("on with the standby after {:?}", begun.elapsed());
    let told = load.stop().await;
    check(&stand, &told, |statement| standby.sql("several", statement)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_that_hands_out_another_session_with_each_transaction_may_stand_between() {
    let Some(server) = block_in_place(Server::start) else {
        return;
    };
    let Some(behind) = block_in_place(|| server.node().pooler()) else {
        return;
    };
    let database = block_in_place(|| server.database());
    let direct = format!("postgres.direct_url={}", database.url());
    let pooled = format!("postgresql://askonce@{behind}/{}", database.name());
    let stand = Stand::new(&pooled, &["--set", &direct]).await;
    let load = Load::start(&stand.roster, &stand.council, &stand.manager, CALLERS);
    until(async || load.done() > 40).await;
    let told = load.stop().await;
    check(&stand, &told, |statement| database.sql(statement)).await;
}
