//! Doing something with a connection, within the time that a statement may take.

use tokio::time::{error::Elapsed, timeout};
use tokio_postgres::{Client, Error};

use super::connect::Database;
use super::line::{Line, Session};
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
    let done = timeout(database.answer_deadline(), what(&client)).await;
    done_in_time(done).inspect_err(|_| database.give_up(client))
}

/// The same over a line that is kept, and opened where it is not: it is again until it fails.
///
/// # Errors
/// As [`writing`].
pub(super) async fn writing_over<T>(
    database: &Database,
    line: &mut Option<Line>,
    what: impl AsyncFnOnce(Session<'_>) -> Result<T, Error>,
) -> Result<T, StoreError> {
    let mut own = database.line(line.take()).await?;
    let doing = async {
        let session = own.session().await?;
        what(session).await
    };
    let done = timeout(database.answer_deadline(), doing).await;
    match done_in_time(done) {
        Ok(done) => {
            *line = Some(own);
            Ok(done)
        }
        Err(error) => {
            database.give_up(own.into_client());
            Err(error)
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
    writing(database, what).await.map_err(as_read)
}

/// The same over a line that is kept.
///
/// # Errors
/// [`StoreError::Busy`].
pub(super) async fn reading_over<T>(
    database: &Database,
    line: &mut Option<Line>,
    what: impl AsyncFnOnce(Session<'_>) -> Result<T, Error>,
) -> Result<T, StoreError> {
    writing_over(database, line, what).await.map_err(as_read)
}

fn as_read(error: StoreError) -> StoreError {
    match error {
        StoreError::Unsure(why) => StoreError::Busy(why),
        error => error,
    }
}

/// What came of it. After a failure the connection is to be given up: it may stand within a
/// transaction.
fn done_in_time<T>(done: Result<Result<T, Error>, Elapsed>) -> Result<T, StoreError> {
    match done {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) if is_broken(&error) => Err(StoreError::Unsure(told(&error))),
        Ok(Err(error)) => Err(StoreError::Busy(told(&error))),
        Err(_) => Err(StoreError::Unsure(
            "the database does not answer".to_owned(),
        )),
    }
}
