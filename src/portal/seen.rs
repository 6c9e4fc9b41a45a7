//! Who has collected a home's answers, and when.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::get;

use crate::broker::{CollectionRow, LatestPlace};
use crate::domain::ask::Ask;
use crate::domain::dictionary::Dictionary;
use crate::domain::id::{AskName, HomeId};
use crate::domain::link::Links;

use super::page::{Chrome, html};
use super::posted::Fields;
use super::session::SignedIn;
use super::{Portal, PortalError, shown, words};

/// Most collections on one page.
const COLLECTIONS_SHOWN: usize = 25;

pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new().route("/homes/{home}/seen", get(seen))
}

/// Something collected.
struct Collected {
    body: String,
    system: String,
    what: String,
    when: String,
    questions: Vec<String>,
    count: String,
    stored: bool,
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "seen.html")]
struct SeenPage {
    chrome: Chrome,
    home: HomeId,
    home_name: String,
    rows: Vec<Collected>,
    /// Where the older ones begin.
    older: Option<LatestPlace>,
    is_latest: bool,
}

async fn seen(
    State(portal): State<Arc<Portal>>,
    Path(home): Path<String>,
    RawQuery(query): RawQuery,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let home = who.home(&home)?;
    let query = Fields::read(query.unwrap_or_default().as_bytes())?;
    let before = place(&query)?;
    let latest = portal
        .broker
        .latest_collections(&home, before, COLLECTIONS_SHOWN);
    let found = latest.await?;
    let words_of = Wordings::read(&portal, &found.rows).await?;
    let page = SeenPage {
        chrome: who.chrome(words::seen::TITLE).await?,
        home_name: portal.broker.home(&home).await?.name.clone(),
        rows: found
            .rows
            .iter()
            .map(|row| collected(row, &words_of))
            .collect(),
        older: found.next,
        is_latest: before.is_none(),
        home,
    };
    Ok(html(&page))
}

/// Where an address goes on; none for the latest.
fn place(query: &Fields) -> Result<Option<LatestPlace>, PortalError> {
    let (act, form) = (query.one("before"), query.one("form"));
    if act.is_empty() && form.is_empty() {
        return Ok(None);
    }
    let place = act.parse().ok().zip(form.parse().ok());
    place.ok_or(PortalError::NotFound).map(Some)
}

/// What fields are called on the home's forms.
struct Wordings {
    asks: BTreeMap<AskName, Arc<Ask>>,
    dictionary: Arc<Dictionary>,
    links: Arc<Links>,
}

impl Wordings {
    async fn read(portal: &Portal, rows: &[CollectionRow]) -> Result<Self, PortalError> {
        let mut asks = BTreeMap::new();
        for row in rows {
            let name = &row.place.1;
            if !asks.contains_key(name) {
                asks.insert(name.clone(), portal.broker.ask(name).await?.value);
            }
        }
        Ok(Self {
            asks,
            dictionary: portal.broker.dictionary().await?,
            links: portal.broker.links().await?,
        })
    }

    /// The dictionary's wording, else the asker's; its name where the ask no longer has the field.
    fn of(&self, ask: &AskName, field: &str) -> String {
        let own = self.asks.get(ask).and_then(|ask| ask.field(field));
        let Some(own) = own else {
            return field.to_owned();
        };
        let element = self.dictionary.element_among(&own.question, &self.links);
        element.map_or_else(
            || own.field.label.clone(),
            |known| known.field.label.clone(),
        )
    }
}

fn collected(row: &CollectionRow, words_of: &Wordings) -> Collected {
    let (_, ask, _, period) = &row.place;
    let questions = row.fields.iter();
    let questions = questions.map(|field| words_of.of(ask, field.as_str()));
    Collected {
        body: row.organisation_name.clone(),
        system: row.system.clone(),
        what: words::capitalised(&period.label()),
        when: if row.first_at == row.last_at {
            shown::moment(row.last_at)
        } else {
            words::seen::since(&shown::moment(row.first_at), &shown::moment(row.last_at))
        },
        count: words::receipt::answers(row.fields.len()),
        questions: questions.collect(),
        stored: row.stored_by.is_some(),
    }
}
