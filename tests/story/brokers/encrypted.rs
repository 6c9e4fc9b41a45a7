//! Brokers on a database that is reached encrypted and with a password: whom they believe, and what
//! they do when the password changes.

use std::fs;
use std::path::PathBuf;

use tokio::task::{block_in_place, spawn_blocking};

use super::super::command_line::{Outcome, askonce};
use super::super::program::Program;
use super::super::throwaway::{Database, Server};
use super::super::transport::authority::Authority;
use super::caller::Load;
use super::stand::{Stand, name_of, until};
use super::{CALLERS, check};

const FIRST: &str = "correct-horse";
const SECOND: &str = "battery-staple";

/// A server that listens for whoever believes its authority and knows its password.
struct Guarded {
    server: Server,
    port: u16,
    folder: tempfile::TempDir,
}

impl Guarded {
    /// None, said loudly, where no PostgreSQL is installed.
    fn start() -> Option<Self> {
        let server = Server::start()?;
        let authority = Authority::new();
        let shown = authority.server_of(&["localhost"]);
        let port = server.node().listen(&shown.certificate, &shown.key);
        let guarded = Self {
            server,
            port,
            folder: tempfile::tempdir().unwrap(),
        };
        guarded.write("authority.pem", &authority.pem());
        guarded.write("another.pem", &Authority::new().pem());
        guarded.change_password(FIRST);
        guarded.write("password", &format!("{FIRST}\n"));
        Some(guarded)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file in its place at once.
    fn write(&self, name: &str, text: &str) {
        let beside = self.path("beside");
        fs::write(&beside, text).unwrap();
        fs::rename(&beside, self.path(name)).unwrap();
    }

    fn change_password(&self, password: &str) {
        let change = format!("ALTER ROLE askonce PASSWORD '{password}'");
        self.server.node().sql("postgres", &change);
    }

    fn url(&self, host: &str, database: &Database<'_>) -> String {
        let (port, name) = (self.port, database.name());
        format!("postgresql://askonce@{host}:{port}/{name}")
    }

    /// What is said beside where it is.
    fn files(&self, authority: &str, password: &str) -> [String; 4] {
        [
            "--set".to_owned(),
            format!("postgres.ca_cert={}", self.path(authority).display()),
            "--set".to_owned(),
            format!("postgres.password_file={}", self.path(password).display()),
        ]
    }

    /// Begins to serve, which must fail.
    async fn refused(&self, url: String, files: [String; 4]) -> Outcome {
        let mut line: Vec<String> = ["serve", "--listen", "127.0.0.1:0", "--set"]
            .map(str::to_owned)
            .into();
        line.extend(["store=postgres".to_owned(), "--set".to_owned()]);
        line.push(format!("postgres.url={url}"));
        line.extend(files);
        let ran = spawn_blocking(move || askonce(&line, "")).await.unwrap();
        assert_ne!(ran.code, 0, "{}", ran.stderr);
        for secret in [FIRST, SECOND] {
            assert!(!ran.stderr.contains(secret), "{}", ran.stderr);
        }
        ran
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_believed_by_its_authority_and_its_name_only() {
    let Some(guarded) = block_in_place(Guarded::start) else {
        return;
    };
    let database = block_in_place(|| guarded.server.database());
    guarded.write("wrong-password", SECOND);
    let url = guarded.url("localhost", &database);
    for (url, authority, password, expected) in [
        (&url, "another.pem", "password", "`postgres.ca_cert`"),
        (
            &guarded.url("127.0.0.1", &database),
            "authority.pem",
            "password",
            "another name than `postgres.url`",
        ),
        (
            &url,
            "authority.pem",
            "wrong-password",
            "password authentication failed",
        ),
    ] {
        let files = guarded.files(authority, password);
        let said = guarded.refused(url.clone(), files).await.stderr;
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let files = guarded.files("authority.pem", "password");
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let stand = Stand::new(&url, &files).await;
    let plain = "SELECT count(*) FILTER (WHERE NOT ssl), count(*) > 1
        FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE application_name = ";
    for broker in 0..2 {
        let plain = format!("{plain}'{}'", name_of(broker));
        let found = block_in_place(|| database.sql(&plain));
        assert_eq!(found.trim(), "0|t", "encrypted, all of them");
    }
    drop(stand);
}

#[tokio::test(flavor = "multi_thread")]
async fn brokers_go_on_when_the_password_of_the_database_changes() {
    let Some(guarded) = block_in_place(Guarded::start) else {
        return;
    };
    let database = block_in_place(|| guarded.server.database());
    let files = guarded.files("authority.pem", "password");
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let stand = Stand::new(&guarded.url("localhost", &database), &files).await;
    let load = Load::start(&stand.roster, &stand.council, &stand.manager, CALLERS);
    let before = load.done();
    until(async || load.done() > before + 8).await;
    block_in_place(|| {
        guarded.change_password(SECOND);
        let ended = "SELECT count(pg_terminate_backend(pid)) > 2 FROM pg_stat_activity
            WHERE application_name LIKE 'broker-%'";
        assert_eq!(database.sql(ended).trim(), "t");
    });
    // The file comes late: until then nobody gets in, and they say so.
    let is_refused = |broker: &Program| {
        let mut log = broker.log().into_iter();
        log.any(|line| line.contains("password authentication failed"))
    };
    until(async || (0..2).all(|broker| is_refused(stand.broker(broker)))).await;
    guarded.write("password", SECOND);
    let before = load.done();
    until(async || load.done() > before + 8).await;
    let told = load.stop().await;
    check(&stand, &told, |statement| database.sql(statement)).await;
    for broker in 0..2 {
        let log = stand.broker(broker).log().join("\n");
        assert!(!log.contains(FIRST) && !log.contains(SECOND), "{log}");
    }
}
