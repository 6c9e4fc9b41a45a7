//! Doing something with a connection, within the time that a statement may take.

use tokio::time::timeout;
use tokio_postgres::{Client, Error};

use super::connect::Database;
use super::retry::{is_broken, told};
use crate::store::StoreError;

/// Writes something by one statement, or several of one transaction.
///
/// # Errors
/// [`StoreError::Unsure`] if the database broke off, [`StoreError::Busy`] if nothing was written.
pub(super) async fn writing<T>(
    database: &Database,
    what: impl AsyncFnOnce(&Client) -> Result<T, Error>,
) -> Result<T, StoreError> {
    let client = database.client().await?;
    match timeout(database.answer_deadline(), what(&client)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            let why = told(&error);
            let is_unsure = is_broken(&error);
            // It may stand within a transaction.
            database.give_up(client);
            Err(if is_unsure {
                StoreError::Unsure(why)
            } else {
                StoreError::Busy(why)
            })
        }
        Err(_) => {
            database.give_up(client);
            let why = "the database does not answer".to_owned();
            Err(StoreError::Unsure(why))
        }
    }
}

/// Reads something.
///
/// # Errors
/// [`StoreError::Busy`].
pub(super) async fn reading<T>(
    database: &Database,
    what: impl AsyncFnOnce(&Client) -> Result<T, Error>,
) -> Result<T, StoreError> {
    let read = writing(database, what).await;
    read.map_err(|error| match error {
        StoreError::Unsure(why) => StoreError::Busy(why),
        error => error,
    })
}
