//! The project's files: what git tracks or would track, or, outside a checkout, what lies there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The project's top folder.
const TOP: &str = env!("CARGO_MANIFEST_DIR");

/// Folders that no one writes by hand.
const NOT_OURS: [&str; 2] = ["target", ".git"];

/// Every text file of the project: its path from the top, and its text.
pub(crate) fn texts() -> Vec<(String, String)> {
    files()
        .into_iter()
        .filter_map(|path| {
            let bytes = fs::read(Path::new(TOP).join(&path)).ok()?;
            Some((path, String::from_utf8(bytes).ok()?))
        })
        .collect()
}

/// The names at the project's top.
pub(crate) fn top_level() -> BTreeSet<String> {
    files()
        .iter()
        .filter_map(|path| path.split('/').next())
        .map(str::to_owned)
        .collect()
}

/// Every file's path from the top, with `/` between its parts.
fn files() -> BTreeSet<String> {
    tracked().unwrap_or_else(|| {
        let mut found = BTreeSet::new();
        walk(Path::new(TOP), "", &mut found);
        found
    })
}

/// What git tracks or would track here; none where git or its history is missing.
fn tracked() -> Option<BTreeSet<String>> {
    let listing = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others"])
        .arg("--exclude-standard")
        .current_dir(TOP)
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let names = String::from_utf8(listing.stdout).ok()?;
    let found: BTreeSet<String> = names
        .split_terminator('\0')
        // A file that was deleted and not yet committed is still listed.
        .filter(|name| Path::new(TOP).join(name).exists())
        .map(str::to_owned)
        .collect();
    (!found.is_empty()).then_some(found)
}

/// Adds every file under `folder`, whose path from the top is `prefix`.
fn walk(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if NOT_OURS.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            walk(&path, &format!("{prefix}{name}/"), found);
        } else {
            found.insert(format!("{prefix}{name}"));
        }
    }
}
