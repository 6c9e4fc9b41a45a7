//! How well the matcher finds what is the same in other words, by labelled wordings of forms.
//!
//! The sheets beside this file were written by the law of labels: *same* if a true answer to the one
//! can be entered for the other, *related* if it may help, *different* otherwise. Those called
//! `tuned` were looked at while the lexicon was written, so that a score on them is no evidence; those
//! called `report` were not. The program itself is asked, as a person would ask it, and every miss is
//! listed on standard error.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;

type Row = HashMap<String, String>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/story/matching")
}

fn rows(text: &[u8]) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text);
    reader.deserialize().map(Result::unwrap).collect()
}

/// The sheets of a kind, `pairs` or `queries`, by name.
fn sheets(kind: &str) -> BTreeMap<String, PathBuf> {
    let files = std::fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().path());
    let named = files.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path));
    named.filter(|(name, _)| name.starts_with(kind)).collect()
}

/// What `askonce match` says of a sheet.
fn matched(arguments: &[&str], sheet: &Path) -> Vec<Row> {
    let done = Command::new(env!("CARGO_BIN_EXE_askonce"))
        .args(["match", arguments[0]])
        .arg(sheet)
        .args(&arguments[1..])
        .args(["--output", "csv"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{}: {said}", sheet.display());
    rows(&done.stdout)
}

/// What became of the pairs of a sheet.
#[derive(Default)]
struct Pairs {
    same: usize,
    likely: usize,
    right: usize,
    different: usize,
}

fn pairs(name: &str, sheet: &Path) -> Pairs {
    let labelled = rows(&std::fs::read(sheet).unwrap());
    let said = matched(&["--pairs"], sheet);
    assert_eq!(said.len(), labelled.len(), "a line for each pair of {name}");
    let mut found = Pairs::default();
    for (row, said) in labelled.iter().zip(&said) {
        assert_eq!(row["id"], said["id"]);
        assert!(
            !said["explanation"].is_empty(),
            "{} is explained",
            row["id"]
        );
        let is_likely = said["tier"] == "likely same";
        let is_same = row["label"] == "same";
        found.same += usize::from(is_same);
        found.likely += usize::from(is_likely);
        found.right += usize::from(is_likely && is_same);
        found.different += usize::from(is_likely && row["label"] == "different");
        if is_likely != is_same {
            eprintln!(
                "{name}: {} is {}, said {}: {} | {}: {}",
                row["id"],
                row["label"],
                said["tier"],
                row["text_a"],
                row["text_b"],
                said["explanation"]
            );
        }
    }
    eprintln!(
        "{name}: {} of {} likely same are the same, of {} that are",
        found.right, found.likely, found.same
    );
    found
}

#[test]
fn what_is_called_likely_the_same_is_the_same() {
    let all = sheets("pairs");
    assert!(all.len() > 5, "{} sheets", all.len());
    for (name, sheet) in &all {
        let found = pairs(name, sheet);
        let is_report = name.contains("report");
        let percent = |part: usize, of: usize| 100 * part / of.max(1);
        let (precision, recall) = (
            percent(found.right, found.likely),
            percent(found.right, found.same),
        );
        assert!(
            found.different <= usize::from(!is_report),
            "{name}: {} different",
            found.different
        );
        assert!(
            precision >= if is_report { 98 } else { 90 },
            "{name}: precision {precision} %"
        );
        assert!(
            recall >= if is_report { 30 } else { 20 },
            "{name}: recall {recall} %"
        );
    }
}

#[test]
fn the_right_element_stands_among_the_first() {
    let all = sheets("queries");
    assert!(all.len() > 5, "{} sheets", all.len());
    for (name, sheet) in &all {
        let wanted = rows(&std::fs::read(sheet).unwrap());
        let arguments = ["--query", "--against", "dictionary", "--top", "10"];
        let mut ranks: HashMap<(String, String), usize> = HashMap::new();
        for said in matched(&arguments, sheet) {
            let rank = said["rank"].parse().unwrap();
            ranks.insert((said["id"].clone(), said["element"].clone()), rank);
        }
        let rank = |row: &Row| ranks.get(&(row["id"].clone(), row["element"].clone()));
        let among = |first: usize| {
            let found = wanted
                .iter()
                .filter(|row| rank(row).is_some_and(|rank| *rank <= first));
            100 * found.count() / wanted.len()
        };
        for row in wanted
            .iter()
            .filter(|row| rank(row).is_none_or(|rank| *rank > 5))
        {
            eprintln!(
                "{name}: {:?} {}: {}",
                rank(row),
                row["element"],
                row["text"]
            );
        }
        eprintln!(
            "{name}: first {} %, of five {} %, of ten {} %",
            among(1),
            among(5),
            among(10)
        );
        assert!(
            among(5) >= 90,
            "{name}: {} % among the first five",
            among(5)
        );
        assert!(
            among(10) >= 95,
            "{name}: {} % among the first ten",
            among(10)
        );
    }
}

#[test]
fn a_sheet_that_cannot_be_matched_is_refused_with_every_fault() {
    let scratch = tempfile::tempdir().unwrap();
    let sheet = scratch.path().join("pairs.csv");
    std::fs::write(
        &sheet,
        "id,text_a,text_b,note\n1,Falls,Falls,kept\n2,,Falls,\n3,Falls,,\n",
    )
    .unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_askonce"))
        .args(["match", "--pairs"])
        .arg(&sheet)
        .output()
        .unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(!done.status.success());
    assert!(said.contains("line 3, column text_a: is empty"), "{said}");
    assert!(said.contains("line 4, column text_b: is empty"), "{said}");
}
