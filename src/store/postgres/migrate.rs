//! Bringing the schema up to date.

use super::OpenError;
use super::retry::told;

/// Lays the tables where there are none.
pub(super) async fn migrate(client: &mut tokio_postgres::Client) -> Result<(), OpenError> {
    let laid = async {
        let there = "SELECT to_regclass('events') IS NOT NULL";
        if !client
            .query_typed_one(there, &[])
            .await?
            .try_get::<_, bool>(0)?
        {
            client
                .batch_execute(include_str!("migrations/V1__ledger.sql"))
                .await?;
        }
        Ok(())
    };
    let laid = laid.await;
    laid.map_err(|error| OpenError::Migrate(told(&error)))
}
