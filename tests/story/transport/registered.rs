//! Who comes by a JWT or a certificate is held against the register, as a token was when it was
//! issued, and does what the bearer of a token does.

use askonce::domain::access::{Grant, Role};
use askonce::grpc::v1;
use serde_json::json;
use tonic::Code;
use tonic::transport::Channel;

use super::super::world::{Client, HOME, answer, ask, field_of, reason};
use super::certificates::Known;
use super::jwt::Issued;
use super::{Site, call, outcome, requester};

/// What a refused caller is told.
async fn refusal(channel: &Channel, bearer: &str) -> (Code, String, String) {
    let status = call(channel, bearer).await.unwrap_err();
    (status.code(), reason(&status), status.message().to_owned())
}

async fn operator(site: &Site, channel: &Channel) -> Client {
    let secret = site.secret(Grant::unbound(Role::Operator)).await;
    Client::over(channel.clone(), secret)
}

#[tokio::test]
async fn a_jwt_of_a_body_that_is_not_registered_or_has_ended_is_told_so() {
    let issued = Issued::new(|_| {}).await;
    let channel = &issued.channel;
    let [council, trust] = ["council", "trust"].map(|body| issued.of(body, "system-7"));
    let (code, reason, message) = refusal(channel, &trust).await;
    assert_eq!(
        (code, reason.as_str()),
        (Code::PermissionDenied, "ORGANISATION_NOT_REGISTERED")
    );
    assert!(message.contains("trust"), "{message}");
    let operator = operator(&issued.site, channel).await;
    operator.register_organisation("trust", "nhs-trust").await;
    assert_eq!(outcome(channel, &trust).await, Code::Ok);
    operator
        .succeed("council", "icb", "2199-01-01", "")
        .await
        .unwrap();
    assert_eq!(
        outcome(channel, &council).await,
        Code::Ok,
        "it ends one day"
    );
    let token = issued.site.secret(requester("council")).await;
    let known = operator
        .get_organisation("council")
        .await
        .unwrap()
        .ended
        .unwrap();
    operator
        .succeed("council", "icb", "2020-07-01", &known.etag)
        .await
        .unwrap();
    for shown in [&council, &token] {
        let (code, reason, message) = refusal(channel, shown).await;
        assert_eq!(
            (code, reason.as_str()),
            (Code::PermissionDenied, "ORGANISATION_ENDED"),
            "however it comes"
        );
        assert!(message.contains("council"), "{message}");
    }
    operator.restore("council").await.unwrap();
    assert_eq!(outcome(channel, &council).await, Code::Ok);
}

#[tokio::test]
async fn a_certificate_of_a_body_that_is_not_registered_or_has_ended_is_told_so() {
    let known = Known::new(|_| {}).await;
    let council = known.channel(Some(&known.council)).await;
    let (code, reason, _) = refusal(&council, "").await;
    assert_eq!(
        (code, reason.as_str()),
        (Code::PermissionDenied, "ORGANISATION_NOT_REGISTERED")
    );
    let bare = known.channel(None).await;
    known.site.fill(&bare).await;
    assert_eq!(
        outcome(&council, "").await,
        Code::Ok,
        "on the open connection"
    );
    let operator = operator(&known.site, &bare).await;
    operator
        .succeed("council", "icb", "2020-07-01", "")
        .await
        .unwrap();
    let (code, reason, _) = refusal(&council, "").await;
    assert_eq!(
        (code, reason.as_str()),
        (Code::PermissionDenied, "ORGANISATION_ENDED")
    );
    let icb = known.channel(Some(&known.icb)).await;
    assert_eq!(outcome(&icb, "").await, Code::Ok);
}

const COUNCIL_ASK: &str = "organisations/council/asks/daily";

/// The council asks, and says of its own field which element it is.
async fn decided(council: &Client) -> String {
    let fields = json!([
        {"name": "D6", "label": "Agency cover", "type": "quantity", "unit": "h", "timing": "during"}
    ]);
    council
        .submit_ask(&ask("council", "daily", fields))
        .await
        .unwrap();
    let element = v1::DecisionSide {
        element: "agency.hours".into(),
        ..v1::DecisionSide::default()
    };
    let decision = v1::NewDecision {
        a: Some(field_of(COUNCIL_ASK, "D6")),
        b: Some(element),
        verdict: v1::Verdict::Same as i32,
        ..v1::NewDecision::default()
    };
    let decided = council.decide(vec![decision]).await.unwrap();
    decided[0].decision.clone()
}

#[tokio::test]
async fn an_asker_known_by_a_jwt_takes_its_own_decision_back_and_nobody_elses() {
    let issued = Issued::new(|_| {}).await;
    let client =
        |body: &str, subject: &str| Client::over(issued.channel.clone(), issued.of(body, subject));
    let council = client("council", "system-7");
    let decision = decided(&council).await;
    let by_other = client("icb", "system-7").undo(&decision).await.unwrap_err();
    assert_eq!(by_other.code(), Code::PermissionDenied);
    council.undo(&decision).await.unwrap();
    // A colleague's is the organisation's own, too, and so is one of a token's.
    let again = decided(&client("council", "system-8")).await;
    council.undo(&again).await.unwrap();
    let secret = issued.site.secret(requester("council")).await;
    let by_token = decided(&Client::over(issued.channel.clone(), secret)).await;
    council.undo(&by_token).await.unwrap();
}

#[tokio::test]
async fn an_asker_known_by_its_certificate_takes_its_own_decision_back() {
    let known = Known::new(|_| {}).await;
    known.site.fill(&known.channel(None).await).await;
    let [council, icb] = [&known.council, &known.icb];
    let council = Client::over(known.channel(Some(council)).await, String::new());
    let icb = Client::over(known.channel(Some(icb)).await, String::new());
    let decision = decided(&council).await;
    let by_other = icb.undo(&decision).await.unwrap_err();
    assert_eq!(by_other.code(), Code::PermissionDenied);
    council.undo(&decision).await.unwrap();
}

#[tokio::test]
async fn a_home_reads_which_body_took_what_was_sent_to_another_though_it_came_by_a_jwt() {
    let issued = Issued::new(|_| {}).await;
    let client =
        |body: &str, subject: &str| Client::over(issued.channel.clone(), issued.of(body, subject));
    let (council, icb) = (client("council", "system-7"), client("icb", "system-9"));
    let fields = json!([{"name": "beds", "label": "Beds", "type": "count", "timing": "as-at"}]);
    council
        .submit_ask(&ask("council", "daily", fields))
        .await
        .unwrap();
    let home = Grant::parse("home", "", &[HOME.to_owned()]).unwrap();
    let manager = Client::over(issued.channel.clone(), issued.site.secret(home).await);
    let form = manager.form(HOME, "2020-06-03").await.unwrap();
    let beds = answer(&form, COUNCIL_ASK, "beds", json!({"number": "17"}));
    manager.answer(&form, vec![beds]).await.unwrap();
    council.deliveries(COUNCIL_ASK).await.unwrap();
    let operator = operator(&issued.site, &issued.channel).await;
    operator
        .succeed("council", "icb", "2020-07-01", "")
        .await
        .unwrap();
    icb.deliveries(COUNCIL_ASK).await.unwrap();
    let seen = manager.collections(HOME).await.unwrap();
    let takers: Vec<_> = seen.iter().map(|row| row.organisation.as_str()).collect();
    assert_eq!(takers, ["organisations/council", "organisations/icb"]);
    assert!(seen.iter().all(|row| row.ask == COUNCIL_ASK));
    // The system that took for the one goes on for the other: that is recorded anew, and once.
    let passed_on = client("icb", "system-7");
    passed_on.deliveries(COUNCIL_ASK).await.unwrap();
    let passed = manager.collections(HOME).await.unwrap();
    let is_heir = |row: &v1::Collection| row.organisation == "organisations/icb";
    assert!(
        passed.len() == 2 && passed.iter().all(is_heir),
        "{passed:?}"
    );
    passed_on.deliveries(COUNCIL_ASK).await.unwrap();
    assert_eq!(manager.collections(HOME).await.unwrap(), passed);
}
