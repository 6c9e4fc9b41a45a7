//! Sizes, words and places.
//!
//! What is looked for is put together from halves, so that these rules do not find themselves.

use std::collections::BTreeSet;

use super::law::is_rust;
use super::{Violation, code};

/// The most lines of a Rust file: one sitting.
const LINES_MAX: usize = 500;

/// The one file of all that pages say: it is looked things up in, not read in a sitting.
const MESSAGES: &str = "src/portal/words.rs";

/// How far down a generator says that a file is its own, in lines.
const GENERATED_WITHIN_LINES: usize = 3;

/// What marks work left undone, or a check switched off.
const UNFINISHED: [&str; 7] = [
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("#[ig", "nore"),
    concat!("should_", "panic"),
    concat!("allow(dead_", "code"),
];

/// What makes a span.
const SPANS: [&str; 3] = [
    concat!("sp", "an!("),
    concat!("#[inst", "rument"),
    concat!("tracing::inst", "rument"),
];

/// Where a machine keeps its things: no text of ours depends on one machine.
const MACHINE_PATHS: [&str; 3] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
];

/// What the top level may hold.
const LAYOUT: [&str; 29] = [
    "Cargo.toml",
    "Cargo.lock",
    "build.rs",
    "proto",
    "src",
    "tests",
    "benches",
    "deploy",
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE",
    ".ci",
    ".cargo",
    ".config",
    ".github",
    ".gitignore",
    ".gitattributes",
    ".dockerignore",
    ".editorconfig",
    "clippy.toml",
    "rustfmt.toml",
    "deny.toml",
    "rust-toolchain.toml",
    "buf.yaml",
    "target",
    ".git",
];

/// A Rust file, not a generated one, of more lines than a sitting takes.
pub(crate) fn too_long(path: &str, text: &str) -> Vec<Violation> {
    let generated = text
        .lines()
        .take(GENERATED_WITHIN_LINES)
        .any(|line| line.contains("@generated"));
    let lines = text.lines().count();
    if !is_rust(path) || generated || path == MESSAGES || lines <= LINES_MAX {
        return Vec::new();
    }
    let message = format!("has {lines} lines; a file has at most {LINES_MAX}: split it");
    vec![Violation::at(path, LINES_MAX + 1, message)]
}

/// Stubs, reminders, and tests or warnings switched off, in code and its comments.
pub(crate) fn unfinished(path: &str, text: &str) -> Vec<Violation> {
    if !is_rust(path) || !in_code(path) {
        return Vec::new();
    }
    containing(path, text, &UNFINISHED, "finish it, or leave it out")
}

/// Waits for a length of time.
///
/// Such a wait is too short on a slow machine and too long on a fast one, so what rests on it
/// fails by chance. A test waits on a signal with a deadline (`timeout`); what must happen later
/// or again in `src` has a timer that a test can drive (`interval`, `sleep_until`).
pub(crate) fn naps(path: &str, text: &str) -> Vec<Violation> {
    if !is_rust(path) || !in_code(path) || path.starts_with("benches/") {
        return Vec::new();
    }
    let nap = concat!("sle", "ep(");
    containing(
        path,
        &code::only(text),
        &[nap],
        "wait on a signal with a deadline",
    )
}

/// Spans that are made elsewhere than where all of them are.
///
/// What is in a span leaves the machine, where traces are sent. One file says what that can be; a
/// span of any other would be sent with whatever somebody put into it.
pub(crate) fn stray_spans(path: &str, text: &str) -> Vec<Violation> {
    let is_home = path == "src/spans.rs" || path.starts_with("src/spans/");
    if !is_rust(path) || !path.starts_with("src/") || is_home {
        return Vec::new();
    }
    containing(path, &code::only(text), &SPANS, "make it in src/spans.rs")
}

/// Paths of one machine, in any text.
pub(crate) fn machine_paths(path: &str, text: &str) -> Vec<Violation> {
    containing(path, text, &MACHINE_PATHS, "it exists on one machine only")
}

/// A module under `src` whose first line does not say what it is for.
pub(crate) fn no_purpose(path: &str, text: &str) -> Vec<Violation> {
    if !is_rust(path) || !path.starts_with("src/") || text.starts_with("//! ") {
        return Vec::new();
    }
    vec![Violation::at(
        path,
        1,
        "opens with no `//!` line of purpose",
    )]
}

/// The names at the top that the layout does not know.
pub(crate) fn strangers(names: &BTreeSet<String>) -> Vec<&str> {
    names
        .iter()
        .map(String::as_str)
        .filter(|name| !LAYOUT.contains(name))
        .collect()
}

/// Whether a path lies where code does.
fn in_code(path: &str) -> bool {
    ["src/", "tests/", "benches/"]
        .iter()
        .any(|folder| path.starts_with(folder))
}

/// Each line of `text` that holds one of `needles`.
fn containing(path: &str, text: &str, needles: &[&str], instead: &str) -> Vec<Violation> {
    text.lines()
        .enumerate()
        .filter_map(|(index, line)| {
            let needle = needles.iter().find(|needle| line.contains(**needle))?;
            let message = format!("holds `{needle}`: {instead}");
            Some(Violation::at(path, index + 1, message))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{
        LINES_MAX, MACHINE_PATHS, UNFINISHED, machine_paths, naps, no_purpose, strangers,
        stray_spans, too_long, unfinished,
    };

    #[test]
    fn a_file_of_one_line_too_many_is_found() {
        let full = "//\n".repeat(LINES_MAX);
        let over = format!("{full}//\n");
        assert_eq!(too_long("src/a.rs", &full), []);
        assert_eq!(too_long("src/a.rs", &over)[0].line, LINES_MAX + 1);
        assert_eq!(too_long("tests/a/b.rs", &over).len(), 1);
        assert_eq!(too_long("README.md", &over), []);
        assert_eq!(too_long("src/a.rs", &format!("// @generated\n{full}")), []);
    }

    #[test]
    fn each_mark_of_unfinished_work_is_found() {
        for mark in UNFINISHED {
            let text = format!("fn f() {{}}\n// {mark}\n");
            for path in ["src/a.rs", "tests/a.rs", "benches/a.rs"] {
                assert_eq!(unfinished(path, &text)[0].line, 2, "{mark}");
            }
            assert_eq!(unfinished("clippy.toml", &text), [], "{mark}");
        }
        assert_eq!(unfinished("src/a.rs", "fn to_do() {}"), []);
    }

    #[test]
    fn a_wait_for_a_length_of_time_is_found() {
        let nap = concat!("tokio::time::sle", "ep(second).await;");
        assert_eq!(naps("src/a.rs", nap).len(), 1);
        assert_eq!(naps("tests/a.rs", nap).len(), 1);
        assert_eq!(naps("src/a.rs", &format!("// {nap}")), []);
        assert_eq!(naps("src/a.rs", &format!("f(\"{nap}\")")), []);
        assert_eq!(naps("src/a.rs", "sleep_until(deadline).await"), []);
    }

    #[test]
    fn a_span_that_is_made_elsewhere_is_found() {
        for made in [
            concat!("let a = error_sp", "an!(\"a\", answer);"),
            concat!("tracing::sp", "an!(Level::INFO, \"a\")"),
            concat!("#[inst", "rument] fn a(answer: &str) {}"),
            concat!("#[tracing::inst", "rument] fn a(answer: &str) {}"),
        ] {
            assert_eq!(stray_spans("src/a.rs", made).len(), 1, "{made}");
            assert_eq!(stray_spans("src/spans.rs", made), [], "{made}");
            assert_eq!(stray_spans("tests/a.rs", made), [], "{made}");
        }
        let within = "use tracing::{Instrument, Span}; f().instrument(span).await";
        assert_eq!(stray_spans("src/a.rs", within), []);
    }

    #[test]
    fn a_path_of_one_machine_is_found_in_any_text() {
        for place in MACHINE_PATHS {
            let text = format!("See\n{place}a.txt");
            assert_eq!(machine_paths("README.md", &text)[0].line, 2);
        }
        assert_eq!(machine_paths("README.md", "the /homes/1 page"), []);
    }

    #[test]
    fn a_module_without_its_purpose_is_found() {
        assert_eq!(no_purpose("src/a.rs", "use std::fmt;").len(), 1);
        assert_eq!(no_purpose("src/a.rs", "").len(), 1);
        assert_eq!(no_purpose("src/a.rs", "//! What a is.\n"), []);
        assert_eq!(no_purpose("src/a.sql", "select 1"), []);
    }

    #[test]
    fn a_stranger_at_the_top_is_found() {
        let names = BTreeSet::from(["src", "LICENSE", "notes.txt"].map(str::to_owned));
        assert_eq!(strangers(&names), ["notes.txt"]);
    }
}
