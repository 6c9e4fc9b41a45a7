//! What the project promises about its own text: the layer law, sizes, words, and what lies where.
//!
//! Every rule is a function over a path and a text, proved on planted violations beside it; the
//! tests here run the rules over the whole tree. Standard library only.

mod code;
mod law;
mod measured;
mod pages;
mod paths;
mod rules;
mod tree;

use std::fmt;

/// One place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The file, relative to the project's top, with `/` between its parts.
    pub(crate) path: String,
    /// The line, from 1.
    pub(crate) line: usize,
    /// What is wrong and what holds instead.
    pub(crate) message: String,
}

impl Violation {
    /// A violation at a line of a file.
    pub(crate) fn at(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Runs a rule over every file of the project and fails with all that it found.
fn hold_everywhere(rule: impl Fn(&str, &str) -> Vec<Violation>) {
    let found: Vec<String> = tree::texts()
        .iter()
        .flat_map(|(path, text)| rule(path, text))
        .map(|violation| violation.to_string())
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn imports_go_downward_only() {
    hold_everywhere(law::broken);
}

#[test]
fn a_rust_file_fits_a_sitting() {
    hold_everywhere(rules::too_long);
}

#[test]
fn nothing_is_left_unfinished_or_switched_off() {
    hold_everywhere(rules::unfinished);
}

#[test]
fn nothing_waits_for_a_length_of_time() {
    hold_everywhere(rules::naps);
}

#[test]
fn spans_are_made_in_one_place() {
    hold_everywhere(rules::stray_spans);
}

#[test]
fn the_project_speaks_of_itself_only() {
    hold_everywhere(rules::machine_paths);
}

#[test]
fn every_module_opens_with_its_purpose() {
    hold_everywhere(rules::no_purpose);
}

#[test]
fn pages_say_what_the_one_file_of_words_says() {
    hold_everywhere(pages::own_words);
}

#[test]
fn alerts_and_dashboards_name_what_is_measured() {
    let texts = tree::texts();
    let described = texts
        .iter()
        .find(|(path, _)| path == measured::DESCRIBED_IN)
        .map(|(_, text)| measured::described(text));
    let described = described.expect("what measures is described in one file");
    assert!(!described.is_empty(), "no name was read");
    hold_everywhere(|path, text| measured::unmeasured(path, text, &described));
}

#[test]
fn the_top_level_holds_only_the_agreed_layout() {
    let names = tree::top_level();
    let strangers = rules::strangers(&names);
    assert!(strangers.is_empty(), "not in the layout: {strangers:?}");
}

#[test]
fn the_rules_see_the_whole_tree() {
    let texts = tree::texts();
    for expected in ["Cargo.toml", "src/lib.rs", "tests/tidy/main.rs"] {
        assert!(
            texts.iter().any(|(path, _)| path == expected),
            "{expected} was not read: every rule would pass for want of a text"
        );
    }
}
