//! The role by which analysts read the database: who asked what, and never an answer.
//!
//! Invariant: the role reads what is listed here and nothing else. A new table is unreadable until
//! it is listed, and the lint of the schema asks for a word on each.

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

/// The role. It cannot sign in; whoever may read is made a member of it.
const ROLE: &str = "askonce_analyst";

/// What analysts read.
pub(super) const READABLE: [&str; 33] = [
    "acknowledgements",
    "ask_fields",
    "ask_targets",
    "ask_withdrawals",
    "asks",
    "asks_of_homes",
    "burden",
    "collections",
    "decision_undoings",
    "decisions",
    "decisions_in_force",
    "dictionaries",
    "digests",
    "element_proposals",
    "element_retirements",
    "elements",
    "elements_in_force",
    "filings",
    "home_successions",
    "homes",
    "latest_asks",
    "objection_answers",
    "objections",
    "organisation_successions",
    "organisations",
    "powers",
    "question_classes",
    "receipts",
    "releases",
    "schema_history",
    "sheets",
    "templates",
    "who_asked_what",
];

/// What they do not: the ledger with its answers, what is typed and not sent, who holds tokens, and
/// what makes an append safe.
#[cfg(test)]
pub(super) const PRIVATE: [&str; 13] = [
    "drafts",
    "drafts_set_aside",
    "events",
    "home_revisions",
    "ledger",
    "ledger_head",
    "organisation_revisions",
    "projection",
    "register_revisions",
    "requests",
    "token_revocations",
    "token_rotations",
    "tokens",
];

/// Lets the role read what it may, making it where that is allowed. Where it is not, the log says
/// what an administrator has to do, and the broker works all the same.
pub(super) async fn let_read(client: &mut Client) -> Result<(), Error> {
    if !made(client).await? || readable(client).await? == READABLE {
        return Ok(());
    }
    let schema: String = client
        .query_typed_one("SELECT quote_ident(current_schema())", &[])
        .await?
        .get(0);
    let grants = format!(
        "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {ROLE};\
         GRANT USAGE ON SCHEMA {schema} TO {ROLE};\
         GRANT SELECT ON {} TO {ROLE}",
        READABLE.join(", ")
    );
    let transaction = client.transaction().await?;
    transaction.batch_execute(&grants).await?;
    transaction.commit().await
}

/// Whether there is the role now.
async fn made(client: &Client) -> Result<bool, Error> {
    let sql = format!("SELECT FROM pg_roles WHERE rolname = '{ROLE}'");
    if client.query_typed_opt(&sql, &[]).await?.is_some() {
        return Ok(true);
    }
    let sql = format!("CREATE ROLE {ROLE} NOLOGIN");
    match client.batch_execute(&sql).await {
        Ok(()) => Ok(true),
        // Roles are the whole server's: a broker of another database may have made it just now.
        Err(error) if is_there_already(&error) => Ok(true),
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            tracing::warn!(
                "analysts cannot read the database yet: the broker may not create roles; let an \
                 administrator say CREATE ROLE {ROLE} NOLOGIN, and start a broker again"
            );
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

fn is_there_already(error: &Error) -> bool {
    let codes = [SqlState::DUPLICATE_OBJECT, SqlState::UNIQUE_VIOLATION];
    error.code().is_some_and(|code| codes.contains(code))
}

/// What the role can read in our schema, in order.
async fn readable(client: &Client) -> Result<Vec<String>, Error> {
    let sql = format!(
        "SELECT relname::text FROM pg_class \
         WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'v', 'm', 'p', 'f') \
         AND has_table_privilege('{ROLE}', oid, 'SELECT') ORDER BY relname::text COLLATE \"C\""
    );
    let rows = client.query_typed(&sql, &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

#[cfg(test)]
mod tests;
