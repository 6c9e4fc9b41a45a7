//! What the walk over all methods stands on: two bodies, two homes, and a token for every caller.

use std::time::Duration;

use askonce::domain::access::{Grant, Role};
use askonce::grpc::v1;
use askonce::grpc::v1::registry_service_client::RegistryServiceClient;
use askonce::grpc::v1::token_service_client::TokenServiceClient;
use askonce::server::Data;
use prost_types::Timestamp;
use serde_json::json;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

use super::super::two_bodies::{CCG, COUNCIL, DAY, ccg_ask, council_ask};
use super::super::world::{Client, HOME, OTHER_HOME, World, answer, field_of};
use super::addressed::Kind;
use super::wire::Reply;

const OTHER_ORGANISATION: &str = "south-sefton-ccg";
const UNKNOWN_ORGANISATION: &str = "nobody-knows-her";
const UNKNOWN_HOME: &str = "1-9999999999";

/// How long the token that expires is good for, at least.
const SHORT_LIFE: Duration = Duration::from_millis(250);

/// How often that is doubled before it counts as broken.
const DOUBLED_MAX: u32 = 8;

/// How long to wait for it to open nothing.
const EXPIRY_DEADLINE: Duration = Duration::from_secs(60);

/// Whose a resource is that a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The caller's own, where the caller is confined.
    Own,
    /// Another's.
    Other,
    /// Nobody's: there is none of the name.
    Unknown,
}

/// A broker with something of everybody's in it.
pub(crate) struct Ground {
    world: World,
    pub(crate) channel: Channel,
    /// A token for each role: of the council, of the manager of the home, of the rest.
    pub(crate) roles: Vec<(Role, String)>,
    /// The token of who leads the home.
    pub(crate) lead: String,
    /// Tokens that open nothing, and what is wrong with each.
    pub(crate) dead: Vec<(&'static str, Option<String>)>,
    receipts: [String; 2],
    token: String,
    decisions: [String; 2],
    /// Holds the data: what a ledger is asked for, one in files answers.
    _folder: tempfile::TempDir,
}

impl Ground {
    /// Lays the ground.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::Embedded(folder.path().to_path_buf());
        let world = World::settled_on(data).await;
        let channel = Channel::from_shared(world.address()).unwrap();
        let channel = channel.connect().await.unwrap();
        let operator = world.operator().await;
        let short = issue_shortly(&channel, &operator).await;
        let council = world.requester("sefton-council").await;
        let ccg = world.requester("south-sefton-ccg").await;
        let both = vec![HOME.to_owned(), OTHER_HOME.to_owned()];
        for (body, mut ask) in [(&council, council_ask()), (&ccg, ccg_ask())] {
            ask.targets.homes.clone_from(&both);
            body.submit_ask(&ask).await.unwrap();
        }
        let steward = world.of_role(Role::Steward).await;
        let decisions = [
            // Of one element both would be told: what one decides of it is about the other's question.
            decide(&council, (COUNCIL, "D6"), "agency.hours").await,
            decide(&ccg, (CCG, "agency_minutes"), "hours.paid").await,
        ];
        let manager = world.manager(HOME).await;
        let other_manager = world.manager(OTHER_HOME).await;
        let receipts = [
            receipt(&manager, HOME).await,
            receipt(&other_manager, OTHER_HOME).await,
        ];
        let spare = issue(&channel, &operator).await;
        let revoked = issue(&channel, &operator).await;
        revoke(&channel, &operator, &revoked.0).await;
        wait_for_expiry(&channel, &short).await;
        let analyst = world.of_role(Role::Analyst).await;
        let lead = Grant::parse("home", "", &[HOME.to_owned()]).unwrap();
        let lead = world.granted(lead.leading(true).unwrap()).await;
        let client = |role: Role, client: &Client| (role, client.secret().to_owned());
        Self {
            _folder: folder,
            roles: vec![
                client(Role::Requester, &council),
                client(Role::Home, &manager),
                client(Role::Steward, &steward),
                client(Role::Analyst, &analyst),
                client(Role::Operator, &operator),
            ],
            dead: vec![
                ("no token", None),
                ("an unknown token", Some("askonce_nobodys".into())),
                ("a revoked token", Some(revoked.1)),
                ("an expired token", Some(short)),
            ],
            lead: lead.secret().to_owned(),
            world,
            channel,
            receipts,
            token: spare.0,
            decisions,
        }
    }

    /// The name of somebody's resource of a kind.
    pub(crate) fn name(&self, kind: Kind, whose: Whose) -> String {
        let pick = |own: &str, other: &str, unknown: &str| {
            let picked = match whose {
                Whose::Own => own,
                Whose::Other => other,
                Whose::Unknown => unknown,
            };
            picked.to_owned()
        };
        // An unknown name is as long as another's, so that answers that hold it compare.
        let home = pick(HOME, OTHER_HOME, UNKNOWN_HOME);
        let organisation = pick("sefton-council", OTHER_ORGANISATION, UNKNOWN_ORGANISATION);
        match kind {
            Kind::Organisation => format!("organisations/{organisation}"),
            Kind::Ask => {
                let ask = pick("daily", "call", "call");
                format!("organisations/{organisation}/asks/{ask}")
            }
            Kind::Home => format!("homes/{home}"),
            Kind::Form => format!("homes/{home}/forms/{DAY}"),
            Kind::Receipt => {
                let none = format!("homes/{home}/forms/{DAY}/receipts/r_none");
                pick(&self.receipts[0], &self.receipts[1], &none)
            }
            Kind::Token => pick(&self.token, &self.token, "tokens/t_none"),
            Kind::Decision => pick(&self.decisions[0], &self.decisions[1], "decisions/d_none"),
            Kind::Element => {
                let known = "elements/beds.occupied";
                pick(known, known, "elements/no.such")
            }
            Kind::Is(text) => text.to_owned(),
            Kind::Caller => String::new(),
        }
    }

    /// Whether two answers are the same but for the names of others that they hold.
    pub(crate) fn is_same_but_for_names(other: &Reply, unknown: &Reply) -> bool {
        let mut masked = unknown.clone();
        for (known, none) in [
            (OTHER_ORGANISATION, UNKNOWN_ORGANISATION),
            (OTHER_HOME, UNKNOWN_HOME),
        ] {
            masked = masked.renamed(none, known);
        }
        masked.is_same(other)
    }

    /// Stops the broker.
    pub(crate) async fn clear(self) {
        drop(self.channel);
        self.world.stop().await;
    }
}

/// What a body decides of a field of its own.
async fn decide(body: &Client, (ask, field): (&str, &str), element: &str) -> String {
    let hours = v1::DecisionSide {
        element: element.into(),
        ..v1::DecisionSide::default()
    };
    let decision = v1::NewDecision {
        a: Some(field_of(ask, field)),
        b: Some(hours),
        verdict: v1::Verdict::Same as i32,
        ..v1::NewDecision::default()
    };
    let decided = body.decide(vec![decision]).await.unwrap();
    decided[0].decision.clone()
}

async fn receipt(manager: &Client, home: &str) -> String {
    let form = manager.form(home, DAY).await.unwrap();
    let beds = answer(&form, COUNCIL, "B2", json!({"number": "31"}));
    let sent = manager.answer(&form, vec![beds]).await.unwrap();
    sent.receipt.expect("a receipt comes back").name
}

/// A request that shows a token.
pub(crate) fn bearing<T>(message: T, secret: &str) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {secret}").parse().unwrap();
    request.metadata_mut().insert("authorization", bearer);
    // The same for all, so that two answers can be compared to the last byte.
    let name = "a-story".parse().unwrap();
    request.metadata_mut().insert("x-request-id", name);
    request
}

/// A token's name and secret.
async fn issue(channel: &Channel, operator: &Client) -> (String, String) {
    let issued = issue_until(channel, operator, None).await.unwrap();
    (issued.token.unwrap().name, issued.secret)
}

async fn issue_until(
    channel: &Channel,
    operator: &Client,
    expires_at: Option<Timestamp>,
) -> Result<v1::IssueTokenResponse, Status> {
    let message = v1::IssueTokenRequest {
        label: "a spare one".into(),
        role: v1::Role::Operator as i32,
        expires_at,
        ..v1::IssueTokenRequest::default()
    };
    let mut tokens = TokenServiceClient::new(channel.clone());
    let issued = tokens.issue_token(bearing(message, operator.secret()));
    Ok(issued.await?.into_inner())
}

/// The secret of a token that expires soon after the broker's present: later, where the machine is
/// too slow for that.
async fn issue_shortly(channel: &Channel, operator: &Client) -> String {
    for doubled in 0..DOUBLED_MAX {
        let first = issue_until(channel, operator, None).await.unwrap();
        let mut expiry = first.token.unwrap().issued_at.unwrap();
        let life = SHORT_LIFE * 2_u32.pow(doubled);
        expiry.seconds += i64::try_from(life.as_secs()).unwrap();
        expiry.nanos += i32::try_from(life.subsec_nanos()).unwrap();
        if expiry.nanos >= 1_000_000_000 {
            (expiry.seconds, expiry.nanos) = (expiry.seconds + 1, expiry.nanos - 1_000_000_000);
        }
        if let Ok(issued) = issue_until(channel, operator, Some(expiry)).await {
            return issued.secret;
        }
    }
    panic!("no token could be issued that expires");
}

async fn revoke(channel: &Channel, operator: &Client, name: &str) {
    let message = v1::RevokeTokenRequest { name: name.into() };
    let mut tokens = TokenServiceClient::new(channel.clone());
    let request = bearing(message, operator.secret());
    tokens.revoke_token(request).await.unwrap();
}

/// Calls until the token opens nothing.
async fn wait_for_expiry(channel: &Channel, secret: &str) {
    let mut registry = RegistryServiceClient::new(channel.clone());
    let expiring = async {
        let mut interval = tokio::time::interval(SHORT_LIFE / 4);
        loop {
            interval.tick().await;
            let request = bearing(v1::ListHomesRequest::default(), secret);
            match registry.list_homes(request).await {
                Err(status) if status.code() == Code::Unauthenticated => return,
                _ => {}
            }
        }
    };
    let expired = tokio::time::timeout(EXPIRY_DEADLINE, expiring).await;
    expired.expect("a token expires when it says");
}
