//! Statements sent one after the other without waiting for each other's answers, so that all of
//! them cost one way to the database and back.

use futures_util::future::join_all;
use tokio_postgres::Error;

/// Most statements at once: past it they are no longer begun in order.
const STATEMENTS_MAX: usize = 30;

/// Sends statements in order and waits for every answer; the error of the first that failed, for
/// those behind it in a transaction fail because of it.
pub(super) async fn all<T>(
    statements: Vec<impl Future<Output = Result<T, Error>>>,
) -> Result<Vec<T>, Error> {
    debug_assert!(
        statements.len() <= STATEMENTS_MAX,
        "they are begun in order"
    );
    join_all(statements).await.into_iter().collect()
}
