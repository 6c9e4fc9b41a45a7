//! What a test holds in a database, so that brokers are caught where they need it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};

use super::Database;

/// A transaction that holds what others may need, until it is dropped.
pub(crate) struct Held(Child);

impl Database<'_> {
    /// Holds what a statement takes, such as a lock; returns once it does.
    pub(crate) fn hold(&self, statement: &str) -> Held {
        let mut holding = self.server.node.tool("psql");
        let session = holding
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
            .args(["-d", &self.url()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut held = Held(session.expect("psql is there"));
        let said = format!("BEGIN;\nSET LOCAL lock_timeout = '60s';\n{statement};\n\\echo held\n");
        let mut input = held.0.stdin.as_ref().expect("its input is piped");
        let written = input.write_all(said.as_bytes());
        written.expect("psql takes statements");
        let output = held.0.stdout.take().expect("its output is piped");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        assert!(lines.any(|line| line == "held"), "{statement} fails");
        held
    }
}

impl Drop for Held {
    /// Lets go; returns once the session is over.
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ended = self.0.wait();
    }
}
