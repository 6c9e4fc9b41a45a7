//! A line to the database that is kept for one purpose, and the statements that were prepared on it.
//!
//! What an append asks of the database is a dozen short statements, and parsing and planning them
//! each time costs more than carrying them out. So a line that is ours alone prepares what is sent
//! over it again and again. Past a pooler of connections each transaction may be another session's:
//! there every statement is sent as it is.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use deadpool_postgres::Object;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row, Statement};

use super::retry::is_held_up;

/// Most statements that a line prepares: more than there are.
const STATEMENTS_MAX: usize = 128;

/// A value of a statement, with its type.
pub(super) type Param<'a> = (&'a (dyn ToSql + Sync), Type);

/// A connection that is kept, with what was prepared on it.
pub(super) struct Line {
    client: Object,
    /// See [`super::connect::Database::give_up`].
    generation: u64,
    begin_reading: String,
    /// None past a pooler.
    statements: Option<Statements>,
}

#[derive(Default)]
struct Statements {
    prepared: HashMap<String, Statement>,
    /// Carried out since the last session, and not prepared yet: preparing waits for the server, and
    /// what is sent at once must not. What was not carried out may be held up by somebody, as
    /// preparing it would be.
    unprepared: Mutex<BTreeMap<String, Vec<Type>>>,
}

/// A connection as statements are sent over it.
#[derive(Clone, Copy)]
pub(super) struct Session<'a> {
    client: &'a Client,
    statements: Option<&'a Statements>,
}

impl Line {
    pub(super) fn new(
        client: Object,
        generation: u64,
        begin_reading: String,
        is_pooled: bool,
    ) -> Self {
        Self {
            client,
            generation,
            begin_reading,
            statements: (!is_pooled).then(Statements::default),
        }
    }

    /// Whether it is of no more use: broken, or of an earlier generation.
    pub(super) fn is_over(&self, generation: u64) -> bool {
        self.generation != generation || self.client.is_closed()
    }

    /// The connection alone.
    pub(super) fn into_client(self) -> Object {
        self.client
    }

    /// The line, for one transaction: before it, prepares what was sent in those before.
    pub(super) async fn session(&mut self) -> Result<Session<'_>, Error> {
        if let Some(statements) = &mut self.statements {
            statements
                .prepare(&self.client, &self.begin_reading)
                .await?;
        }
        Ok(Session {
            client: &self.client,
            statements: self.statements.as_ref(),
        })
    }
}

impl Statements {
    async fn prepare(&mut self, client: &Client, begin: &str) -> Result<(), Error> {
        let unprepared = self.unprepared.get_mut();
        let unprepared = std::mem::take(unprepared.unwrap_or_else(PoisonError::into_inner));
        if unprepared.is_empty() {
            return Ok(());
        }
        // Even to prepare a statement waits for whoever holds its table.
        client.batch_execute(begin).await?;
        for (sql, types) in unprepared {
            if self.prepared.len() >= STATEMENTS_MAX {
                break;
            }
            match client.prepare_typed(&sql, &types).await {
                Ok(statement) => drop(self.prepared.insert(sql, statement)),
                Err(error) if is_held_up(&error) => break,
                Err(error) => return Err(error),
            }
        }
        client.batch_execute("ROLLBACK").await
    }

    /// Has a statement prepared before the next session.
    fn note(&self, sql: &str, params: &[Param<'_>]) {
        let types = params.iter().map(|(_, kind)| kind.clone()).collect();
        let unprepared = self.unprepared.lock();
        let mut unprepared = unprepared.unwrap_or_else(PoisonError::into_inner);
        unprepared.insert(sql.to_owned(), types);
    }
}

impl<'a> Session<'a> {
    /// A connection on which nothing is prepared.
    pub(super) fn plain(client: &'a Client) -> Self {
        Self {
            client,
            statements: None,
        }
    }

    /// Sends statements without values, one after the other.
    pub(super) async fn batch_execute(&self, sql: &str) -> Result<(), Error> {
        self.client.batch_execute(sql).await
    }

    /// Sends a statement; the rows that it answers. It is on its way when this is first polled.
    pub(super) async fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, Error> {
        if let Some(statement) = self.prepared(sql) {
            return self.client.query(statement, &values(params)).await;
        }
        let rows = self.client.query_typed(sql, params).await?;
        self.note(sql, params);
        Ok(rows)
    }

    /// Sends a statement; how many rows it touched. It is on its way when this is first polled.
    pub(super) async fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<u64, Error> {
        if let Some(statement) = self.prepared(sql) {
            return self.client.execute(statement, &values(params)).await;
        }
        let touched = self.client.execute_typed(sql, params).await?;
        self.note(sql, params);
        Ok(touched)
    }

    /// The rows that a statement answers, in a transaction of its own; all of it is sent at once.
    pub(super) async fn query_within(
        &self,
        begin: &str,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, Error> {
        let (opened, rows, ended) = tokio::join!(
            biased;
            self.batch_execute(begin),
            self.query(sql, params),
            self.batch_execute("COMMIT")
        );
        opened?;
        let rows = rows?;
        ended?;
        Ok(rows)
    }

    fn prepared(&self, sql: &str) -> Option<&'a Statement> {
        self.statements?.prepared.get(sql)
    }

    fn note(&self, sql: &str, params: &[Param<'_>]) {
        if let Some(statements) = self.statements {
            statements.note(sql, params);
        }
    }
}

fn values<'a>(params: &[Param<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().map(|(value, _)| *value).collect()
}

#[cfg(test)]
mod tests;
