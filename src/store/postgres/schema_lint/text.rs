//! The same rules as far as they can be read from the migrations' text, without a server.

use std::collections::BTreeSet;

use super::UNLOGGED;
use crate::store::postgres::migrate::MIGRATIONS;

/// What no migration makes: `home_id` and organisations keep to their own, numbers are exact, and
/// what happens is said by the program.
const STRANGERS: [&str; 15] = [
    "create trigger",
    "create rule",
    "create function",
    "create sequence",
    "serial",
    "identity",
    "real",
    "float",
    "double precision",
    "money",
    "json",
    "jsonb",
    "timestamp",
    "exclude",
    "lock table",
];

/// What is wrong, in words.
type Faults = Vec<String>;

/// What a migration says that it should not, and does not say that it should.
fn faults(sql: &str) -> Faults {
    let lines: Vec<&str> = (sql.lines())
        .filter(|line| !line.starts_with("--"))
        .collect();
    let plain = format!(
        "{}
",
        lines.join(
            "
"
        )
    );
    let mut statements = Vec::new();
    let mut explained = BTreeSet::new();
    for statement in plain.split(";\n").map(str::trim) {
        if let Some(rest) = statement.strip_prefix("COMMENT ON ") {
            let (what, _) = rest.split_once(" IS '").unwrap_or_default();
            explained.insert(what.to_owned());
        } else if !statement.is_empty() {
            statements.push(statement);
        }
    }
    let mut faults = Faults::new();
    for statement in statements {
        strangers(statement, &mut faults);
        if let Some(rest) = statement.strip_prefix("CREATE TABLE ") {
            table(rest, &explained, &mut faults);
        } else if let Some(rest) = statement.strip_prefix("CREATE UNLOGGED TABLE ") {
            if !rest.starts_with(&format!("{UNLOGGED} ")) {
                faults.push(format!("a crash would empty {rest}"));
            }
            table(rest, &explained, &mut faults);
        } else if let Some(rest) = statement.strip_prefix("CREATE VIEW ") {
            let name = rest.split_whitespace().next().unwrap_or_default();
            if !explained.contains(&format!("VIEW {name}")) {
                faults.push(format!("{name} is not explained"));
            }
        } else if let Some(rest) = statement.strip_prefix("CREATE UNIQUE INDEX ") {
            faults.push(format!("{rest} is a unique index beside a key"));
        }
    }
    faults
}

fn strangers(statement: &str, faults: &mut Faults) {
    let words: String = (statement.to_lowercase().chars())
        .map(|c| {
            if c.is_alphanumeric() || c == '_' {
                c
            } else {
                ' '
            }
        })
        .collect();
    let words = format!(
        " {} ",
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    );
    for stranger in STRANGERS {
        if words.contains(&format!(" {stranger} ")) {
            let shown: String = statement.chars().take(60).collect();
            faults.push(format!("{stranger} in {shown}"));
        }
    }
}

/// `name (column type, …, PRIMARY KEY (…), …)`, a line each.
fn table(rest: &str, explained: &BTreeSet<String>, faults: &mut Faults) {
    let (name, inside) = rest.split_once(" (").unwrap_or((rest, ""));
    let mut explain = |what: String| {
        if !explained.contains(&what) {
            faults.push(format!("{what} is not explained"));
        }
    };
    explain(format!("TABLE {name}"));
    let lines: Vec<&str> = inside
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with(')') && !line.is_empty())
        .collect();
    let is_column = |line: &&&str| line.starts_with(|c: char| c.is_ascii_lowercase());
    let columns: Vec<&str> = (lines.iter().filter(is_column))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    for column in &columns {
        explain(format!("COLUMN {name}.{column}"));
    }
    let leads = |line: &str| {
        let key = line.split_once('(').map_or("", |(_, key)| key);
        key.split([',', ')'])
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let of_homes = columns.contains(&"home_id");
    let keys = lines
        .iter()
        .filter(|l| l.starts_with("PRIMARY KEY") || l.starts_with("UNIQUE"));
    for key in keys.clone().filter(|_| of_homes) {
        if leads(key) != "home_id" {
            faults.push(format!("home_id does not lead {name}'s {key}"));
        }
    }
    let own_key = lines
        .iter()
        .filter(is_column)
        .filter(|l| l.contains("PRIMARY KEY"));
    let is_keyed = keys.clone().next().is_some() || own_key.clone().next().is_some();
    if !is_keyed {
        faults.push(format!("{name} has no primary key"));
    }
    for key in own_key.filter(|line| of_homes && !line.starts_with("home_id ")) {
        faults.push(format!("home_id does not lead {name}'s {key}"));
    }
    let foreign = lines.iter().filter(|line| line.contains("REFERENCES"));
    for key in foreign.filter(|line| of_homes && leads(line) != "home_id") {
        faults.push(format!("{name}'s {key} leaves the home"));
    }
}

#[test]
fn the_migrations_keep_to_every_rule_that_their_text_shows() {
    for (_, sql) in MIGRATIONS {
        assert_eq!(faults(sql), [""; 0]);
        assert!(sql.contains("COMMENT ON"), "there is something to read");
    }
}

#[test]
fn what_is_planted_in_a_migration_is_found() {
    let said = "COMMENT ON TABLE t IS 'x';\nCOMMENT ON COLUMN t.home_id IS 'x';\n\
                COMMENT ON COLUMN t.n IS 'x';\n";
    let of =
        |inside: &str| format!("CREATE TABLE t (\n    home_id text,\n    {inside}\n);\n{said}");
    let good = of("n int,\n    PRIMARY KEY (home_id, n)");
    assert_eq!(faults(&good), [""; 0]);
    for (sql, found) in [
        (
            of("n int,\n    PRIMARY KEY (n, home_id)"),
            "home_id does not lead",
        ),
        (of("n int PRIMARY KEY"), "home_id does not lead"),
        (
            of("n int,\n    PRIMARY KEY (home_id),\n    UNIQUE (n)"),
            "home_id does not lead",
        ),
        (of("n int"), "no primary key"),
        (of("n real,\n    PRIMARY KEY (home_id)"), "real in"),
        (
            of("n timestamp,\n    PRIMARY KEY (home_id)"),
            "timestamp in",
        ),
        (of("n jsonb,\n    PRIMARY KEY (home_id)"), "jsonb in"),
        (
            of("m int,\n    PRIMARY KEY (home_id)"),
            "COLUMN t.m is not explained",
        ),
        (
            of("n int REFERENCES other,\n    PRIMARY KEY (home_id)"),
            "leaves the home",
        ),
        (
            of("n int,\n    PRIMARY KEY (home_id),\n    FOREIGN KEY (n) REFERENCES other"),
            "leaves the home",
        ),
        (
            "CREATE TABLE u (\n    n int PRIMARY KEY\n);\n".to_owned(),
            "TABLE u is not explained",
        ),
        (
            "CREATE VIEW v AS SELECT 1;\n".to_owned(),
            "v is not explained",
        ),
        (
            of("n int,\n    PRIMARY KEY (home_id)").replace("TABLE t (", "UNLOGGED TABLE t ("),
            "a crash would empty",
        ),
        (
            "CREATE UNIQUE INDEX i ON t (n);\n".to_owned(),
            "unique index",
        ),
        (
            "CREATE TRIGGER g AFTER INSERT ON t;\n".to_owned(),
            "create trigger in",
        ),
    ] {
        let all = faults(&sql).join("\n");
        assert!(all.contains(found), "{sql} → {all}");
    }
}
