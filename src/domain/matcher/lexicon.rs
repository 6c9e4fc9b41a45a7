//! What the matcher knows of the domain's words: facets, their values, and the words that say them.
//!
//! A lexicon is data, read and checked as a whole and identified by its version. The program brings
//! one, a file for each part of the domain; data leads add words to it. Words are written as in a text:
//! `hospital admission` is found where the words follow each other, in any inflection, and
//! `hospital + admission` where both stand anywhere in one label.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use super::words::stems;
use crate::domain::fault::Faults;

/// The parts that the program brings, the facets first.
const STARTER: [&str; 5] = [
    include_str!("lexicon/core.json"),
    include_str!("lexicon/care.json"),
    include_str!("lexicon/health.json"),
    include_str!("lexicon/homes.json"),
    include_str!("lexicon/staff.json"),
];

/// Most terms of a lexicon: ten times what the program brings.
pub(super) const TERMS_MAX: usize = 20_000;

/// A lexicon, or a part of one, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawLexicon {
    /// Edition, in the words of whoever keeps it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// What may be said of a question.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facets: Vec<Facet>,
    /// What is said, and in which words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Term>,
    /// Words that leave out what follows in the same clause, such as `excluding`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excludes: Vec<String>,
    /// Words that leave out what stands before them, such as `not counted`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excludes_before: Vec<String>,
    /// Words that count in what follows in the same clause, such as `including`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub includes: Vec<String>,
    /// Words that turn what follows next into its contrary, such as `not`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub negates: Vec<String>,
    /// Words of any question, such as `please state`: nothing hangs on them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub polite: Vec<String>,
    /// Words that add nothing to what is asked, such as `whatever the reason`; in the place of others
    /// they may.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filler: Vec<String>,
}

/// Something that may be said of a question, such as whom it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facet {
    /// Id, such as `who`.
    pub id: String,
    /// What it is, in plain words: `whom it counts`.
    pub label: String,
    /// What two values that have nothing in common make of a pair.
    #[serde(default)]
    pub clash: Clash,
    /// What it makes of a pair if one side says nothing.
    #[serde(default)]
    pub unsaid: Unsaid,
}

/// What two values of a facet that have nothing in common make of a pair.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clash {
    /// Different questions.
    #[default]
    Different,
    /// Related questions: the one may help to answer the other.
    Related,
}

/// What a value that only one side says makes of a pair.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unsaid {
    /// That side may count a part only.
    #[default]
    Narrows,
    /// Nothing: the other side may well mean the same.
    Open,
}

/// A value of a facet and the words that say it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The facet's id.
    pub facet: String,
    /// The value's id, of its facet alone.
    pub value: String,
    /// The value in plain words; its id for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub says: String,
    /// The words that say it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// Values of other facets, `facet:value`, that are said with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub implies: Vec<String>,
    /// Values of other facets that are meant with it where nothing else is said of the facet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usually: Vec<String>,
    /// Values of the same facet that it is a part of: then neither clashes, but they are not the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<String>,
    /// Values of the same facet that it is related to, where others are different.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
}

/// A value of a facet, by number.
pub(super) type SenseId = u16;

/// What words found in a text stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// A value.
    Sense(SenseId),
    /// What follows is left out.
    Excludes,
    /// What stands before is left out.
    ExcludesBefore,
    /// What follows is counted in.
    Includes,
    /// What follows next is turned round.
    Negates,
    /// Nothing, in any question.
    Polite,
    /// Nothing, where it stands beside what is asked.
    Filler,
}

/// Words that stand apart: parts, each of stems that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Apart {
    pub(super) parts: Vec<Vec<String>>,
    pub(super) said: Said,
}

impl Apart {
    /// How much it says: its parts, then its words.
    pub(super) fn weight(&self) -> (usize, usize) {
        (self.parts.len(), self.parts.iter().map(Vec::len).sum())
    }
}

/// A value, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) facet: u8,
    /// `facet:value`.
    pub(super) name: String,
    pub(super) says: String,
    pub(super) implies: Vec<SenseId>,
    pub(super) usually: Vec<SenseId>,
    pub(super) within: BTreeSet<SenseId>,
    pub(super) beside: BTreeSet<SenseId>,
}

/// A lexicon, checked and indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lexicon {
    version: String,
    pub(super) facets: Vec<Facet>,
    pub(super) values: Vec<Value>,
    by_name: HashMap<String, SenseId>,
    /// What words that follow each other say, by their stems with a space between.
    pub(super) runs: HashMap<String, Vec<Said>>,
    /// How many words the longest of them has that begins with a stem.
    pub(super) longest: HashMap<String, usize>,
    /// Words that stand apart, by the stem of theirs that fewest others begin a part with.
    pub(super) apart: HashMap<String, Vec<Apart>>,
}

impl Lexicon {
    /// The lexicon that the program brings.
    ///
    /// # Panics
    /// Never: it is part of the program, and tested.
    #[must_use]
    pub fn starter() -> Arc<Self> {
        static PARSED: LazyLock<Arc<Lexicon>> = LazyLock::new(|| {
            let parts = STARTER.iter().map(|part| serde_json::from_str(part));
            let parts = parts.collect::<Result<Vec<RawLexicon>, _>>();
            let parts = parts.expect("the starter lexicon is part of the program and tested");
            let parsed = Lexicon::parse(&parts);
            Arc::new(parsed.expect("the starter lexicon is part of the program and tested"))
        });
        PARSED.clone()
    }

    /// The starter with further terms, which may say new values or more words for known ones.
    ///
    /// # Errors
    /// Every fault of every term, by path.
    pub fn starter_with(terms: &[Term]) -> Result<Self, Faults> {
        let parts = STARTER.iter().map(|part| serde_json::from_str(part));
        let mut parts: Vec<RawLexicon> = parts
            .collect::<Result<_, _>>()
            .map_err(|error| Faults::one("", error.to_string()))?;
        let own = RawLexicon {
            terms: terms.to_vec(),
            ..RawLexicon::default()
        };
        parts.push(own);
        Self::parse(&parts)
    }

    /// Checks and indexes the parts of a lexicon: what one names may stand in another.
    ///
    /// # Errors
    /// Every fault of every facet and term, by path.
    pub fn parse(parts: &[RawLexicon]) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let editions = parts.iter().map(|part| part.version.trim());
        let editions: Vec<&str> = editions.filter(|edition| !edition.is_empty()).collect();
        let mut read = Self {
            version: editions.join(" "),
            facets: Vec::new(),
            values: Vec::new(),
            by_name: HashMap::new(),
            runs: HashMap::new(),
            longest: HashMap::new(),
            apart: HashMap::new(),
        };
        let mut apart = Vec::new();
        for facet in parts.iter().flat_map(|part| &part.facets) {
            if read.facets.iter().any(|known| known.id == facet.id) {
                faults.add("facets", format!("{} is given twice", facet.id));
            }
            read.facets.push(facet.clone());
        }
        let terms: Vec<&Term> = parts.iter().flat_map(|part| &part.terms).collect();
        if terms.len() > TERMS_MAX {
            faults.add("terms", format!("are more than {TERMS_MAX}"));
        }
        read.number(&terms, &mut faults);
        for (place, term) in terms.iter().enumerate() {
            let mut own = Faults::new();
            read.relate(term, &mut own);
            read.phrases(term, &mut apart, &mut own);
            faults.absorb(&format!("terms[{place}]"), own);
        }
        for part in parts {
            let lists = [
                (&part.excludes, Said::Excludes),
                (&part.excludes_before, Said::ExcludesBefore),
                (&part.includes, Said::Includes),
                (&part.negates, Said::Negates),
                (&part.polite, Said::Polite),
                (&part.filler, Said::Filler),
            ];
            for (words, said) in lists {
                for phrase in words {
                    read.add(phrase, said, &mut apart);
                }
            }
        }
        faults.into_result()?;
        read.keep_apart(apart);
        Ok(read)
    }

    /// Edition, in the words of whoever keeps it.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How many ways of saying something it knows.
    #[must_use]
    pub fn phrases_count(&self) -> usize {
        let runs: usize = self.runs.values().map(Vec::len).sum();
        runs + self.apart.values().map(Vec::len).sum::<usize>()
    }

    /// A value by its name, `facet:value`.
    pub(super) fn sense(&self, name: &str) -> Option<SenseId> {
        self.by_name.get(name).copied()
    }

    pub(super) fn value(&self, sense: SenseId) -> &Value {
        &self.values[usize::from(sense)]
    }

    pub(super) fn facet(&self, sense: SenseId) -> &Facet {
        &self.facets[usize::from(self.value(sense).facet)]
    }

    /// Gives each value that the terms name a number.
    fn number(&mut self, terms: &[&Term], faults: &mut Faults) {
        for (place, term) in terms.iter().enumerate() {
            let path = format!("terms[{place}].facet");
            let Some(facet) = self.facets.iter().position(|facet| facet.id == term.facet) else {
                faults.add(path, format!("{} is not a facet", term.facet));
                continue;
            };
            let (Ok(facet), Ok(next)) = (u8::try_from(facet), SenseId::try_from(self.values.len()))
            else {
                faults.add(path, "is one value too many");
                continue;
            };
            let name = format!("{}:{}", term.facet, term.value);
            if self.by_name.contains_key(&name) {
                continue;
            }
            let says = if term.says.is_empty() {
                term.value.replace('-', " ")
            } else {
                term.says.clone()
            };
            self.by_name.insert(name.clone(), next);
            self.values.push(Value {
                facet,
                name,
                says,
                implies: Vec::new(),
                usually: Vec::new(),
                within: BTreeSet::new(),
                beside: BTreeSet::new(),
            });
        }
    }

    /// Notes what a term says of other values.
    fn relate(&mut self, term: &Term, faults: &mut Faults) {
        let Some(own) = self.sense(&format!("{}:{}", term.facet, term.value)) else {
            return;
        };
        let mut named = |list: &[String], member: &str, is_own_facet: bool| -> Vec<SenseId> {
            let mut found = Vec::new();
            for name in list {
                let full = if is_own_facet {
                    format!("{}:{name}", term.facet)
                } else {
                    name.clone()
                };
                match self.by_name.get(&full) {
                    Some(sense) if *sense != own => found.push(*sense),
                    _ => faults.add(member, format!("{full} is not another value")),
                }
            }
            found
        };
        let implies = named(&term.implies, "implies", false);
        let usually = named(&term.usually, "usually", false);
        let within = named(&term.within, "within", true);
        let beside = named(&term.beside, "beside", true);
        let value = &mut self.values[usize::from(own)];
        value.implies.extend(implies);
        value.usually.extend(usually);
        value.within.extend(within);
        value.beside.extend(beside);
    }

    fn phrases(&mut self, term: &Term, apart: &mut Vec<Apart>, faults: &mut Faults) {
        let Some(own) = self.sense(&format!("{}:{}", term.facet, term.value)) else {
            return;
        };
        for (place, words) in term.words.iter().enumerate() {
            if !self.add(words, Said::Sense(own), apart) {
                faults.add(format!("words[{place}]"), "has no words");
            }
        }
    }

    /// Adds words to look for; false if there are none.
    fn add(&mut self, words: &str, said: Said, apart: &mut Vec<Apart>) -> bool {
        let parts: Vec<Vec<String>> = words.split(" + ").map(stems).collect();
        if parts.iter().any(Vec::is_empty) {
            return false;
        }
        if let [run] = parts.as_slice() {
            let longest = self.longest.entry(run[0].clone()).or_default();
            *longest = run.len().max(*longest);
            let known = self.runs.entry(run.join(" ")).or_default();
            if !known.contains(&said) {
                known.push(said);
            }
        } else {
            apart.push(Apart { parts, said });
        }
        true
    }

    /// Files words that stand apart where fewest have to be looked at.
    fn keep_apart(&mut self, all: Vec<Apart>) {
        let mut begun: HashMap<String, usize> = HashMap::new();
        for part in all.iter().flat_map(|apart| &apart.parts) {
            *begun.entry(part[0].clone()).or_default() += 1;
        }
        for apart in all {
            let stems = apart.parts.iter().map(|part| &part[0]);
            let rarest = stems.min_by_key(|stem| (begun[*stem], (*stem).clone()));
            let Some(rarest) = rarest.cloned() else {
                continue;
            };
            let known = self.apart.entry(rarest).or_default();
            if !known.contains(&apart) {
                known.push(apart);
            }
        }
    }

    /// What a reading says, by the names of its values, for whoever keeps the lexicon.
    #[must_use]
    pub fn told(&self, reading: &super::Reading) -> String {
        let names = |senses: &BTreeSet<SenseId>| {
            let names: Vec<&str> = senses
                .iter()
                .map(|s| self.value(*s).name.as_str())
                .collect();
            names.join(" ")
        };
        let list = |words: &BTreeSet<String>| words.iter().cloned().collect::<Vec<_>>().join(" ");
        let mut parts = vec![names(&reading.says)];
        let look_back = reading
            .look_back
            .map(|it| it.to_string())
            .unwrap_or_default();
        for (what, told) in [
            ("means", names(&reading.means)),
            ("without", names(&reading.without)),
            ("with", names(&reading.with)),
            ("defines", names(&reading.defines)),
            ("looks back", look_back),
            ("numbers", list(&reading.numbers)),
            ("left", list(&reading.left)),
        ] {
            if !told.is_empty() {
                parts.push(format!("{what}: {told}"));
            }
        }
        parts.join(" | ")
    }

    /// Ways of saying something that say two things at once, for whoever keeps the lexicon.
    #[must_use]
    pub fn ambiguous(&self) -> BTreeMap<String, BTreeSet<String>> {
        let told = |said: &Said| match said {
            Said::Sense(sense) => self.value(*sense).name.clone(),
            other => format!("{other:?}"),
        };
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (words, said) in &self.runs {
            all.insert(words.clone(), said.iter().map(told).collect());
        }
        for apart in self.apart.values().flatten() {
            let words: Vec<String> = apart.parts.iter().map(|part| part.join(" ")).collect();
            let known = all.entry(words.join(" + ")).or_default();
            known.insert(told(&apart.said));
        }
        all.retain(|_, said| said.len() > 1);
        all
    }
}
