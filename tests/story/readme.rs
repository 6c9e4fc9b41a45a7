//! The README's tour, run as it stands.

use std::path::Path;
use std::process::Command;

/// Stands directly above the tour's fence.
const MARKER: &str = "<!-- test: tour -->\n```\n";

/// Longest that the tour may take, in seconds: it ends by itself in a few.
const TOUR_LIMIT_S: &str = "120";

fn tour() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(readme).unwrap();
    let (_, rest) = text.split_once(MARKER).expect("the README has its tour");
    let (tour, _) = rest.split_once("\n```").expect("the tour's fence ends");
    // What it starts must end with it.
    format!("trap 'kill $(jobs -p)' EXIT\n{tour}\n")
}

#[test]
fn the_tour_of_the_readme_runs_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_askonce")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    // Another port than the usual one, which a broker of the reader's own may have.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
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
    assert!(ended.success(), "{said}");
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
