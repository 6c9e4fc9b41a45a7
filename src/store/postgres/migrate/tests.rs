//! A schema is brought up to date once, by one, and never back.

use super::*;
use crate::store::postgres::throwaway::Server;
use crate::store::postgres::trial::{Trial, connect};

fn said(done: Result<(), OpenError>) -> String {
    done.unwrap_err().to_string()
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let Some(mut trial) = Trial::new().await else {
        return;
    };
    let history = "SELECT concat_ws(' ', version, name, applied_on) FROM schema_history ORDER BY 1";
    let before = trial.column(history).await;
    assert_eq!(before.len(), MIGRATIONS.len());
    migrate(&mut trial.client).await.unwrap();
    assert_eq!(trial.column(history).await, before);
    let timeouts = "SELECT current_setting('statement_timeout') || current_setting('lock_timeout')";
    assert_eq!(
        trial.column(timeouts).await,
        ["00"],
        "the session is as it was"
    );
}

#[tokio::test]
async fn brokers_that_start_together_migrate_one_after_the_other() {
    let Some(server) = Server::shared() else {
        return;
    };
    let database = server.database();
    let mut clients = [
        connect(&database).await,
        connect(&database).await,
        connect(&database).await,
    ];
    let [one, two, three] = &mut clients;
    let done = tokio::join!(migrate(one), migrate(two), migrate(three));
    assert!(matches!(done, (Ok(()), Ok(()), Ok(()))), "{done:?}");
}

#[tokio::test]
async fn a_broker_waits_for_another_only_so_long() {
    let Some(server) = Server::shared() else {
        return;
    };
    let database = server.database();
    let (other, client) = (connect(&database).await, connect(&database).await);
    lock(&other, LOCK_DEADLINE).await.unwrap();
    let told = said(lock(&client, Duration::from_millis(20)).await);
    assert!(told.contains("another broker has been at it"), "{told}");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let Some(mut trial) = Trial::new().await else {
        return;
    };
    let newer = "INSERT INTO schema_history VALUES (999, 'later', '2030-01-01T00:00:00Z', '1')";
    trial.client.batch_execute(newer).await.unwrap();
    let told = said(migrate(&mut trial.client).await);
    assert!(told.contains("the database has migration 999"), "{told}");
    assert!(told.contains("a newer version of askonce"), "{told}");
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_and_says_why() {
    let Some(server) = Server::shared() else {
        return;
    };
    let database = server.database();
    let mut client = connect(&database).await;
    client.batch_execute("CREATE TABLE homes ()").await.unwrap();
    let told = said(migrate(&mut client).await);
    assert!(told.contains("relation \"homes\" already exists"), "{told}");
    let made = "SELECT count(*) FROM pg_class WHERE relname IN ('organisations', 'powers')";
    let row = client.query_one(made, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 0);
    client.batch_execute("DROP TABLE homes").await.unwrap();
    migrate(&mut client).await.unwrap();
}

#[test]
fn a_server_that_is_too_old_is_refused() {
    assert_eq!(check_version(150_000, "15.0"), Ok(()));
    assert_eq!(check_version(180_001, "18.1"), Ok(()));
    let told = check_version(140_011, "14.11").unwrap_err();
    assert_eq!(
        told,
        "the server is PostgreSQL 14.11; it must be 15 or later"
    );
}
