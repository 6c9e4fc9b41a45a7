//! What a call waits for in a database.

use tokio::task::block_in_place;

use super::collector::Collector;
use super::program::Program;
use super::throwaway::Server;
use super::world::Client;
use super::{TRACING, listener, settle, submit};

#[tokio::test(flavor = "multi_thread")]
async fn a_call_shows_its_transaction_and_the_wait_for_its_place_in_the_ledger() {
    let Some(database) = block_in_place(|| Some(Server::shared()?.database())) else {
        return;
    };
    let (listener, port) = listener().await;
    let mut collector = Collector::serve(listener, None);
    let url = format!("postgres.url={}", database.url());
    let endpoint = format!("traces.endpoint=http://127.0.0.1:{port}");
    // None by itself: what is traced is what a caller traces.
    let own = "traces.per_mille=0";
    let kept = ["--set", "store=postgres", "--set", &url];
    let operator = block_in_place(|| Program::init_by(&kept));
    let program =
        Program::serve_by(&[&kept[..], &["--set", &endpoint, "--set", own]].concat()).await;
    let client = Client::connect(program.address.clone(), operator).await;
    settle(&client).await;
    submit(&client, &TRACING).await.unwrap();
    let all = [
        "askonce.v1.AskService/SubmitAsk",
        "append",
        "transaction",
        "seal",
    ];
    // While it serves, too, and not only at its end.
    collector.has(&all).await;
    program.terminate();
    assert_eq!(program.ended().await.0, Some(0));
    collector.all();

    let [call, append, transaction, seal] = all.map(|name| collector.span(name));
    assert_eq!(
        (&*call.trace(), &*call.parent()),
        (TRACING.trace, TRACING.span)
    );
    assert_eq!(append.parent(), call.id());
    assert_eq!(transaction.parent(), append.id());
    assert_eq!(transaction.said("requests"), "1");
    assert_eq!(seal.parent(), append.id());
    assert!(transaction.ended_ns <= seal.begun_ns, "one after the other");
    assert!(seal.ended_ns <= append.ended_ns);
    assert_eq!(collector.spans.len(), all.len(), "{:#?}", collector.spans);
}
