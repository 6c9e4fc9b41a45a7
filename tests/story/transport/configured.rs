//! A broker configured by a file, and called by the program over an encrypted connection.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::authority::{Authority, Files};
use crate::command_line::{Outcome, askonce};

/// The program, serving as a file says; killed when dropped.
struct Broker {
    process: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStderr>>,
    address: String,
}

impl Broker {
    fn start(config: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_askonce"))
            .args(["serve", "--config", config, "--set", "log=info"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was built for this test");
        let stderr = process.stderr.take().expect("its log is piped");
        let mut broker = Self {
            process,
            lines: BufReader::new(stderr).lines(),
            address: String::new(),
        };
        let line = broker.line_with("serving at ");
        line.trim_start_matches("serving at ")
            .clone_into(&mut broker.address);
        broker
    }

    /// The next line that holds a text.
    fn line_with(&mut self, text: &str) -> String {
        let mut lines = self.lines.by_ref().map_while(Result::ok);
        lines.find(|line| line.contains(text)).expect("it says so")
    }

    fn hang_up(&self) {
        let id = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-HUP", &id])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn text(path: &std::path::Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

#[test]
fn a_configured_broker_is_called_over_tls_and_reads_files_again_when_told() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let files = Files::new(&servers.server());
    let analyst = clients.client("urn:example:analyst");
    for (name, content) in [
        ("ca.pem", &servers.pem()),
        ("clients.pem", &clients.pem()),
        ("client.pem", &analyst.certificate),
        ("client.key", &analyst.key),
    ] {
        files.write(name, content);
    }
    let path = |name: &str| text(&files.path(name)).to_owned();
    let data = path("data");
    let issued = askonce(&["init", "--data", &data], "");
    let operator = issued.stdout.trim();
    let folder = text(files.folder());
    files.write(
        "askonce.toml",
        &format!(
            "data = \"{folder}/data\"\nlisten = \"127.0.0.1:0\"\n[tls]\ncertificate = \"{folder}/server.pem\"\n\
             key = \"{folder}/server.key\"\nclient_authority = \"{folder}/clients.pem\"\n\
             [[certificates]]\nsan_uri = \"urn:example:analyst\"\nrole = \"analyst\"\n"
        ),
    );
    let mut broker = Broker::start(&path("askonce.toml"));
    assert!(
        broker.address.starts_with("https://127.0.0.1:"),
        "{}",
        broker.address
    );
    let server = broker.address.clone();
    let run = |authority: &str, more: &[&str], secret: &str| -> Outcome {
        let authority = path(authority);
        let mut all = vec![
            "--server",
            server.as_str(),
            "--ca-cert",
            &authority,
            "homes",
            "list",
        ];
        all.extend(more);
        askonce(&all, secret)
    };
    assert_eq!(run("ca.pem", &[], operator).code, 0);
    assert_eq!(run("ca.pem", &[], "").code, 4);
    let (certificate, key) = (path("client.pem"), path("client.key"));
    let shown = ["--client-cert", &certificate, "--client-key", &key];
    assert_eq!(run("ca.pem", &shown, "").code, 0);
    let strange = run("clients.pem", &[], operator);
    assert_eq!(strange.code, 3, "{strange:?}");
    let system = askonce(&["--server", &server, "homes", "list"], operator);
    assert_eq!(system.code, 3, "{system:?}");
    // Another authority's certificate takes the place of the first.
    let other = Authority::new();
    files.write("other.pem", &other.pem());
    files.replace(&other.server());
    let config = std::fs::read_to_string(path("askonce.toml")).unwrap();
    let (config, _) = config.split_once("[[certificates]]").unwrap();
    files.write("askonce.toml", config);
    broker.hang_up();
    broker.line_with("read again");
    broker.line_with("the table of client certificates has changed");
    assert_eq!(run("other.pem", &shown, "").code, 4);
    assert_eq!(run("other.pem", &[], operator).code, 0);
    assert_eq!(run("ca.pem", &[], operator).code, 3);
}

/// A folder with data and a good configuration, `good.toml`.
fn configured() -> Files {
    let files = Files::new(&Authority::new().server());
    askonce(&["init", "--data", text(&files.path("data"))], "");
    let folder = text(files.folder()).to_owned();
    files.write(
        "good.toml",
        &format!(
            "data = \"{folder}/data\"\n[tls]\ncertificate = \"{folder}/server.pem\"\nkey = \"{folder}/server.key\"\n"
        ),
    );
    files
}

#[test]
fn a_configuration_is_shown_with_sources_and_without_secrets() {
    let files = configured();
    let folder = text(files.folder());
    let path = |name: &str| text(&files.path(name)).to_owned();
    let good = path("good.toml");
    let check = [
        "check-config",
        "--config",
        &good,
        "--listen",
        "0.0.0.0:7410",
        "--output",
        "csv",
    ];
    let shown = askonce(&check, "");
    assert_eq!(shown.code, 0, "{shown:?}");
    for line in [
        "listen,0.0.0.0:7410,flag --listen,ASKONCE_LISTEN",
        "limits.calls_max,1024,default,ASKONCE_LIMITS_CALLS_MAX",
        &format!("tls.certificate,{folder}/server.pem,\"file, line 3\""),
    ] {
        assert!(shown.stdout.contains(line), "{line}: {}", shown.stdout);
    }
    let key = std::fs::read_to_string(files.path("server.key")).unwrap();
    assert!(
        key.lines().all(|line| !shown.stdout.contains(line)),
        "{}",
        shown.stdout
    );
}

#[test]
fn every_fault_of_a_configuration_is_named_at_once() {
    let files = configured();
    let path = |name: &str| text(&files.path(name)).to_owned();
    let good = path("good.toml");
    files.write("server.key", &Authority::new().server().key);
    files.write("jwks.json", "{\"keys\": []}");
    let keys = format!("jwt.keys={}", path("jwks.json"));
    let bad = askonce(
        &[
            "check-config",
            "--config",
            &good,
            "--data",
            "/nowhere",
            "--set",
            &keys,
            "--set",
            "jwt.issuer=x",
            "--set",
            "jwt.audience=y",
        ],
        "",
    );
    assert_eq!(bad.code, 1);
    for fault in [
        "data: /nowhere is not",
        "tls.key: is not the key",
        "jwt.keys.keys: hold no key",
    ] {
        assert!(bad.stderr.contains(fault), "{fault}: {}", bad.stderr);
    }
    let refused = askonce(
        &["serve", "--data", &path("data"), "--listen", "0.0.0.0:0"],
        "",
    );
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains("tls.certificate"),
        "{}",
        refused.stderr
    );
}
