//! What analysts can read, tried as one of them.

use super::*;
use crate::store::postgres::migrate::migrate;
use crate::store::postgres::throwaway::Server;
use crate::store::postgres::trial::{Trial, connect};

#[tokio::test]
async fn an_analyst_reads_what_is_listed_and_nothing_else() {
    let Some(trial) = Trial::new().await else {
        return;
    };
    let own = "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'v') \
               AND relnamespace = 'public'::regnamespace ORDER BY relname COLLATE \"C\"";
    let all = trial.column(own).await;
    let mut listed = [&READABLE[..], &PRIVATE[..]].concat();
    listed.sort_unstable();
    assert_eq!(
        all, listed,
        "every table is one that analysts read, or one that they do not"
    );
    trial
        .client
        .batch_execute("SET ROLE askonce_analyst")
        .await
        .unwrap();
    for relation in READABLE {
        let read = format!("SELECT count(*) FROM {relation}");
        trial
            .client
            .query_one(&read, &[])
            .await
            .unwrap_or_else(|e| panic!("{relation}: {e:?}"));
    }
    for relation in PRIVATE {
        let read = format!("SELECT count(*) FROM {relation}");
        let refused = trial.client.query_one(&read, &[]).await.unwrap_err();
        assert_eq!(
            refused.code(),
            Some(&SqlState::INSUFFICIENT_PRIVILEGE),
            "{relation}"
        );
    }
    for change in ["DELETE FROM asks", "CREATE TABLE mine ()", "TRUNCATE homes"] {
        let refused = trial.client.batch_execute(change).await.unwrap_err();
        assert_eq!(
            refused.code(),
            Some(&SqlState::INSUFFICIENT_PRIVILEGE),
            "{change}"
        );
    }
}

#[tokio::test]
async fn no_answer_no_address_and_no_secret_has_a_column_that_analysts_read() {
    let Some(trial) = Trial::new().await else {
        return;
    };
    let sql = format!(
        "SELECT concat_ws('.', table_name, column_name) FROM information_schema.columns \
         WHERE table_name = ANY ('{{{}}}') AND column_name ~ '{}'",
        READABLE.join(","),
        "body|salt|hash|secret|email|person|answered_by|filed_by|value|said$|draft|address"
    );
    assert_eq!(trial.column(&sql).await, [""; 0]);
}

#[tokio::test]
async fn what_was_granted_beyond_the_list_is_taken_back() {
    let Some(mut trial) = Trial::new().await else {
        return;
    };
    let more = "GRANT SELECT ON events TO askonce_analyst";
    trial.client.batch_execute(more).await.unwrap();
    migrate(&mut trial.client).await.unwrap();
    assert_eq!(readable(&trial.client).await.unwrap(), READABLE);
}

#[tokio::test]
async fn a_broker_that_may_not_make_roles_works_and_grants_once_there_is_one() {
    // Roles are the server's: another test would make this one.
    let Some(server) = Server::start() else {
        return;
    };
    let database = server.database();
    let mut client = connect(&database).await;
    let plain = "CREATE ROLE broker; GRANT CREATE ON SCHEMA public TO broker; SET ROLE broker";
    client.batch_execute(plain).await.unwrap();
    migrate(&mut client).await.unwrap();
    let there = "SELECT FROM pg_roles WHERE rolname = 'askonce_analyst'";
    assert!(client.query_opt(there, &[]).await.unwrap().is_none());
    let made = "RESET ROLE; CREATE ROLE askonce_analyst NOLOGIN; SET ROLE broker";
    client.batch_execute(made).await.unwrap();
    migrate(&mut client).await.unwrap();
    assert_eq!(readable(&client).await.unwrap(), READABLE);
}
