//! What is prepared, and where.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::store::postgres::connect::Database;
use crate::store::postgres::throwaway::Server;
use crate::store::postgres::{Options, Tls};

const PREPARED: &str = "SELECT count(*) FROM pg_prepared_statements";

/// How many statements the server has prepared after one was sent so many times.
async fn prepared_after(times: u32, is_pooled: bool) -> Option<i64> {
    let own = Server::shared()?.database();
    let database = Database::new(&Options {
        entropy: Arc::new(|| [0; 16]),
        url: own.url(),
        direct_url: is_pooled.then(|| own.url()),
        password_file: None,
        tls: Tls::None,
        pool: 2,
        pool_deadline: Duration::from_secs(10),
        statement_deadline: Duration::from_secs(10),
    });
    let mut line = database.unwrap().line(None).await.unwrap();
    for _ in 0..times {
        let session = line.session().await.unwrap();
        session.batch_execute("BEGIN").await.unwrap();
        let value: Param<'_> = (&7_i32, Type::INT4);
        let rows = session.query("SELECT $1 + 1", &[value]).await.unwrap();
        assert_eq!(rows[0].get::<_, i32>(0), 8);
        session.batch_execute("COMMIT").await.unwrap();
    }
    let counted = line.client.query_typed_one(PREPARED, &[]).await.unwrap();
    Some(counted.get(0))
}

#[tokio::test]
async fn what_is_sent_again_is_prepared_once_and_nothing_is_past_a_pooler() {
    let counts = [
        prepared_after(1, false).await,
        prepared_after(3, false).await,
        prepared_after(3, true).await,
    ];
    if let [Some(first), Some(later), Some(pooled)] = counts {
        assert_eq!((first, later, pooled), (0, 1, 0));
    }
}
