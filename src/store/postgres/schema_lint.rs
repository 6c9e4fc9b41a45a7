//! What the schema keeps to, so that it can be spread over several machines by home: read from the
//! catalogue of a migrated database, and, where no PostgreSQL is installed, from the migrations'
//! text. Each rule is shown to find what is planted.

mod text;

use crate::store::postgres::trial::Trial;

/// A rule: what breaks it, as a query for the names of what does; and something that would.
struct Rule {
    what: &'static str,
    breaks: &'static str,
    planted: &'static str,
}

/// Tables and views of ours.
const OURS: &str = "
WITH ours AS (
    SELECT oid, relname, relkind FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
), columns AS (
    SELECT ours.oid AS relid, relname, relkind, attnum, attname, atttypid
    FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
), of_homes AS (
    SELECT relid, relname, attnum AS home_id FROM columns
    WHERE attname = 'home_id' AND relkind IN ('r', 'p')
)";

const RULES: &[Rule] = &[
    Rule {
        what: "a table has a primary key",
        breaks: "SELECT relname::text FROM ours WHERE relkind IN ('r', 'p') AND NOT EXISTS
            (SELECT FROM pg_index WHERE indrelid = ours.oid AND indisprimary)",
        planted: "CREATE TABLE planted (id int)",
    },
    Rule {
        what: "home_id leads the primary key and every unique index of a table of homes",
        breaks: "SELECT indexrelid::regclass::text FROM of_homes JOIN pg_index ON indrelid = relid
            WHERE indisunique AND indkey[0] <> home_id",
        planted: "CREATE TABLE planted (home_id text, receipt text UNIQUE,
            PRIMARY KEY (home_id, receipt))",
    },
    Rule {
        what: "home_id leads the primary key and every unique index of a table of homes",
        breaks: "SELECT indexrelid::regclass::text FROM of_homes JOIN pg_index ON indrelid = relid
            WHERE indisunique AND indkey[0] <> home_id",
        planted: "CREATE TABLE planted (home_id text, period text, PRIMARY KEY (period, home_id))",
    },
    Rule {
        what: "nothing excludes what another home has",
        breaks: "SELECT conname::text FROM pg_constraint JOIN ours ON ours.oid = conrelid
            WHERE contype = 'x'",
        planted: "CREATE TABLE planted (home_id text PRIMARY KEY, spot point,
            EXCLUDE USING gist (spot WITH ~=))",
    },
    Rule {
        what: "organisation_id leads every key of a body's that it is in",
        breaks: "SELECT indexrelid::regclass::text FROM columns JOIN pg_index ON indrelid = relid
            WHERE attname = 'organisation_id' AND indisunique AND attnum = ANY (indkey)
            AND indkey[0] <> attnum
            AND indrelid NOT IN (SELECT relid FROM of_homes)",
        planted: "CREATE TABLE planted (ask_id text, organisation_id text,
            PRIMARY KEY (ask_id, organisation_id))",
    },
    Rule {
        what: "there is no trigger and no rule",
        breaks: "SELECT tgname::text FROM pg_trigger JOIN ours ON ours.oid = tgrelid
            WHERE NOT tgisinternal
            UNION ALL
            SELECT rulename::text FROM pg_rewrite JOIN ours ON ours.oid = ev_class
            WHERE rulename <> '_RETURN'",
        planted: "CREATE TRIGGER planted BEFORE UPDATE ON homes
            FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    },
    Rule {
        what: "a foreign key of a table of homes stays with the home",
        breaks: "SELECT conname::text FROM pg_constraint
            LEFT JOIN of_homes own ON own.relid = conrelid
            LEFT JOIN of_homes other ON other.relid = confrelid
            WHERE contype = 'f' AND (own.relid IS NOT NULL OR other.relid IS NOT NULL)
            AND NOT coalesce(array_position(conkey, own.home_id)
                = array_position(confkey, other.home_id), false)",
        planted: "CREATE TABLE planted (home_id text, n int, council text REFERENCES homes,
            PRIMARY KEY (home_id, n))",
    },
    Rule {
        what: "a foreign key of a table of homes stays with the home",
        breaks: "SELECT conname::text FROM pg_constraint
            LEFT JOIN of_homes own ON own.relid = conrelid
            LEFT JOIN of_homes other ON other.relid = confrelid
            WHERE contype = 'f' AND (own.relid IS NOT NULL OR other.relid IS NOT NULL)
            AND NOT coalesce(array_position(conkey, own.home_id)
                = array_position(confkey, other.home_id), false)",
        planted: "CREATE TABLE planted (home_id text PRIMARY KEY,
            organisation_id text REFERENCES organisations)",
    },
    Rule {
        what: "nothing counts for everybody",
        breaks: "SELECT relname::text FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace AND relkind = 'S'",
        planted: "CREATE TABLE planted (id serial PRIMARY KEY)",
    },
    Rule {
        what: "every table and every view is explained",
        breaks: "SELECT relname::text FROM ours
            WHERE coalesce(obj_description(oid, 'pg_class'), '') = ''",
        planted: "CREATE VIEW planted AS SELECT home_id FROM homes",
    },
    Rule {
        what: "every column is explained",
        breaks: "SELECT relname || '.' || attname FROM columns
            WHERE coalesce(col_description(relid, attnum), '') = ''",
        planted: "ALTER TABLE homes ADD planted text",
    },
    Rule {
        what: "no number is a float, no text is JSON, no time is without its zone",
        breaks:
            "SELECT relname || '.' || attname FROM columns JOIN pg_type ON pg_type.oid = atttypid
            WHERE ltrim(typname, '_') IN ('float4', 'float8', 'money', 'json', 'jsonb', 'timestamp',
                'time', 'timetz')",
        planted: "ALTER TABLE homes ADD planted timestamp[]",
    },
];

async fn broken(trial: &Trial, rule: &Rule) -> Vec<String> {
    trial.column(&format!("{OURS} {}", rule.breaks)).await
}

#[tokio::test]
async fn the_schema_keeps_to_every_rule() {
    let Some(trial) = Trial::new().await else {
        return;
    };
    for rule in RULES {
        assert_eq!(broken(&trial, rule).await, [""; 0], "{}", rule.what);
    }
}

#[tokio::test]
async fn a_planted_breach_of_each_rule_is_found() {
    let Some(trial) = Trial::new().await else {
        return;
    };
    for rule in RULES {
        trial.client.batch_execute("BEGIN").await.unwrap();
        trial.client.batch_execute(rule.planted).await.unwrap();
        let found = broken(&trial, rule).await;
        assert_eq!(
            found.len(),
            1,
            "{}: {} → {found:?}",
            rule.what,
            rule.planted
        );
        trial.client.batch_execute("ROLLBACK").await.unwrap();
    }
}
