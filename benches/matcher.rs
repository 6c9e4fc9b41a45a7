//! How long it takes to find what a wording may mean among 100,000 elements, and to compare two.
//!
//! The elements are the starter dictionary's, each in some 300 variants as a country's worth of
//! bodies would have them: of a unit, an age, a band, an area. `cargo bench --bench matcher`

#![expect(clippy::print_stdout, reason = "a table of figures is what it is for")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

use std::time::{Duration, Instant};

use askonce::domain::dictionary::Dictionary;
use askonce::domain::matcher::{Entry, Index, Lexicon, Wording};

/// Elements searched.
const ELEMENTS: usize = 100_000;

/// Searches measured.
const SEARCHES: usize = 2_000;

/// Elements listed for each.
const TOP: usize = 10;

/// What a variant says more, in front of the question or behind it.
const BEHIND: [&str; 24] = [
    "on the dementia unit",
    "on the nursing floor",
    "in the annexe",
    "in supported living",
    "for people under 65",
    "for people aged 85 or over",
    "in rooms without en suite",
    "at weekends",
    "at night",
    "on bank holidays",
    "who are new to the home",
    "with a learning disability",
    "with Parkinson’s disease",
    "with diabetes",
    "funded by another area",
    "on respite stays",
    "in block contract beds",
    "in discharge to assess beds",
    "reported to the district nurses",
    "seen by the falls team",
    "known to the hospice",
    "on the winter scheme",
    "under the pilot",
    "for the annual statement",
];
const BEFORE: [&str; 13] = [
    "",
    "East locality:",
    "West locality:",
    "North locality:",
    "South locality:",
    "Coastal:",
    "Rural:",
    "Framework lot 1:",
    "Framework lot 2:",
    "Spot purchase:",
    "Tier 1 homes:",
    "Tier 2 homes:",
    "Tier 3 homes:",
];

fn main() {
    let lexicon = Lexicon::starter();
    let entries = entries();
    let began = Instant::now();
    let index = Index::new(lexicon.clone(), &entries);
    println!(
        "{} elements, {} phrases; index made in {:.1?}",
        entries.len(),
        lexicon.phrases_count(),
        began.elapsed()
    );
    let queries = queries(&entries);
    let mut times = Vec::with_capacity(queries.len());
    for query in &queries {
        let began = Instant::now();
        let found = index.find(query, TOP);
        times.push(began.elapsed());
        assert!(!found.is_empty(), "nothing was found for {}", query.label);
    }
    told("find, 10 of 100,000", &mut times);
    let readings: Vec<_> = queries.iter().map(|query| lexicon.read(query)).collect();
    let mut times = Vec::new();
    for pair in readings.windows(2) {
        let began = Instant::now();
        let compared = index.compare(&pair[0], &pair[1]);
        times.push(began.elapsed());
        assert!(compared.score <= 1.0, "a score is at most one");
    }
    told("compare two readings", &mut times);
    let mut times = Vec::new();
    for query in &queries {
        let began = Instant::now();
        let read = lexicon.read(query);
        times.push(began.elapsed());
        assert!(
            read != askonce::domain::matcher::Reading::default(),
            "nothing was read"
        );
    }
    told("read a wording", &mut times);
}

/// The starter's elements and their variants.
fn entries() -> Vec<Entry> {
    let dictionary = Dictionary::starter();
    let plain: Vec<Entry> = dictionary
        .elements()
        .map(|element| element.as_entry())
        .collect();
    let mut entries = plain.clone();
    for before in BEFORE {
        for behind in BEHIND {
            for entry in &plain {
                if entries.len() == ELEMENTS {
                    return entries;
                }
                let label = format!(
                    "{before} {} {behind}",
                    entry.wording.label.trim_end_matches('?')
                );
                entries.push(Entry {
                    wording: Wording {
                        label: label.trim().to_owned(),
                        ..entry.wording.clone()
                    },
                    aliases: Vec::new(),
                });
            }
        }
    }
    entries
}

/// Wordings to look up: aliases and labels, plain and in variants, with and without what stands
/// beside them.
fn queries(entries: &[Entry]) -> Vec<Wording> {
    let aliases = entries.iter().flat_map(|entry| {
        let of = |label: &String| Wording {
            label: label.clone(),
            ..Wording::default()
        };
        entry.aliases.iter().map(of)
    });
    let spread = entries.iter().step_by(entries.len() / SEARCHES + 1);
    let labels = spread.map(|entry| entry.wording.clone());
    let mut queries: Vec<Wording> = aliases.chain(labels).collect();
    queries.truncate(SEARCHES);
    queries
}

fn told(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    println!(
        "{what}: {} runs, median {:.1?}, p95 {:.1?}, p99 {:.1?}, longest {:.1?}",
        times.len(),
        at(50),
        at(95),
        at(99),
        at(100)
    );
}
