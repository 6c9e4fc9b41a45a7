//! A mail server that was not written here, aiosmtpd, and what it was given to deliver.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tokio::sync::mpsc::{Receiver, channel};

use super::absent;

/// How long a mail may take to come on a slow machine.
const MAIL_DEADLINE: Duration = Duration::from_secs(30);

/// Most mails that wait to be read: more than any story sends.
const MAILS_MAX: usize = 100;

/// A mail as the server took it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) subject: String,
    pub(crate) text: String,
    /// Whether it came over an encrypted connection.
    #[serde(rename = "encrypted")]
    pub(crate) is_encrypted: bool,
    /// As whom its sender showed himself; empty for nobody.
    pub(crate) user: String,
}

/// What the server says first.
#[derive(Deserialize)]
struct Listening {
    port: u16,
}

/// Whom a server takes mail from, and how: only encrypted, and from one user.
pub(crate) struct Account {
    /// Its certificate and key, as PEM; the certificate is its own authority.
    pub(crate) certificate: String,
    pub(crate) key: String,
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
}

/// A mail server that runs.
pub(crate) struct MailServer {
    pub(crate) port: u16,
    child: Child,
    life: Option<ChildStdin>,
    mails: Receiver<String>,
    _folder: TempDir,
}

impl MailServer {
    /// Starts one that takes any mail, in plain text; none if it is not installed.
    pub(crate) async fn open() -> Option<Self> {
        Self::start(None).await
    }

    /// Starts one that takes mail of one user, encrypted; none if it is not installed.
    pub(crate) async fn guarded(account: &Account) -> Option<Self> {
        Self::start(Some(account)).await
    }

    async fn start(account: Option<&Account>) -> Option<Self> {
        let probe = Command::new("python3")
            .args(["-c", "import aiosmtpd"])
            .output();
        if !probe.is_ok_and(|output| output.status.success()) {
            absent("Python with aiosmtpd");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("python3");
        command.arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/browser/smtp.py"
        ));
        if let Some(account) = account {
            let certificate = folder.path().join("certificate.pem");
            let key = folder.path().join("key.pem");
            std::fs::write(&certificate, &account.certificate).unwrap();
            std::fs::write(&key, &account.key).unwrap();
            command.args([&certificate, &key]);
            command.args([account.user, account.password]);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().expect("it was asked for");
        let (sender, mut mails) = channel(MAILS_MAX);
        std::thread::spawn(move || {
            let lines = BufReader::new(stdout).lines();
            lines
                .map_while(Result::ok)
                .try_for_each(|line| sender.blocking_send(line))
        });
        let listening: Listening = next(&mut mails).await;
        Some(Self {
            port: listening.port,
            life: child.stdin.take(),
            child,
            mails,
            _folder: folder,
        })
    }

    /// The next mail.
    pub(crate) async fn next(&mut self) -> Mail {
        next(&mut self.mails).await
    }

    /// That there is no further mail now.
    pub(crate) fn is_empty(&self) -> bool {
        self.mails.is_empty()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // It ends at the end of its input; one that does not is of no use either.
        drop(self.life.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn next<T: DeserializeOwned>(lines: &mut Receiver<String>) -> T {
    let line = tokio::time::timeout(MAIL_DEADLINE, lines.recv()).await;
    let line = line.expect("it comes in time").expect("the server runs");
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}
