//! What follows from an answer is never asked again: worked out, shown with where it comes from,
//! sent on one word, and following its sources.

mod words;

use askonce::domain::ask::RawAsk;
use askonce::grpc::v1;
use serde_json::{Value as Json, json};
use tonic::{Code, Status};

use super::main_job::run;
use super::two_bodies::{flags, number, told};
use super::world::{Client, HOME, World, answer, ask, paths, reason};

const MONTHLY: &str = "organisations/south-sefton-ccg/asks/month";
const QUARTERLY: &str = "organisations/sefton-council/asks/quarter";
const QUARTER: &str = "2020-Q2";
const MONTHS: [&str; 3] = ["2020-04", "2020-05", "2020-06"];
const REQUEST: &str = "123e4567-e89b-42d3-a456-4266141740aa";

/// An ask over a rhythm.
fn asking(organisation: &str, id: &str, cadence: &str, fields: Json) -> RawAsk {
    RawAsk {
        cadence: cadence.into(),
        from: "2020-04-01".into(),
        ..ask(organisation, id, fields)
    }
}

/// A number of events in an asker's own words.
fn events(name: &str, label: &str, element: &str, reuse: &str) -> Json {
    let mut field = json!({"name": name, "label": label, "type": "count", "timing": "during",
        "reuse": reuse});
    if !element.is_empty() {
        field["element"] = json!(element);
    }
    field
}

fn monthly() -> RawAsk {
    let fields = json!([
        events("F", "Falls this month", "falls.all", "confirm"),
        events("S", "Serious ones", "inc.serious", "confirm"),
    ]);
    asking("south-sefton-ccg", "month", "monthly", fields)
}

/// Falls may be worked out without a look; serious incidents are to be looked at.
fn quarterly() -> RawAsk {
    let fields = json!([
        events("falls", "Falls in the quarter", "falls.all", "derive"),
        events("serious", "Serious incidents", "inc.serious", "confirm"),
    ]);
    asking("sefton-council", "quarter", "quarterly", fields)
}

/// Everybody in the story of a quarter whose months are answered: 3, 4 and 5 falls, and a serious
/// incident in each.
struct Quarter {
    world: World,
    council: Client,
    manager: Client,
}

impl Quarter {
    async fn new() -> Self {
        let world = World::new().await;
        let ccg = world.requester("south-sefton-ccg").await;
        let council = world.requester("sefton-council").await;
        ccg.submit_ask(&monthly()).await.unwrap();
        council.submit_ask(&quarterly()).await.unwrap();
        let manager = world.manager(HOME).await;
        for (month, falls) in MONTHS.into_iter().zip(["3", "4", "5"]) {
            month_is(&manager, month, falls, "1").await;
        }
        Self {
            world,
            council,
            manager,
        }
    }

    async fn form(&self) -> v1::Form {
        self.manager.form(HOME, QUARTER).await.unwrap()
    }

    /// Runs a command that must succeed, as the manager; what it printed, white space joined.
    async fn shell(&self, arguments: &[&str]) -> String {
        shell(&self.world, &self.manager, arguments).await
    }

    async fn deliveries(&self) -> Vec<v1::Delivery> {
        self.council.deliveries(QUARTERLY).await.unwrap()
    }
}

async fn shell(world: &World, client: &Client, arguments: &[&str]) -> String {
    let done = run(world, client, arguments).await;
    assert_eq!(done.code, 0, "{arguments:?}: {}", done.stderr);
    joined(&done.stdout)
}

/// A text without its line breaks.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn month_is(manager: &Client, month: &str, falls: &str, serious: &str) {
    let form = manager.form(HOME, month).await.unwrap();
    let answers = vec![
        answer(&form, MONTHLY, "F", json!({"number": falls})),
        answer(&form, MONTHLY, "S", json!({"number": serious})),
    ];
    manager.answer(&form, answers).await.unwrap();
}

/// Sends answers on a form with what is worked out.
pub(super) async fn send(
    client: &Client,
    form: &v1::Form,
    answers: Vec<v1::Answer>,
    change: impl FnOnce(&mut v1::SubmitAnswersRequest),
) -> Result<v1::SubmitAnswersResponse, Status> {
    let summary = form.summary.clone().unwrap();
    let mut message = v1::SubmitAnswersRequest {
        name: summary.name,
        template: summary.template,
        etag: summary.etag,
        answers,
        answered_by: "Jo".into(),
        send_worked_out: true,
        ..v1::SubmitAnswersRequest::default()
    };
    change(&mut message);
    let sent = client
        .forms()
        .submit_answers(client.request(message))
        .await?;
    Ok(sent.into_inner())
}

fn entry<'a>(form: &'a v1::Form, field: &str) -> &'a v1::FormEntry {
    let asks = |demand: &v1::EntryDemand| demand.ask == QUARTERLY && demand.field == field;
    let mut entries = form.entries.iter();
    entries.find(|own| own.demands.iter().any(asks)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_sees_the_quarter_made_up_of_her_months_confirms_and_sends_it() {
    let quarter = Quarter::new().await;
    let page = quarter.shell(&["form", "show", HOME, QUARTER]).await;
    for expected in [
        "2 questions: 1 to confirm, 1 worked out",
        "12: added up from what you gave in April 2020: 3, in May 2020: 4 and in June 2020: 5.",
        "3: added up from what you gave in April 2020: 1",
    ] {
        assert!(page.contains(expected), "{expected} is not in:\n{page}");
    }
    let csv = run(
        &quarter.world,
        &quarter.manager,
        &["-o", "csv", "form", "show", HOME, QUARTER],
    )
    .await
    .stdout;
    let header = csv.lines().next().unwrap();
    assert!(
        header.ends_with(",state,answer,to_do,offered,offered_from,does_not_agree_with"),
        "{header}"
    );
    let json = quarter
        .shell(&["-o", "json", "form", "show", HOME, QUARTER])
        .await;
    let json: Json = serde_json::from_str(&json).unwrap();
    assert_eq!(json["worked_out"], 1);
    let falls = entry(&quarter.form().await, "falls").id.clone();
    let mut entries = json["entries"].as_array().unwrap().iter();
    let shown = entries.find(|own| own["entry"] == *falls).unwrap();
    assert_eq!(shown["need"], "worked-out");
    let sources = &shown["offered_worked_out"]["sources"];
    assert_eq!(sources.as_array().map(Vec::len), Some(3));

    let sheet = quarter.shell(&["answers", "template", HOME, QUARTER]).await;
    assert!(sheet.contains("to_do,offered_from"), "{sheet}");
    assert!(sheet.contains("worked out,"), "{sheet}");
    let serious = entry(&quarter.form().await, "serious").id.clone();
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    let text = format!("entry,value,confirm\n{serious},,yes\n");
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    let dry = ["answers", "submit", HOME, QUARTER, path, "--dry-run"];
    assert!(quarter.shell(&dry).await.contains("Nothing is wrong"));
    let sent = quarter.shell(&dry[..5]).await;
    assert!(
        sent.contains("1 answer, and 1 value that was worked out, sent to 2 fields; 2 of 2"),
        "{sent}"
    );
    let page = quarter.shell(&["form", "show", HOME, QUARTER]).await;
    assert!(page.contains("2 questions: 2 answered"), "{page}");
    quarter.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_reads_from_which_answers_a_value_was_worked_out() {
    let quarter = Quarter::new().await;
    let form = quarter.form().await;
    let sent = send(&quarter.manager, &form, Vec::new(), |_| ()).await;
    let receipt = sent.unwrap().receipt.unwrap();
    let own = receipt.answers[0].worked_out.clone().unwrap();
    assert_eq!(own.how(), v1::WorkedOutHow::Sum);
    let dictionarys = "How many falls did residents have?";
    assert!(own.sources.iter().all(|own| own.wording == dictionarys));
    let read = quarter.manager.receipt(&receipt.name).await.unwrap();
    assert_eq!(read, receipt, "a receipt says the same whenever it is read");

    let name = "sefton-council/quarter";
    let said = "added up from “How many falls did residents have?” in April 2020, in May 2020 and \
                in June 2020";
    let officer = async |arguments: &[&str]| {
        let done = run(&quarter.world, &quarter.council, arguments).await;
        assert_eq!(done.code, 0, "{arguments:?}: {}", done.stderr);
        done.stdout
    };
    let list = officer(&["-o", "csv", "deliveries", "list", name]).await;
    assert!(
        list.lines()
            .next()
            .unwrap()
            .ends_with(",sequence,worked_out,worked_out_from"),
        "{list}"
    );
    assert!(list.contains(&format!(",sum,\"{said}\"")), "{list}");
    let table = officer(&["deliveries", "list", name]).await;
    assert!(table.contains("worked out from"), "{table}");
    let export = officer(&["deliveries", "export", name, "--flags"]).await;
    assert!(
        export.starts_with("home,period,falls,falls:flags,falls:worked out from,serious"),
        "{export}"
    );
    assert!(export.contains(said), "{export}");
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("quarter.xlsx");
    let export = [
        "deliveries",
        "export",
        name,
        "--file",
        book.to_str().unwrap(),
    ];
    officer(&export).await;
    let rows = super::sheets::sheet_rows(&std::fs::read(&book).unwrap(), "flags");
    let cells = |row: &[calamine::Data]| row.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(cells(&rows[0]).last().unwrap(), "worked out from");
    assert!(
        rows.iter()
            .any(|row| cells(row).last().is_some_and(|own| own == said)),
        "{rows:?}"
    );
    let watched = officer(&["deliveries", "watch", name, "--until-caught-up"]).await;
    let line: Json = serde_json::from_str(watched.lines().next().unwrap()).unwrap();
    assert_eq!(line["worked_out"]["how"], "sum");
    let source = &line["worked_out"]["sources"][0];
    assert_eq!(source["reference_label"], "in April 2020");
    assert_eq!(
        line["worked_out"]["words"],
        Json::Null,
        "words are the home's"
    );
    quarter.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_worked_out_follows_a_correction_and_what_was_confirmed_is_flagged() {
    let quarter = Quarter::new().await;
    let form = quarter.form().await;
    let serious = answer(&form, QUARTERLY, "serious", json!({"confirm": true}));
    let sent = send(&quarter.manager, &form, vec![serious], |_| ()).await;
    assert_eq!(sent.unwrap().receipt.unwrap().answers.len(), 2);
    let before = quarter.deliveries().await;
    assert_eq!(number(told(&before, "falls")).0, "12");
    assert_eq!(number(told(&before, "serious")).0, "3");

    month_is(&quarter.manager, "2020-04", "6", "2").await;
    let after = quarter.deliveries().await;
    let falls = told(&after, "falls");
    assert_eq!(number(falls).0, "15");
    for flag in [v1::DeliveryFlag::Corrected, v1::DeliveryFlag::WorkedOut] {
        assert!(flags(falls).contains(&flag), "{falls:?}");
    }
    assert_eq!(falls.worked_out.as_ref().unwrap().sources.len(), 3);
    let serious = told(&after, "serious");
    assert_eq!(
        number(serious).0,
        "3",
        "what the home confirmed is its word"
    );
    assert!(!flags(serious).contains(&v1::DeliveryFlag::Corrected));
    let form = quarter.form().await;
    let flagged = &entry(&form, "serious").disagreeing;
    assert_eq!(flagged.len(), 1);
    assert!(entry(&form, "falls").disagreeing.is_empty());
    let page = quarter.shell(&["form", "show", HOME, QUARTER]).await;
    assert!(
        page.contains("The answer 3 does not agree with 4: added up from what you gave in April"),
        "{page}"
    );
    quarter.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_happened_is_confirmed_unless_it_is_named() {
    let quarter = Quarter::new().await;
    let confirm = ["answers", "confirm-unchanged", HOME, QUARTER];
    let all = run(&quarter.world, &quarter.manager, &confirm).await;
    assert!(all.stdout.contains("nothing was sent"), "{}", all.stdout);
    let why = "How many serious incidents were there?: it speaks of what happened during a time: look \
               at what was worked out, and confirm it by itself";
    assert!(all.stderr.contains(why), "{}", all.stderr);
    assert!(
        !all.stderr.contains("falls"),
        "it goes by itself: {}",
        all.stderr
    );
    assert_eq!(quarter.deliveries().await, []);

    let serious = entry(&quarter.form().await, "serious").id.clone();
    let named = [&confirm[..], &["--entry", &serious]].concat();
    let done = quarter.shell(&named).await;
    assert!(
        done.contains("1 answer, sent to 1 field How many serious incidents were there?: 3"),
        "{done}"
    );
    let deliveries = quarter.deliveries().await;
    assert_eq!(deliveries.len(), 1, "what is worked out waits to be sent");
    let own = deliveries[0].worked_out.as_ref().unwrap();
    assert!(own.confirmed, "{own:?}");
    quarter.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_worked_out_goes_only_where_it_is_asked_for_was_seen_and_once() {
    let quarter = Quarter::new().await;
    let manager = &quarter.manager;
    let form = quarter.form().await;
    let unseen = send(manager, &form, Vec::new(), |own| own.etag.clear()).await;
    assert_eq!(paths(&unseen.unwrap_err()), ["etag"]);
    let serious = answer(&form, QUARTERLY, "serious", json!({"number": "3"}));
    let alone = |own: &mut v1::SubmitAnswersRequest| own.send_worked_out = false;
    let sent = send(manager, &form, vec![serious], alone).await.unwrap();
    assert_eq!(sent.receipt.unwrap().answers.len(), 1);
    assert_eq!(sent.form.unwrap().worked_out, 1, "it is still to be sent");
    let left = run(
        &quarter.world,
        manager,
        &["answers", "submit", HOME, QUARTER, "--leave-worked-out"],
    )
    .await;
    assert_eq!(left.code, 1);
    assert!(
        left.stderr.contains("there is nothing to send"),
        "{}",
        left.stderr
    );
    let all = quarter.deliveries().await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].field, "serious");

    let form = quarter.form().await;
    let again = |own: &mut v1::SubmitAnswersRequest| own.request_id = REQUEST.into();
    let first = send(manager, &form, Vec::new(), again).await.unwrap();
    let sequence = told(&quarter.deliveries().await, "falls").sequence;
    let second = send(manager, &form, Vec::new(), again).await.unwrap();
    assert_eq!(first.receipt, second.receipt);
    assert_eq!(
        told(&quarter.deliveries().await, "falls").sequence,
        sequence
    );
    quarter.world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_send_the_same_sum_one_is_told_that_the_form_has_changed() {
    let quarter = Quarter::new().await;
    let form = quarter.form().await;
    let (one, other) = tokio::join!(
        send(&quarter.manager, &form, Vec::new(), |_| ()),
        send(&quarter.manager, &form, Vec::new(), |_| ()),
    );
    let (sent, refused): (Vec<_>, Vec<_>) = [one, other].into_iter().partition(Result::is_ok);
    assert_eq!((sent.len(), refused.len()), (1, 1));
    let refused = refused.into_iter().next().unwrap().unwrap_err();
    assert_eq!(
        (refused.code(), &*reason(&refused)),
        (Code::Aborted, "STALE")
    );
    assert_eq!(quarter.deliveries().await.len(), 1);
    quarter.world.stop().await;

    // Nor does a sum go that somebody else has changed since it was seen.
    let quarter = Quarter::new().await;
    let form = quarter.form().await;
    month_is(&quarter.manager, "2020-04", "6", "1").await;
    let refused = send(&quarter.manager, &form, Vec::new(), |_| ()).await;
    assert_eq!(refused.unwrap_err().code(), Code::Aborted);
    assert_eq!(quarter.deliveries().await, []);
    quarter.world.stop().await;
}
