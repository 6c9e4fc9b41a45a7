//! A broker with its pages at a moment of our choosing: a home, its manager, and three bodies whose
//! monthly asks overlap.

use std::sync::Arc;

use askonce::domain::access::{Grant, Role};
use askonce::domain::ask::RawAsk;
use askonce::grpc::v1;
use askonce::grpc::v1::people_service_client::PeopleServiceClient;
use askonce::grpc::v1::registry_service_client::RegistryServiceClient;
use askonce::server::{Data, Mail, Options, PortalOptions, Server};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;

use super::world::Client;

/// When the stories are set: a Wednesday morning, with November's forms open.
pub(crate) const NOW: &str = "2026-12-02T10:00:00Z";

/// The manager's address.
pub(crate) const EMAIL: &str = "manager@rowan-house.example";

/// Her home.
pub(crate) const HOME: &str = "1-466088203";

/// What the home is called.
pub(crate) const HOME_NAME: &str = "Rowan House";

/// The area in which it lies.
const AREA: &str = "E08000014";

/// A body's ask by its resource name.
pub(crate) const COUNCIL: &str = "organisations/sefton-council/asks/monthly-return";
pub(crate) const ICB: &str = "organisations/cheshire-merseyside-icb/asks/quality";
pub(crate) const DEPARTMENT: &str = "organisations/dhsc/asks/tracker";

/// The ask of a body that comes later, and what the body is called.
pub(crate) const LATER: &str = "organisations/mwl-trust/asks/beds";
pub(crate) const LATER_NAME: &str = "Mersey and West Lancashire Hospitals";

/// The power by which a body may ask what must be answered.
const POWER: &str = "Care Act 2014, section 52";

/// A broker that serves pages.
pub(crate) struct Stage {
    server: Server,
    operator: Client,
}

impl Stage {
    /// An empty one, set at a moment, which sends its letters somehow.
    pub(crate) async fn bare(mail: Mail, now: &str) -> Self {
        let now: Timestamp = now.parse().unwrap();
        let mut options = Options::new(Data::Memory);
        options.portal = Some(PortalOptions::new(([127, 0, 0, 1], 0).into(), mail));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server::start_by(options, listener, Arc::new(move || now));
        let server = server.await.unwrap();
        let operator = connected(&server, Grant::unbound(Role::Operator)).await;
        Self { server, operator }
    }

    /// The home, its manager and what the three bodies ask of it.
    pub(crate) async fn set(mail: Mail) -> Self {
        let stage = Self::bare(mail, NOW).await;
        for (id, name, kind, powers) in [
            ("sefton-council", "Sefton Council", "council", &[][..]),
            (
                "cheshire-merseyside-icb",
                "NHS Cheshire and Merseyside",
                "icb",
                &[],
            ),
            (
                "dhsc",
                "Department of Health and Social Care",
                "government-department",
                &[POWER],
            ),
        ] {
            stage.body(id, name, kind, AREA, powers).await;
        }
        let home = v1::HomeRow {
            cqc_id: HOME.into(),
            name: HOME_NAME.into(),
            area_code: AREA.into(),
            ..v1::HomeRow::default()
        };
        let imported = stage.operator.import_homes(vec![home]).await;
        assert_eq!(imported[0].faults, []);
        stage.invite(EMAIL, &[HOME]).await;
        for ask in [council_ask(), icb_ask(), department_ask()] {
            stage.ask(&ask).await;
        }
        stage
    }

    /// A body that asks, and what it may.
    pub(crate) async fn body(&self, id: &str, name: &str, kind: &str, area: &str, powers: &[&str]) {
        let kind = format!(
            "ORGANISATION_KIND_{}",
            kind.replace('-', "_").to_uppercase()
        );
        let row = v1::OrganisationRow {
            id: id.into(),
            name: name.into(),
            kind: v1::OrganisationKind::from_str_name(&kind).unwrap().into(),
            ..v1::OrganisationRow::default()
        };
        let row = v1::ImportOrganisationsRequest {
            index: 1,
            row: Some(row),
        };
        let mut registry = RegistryServiceClient::new(self.operator.channel());
        let request = self.operator.request(tokio_stream::iter([row]));
        let results = registry.import_organisations(request).await.unwrap();
        let result = results.into_inner().message().await.unwrap().unwrap();
        assert_eq!(result.faults, []);
        self.operator.grant(id, &[area], powers).await;
    }

    /// Somebody who may sign in and answer for homes.
    pub(crate) async fn invite(&self, email: &str, homes: &[&str]) {
        let invitation = v1::InvitePersonRequest {
            display_name: "Jo Reed".into(),
            email: email.into(),
            homes: homes.iter().map(|home| format!("homes/{home}")).collect(),
            role: v1::HomeRole::Lead.into(),
            request_id: String::new(),
        };
        let mut people = PeopleServiceClient::new(self.operator.channel());
        let invited = people
            .invite_person(self.operator.request(invitation))
            .await;
        invited.unwrap();
    }

    /// A further body asks for what the others ask for already.
    pub(crate) async fn is_asked_later(&self) {
        self.body("mwl-trust", LATER_NAME, "nhs-trust", AREA, &[])
            .await;
        let said = json!({
            "purpose": "Planning discharges from hospital",
            "legal_basis": "UK GDPR Article 6(1)(e)",
        });
        let fields = json!([
            {"name": "beds", "label": "Occupied", "element": "beds.occupied", "type": "count",
             "timing": "as-at"}
        ]);
        self.ask(&monthly("mwl-trust", "beds", &said, &fields))
            .await;
    }

    /// Submits an ask as its body.
    pub(crate) async fn ask(&self, ask: &RawAsk) {
        let body = self.requester(&ask.organisation).await;
        let submitted = body.submit_ask(ask).await;
        submitted.unwrap_or_else(|refusal| panic!("{}: {refusal:?}", ask.ask));
    }

    /// A body's own system.
    pub(crate) async fn requester(&self, organisation: &str) -> Client {
        let grant = Grant::parse("requester", organisation, &[]).unwrap();
        connected(&self.server, grant).await
    }

    /// A data lead.
    pub(crate) async fn steward(&self) -> Client {
        connected(&self.server, Grant::unbound(Role::Steward)).await
    }

    /// Who keeps the register.
    pub(crate) fn operator(&self) -> &Client {
        &self.operator
    }

    /// Where the API is served.
    pub(crate) fn api(&self) -> String {
        format!("http://{}", self.server.addr())
    }

    /// Where a page is.
    pub(crate) fn at(&self, path: &str) -> String {
        let addr = self.server.portal_addr().expect("pages are served");
        format!("http://{addr}{path}")
    }

    /// A link that signs the manager in, without a letter.
    pub(crate) async fn link(&self) -> String {
        let email = EMAIL.parse().unwrap();
        let link = self
            .server
            .sign_in_link(&email, SignedDuration::from_mins(5));
        link.await.unwrap().expect("she was invited")
    }

    /// Stops the broker.
    pub(crate) async fn stop(self) {
        drop(self.operator);
        self.server.stop().await.unwrap();
    }
}

async fn connected(server: &Server, grant: Grant) -> Client {
    let secret = server.issue_token("a story", grant).await.unwrap();
    Client::connect(format!("http://{}", server.addr()), secret).await
}

/// A monthly ask of the home.
pub(crate) fn monthly(organisation: &str, id: &str, said: &Json, fields: &Json) -> RawAsk {
    let mut ask = json!({
        "organisation": organisation,
        "ask": id,
        "cadence": "monthly",
        "from": "2026-11-01",
        "window": {"opens": "end+1d", "closes": "end+5wd"},
        "targets": {"homes": [HOME]},
        "fields": fields,
    });
    let said = said.as_object().expect("members").clone();
    ask.as_object_mut()
        .expect("an ask is an object")
        .extend(said);
    serde_json::from_value(ask).unwrap()
}

/// Every kind of question there is, some with limits, one on a condition.
fn council_ask() -> RawAsk {
    let said = json!({
        "purpose": "Planning placements and support",
        "legal_basis": "UK GDPR Article 6(1)(e): public task",
        "contact": "care.data@sefton.example, 0151 496 0000",
        "notice": "This return does not replace a safeguarding referral or a notification to CQC.",
    });
    let fields = json!([
        {"name": "B1", "label": "Beds occupied", "element": "beds.occupied", "type": "count",
         "timing": "as-at", "max": "40", "required": true},
        {"name": "R1", "label": "Residents by main funder", "element": "res.count", "type": "count",
         "timing": "as-at", "breakdown": ["funder"]},
        {"name": "A1", "label": "Open to admissions", "element": "admissions.open",
         "type": "yes-no", "timing": "as-at"},
        {"name": "A2", "label": "Why closed", "element": "admissions.closed_reason",
         "type": "choice", "timing": "as-at", "options": [
            {"code": "OUT", "label": "Outbreak of infection"},
            {"code": "STF", "label": "Not enough staff"},
            {"code": "FUL", "label": "The home is full"}],
         "only_if": {"field": "A1", "equals": ["no"]}},
        {"name": "H1", "label": "Agency hours", "element": "agency.hours", "type": "quantity",
         "unit": "h", "decimals": 2, "timing": "during"},
        {"name": "H2", "label": "Agency spend", "element": "agency.cost", "type": "money",
         "unit": "GBP", "decimals": 2, "timing": "during"},
        {"name": "I1", "label": "Insurance runs out", "element": "ins.pl", "type": "date",
         "timing": "as-at"},
        {"name": "S1", "label": "Help needed", "element": "support.kinds", "type": "choices",
         "timing": "as-at", "options": [
            {"code": "1", "label": "Staff"},
            {"code": "2", "label": "Clinical help"},
            {"code": "3", "label": "Food and supplies"}]},
        {"name": "Q1", "label": "Improvements", "element": "qol.improvements", "type": "text",
         "timing": "during", "lines": "multi", "max_length": 500}
    ]);
    monthly("sefton-council", "monthly-return", &said, &fields)
}

/// Some of the same, in other units.
fn icb_ask() -> RawAsk {
    let said = json!({
        "purpose": "Quality of care and pressure on hospitals",
        "legal_basis": "UK GDPR Article 6(1)(e) and 9(2)(h)",
        "contact": "quality.team@icb.example",
    });
    let fields = json!([
        {"name": "occupied_beds", "label": "Occupied beds", "element": "beds.occupied",
         "type": "count", "timing": "as-at"},
        {"name": "agency_minutes", "label": "Agency time", "element": "agency.hours",
         "type": "quantity", "unit": "min", "timing": "during"},
        {"name": "ambulance_calls", "label": "999 calls", "element": "hosp.ambulance",
         "type": "count", "timing": "during"},
        {"name": "ae", "label": "A&E attendances", "element": "hosp.ae", "type": "count",
         "timing": "during"},
        {"name": "survey", "label": "Relatives who are satisfied, of those who answered",
         "type": "percentage", "decimals": 1, "timing": "as-at",
         "definition": "In the latest survey of relatives."},
        {"name": "coping", "label": "How the home is coping", "element": "escalation.rag",
         "type": "choice", "timing": "as-at", "options": [
            {"code": "G", "label": "Green: running as normal"},
            {"code": "A", "label": "Amber: under pressure but coping"},
            {"code": "R", "label": "Red: cannot cope without outside help"}]}
    ]);
    monthly("cheshire-merseyside-icb", "quality", &said, &fields)
}

/// What must be answered by law, in a system of its own.
fn department_ask() -> RawAsk {
    let said = json!({
        "purpose": "National capacity planning",
        "legal_basis": POWER,
        "statutory_power": POWER,
        "contact": "helpdesk@capacity-tracker.example",
        "filed_elsewhere": "Capacity Tracker",
    });
    let fields = json!([
        {"name": "beds_in_use", "label": "Occupied", "element": "beds.occupied", "type": "count",
         "timing": "as-at", "compulsion": "statutory", "required": true},
        {"name": "beds_open", "label": "Vacant and open", "element": "beds.vacant.open",
         "type": "count", "timing": "as-at", "compulsion": "statutory"}
    ]);
    monthly("dhsc", "tracker", &said, &fields)
}
