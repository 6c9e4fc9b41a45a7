//! The pages around the form, told by a manager at her browser.

mod after_sending;
mod correcting;
mod filed_elsewhere;
mod over_time;
mod sending_on;
mod what_to_do;

use askonce::domain::ask::RawAsk;
use askonce::grpc::v1;
use serde_json::{Value as Json, json};

use super::client::Browser;
use super::site::{EMAIL, Site};
use crate::world::{Client, HOME, answer};

const COUNCIL: &str = "organisations/sefton-council/asks/week";
const CCG: &str = "organisations/south-sefton-ccg/asks/call";

/// The week in which the stories begin: of Monday 23 to Sunday 29 November 2026.
const WEEK: &str = "2026-W48";

/// A site, and those who work with it beside the browser.
struct Ground {
    site: Site,
    council: Client,
    ccg: Client,
    manager: Client,
}

/// A council that asks each week from this one on, of a home with a manager.
async fn ground() -> Ground {
    let site = Site::new().await;
    site.invite("Ann Archer", EMAIL, &[HOME]).await;
    let council = site.world.requester("sefton-council").await;
    let ccg = site.world.requester("south-sefton-ccg").await;
    let manager = site.world.manager(HOME).await;
    council.submit_ask(&council_ask()).await.unwrap();
    Ground {
        site,
        council,
        ccg,
        manager,
    }
}

impl Ground {
    async fn browser(&self) -> Browser {
        self.site.signed_in(EMAIL, "Jo at the desk").await
    }

    async fn form(&self) -> v1::Form {
        self.manager.form(HOME, WEEK).await.unwrap()
    }

    /// Answers fields of the council's; the receipt's id.
    async fn answered(&self, fields: &[(&str, Json)]) -> String {
        self.answered_of(WEEK, fields).await
    }

    async fn answered_of(&self, week: &str, fields: &[(&str, Json)]) -> String {
        let form = self.manager.form(HOME, week).await.unwrap();
        let answers = fields.iter();
        let answers = answers.map(|(field, said)| answer(&form, COUNCIL, field, said.clone()));
        let sent = self.manager.answer(&form, answers.collect()).await.unwrap();
        id_of(&sent.receipt.unwrap().name)
    }

    /// The id of the entry that serves a field of the council's.
    async fn entry(&self, field: &str) -> String {
        answer(&self.form().await, COUNCIL, field, json!({"number": "1"})).entry
    }
}

/// The id at the end of a name.
fn id_of(name: &str) -> String {
    name.rsplit('/').next().unwrap().to_owned()
}

fn home(rest: &str) -> String {
    format!("/homes/{HOME}{rest}")
}

fn weekly(organisation: &str, id: &str, fields: Json) -> RawAsk {
    let mut ask = json!({
        "organisation": organisation,
        "ask": id,
        "purpose": "mutual aid",
        "legal_basis": "6(1)(e)",
        "contact": "data@body.example",
        "cadence": "weekly",
        "from": "2026-11-23",
        "window": {"opens": "start", "closes": "end+1d@11:00", "roll": false},
        "targets": {"homes": [HOME]},
    });
    ask["fields"] = fields;
    serde_json::from_value(ask).unwrap()
}

fn council_ask() -> RawAsk {
    weekly(
        "sefton-council",
        "week",
        json!([
            {"name": "B2", "label": "Beds filled", "type": "count", "timing": "as-at", "max": "60",
             "compulsion": "contractual"},
            {"name": "D6", "label": "Agency cover", "type": "quantity", "unit": "h",
             "timing": "during"},
            {"name": "E1", "label": "Gloves", "type": "choice", "timing": "as-at",
             "options": [{"code": "critical", "label": "Critical"}, {"code": "low", "label": "Low"}]}
        ]),
    )
}

fn ccg_ask() -> RawAsk {
    weekly(
        "south-sefton-ccg",
        "call",
        json!([
            {"name": "beds", "label": "Beds filled", "type": "count", "timing": "as-at"},
            {"name": "agency_minutes", "label": "Agency cover", "type": "quantity", "unit": "min",
             "timing": "during"}
        ]),
    )
}

/// What the council asks, all of it answered.
fn all() -> [(&'static str, Json); 3] {
    [
        ("B2", json!({"number": "30"})),
        ("D6", json!({"number": "6", "unit": "h"})),
        ("E1", json!({"options": ["Low"]})),
    ]
}
