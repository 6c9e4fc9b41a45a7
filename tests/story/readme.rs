//! The README's tour, run as it stands.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;

/// Stands directly above the tour's fence.
const MARKER: &str = "<!-- test: tour -->\n```\n";

/// Longest that the tour may take, in seconds: it ends by itself in a few.
const TOUR_LIMIT_S: &str = "120";

/// Ports that are tried.
const PORTS_MAX: u16 = 100;

fn tour() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(readme).unwrap();
    let (_, rest) = text.split_once(MARKER).expect("the README has its tour");
    let (tour, _) = rest.split_once("\n```").expect("the tour's fence ends");
    // What it starts must end with it.
    format!("trap 'kill $(jobs -p)' EXIT\n{tour}\n")
}

/// Another address than the usual one, which a broker of the reader's own may have; and none that
/// the machine gives to whoever wants any, as the other tests do.
fn free_address() -> SocketAddr {
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    let free = (first..first + PORTS_MAX)
        .find_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok())
        .expect("one of so many is free");
    free.local_addr().unwrap()
}

#[test]
fn the_tour_of_the_readme_runs_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_askonce")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let address = free_address();
    let said = folder.path().join("said");
    let out = std::fs::File::create(&said).unwrap();
    let ended = Command::new("timeout")
        .args([TOUR_LIMIT_S, "bash", "-euo", "pipefail", "-c", &tour()])
        .current_dir(folder.path())
        .env("PATH", path)
        .env("ASKONCE_LISTEN", address.to_string())
        .env("ASKONCE_SERVER", format!("http://{address}"))
        .env_remove("ASKONCE_TOKEN")
        .stdin(std::process::Stdio::null())
        .stderr(out.try_clone().unwrap())
        .stdout(out)
        .status()
        .unwrap();
    let said = std::fs::read_to_string(&said).unwrap();
    let log = std::fs::read_to_string(folder.path().join("serve.log")).unwrap_or_default();
    assert!(ended.success(), "{said}\nthe broker: {log}");
    for expected in [
        "2 fields: 2 are new.",
        "5 fields asked, 3 questions put",
        "3 answers, sent to 5 fields",
        "Q27     6       h      converted",
        "council system",
        "The ledger holds",
    ] {
        assert!(said.contains(expected), "{expected} is not in:\n{said}");
    }
    assert!(folder.path().join("november.xlsx").is_file());
}
