//! A migrated database to try things on, and ledgers of random events to fill it with.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use tokio_postgres::{Client, NoTls};

use super::line::Session;
use super::migrate::migrate;
use super::place::EventAt;
use super::project::{Placed, TABLES, project};
use super::throwaway::{Database, Server};
use crate::domain::ask::{Ask, RawAsk};
use crate::domain::dictionary::Dictionary;
use crate::domain::event::{AskSubmitted, Event, TemplateKept};
use crate::domain::link::Links;
use crate::domain::template::Template;
use crate::store::index::{Fact, Noted};
use crate::store::{Append, envelope};

const SAMPLES: &str = include_str!("../../domain/event/samples-v1.jsonl");

/// A database of our own, with the schema of this version.
pub(super) struct Trial {
    pub(super) client: Client,
    /// Goes with it.
    _database: Database<'static>,
}

impl Trial {
    /// None, said loudly, where no PostgreSQL is installed.
    pub(super) async fn new() -> Option<Self> {
        let database = Server::shared()?.database();
        let mut client = connect(&database).await;
        migrate(&mut client).await.unwrap();
        Some(Self {
            client,
            _database: database,
        })
    }

    /// Records events as one group in one transaction, as the writer does.
    pub(super) async fn record(&self, events: &[Event]) {
        self.client.batch_execute("BEGIN").await.unwrap();
        let number = "SELECT pg_current_xact_id()::text::bigint";
        let transaction = self
            .client
            .query_typed_one(number, &[])
            .await
            .unwrap()
            .get(0);
        let append = append(events);
        let salt = || [7; 16];
        for (ordinal, sealed) in (0i32..).zip(envelope::seal(&append, &salt).unwrap()) {
            let body = std::str::from_utf8(sealed.body()).unwrap();
            let insert = "INSERT INTO events VALUES (1, $1, $2, $3, $4, $5, $6, $7)";
            let at = append.at.to_string();
            let (commitment, salt) = (&sealed.commitment().0[..], &sealed.salt()[..]);
            self.client
                .execute(
                    insert,
                    &[
                        &transaction,
                        &ordinal,
                        &at,
                        &sealed.kind(),
                        &commitment,
                        &salt,
                        &body,
                    ],
                )
                .await
                .unwrap();
        }
        let noted: Vec<Noted> = events.iter().map(note).collect();
        let placed: Vec<Placed<'_>> = (0..)
            .zip(events.iter().zip(&noted))
            .map(|(ordinal, (event, noted))| Placed {
                at: EventAt {
                    era: 1,
                    transaction,
                    ordinal,
                },
                noted,
                event,
            })
            .collect();
        project(Session::plain(&self.client), &placed)
            .await
            .unwrap();
        self.client.batch_execute("COMMIT").await.unwrap();
    }

    /// Every row of every projection, in order.
    pub(super) async fn rows(&self) -> Vec<String> {
        let mut all = Vec::new();
        for table in TABLES {
            all.extend(
                self.texts(&format!("SELECT t::text FROM {table} t ORDER BY 1"), table)
                    .await,
            );
        }
        all
    }

    /// The first column of what a statement answers.
    pub(super) async fn column(&self, sql: &str) -> Vec<String> {
        self.texts(sql, "").await
    }

    async fn texts(&self, sql: &str, prefix: &str) -> Vec<String> {
        let rows = self.client.query(sql, &[]).await;
        let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let text = |row: &tokio_postgres::Row| format!("{prefix}{}", row.get::<_, String>(0));
        rows.iter().map(text).collect()
    }
}

/// A connection to a database.
pub(super) async fn connect(database: &Database<'_>) -> Client {
    let (client, connection) = tokio_postgres::connect(&database.url(), NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

fn append(events: &[Event]) -> Append {
    Append {
        events: events.to_vec(),
        asks: Vec::new(),
        expectations: Vec::new(),
        idempotency: None,
        by: "t_1".to_owned(),
        at: now(),
    }
}

fn now() -> Timestamp {
    "2026-11-22T09:00:00.123456Z".parse().unwrap()
}

/// An event as the index reads it.
pub(super) fn note(event: &Event) -> Noted {
    Noted {
        fact: Fact::of(event).unwrap(),
        by: "t_1".to_owned(),
        at: now(),
        idempotency: None,
    }
}

/// An event of a kind, from its JSON.
#[expect(
    clippy::needless_pass_by_value,
    reason = "what is said in place reads better without a mark"
)]
pub(super) fn event(kind: &str, body: serde_json::Value) -> Event {
    serde_json::from_value(json!({"kind": kind, "body": body})).unwrap()
}

/// An ask of targets with a field for each label.
pub(super) fn ask((organisation, id): (&str, &str), targets: &[&str], labels: &[&str]) -> Event {
    let field = |(place, label): (usize, &&str)| json!({"name": format!("f{place}"), "label": label, "type": "count", "timing": "as-at"});
    let of = |is_area: bool| -> Vec<&&str> {
        targets
            .iter()
            .filter(|target| target.starts_with('E') == is_area)
            .collect()
    };
    let raw: RawAsk = serde_json::from_value(json!({
        "organisation": organisation, "ask": id, "purpose": "planning",
        "legal_basis": "Care Act 2014", "cadence": "weekly", "from": "2020-01-01",
        "targets": {"homes": of(false), "areas": of(true)},
        "fields": labels.iter().enumerate().map(field).collect::<Vec<_>>(),
    }))
    .unwrap();
    let day = "2020-01-01".parse().unwrap();
    let ask = Arc::new(Ask::parse(raw, None, day).unwrap());
    Event::AskSubmitted(AskSubmitted {
        name: ask.name.clone(),
        content: ask.content,
        ask: ask.raw.clone(),
        submitted_on: day,
        provenance: ask.provenance.clone(),
    })
}

/// The template of a home that is asked nothing else.
fn template_of(asked: &Event) -> Event {
    let Fact::Ask(ask) = note(asked).fact else {
        panic!("it is an ask");
    };
    let week = "2026-W47".parse().unwrap();
    let (dictionary, links) = (Dictionary::empty(), Links::default());
    let template = Template::of(week, &[ask], &dictionary, &links);
    Event::TemplateKept(TemplateKept {
        digest: template.digest(),
        template: String::from_utf8(template.bytes().to_vec()).unwrap(),
    })
}

/// Chance that is the same each time.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// A random event, of any kind, about one of a few things: a sample of the format with other
    /// ids, or an ask of its own.
    pub(super) fn event(&mut self) -> Event {
        const HOMES: [&str; 3] = ["1-466088203", "1-466088204", "1-466088205"];
        const BODIES: [&str; 3] = ["sefton-council", "south-sefton-ccg", "cheshire-icb"];
        const AREAS: [&str; 3] = ["E08000014", "E54000008", "E92000001"];
        const LABELS: [&str; 5] = ["beds", "staff on duty", "falls", "vacancies", "visitors"];
        if self.below(4) == 0 {
            let name = (self.pick(&BODIES), self.pick(&["daily", "week"]));
            let targets = [self.pick(&AREAS), self.pick(&HOMES)];
            let first = self.below(LABELS.len());
            let asked = ask(name, &targets, &LABELS[first..]);
            return if self.below(4) == 0 {
                template_of(&asked)
            } else {
                asked
            };
        }
        loop {
            let samples: Vec<&str> = SAMPLES.lines().collect();
            let mut line = self.pick(&samples).to_owned();
            for ids in [&HOMES, &BODIES, &AREAS] {
                line = line
                    .replace(ids[0], "\u{1}")
                    .replace('\u{1}', self.pick(ids));
            }
            for id in ["t_ab", "d_ab", "o_ab", "r_ab"] {
                let other = format!("{id}{}", self.pick(&["c", "d", "e"]));
                line = line.replace(&format!("{id}c"), &other);
            }
            let read = serde_json::from_str::<Event>(&line).ok();
            if let Some(event) = read.filter(|event| Fact::of(event).is_ok()) {
                return event;
            }
        }
    }

    /// A ledger of random events, in groups as they may be recorded.
    pub(super) fn ledger(&mut self, groups: usize) -> Vec<Vec<Event>> {
        let mut ledger = Vec::new();
        for _ in 0..groups {
            let events = 1 + self.below(12);
            ledger.push((0..events).map(|_| self.event()).collect());
        }
        ledger
    }
}
