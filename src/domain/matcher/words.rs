//! Words of a text: normalised, numbers and signs apart, stemmed, with the clause that each stands in.

use std::cell::RefCell;
use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};

use crate::domain::text::normalise_optional;

/// Most words of one text that are read: a long label with a long definition.
pub(super) const WORDS_MAX: usize = 400;

/// Most stems remembered at once, so that common words are stemmed once.
const STEMS_REMEMBERED_MAX: usize = 20_000;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Its stem; digits and signs as they are.
    pub(super) stem: String,
    /// Which clause of the text it stands in, from 0.
    pub(super) clause: usize,
    /// Which part of the text between commas or ends of clauses, from 0.
    pub(super) part: usize,
}

impl Word {
    /// Whether it is a number.
    pub(super) fn is_number(&self) -> bool {
        self.stem.starts_with(|c: char| c.is_ascii_digit())
    }
}

/// The words of a text, in order. What is not text has none.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for (part, (clause, text)) in clauses(text).into_iter().enumerate() {
        let Ok(Some(plain)) = normalise_optional(&text) else {
            continue;
        };
        for run in plain.split(' ').flat_map(runs) {
            let before = words.last().map_or("", |word: &Word| word.stem.as_str());
            let is_sign = match run {
                // `staff + residents` only lists, `2+` is a number and more.
                "+" => !before.starts_with(|c: char| c.is_ascii_digit()),
                "=" => !matches!(before, "<" | ">"),
                _ => false,
            };
            let stem = stem(run);
            if words.len() < WORDS_MAX && !is_sign {
                words.push(Word { stem, clause, part });
            }
        }
    }
    words
}

/// The stems of a phrase, without clauses.
pub(super) fn stems(phrase: &str) -> Vec<String> {
    words(phrase).into_iter().map(|word| word.stem).collect()
}

/// Abbreviations whose full stop ends nothing.
const ABBREVIATIONS: [&str; 14] = [
    "excl", "exc", "incl", "inc", "no", "nos", "approx", "cat", "st", "c", "e.g", "i.e", "eg",
    "temp",
];

/// Parts that say one thing each: between brackets, colons, semicolons and the ends of sentences;
/// and between commas, which end no clause. Each with its clause.
fn clauses(text: &str) -> Vec<(usize, String)> {
    let mut parts = vec![(0, String::new())];
    let mut clause = 0;
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let part = parts.last().map_or("", |(_, part)| part.as_str());
        let ends = match c {
            '(' | ')' | '[' | ']' | ';' | '?' | '\n' | '\u{2013}' | '\u{2014}' => true,
            ':' => !before.is_ascii_digit(),
            '.' => next.is_whitespace() && before.is_alphanumeric() && !is_abbreviated(part),
            '-' => before.is_whitespace() && next.is_whitespace(),
            _ => false,
        };
        if ends || (c == ',' && !next.is_ascii_digit()) {
            clause += usize::from(ends);
            parts.push((clause, String::new()));
        } else if is_possessive(c, &chars) {
            chars.next();
        } else if let Some((_, part)) = parts.last_mut() {
            match c {
                // A fracture, as nurses write it.
                '#' if !next.is_ascii_digit() => part.push_str(" fracture "),
                c => part.push(c),
            }
        }
        before = c;
    }
    parts
}

/// Whether an apostrophe and the s behind it only say whose a thing is: `home's` is `home`.
fn is_possessive(c: char, rest: &std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    let mut ahead = rest.clone();
    matches!(c, '\'' | '\u{2019}')
        && ahead.next() == Some('s')
        && ahead.next().is_none_or(|after| !after.is_alphanumeric())
}

fn is_abbreviated(text: &str) -> bool {
    let last = text
        .rsplit(|c: char| c.is_whitespace())
        .next()
        .unwrap_or_default();
    ABBREVIATIONS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(last))
}

/// A normalised word in runs of letters, of digits, and of single signs: `2+` is `2` and `+`.
fn runs(word: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        c if c.is_ascii_digit() || c == '.' => 0,
        c if c.is_alphanumeric() => 1,
        '/' | ':' | '-' => 2,
        _ => 3,
    };
    let mut runs = Vec::new();
    let (mut start, mut last) = (0, None);
    for (at, c) in word.char_indices() {
        let this = kind(c);
        if last.is_some_and(|last| last != this || this == 3) {
            runs.push(&word[start..at]);
            start = at;
        }
        last = Some(this);
    }
    runs.push(&word[start..]);
    runs.retain(|run| !run.is_empty() && !matches!(*run, "/" | ":" | "-" | "."));
    runs
}

/// Numbers that people write in letters.
const NUMBERS: [(&str, &str); 13] = [
    ("one", "1"),
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("ten", "10"),
    ("eleven", "11"),
    ("twelve", "12"),
    ("fourteen", "14"),
];

/// Words whose stem is also that of a word of another meaning, and what they are taken for instead.
const KEPT_APART: [(&str, &str); 26] = [
    ("rating", "rating"),
    ("ratings", "rating"),
    ("nursing", "nursing"),
    ("provider", "provider"),
    ("providers", "provider"),
    ("relative", "relative"),
    ("relatives", "relative"),
    ("positive", "positive"),
    ("positives", "positive"),
    ("several", "several"),
    ("incidence", "incidence"),
    ("residence", "residence"),
    ("bedding", "bedding"),
    ("leave", "leave"),
    ("notice", "notice"),
    ("university", "university"),
    ("identified", "identified"),
    ("informal", "informal"),
    ("informally", "informal"),
    ("active", "active"),
    ("actively", "active"),
    ("department", "department"),
    ("departments", "department"),
    ("caused", "caused"),
    ("stated", "stated"),
    ("ons", "ons"),
];

fn stem(word: &str) -> String {
    thread_local! {
        static STEMMER: Stemmer = Stemmer::create(Algorithm::English);
        static KNOWN: RefCell<HashMap<String, String>> = RefCell::default();
    }
    if let Some((_, digits)) = NUMBERS.iter().find(|(letters, _)| *letters == word) {
        return (*digits).to_owned();
    }
    if let Some((_, kept)) = KEPT_APART.iter().find(|(own, _)| *own == word) {
        return (*kept).to_owned();
    }
    if let Some(known) = KNOWN.with_borrow(|known| known.get(word).cloned()) {
        return known;
    }
    let stem = STEMMER.with(|stemmer| stemmer.stem(word).into_owned());
    KNOWN.with_borrow_mut(|known| {
        if known.len() == STEMS_REMEMBERED_MAX {
            known.clear();
        }
        known.insert(word.to_owned(), stem.clone());
    });
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        stems(text)
    }

    #[test]
    fn words_are_stemmed_and_numbers_and_signs_stand_apart() {
        assert_eq!(all("Residents’ falls"), ["resid", "fall"]);
        assert_eq!(all("cat. 2+ (>=2)"), ["cat", "2", "+", ">", "=", "2"]);
        assert_eq!(
            all("s42, 12m, £5, 5%"),
            ["s", "42", "12", "m", "£", "5", "5", "%"]
        );
        assert_eq!(
            all("the home's, the homes'"),
            ["the", "home", "the", "home"]
        );
        assert_eq!(all("twelve months"), ["12", "month"]);
        assert_eq!(all("3/4 of A&E"), ["3", "4", "of", "a", "and", "e"]);
    }

    #[test]
    fn clauses_end_at_brackets_and_sentences() {
        let of = |text: &str| words(text).iter().map(|w| w.clause).collect::<Vec<_>>();
        assert_eq!(of("Staff (not agency) now"), [0, 1, 1, 2]);
        assert_eq!(of("C. difficile. New cases"), [0, 0, 1, 1]);
        assert_eq!(of("Staff, excl. bank"), [0, 0, 0]);
    }
}
