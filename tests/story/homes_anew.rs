//! A home that is registered anew begins on its day and knows nothing of what was before; a home
//! that closed is not chased.

use askonce::grpc::v1;
use serde_json::json;
use tonic::Code;

use super::two_bodies::council_ask;
use super::world::{Client, HOME, World, answer, paths};

const NEW: &str = "1-466088299";
const DAILY: &str = "organisations/sefton-council/asks/daily";

/// The days of June for which a home has a form with something on it.
async fn days(manager: &Client, home: &str) -> Vec<String> {
    let forms = manager
        .list_forms(home, "2020-06-01", "2020-06-30")
        .await
        .unwrap();
    let day = |form: v1::FormSummary| form.name.rsplit('/').next().unwrap_or_default().to_owned();
    forms.into_iter().map(day).collect()
}

#[tokio::test]
async fn a_home_registered_anew_starts_at_its_day_and_sees_nothing_of_the_old_owners() {
    let world = World::new().await;
    let operator = world.operator().await;
    operator.register_homes(&[NEW], "E08000014").await;
    let council = world.requester("sefton-council").await;
    council.submit_ask(&council_ask()).await.unwrap();
    let (old, new) = (world.manager(HOME).await, world.manager(NEW).await);
    let form = old.form(HOME, "2020-06-10").await.unwrap();
    let beds = answer(&form, DAILY, "B2", json!({"number": "17"}));
    let receipt = old
        .answer(&form, vec![beds])
        .await
        .unwrap()
        .receipt
        .unwrap();
    assert_eq!(
        days(&new, NEW).await,
        Vec::<String>::new(),
        "the ask names the other location"
    );
    let recorded = operator
        .succeed_home(HOME, NEW, "2020-06-10")
        .await
        .unwrap();
    assert_eq!(recorded.successor, format!("homes/{NEW}"));
    let of_old = days(&old, HOME).await;
    assert_eq!(
        (of_old.len(), of_old.last().unwrap().as_str()),
        (9, "2020-06-09")
    );
    let of_new = days(&new, NEW).await;
    assert_eq!((of_new.len(), of_new[0].as_str()), (21, "2020-06-10"));
    assert_eq!(new.form(NEW, "2020-06-09").await.unwrap().entries, []);
    assert_eq!(
        old.form(HOME, "2020-06-10").await.unwrap().entries,
        [],
        "it is not chased"
    );
    // What the old owner said of that very day is nowhere on the new owner's form.
    let form = new.form(NEW, "2020-06-10").await.unwrap();
    assert_eq!(form.entries.len(), 3);
    let said = form
        .entries
        .iter()
        .filter(|entry| entry.answer.is_some() || entry.offered.is_some());
    assert_eq!(said.count(), 0);
    assert_eq!(
        new.form(HOME, "2020-06-09").await.unwrap_err().code(),
        Code::PermissionDenied
    );
    assert_eq!(
        new.receipt(&receipt.name).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    let stolen = receipt.name.replace(HOME, NEW);
    assert_eq!(
        new.receipt(&stolen).await.unwrap_err().code(),
        Code::NotFound
    );
    assert_eq!(old.receipt(&receipt.name).await.unwrap().name, receipt.name);
    // The new owner's answers reach the asker under the new location.
    let beds = answer(&form, DAILY, "B2", json!({"number": "3"}));
    new.answer(&form, vec![beds]).await.unwrap();
    let delivered = council.deliveries(DAILY).await.unwrap();
    let homes: Vec<_> = delivered
        .iter()
        .map(|delivery| delivery.home.as_str())
        .collect();
    assert_eq!(homes, [format!("homes/{HOME}"), format!("homes/{NEW}")]);
    let shown = operator.get_home(NEW).await.unwrap();
    assert_eq!(shown.began.unwrap(), recorded);
    world.stop().await;
}

#[tokio::test]
async fn a_closed_home_is_not_chased_and_one_that_is_reopened_is() {
    let world = World::new().await;
    let operator = world.operator().await;
    world
        .requester("sefton-council")
        .await
        .submit_ask(&council_ask())
        .await
        .unwrap();
    let manager = world.manager(HOME).await;
    let closed = operator.succeed_home(HOME, "", "2020-06-05").await.unwrap();
    assert_eq!(
        (closed.successor.as_str(), closed.on.as_str()),
        ("", "2020-06-05")
    );
    assert_eq!(days(&manager, HOME).await.len(), 4);
    let undo = |etag: &str| v1::UndoHomeSuccessionRequest {
        predecessor: HOME.into(),
        etag: etag.into(),
        ..v1::UndoHomeSuccessionRequest::default()
    };
    let stale = operator.request(undo("1"));
    let stale = operator
        .registry()
        .undo_home_succession(stale)
        .await
        .unwrap_err();
    assert_eq!(stale.code(), Code::Aborted);
    for _ in 0..2 {
        let request = operator.request(undo(""));
        operator
            .registry()
            .undo_home_succession(request)
            .await
            .unwrap();
    }
    assert_eq!(days(&manager, HOME).await.len(), 30);
    world.stop().await;
}

#[tokio::test]
async fn a_home_comes_after_one_other_at_most_and_every_fault_is_named() {
    let world = World::new().await;
    let operator = world.operator().await;
    operator
        .register_homes(&[NEW, "1-100000001"], "E08000014")
        .await;
    operator
        .succeed_home(HOME, NEW, "2020-06-10")
        .await
        .unwrap();
    for (old, new, on, expected) in [
        ("1-100000001", NEW, "2020-06-10", "successor"),
        (NEW, HOME, "2020-06-20", "on successor"),
        (
            "1-999999999",
            "ods:NONE",
            "someday",
            "predecessor successor on",
        ),
        ("1-100000001", "1-100000001", "2020-06-10", "successor"),
        ("", "", "", "predecessor on"),
    ] {
        let refused = operator.succeed_home(old, new, on).await.unwrap_err();
        assert_eq!(
            paths(&refused).join(" "),
            expected,
            "{old} {new} {on}: {refused:?}"
        );
    }
    let manager = world.manager(HOME).await;
    let denied = manager
        .succeed_home(HOME, "", "2020-06-10")
        .await
        .unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    world.stop().await;
}
