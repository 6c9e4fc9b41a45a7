//! Attempts to read answers that a home did not send: with others' cursors, names that look alike,
//! asks made after the answer, words that are the same or nearly.

use std::collections::BTreeSet;

use askonce::domain::ask::RawAsk;
use askonce::grpc::v1;
use askonce::grpc::v1::collection_service_client::CollectionServiceClient;
use data_encoding::BASE64URL_NOPAD;
use prost::Message;
use serde_json::json;
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::access::ground::bearing;
use super::world::{Client, HOME, OTHER_HOME, World, answer, ask, reason};

const COUNCIL: &str = "organisations/sefton-council/asks/daily";
const CCG: &str = "organisations/south-sefton-ccg/asks/call";
const DAYS: [&str; 3] = ["2020-06-03", "2020-06-04", "2020-06-05"];

/// What the home tells the council alone: these words may reach nobody else.
const NOTE: &str = "Mrs Alder moves to Rowan House";

/// A broker at which a home told two bodies different things on three days.
struct Answered {
    world: World,
    channel: Channel,
    council: Client,
    ccg: Client,
    manager: Client,
}

fn note(name: &str, label: &str) -> serde_json::Value {
    json!({"name": name, "label": label, "type": "text", "timing": "as-at"})
}

fn council_ask() -> RawAsk {
    let beds = json!({"name": "B2", "label": "Beds filled", "type": "count", "timing": "as-at"});
    ask(
        "sefton-council",
        "daily",
        json!([beds, note("N1", "Who moves where?")]),
    )
}

fn ccg_ask() -> RawAsk {
    let beds = json!({"name": "beds", "label": "Beds filled", "type": "count", "timing": "as-at"});
    let mut asked = ask("south-sefton-ccg", "call", json!([beds]));
    asked.targets.homes = vec![HOME.into(), OTHER_HOME.into()];
    asked
}

impl Answered {
    async fn new() -> Self {
        let world = World::new().await;
        let channel = Channel::from_shared(world.address()).unwrap();
        let council = world.requester("sefton-council").await;
        let ccg = world.requester("south-sefton-ccg").await;
        council.submit_ask(&council_ask()).await.unwrap();
        ccg.submit_ask(&ccg_ask()).await.unwrap();
        let answered = Self {
            channel: channel.connect().await.unwrap(),
            manager: world.manager(HOME).await,
            world,
            council,
            ccg,
        };
        for day in DAYS {
            answered.tells_all(day).await;
        }
        let elsewhere = answered.world.manager(OTHER_HOME).await;
        let form = elsewhere.form(OTHER_HOME, DAYS[0]).await.unwrap();
        let beds = answer(&form, CCG, "beds", json!({"number": "12"}));
        elsewhere.answer(&form, vec![beds]).await.unwrap();
        answered
    }

    /// The home answers all that the first two ask of it for a day.
    async fn tells_all(&self, day: &str) {
        let form = self.manager.form(HOME, day).await.unwrap();
        let answers = vec![
            answer(&form, COUNCIL, "B2", json!({"number": "31"})),
            answer(&form, COUNCIL, "N1", json!({"text": NOTE})),
        ];
        self.manager.answer(&form, answers).await.unwrap();
    }

    /// One page as a client is given it.
    async fn page(
        &self,
        client: &Client,
        wanted: v1::ListDeliveriesRequest,
    ) -> Result<v1::ListDeliveriesResponse, Status> {
        let mut collection = CollectionServiceClient::new(self.channel.clone());
        let listing = collection.list_deliveries(bearing(wanted, client.secret()));
        Ok(listing.await?.into_inner())
    }

    /// The first page of one row, whose token goes on.
    async fn token(&self, client: &Client, parent: &str) -> String {
        let wanted = v1::ListDeliveriesRequest {
            page_size: 1,
            ..of(parent)
        };
        let page = self.page(client, wanted).await.unwrap();
        assert_ne!(page.next_page_token, "", "there is more");
        page.next_page_token
    }

    async fn stop(self) {
        drop(self.channel);
        self.world.stop().await;
    }
}

fn of(parent: &str) -> v1::ListDeliveriesRequest {
    v1::ListDeliveriesRequest {
        parent: parent.into(),
        ..v1::ListDeliveriesRequest::default()
    }
}

fn said(status: &Status) -> (Code, String, Vec<u8>) {
    let message = status.message().to_owned();
    (status.code(), message, status.details().to_vec())
}

/// Whether the note stands anywhere in a message, under whatever name.
fn tells_the_note(message: &impl Message) -> bool {
    let bytes = message.encode_to_vec();
    let mut parts = bytes.windows(NOTE.len());
    parts.any(|part| part == NOTE.as_bytes())
}

#[tokio::test]
async fn a_page_token_opens_nothing_but_its_own_callers_own_list() {
    let answered = Answered::new().await;
    let (council, ccg) = (&answered.council, &answered.ccg);
    let token = answered.token(council, COUNCIL).await;
    let with = |parent: &str, page_token: &str| v1::ListDeliveriesRequest {
        page_size: 1,
        page_token: page_token.into(),
        ..of(parent)
    };
    let goes_on = answered.page(council, with(COUNCIL, &token)).await.unwrap();
    assert_eq!(goes_on.deliveries[0].period, DAYS[1]);

    let nonsense = answered.page(ccg, with(CCG, "AAAA")).await.unwrap_err();
    assert_eq!(reason(&nonsense), "INVALID_REQUEST");
    let colleague = answered.world.requester("sefton-council").await;
    let mut twin = council_ask();
    twin.ask = "twin".into();
    twin.fields[0].label = "Beds in use".into();
    council.submit_ask(&twin).await.unwrap();
    let twin = "organisations/sefton-council/asks/twin";
    let mut filtered = with(COUNCIL, &token);
    filtered.home = format!("homes/{HOME}");
    let mut ahead = with(COUNCIL, &token);
    ahead.after_sequence = 1;
    for (client, wanted) in [
        (ccg, with(CCG, &token)),
        (&colleague, with(COUNCIL, &token)),
        (council, with(twin, &token)),
        (council, filtered),
        (council, ahead),
    ] {
        let refused = answered.page(client, wanted).await.unwrap_err();
        assert_eq!(said(&refused), said(&nonsense), "told apart from nonsense");
    }
    let denied = answered.page(ccg, with(COUNCIL, &token)).await.unwrap_err();
    let unknown = answered
        .page(ccg, with("organisations/no/asks/no", &token))
        .await;
    assert_eq!(said(&denied), said(&unknown.unwrap_err()));
    assert_eq!(denied.code(), Code::PermissionDenied);
    answered.stop().await;
}

#[tokio::test]
async fn a_guessed_page_token_opens_nothing() {
    let answered = Answered::new().await;
    let token = answered.token(&answered.ccg, CCG).await;
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
    let mut guesses: Vec<String> = (0..bytes.len())
        .map(|place| {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            BASE64URL_NOPAD.encode(&changed)
        })
        .collect();
    guesses.extend(["0", "1", "18446744073709551615", "-", "=", "a b"].map(str::to_owned));
    guesses.extend((0..4).map(|cut| BASE64URL_NOPAD.encode(&bytes[cut + 1..])));
    guesses.push(BASE64URL_NOPAD.encode(&[&[0; 32][..], b"0"].concat()));
    guesses.push(format!("{token}A"));
    guesses.push(token.to_uppercase());
    for guess in guesses {
        let wanted = v1::ListDeliveriesRequest {
            page_token: guess.clone(),
            page_size: 1,
            ..of(CCG)
        };
        let refused = answered.page(&answered.ccg, wanted).await;
        assert_eq!(
            refused.unwrap_err().code(),
            Code::InvalidArgument,
            "{guess}"
        );
    }
    answered.stop().await;
}

#[tokio::test]
async fn no_sequence_brings_more_than_the_own_fields() {
    let answered = Answered::new().await;
    let everything = answered.page(&answered.council, of(COUNCIL)).await.unwrap();
    assert!(tells_the_note(&everything), "else nothing here is proved");
    let last = everything.deliveries.iter().map(|row| row.sequence).max();
    let last = last.expect("there are some");
    let guesses = (0..last + 5).chain([u64::MAX - 1, u64::MAX, i64::MAX as u64]);
    for after_sequence in guesses {
        for home in ["", HOME, OTHER_HOME] {
            let wanted = v1::ListDeliveriesRequest {
                after_sequence,
                home: if home.is_empty() {
                    String::new()
                } else {
                    format!("homes/{home}")
                },
                ..of(CCG)
            };
            let page = answered.page(&answered.ccg, wanted).await.unwrap();
            assert!(!tells_the_note(&page));
            for row in &page.deliveries {
                assert_eq!((row.ask.as_str(), row.field.as_str()), (CCG, "beds"));
                assert!(row.sequence > after_sequence);
            }
            assert!(after_sequence <= last + 5 || page.deliveries.is_empty());
        }
    }
    answered.stop().await;
}

#[tokio::test]
async fn a_home_that_was_not_asked_looks_like_one_that_is_not_there() {
    let answered = Answered::new().await;
    let by_home = |home: &str| v1::ListDeliveriesRequest {
        home: format!("homes/{home}"),
        ..of(COUNCIL)
    };
    // The other home answered, but another body.
    let others = answered.page(&answered.council, by_home(OTHER_HOME)).await;
    let unknown = answered
        .page(&answered.council, by_home("1-999999999"))
        .await;
    assert_eq!(others.unwrap(), unknown.unwrap());
    answered.stop().await;
}

#[tokio::test]
async fn no_name_that_looks_like_anothers_reaches_it() {
    let answered = Answered::new().await;
    let own = "organisations/south-sefton-ccg/asks";
    for parent in [
        "organisations/Sefton-Council/asks/daily".to_owned(),
        "organisations/SEFTON-COUNCIL/asks/DAILY".to_owned(),
        "Organisations/sefton-council/asks/daily".to_owned(),
        "organisations/sefton-council /asks/daily".to_owned(),
        " organisations/sefton-council/asks/daily".to_owned(),
        "organisations/sefton-council/asks/daily/".to_owned(),
        "organisations//sefton-council/asks/daily".to_owned(),
        "organisations/sefton\u{2010}council/asks/daily".to_owned(),
        "organisations/sefton-co\u{200b}uncil/asks/daily".to_owned(),
        "organisations/\u{ff53}efton-council/asks/daily".to_owned(),
        "organisations/sefton-c\u{043e}uncil/asks/daily".to_owned(),
        "organisations/sefton-council\0/asks/daily".to_owned(),
        "organisations/sefton%2dcouncil/asks/daily".to_owned(),
        "organisations/-/asks/daily".to_owned(),
        "organisations/*/asks/*".to_owned(),
        "organisations//asks/daily".to_owned(),
        format!("{own}/../../sefton-council/asks/daily"),
        format!("{own}/call/../../../sefton-council/asks/daily"),
        format!("{own}/daily"),
        format!("{own}/CALL"),
        format!("{own}/call\0daily"),
        format!("{own}/call,{COUNCIL}"),
        format!("{own}/c\u{0430}ll"),
    ] {
        let refused = answered.page(&answered.ccg, of(&parent)).await;
        let code = refused.expect_err(&parent).code();
        let codes = [
            Code::InvalidArgument,
            Code::PermissionDenied,
            Code::NotFound,
        ];
        assert!(codes.contains(&code), "{parent:?}: {code:?}");
    }
    answered.stop().await;
}

#[tokio::test]
async fn an_ask_made_after_the_answer_is_told_nothing_until_the_home_sends_it() {
    let answered = Answered::new().await;
    let nhs = answered.world.requester("nhs-england").await;
    // The very words, words that mean the same question, and words that nearly do; each once alone
    // and once beside what the asker was told before.
    let wordings = [
        "Who moves where?",
        "who moves WHERE",
        "Who\u{a0}moves  where ?",
        "\u{ff37}ho moves where?",
        "Who moves wher\u{435}?",
        "Who moves where today?",
        "Who moves?",
    ];
    for (place, wording) in wordings.iter().enumerate() {
        let id = format!("late-{place}");
        let beds = json!({"name": "b", "label": "Beds filled", "type": "count", "timing": "as-at"});
        let late = ask("nhs-england", &id, json!([note("n", wording)]));
        let widened = ask("south-sefton-ccg", &id, json!([beds, note("n", wording)]));
        nhs.submit_ask(&late).await.unwrap();
        answered.ccg.submit_ask(&widened).await.unwrap();
        for (client, body) in [(&nhs, "nhs-england"), (&answered.ccg, "south-sefton-ccg")] {
            let name = format!("organisations/{body}/asks/{id}");
            let got = client.deliveries(&name).await.unwrap();
            assert_eq!(got, [], "{wording}: {name}");
        }
        let before = answered.ccg.deliveries(CCG).await.unwrap();
        assert!(before.iter().all(|row| row.field == "beds"), "{wording}");
    }

    // The home reads the form anew, sees who asks now, and sends the one answer again.
    let form = answered.manager.form(HOME, DAYS[0]).await.unwrap();
    let again = answer(&form, COUNCIL, "N1", json!({"text": NOTE}));
    answered.manager.answer(&form, vec![again]).await.unwrap();
    let mut told = BTreeSet::new();
    for place in 0..wordings.len() {
        for (client, body) in [(&nhs, "nhs-england"), (&answered.ccg, "south-sefton-ccg")] {
            let name = format!("organisations/{body}/asks/late-{place}");
            for row in client.deliveries(&name).await.unwrap() {
                assert_eq!((row.period.as_str(), row.field.as_str()), (DAYS[0], "n"));
                told.insert(place);
            }
        }
    }
    // Those who ask the same question by its meaning, and nobody who asks another.
    assert_eq!(told, BTreeSet::from([0, 1, 2, 3]));
    answered.stop().await;
}

#[tokio::test]
async fn who_reads_asks_and_demands_reads_no_answer() {
    let answered = Answered::new().await;
    let wanted = v1::FindDemandsRequest {
        text: NOTE.into(),
        ..v1::FindDemandsRequest::default()
    };
    for role in ["analyst", "steward", "operator"] {
        let client = answered.world.of_role(role.parse().unwrap()).await;
        let demands = client.find_demands(v1::FindDemandsRequest::default()).await;
        let demands = demands.unwrap();
        assert!(
            !demands.is_empty() && !demands.iter().any(tells_the_note),
            "{role}"
        );
        let asks = client.list_asks("organisations/-", 100).await.unwrap();
        assert!(
            !asks.is_empty() && !asks.iter().any(tells_the_note),
            "{role}"
        );
        // Nor does searching for it tell that it is there.
        assert_eq!(client.find_demands(wanted.clone()).await.unwrap(), []);
    }
    let form = answered.manager.form(HOME, DAYS[0]).await.unwrap();
    let others = answered.world.manager(OTHER_HOME).await;
    assert!(tells_the_note(&form), "the home reads its own");
    let form = others.form(OTHER_HOME, DAYS[0]).await.unwrap();
    assert!(!tells_the_note(&form));
    answered.stop().await;
}

#[tokio::test]
async fn what_a_predecessor_was_told_is_its_successors_from_the_day_on_and_nobody_elses() {
    let answered = Answered::new().await;
    let (council, third) = (&answered.council, &answered.ccg);
    let operator = answered.world.operator().await;
    operator
        .register_organisation("mersey-council", "council")
        .await;
    let successor = answered.world.requester("mersey-council").await;
    let unknown = answered.page(third, of("organisations/no/asks/no")).await;
    let unknown = said(&unknown.unwrap_err());
    assert_eq!(unknown.0, Code::PermissionDenied);
    let told = answered.page(council, of(COUNCIL)).await.unwrap();
    assert!(tells_the_note(&told), "else nothing here is proved");
    let token = answered.token(council, COUNCIL).await;
    let succeed = |on: &'static str, etag: String| {
        let operator = &operator;
        async move {
            let succeeding = operator.succeed("sefton-council", "mersey-council", on, &etag);
            succeeding.await.unwrap();
            let found = operator.get_organisation("sefton-council").await.unwrap();
            found.ended.expect("it ends").etag
        }
    };

    // Before the day, it is all the predecessor's.
    let etag = succeed("2199-01-01", String::new()).await;
    let again = answered.page(council, of(COUNCIL)).await.unwrap();
    assert_eq!(again.deliveries, told.deliveries);
    for client in [&successor, third] {
        let refused = answered.page(client, of(COUNCIL)).await.unwrap_err();
        assert_eq!(said(&refused), unknown);
    }

    // From the day on it is the successor's: not by the tokens of the predecessor, nor by its pages.
    succeed("2020-07-01", etag).await;
    let inherited = answered.page(&successor, of(COUNCIL)).await.unwrap();
    assert_eq!(inherited.deliveries, told.deliveries);
    let refused = answered.page(third, of(COUNCIL)).await.unwrap_err();
    assert_eq!(said(&refused), unknown);
    // Who has ended is told that, whatever it asks for.
    let ended = answered.page(council, of("organisations/no/asks/no")).await;
    let ended = ended.unwrap_err();
    assert_eq!(reason(&ended), "ORGANISATION_ENDED");
    let refused = answered.page(council, of(COUNCIL)).await.unwrap_err();
    assert_eq!(said(&refused), said(&ended));
    let page = |page_token: &str| v1::ListDeliveriesRequest {
        page_size: 1,
        page_token: page_token.into(),
        ..of(COUNCIL)
    };
    let refused = answered.page(&successor, page(&token)).await.unwrap_err();
    assert_eq!(reason(&refused), "INVALID_REQUEST");
    let refused = answered.page(council, page(&token)).await.unwrap_err();
    assert_eq!(said(&refused), said(&ended));
    let refused = answered.page(&successor, of(CCG)).await.unwrap_err();
    assert_eq!(said(&refused), unknown, "it came after one body only");
    answered.stop().await;
}
