//! Who has collected a home's answers, and when.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::get;

use crate::broker::{CollectionFilter, CollectionPlace, CollectionRow};
use crate::domain::ask::Ask;
use crate::domain::dictionary::Dictionary;
use crate::domain::id::{AskName, HomeId};
use crate::domain::link::Links;
use crate::domain::period::Period;

use super::page::{Chrome, html};
use super::posted::Fields;
use super::session::SignedIn;
use super::{Portal, PortalError, shown, words};

/// Most collections on one page.
const COLLECTIONS_SHOWN: usize = 25;

/// Most collections looked through: those of the latest sheets, a few for each.
const COLLECTIONS_MAX: usize = 20_000;

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
#[template(path = "seen.html")]
struct SeenPage {
    chrome: Chrome,
    home: HomeId,
    home_name: String,
    rows: Vec<Collected>,
    older: Option<usize>,
    newer: Option<usize>,
}

async fn seen(
    State(portal): State<Arc<Portal>>,
    Path(home): Path<String>,
    RawQuery(query): RawQuery,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let home = who.home(&home)?;
    let query = Fields::read(query.unwrap_or_default().as_bytes())?;
    let skip = query.one("skip").parse().unwrap_or(0).min(COLLECTIONS_MAX);
    let all = collections(&portal, &home).await?;
    let rows = all.iter().rev().skip(skip).take(COLLECTIONS_SHOWN);
    let words_of = Wordings::read(&portal, rows.clone()).await?;
    let page = SeenPage {
        chrome: who.chrome(words::seen::TITLE).await?,
        home_name: portal.broker.home(&home).await?.name.clone(),
        rows: rows.map(|row| collected(row, &words_of)).collect(),
        older: Some(skip + COLLECTIONS_SHOWN).filter(|next| *next < all.len()),
        newer: (skip > 0).then(|| skip.saturating_sub(COLLECTIONS_SHOWN)),
        home,
    };
    Ok(html(&page))
}

/// What was collected, the latest last: what one system took at once for a form in one row, of
/// whichever times its answers speak.
async fn collections(portal: &Portal, home: &HomeId) -> Result<Vec<CollectionRow>, PortalError> {
    let filter = CollectionFilter::default();
    let none: Option<&CollectionPlace> = None;
    let found = portal
        .broker
        .list_collections(home, &filter, none, COLLECTIONS_MAX);
    let mut rows: BTreeMap<(u64, AskName, Period), CollectionRow> = BTreeMap::new();
    for row in found.await?.rows {
        let (sequence, ask, _, period) = &row.place;
        match rows.entry((*sequence, ask.clone(), *period)) {
            Entry::Vacant(place) => {
                place.insert(row);
            }
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.fields.extend(row.fields);
                known.first_at = known.first_at.min(row.first_at);
                known.stored_by = known.stored_by.take().and(row.stored_by);
            }
        }
    }
    Ok(rows.into_values().collect())
}

/// What fields are called on the home's forms.
struct Wordings {
    asks: BTreeMap<AskName, Arc<Ask>>,
    dictionary: Arc<Dictionary>,
    links: Arc<Links>,
}

impl Wordings {
    async fn read<'a>(
        portal: &Portal,
        rows: impl Iterator<Item = &'a CollectionRow>,
    ) -> Result<Self, PortalError> {
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
