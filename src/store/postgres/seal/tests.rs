//! How what is to be sealed is found.

use super::*;
use crate::store::postgres::feed;
use crate::store::postgres::session::begin_sealing;
use crate::store::postgres::trial::Trial;
use std::time::Duration;

/// So many events that nobody would want all of them read; nobody has counted them for the planner.
const MANY: &str = "
INSERT INTO events (era, transaction, ordinal, recorded_at, kind, commitment)
    SELECT 1, number, 0, '2026-11-22T09:00:00Z', 'AskSubmitted', '\\x00'
    FROM generate_series(1, 20000) AS number;
INSERT INTO ledger (sequence, era, transaction, ordinal, chain)
    SELECT number, 1, number, 0, '\\x00' FROM generate_series(1, 19998) AS number;
UPDATE ledger_head SET sequence = 19998, transaction = 19998, ordinal = 0";

#[tokio::test]
async fn what_is_to_be_sealed_or_followed_is_found_by_its_key_however_long_the_ledger_is() {
    let Some(trial) = Trial::new().await else {
        return;
    };
    trial.client.batch_execute(MANY).await.unwrap();
    let begin = begin_sealing(Duration::from_secs(10));
    trial.client.batch_execute(&begin).await.unwrap();
    let session = Session::plain(&trial.client);
    session.query(NO_BOUND, &[]).await.unwrap();
    let found = session.query(&pending(), &[]).await.unwrap();
    assert_eq!(found.len(), 2);
    for sql in [
        pending(),
        format!("SELECT count(*) {UNSEALED}"),
        feed::PAGE
            .replace("$1", "19990")
            .replace("$2", "1000")
            .replace("$3", "'{}'::bigint[]"),
    ] {
        let explained = format!("EXPLAIN (ANALYZE, TIMING off, SUMMARY off) {sql}");
        let plan = trial.column(&explained).await;
        for read in ["on events", "on ledger "] {
            let reads = plan.iter().filter(|line| line.contains(read));
            for line in reads {
                assert!(
                    line.contains("Index") || line.contains("Bitmap"),
                    "{plan:#?}"
                );
            }
        }
        assert!(
            plan.iter()
                .any(|line| line.contains("using events_pkey") || line.contains("on events_pkey")),
            "{plan:#?}"
        );
    }
    trial.client.batch_execute("ROLLBACK").await.unwrap();
}
