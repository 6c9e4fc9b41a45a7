//! What people have typed and not sent: a row for each form. What is taken away is gone.

use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};

use super::connect::Database;
use super::within::{reading, writing};
use crate::domain::draft::Draft;
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::store::limits::{DRAFTS_PER_HOME_MAX, too_many_drafts};
use crate::store::{PutDraft, StoreError};

const READ: &str = "SELECT draft FROM drafts WHERE home_id = $1 AND period = $2";

const INSERT: &str = "
INSERT INTO drafts (home_id, period, version, draft)
SELECT $1, $2, $3, $4
WHERE (SELECT count(*) FROM drafts WHERE home_id = $1) < $5
ON CONFLICT DO NOTHING";

const REPLACE: &str = "
UPDATE drafts SET version = $3, draft = $4
WHERE home_id = $1 AND period = $2 AND version = $5";

const TAKE: &str = "DELETE FROM drafts WHERE home_id = $1 AND period = $2 AND version = $3";

/// Moves a draft that does not read back out of the way.
const SET_ASIDE: &str = "
WITH taken AS (DELETE FROM drafts WHERE home_id = $1 AND period = $2 AND draft = $3
    RETURNING home_id, period, version, draft)
INSERT INTO drafts_set_aside (home_id, period, version, draft) SELECT * FROM taken
ON CONFLICT DO NOTHING";

/// As [`crate::store::Store::draft`].
pub(super) async fn read(
    database: &Database,
    home: &HomeId,
    period: Period,
) -> Result<Option<Draft>, StoreError> {
    let (home, period) = (home.as_str(), period.to_string());
    let read = async |client: &Client| {
        let form: [(&(dyn ToSql + Sync), Type); 2] = [(&home, Type::TEXT), (&period, Type::TEXT)];
        let row = client.query_typed_opt(READ, &form).await?;
        row.map(|row| row.try_get::<_, String>(0)).transpose()
    };
    let Some(text) = reading(database, read).await? else {
        return Ok(None);
    };
    if let Ok(draft) = serde_json::from_str(&text) {
        return Ok(Some(draft));
    }
    let set_aside = async |client: &Client| {
        let form: [(&(dyn ToSql + Sync), Type); 3] = [
            (&home, Type::TEXT),
            (&period, Type::TEXT),
            (&text, Type::TEXT),
        ];
        client.execute_typed(SET_ASIDE, &form).await
    };
    writing(database, set_aside).await?;
    Err(StoreError::Damaged(format!(
        "the draft of {home} for {period} does not read; it is in drafts_set_aside"
    )))
}

/// As [`crate::store::Store::put_draft`].
pub(super) async fn put(database: &Database, put: &PutDraft) -> Result<bool, StoreError> {
    let (home, period) = (put.home.as_str(), put.period.to_string());
    let expected = put.expected.as_ref().map(ToString::to_string);
    let draft = put.draft.as_ref().map(|draft| {
        let text = serde_json::to_string(draft).expect("a draft is made of texts and lists");
        (draft.version.to_string(), text)
    });
    let most = i64::try_from(DRAFTS_PER_HOME_MAX).unwrap_or(i64::MAX);
    let write = async |client: &Client| {
        let mut params: Vec<(&(dyn ToSql + Sync), Type)> =
            vec![(&home, Type::TEXT), (&period, Type::TEXT)];
        let statement = match (&expected, &draft) {
            (None, Some((version, text))) => {
                params.push((version, Type::TEXT));
                params.push((text, Type::TEXT));
                params.push((&most, Type::INT8));
                INSERT
            }
            (Some(expected), Some((version, text))) => {
                params.push((version, Type::TEXT));
                params.push((text, Type::TEXT));
                params.push((expected, Type::TEXT));
                REPLACE
            }
            (Some(expected), None) => {
                params.push((expected, Type::TEXT));
                TAKE
            }
            // There is nothing to do, if there is nothing.
            (None, None) => {
                let found = client.query_typed(READ, &params).await?;
                return Ok(u64::from(found.is_empty()));
            }
        };
        client.execute_typed(statement, &params).await
    };
    let is_done = writing(database, write).await? > 0;
    if !is_done && expected.is_none() && draft.is_some() {
        let read = async |client: &Client| {
            let form: [(&(dyn ToSql + Sync), Type); 2] =
                [(&home, Type::TEXT), (&period, Type::TEXT)];
            client.query_typed(READ, &form).await
        };
        if reading(database, read).await?.is_empty() {
            return Err(too_many_drafts());
        }
    }
    Ok(is_done)
}
