//! The program itself, serving, as one who runs it knows it: by its signals, its log and its exit.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use super::command_line::askonce;

/// The program, serving; killed when dropped.
pub(crate) struct Program {
    process: Child,
    /// Where it serves.
    pub(crate) address: String,
    log: Arc<Mutex<Vec<String>>>,
    /// How many lines there are; closed when there are no more.
    lines: watch::Receiver<usize>,
}

impl Program {
    /// Makes a data folder; the first operator's secret.
    pub(crate) fn init(data: &str) -> String {
        Self::init_by(&["--data", data])
    }

    /// Makes what these options say; the first operator's secret.
    pub(crate) fn init_by(options: &[&str]) -> String {
        let made = askonce(&[&["init"], options].concat(), "");
        assert_eq!(made.code, 0, "{}", made.stderr);
        let mut words = made.stdout.split_whitespace();
        let secret = words.find(|word| word.starts_with("askonce_"));
        secret.expect("init prints the operator's token").to_owned()
    }

    /// Serves a data folder; returns once it does.
    pub(crate) async fn serve(data: &str, more: &[&str]) -> Self {
        Self::serve_by(&[&["--data", data], more].concat()).await
    }

    /// Serves what these options say; returns once it does.
    pub(crate) async fn serve_by(options: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_askonce"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(options)
            .env_remove("ASKONCE_LOG")
            .env_remove("ASKONCE_LOG_FORMAT")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was built for this test");
        let stderr = process.stderr.take().expect("its log is piped");
        let (count, lines) = watch::channel(0);
        let log = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                kept.lock().unwrap().push(line);
                count.send_modify(|count| *count += 1);
            }
        });
        let mut program = Self {
            process,
            address: String::new(),
            log,
            lines,
        };
        program.address = program.says("serving at ").await;
        program
    }

    /// Waits until a line begins so; the rest of it.
    pub(crate) async fn says(&self, start: &str) -> String {
        let mut lines = self.lines.clone();
        loop {
            let found = self.log().iter().find_map(|line| {
                let rest = line.strip_prefix(start)?;
                Some(rest.to_owned())
            });
            if let Some(rest) = found {
                return rest;
            }
            let more = lines.changed().await;
            assert!(more.is_ok(), "it never says {start:?}: {:#?}", self.log());
        }
    }

    /// Every line that it logged by now.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Tells it to stop.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Sends it a signal, such as `-STOP`.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([signal, &self.process.id().to_string()])
            .status();
        assert!(sent.expect("there is a `kill`").success());
    }

    /// Waits until it has ended; its exit code, and all that it logged.
    pub(crate) async fn ended(mut self) -> (Option<i32>, Vec<String>) {
        while self.lines.changed().await.is_ok() {}
        let ended = self.process.wait().expect("it was started here");
        (ended.code(), self.log())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _it_may_have_ended = self.process.kill();
        let _it_may_have_ended = self.process.wait();
    }
}
