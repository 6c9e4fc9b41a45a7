//! Types, units and times in the spelling of real forms: `whole number`, `£000s`, `last 6 months`.

use std::ops::Range;
use std::sync::LazyLock;

use super::Wording;
use super::lexicon::Lexicon;
use super::reading::Reading;
use super::words::stems;

/// How long a question looks back from its date: in days, or in months where the length of the
/// months does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LookBack {
    /// So many days.
    Days(u32),
    /// So many months.
    Months(u32),
}

/// Words before a length of time that looks back.
const BACK: [&str; 10] = [
    "last", "past", "previous", "preced", "roll", "prior", "latest", "trail", "previ", "over",
];

/// Words that say nothing between them and the number.
const BETWEEN: [&str; 3] = ["the", "period", "of"];

/// A length of time that a text looks back over, with the words that say it.
pub(super) fn look_back(stems: &[&str]) -> Option<(Range<usize>, LookBack)> {
    for at in 0..stems.len() {
        let Ok(number) = stems[at].parse::<u32>() else {
            // `the past year` has no number.
            let is_year = stems[at] == "year" || stems[at] == "annum";
            let said = at
                .checked_sub(1)
                .filter(|before| BACK[..3].contains(&stems[*before]));
            if let (true, Some(from)) = (is_year, said) {
                return Some((from..at + 1, LookBack::Months(12)));
            }
            continue;
        };
        let Some(found) = stems.get(at + 1).and_then(|unit| length(number, unit)) else {
            continue;
        };
        let mut from = at;
        while from > 0 && BETWEEN.contains(&stems[from - 1]) {
            from -= 1;
        }
        let is_back = from > 0 && BACK.contains(&stems[from - 1]);
        // `over 48 hours` and `to last 2 days` are lengths, not looks back.
        let is_length = from > 0
            && match stems[from - 1] {
                "over" => from == at,
                "last" => from > 1 && matches!(stems[from - 2], "to" | "will" | "should"),
                _ => false,
            };
        if is_back && !is_length {
            return Some((from - 1..at + 2, found));
        }
        let after = stems.get(at + 2).copied().unwrap_or_default();
        if matches!(after, "roll" | "lookback" | "trail") {
            return Some((at..at + 3, found));
        }
    }
    None
}

fn length(number: u32, unit: &str) -> Option<LookBack> {
    Some(match unit {
        "hour" | "hr" | "hrs" | "h" if number.is_multiple_of(24) && number > 0 => {
            LookBack::Days(number / 24)
        }
        "day" | "d" => LookBack::Days(number),
        "week" | "wk" | "wks" | "w" => LookBack::Days(number.checked_mul(7)?),
        "month" | "mth" | "mths" | "m" | "mo" | "mnth" | "mnths" => LookBack::Months(number),
        "year" | "yr" | "yrs" | "y" => LookBack::Months(number.checked_mul(12)?),
        _ => return None,
    })
}

/// Spellings of a type, a unit or a time, and the value that they stand for. The first that fits is
/// taken; a spelling fits where its words follow each other.
type Spelling = (&'static [&'static str], &'static str);

const KINDS: &[Spelling] = &[
    (
        &["percent", "%", "percentage", "pct", "proportion"],
        "measure:percentage",
    ),
    (
        &[
            "yes no",
            "yes",
            "y n",
            "boolean",
            "bool",
            "true false",
            "tick box",
            "tickbox",
            "checkbox",
        ],
        "measure:yes-no",
    ),
    (&["date", "dd mm", "calendar"], "measure:date"),
    (
        &["currency", "money", "£", "gbp", "pounds"],
        "measure:amount",
    ),
    (
        &[
            "rag",
            "traffic light",
            "choice",
            "dropdown",
            "drop down",
            "list",
            "enum",
            "select",
            "option",
            "radio",
            "code",
            "coded",
            "picklist",
            "pick list",
            "status",
            "category",
        ],
        "measure:choice",
    ),
    (
        &[
            "text",
            "string",
            "free text",
            "narrative",
            "varchar",
            "char",
            "alphanumeric",
            "comment",
        ],
        "measure:text",
    ),
    (
        &[
            "whole number",
            "integer",
            "int",
            "count",
            "number",
            "numeric",
            "num",
            "decimal",
            "quantity",
            "float",
            "double",
        ],
        "measure:number",
    ),
];

const UNITS: &[Spelling] = &[
    (
        &["per 1000", "per 1 000", "rate", "per thousand"],
        "measure:rate",
    ),
    (&["percent", "%", "percentage", "pct"], "measure:percentage"),
    (
        &["bed days", "bed day", "bed nights", "obd", "obds"],
        "measure:bed-days",
    ),
    (
        &["hours", "hrs", "hr", "h", "minutes", "mins", "min"],
        "measure:hours",
    ),
    (
        &[
            "days",
            "d",
            "weeks",
            "wks",
            "wk",
            "working days",
            "calendar days",
        ],
        "measure:days",
    ),
    (
        &["£", "gbp", "pounds", "£000s", "£k", "kgbp", "pence", "p"],
        "measure:amount",
    ),
    (
        &[
            "wte",
            "fte",
            "whole time equivalent",
            "full time equivalent",
        ],
        "counts:wte",
    ),
    (
        &[
            "people",
            "persons",
            "person",
            "headcount",
            "residents",
            "staff",
            "individuals",
            "heads",
            "employees",
            "service users",
            "workers",
        ],
        "counts:people",
    ),
    (
        &[
            "events",
            "event",
            "episodes",
            "incidents",
            "occurrences",
            "occasions",
            "falls",
            "errors",
        ],
        "counts:events",
    ),
    (&["shifts", "shift"], "counts:shifts"),
    (&["date"], "measure:date"),
    (&["yes no", "y n"], "measure:yes-no"),
];

const TIMES: &[Spelling] = &[
    (
        &[
            "as at",
            "as of",
            "snapshot",
            "point in time",
            "month end",
            "period end",
            "quarter end",
            "year end",
            "week end",
            "end of",
            "census",
            "current",
            "currently",
            "now",
            "at time",
            "at the time",
            "last day",
            "on the day",
            "on completion",
            "on the date",
            "at submission",
            "today",
            "midnight",
        ],
        "moment:as-at",
    ),
    (
        &[
            "during",
            "in period",
            "in the period",
            "in month",
            "in the month",
            "in quarter",
            "within the period",
            "within period",
            "over the",
            "throughout",
            "during:",
            "for the month",
            "for the period",
            "flow",
            "total for",
            "ytd",
            "in week",
            "in the quarter",
            "in the week",
            "period total",
            "reporting period",
            "each month",
            "per month",
            "this month",
            "this quarter",
            "this week",
        ],
        "moment:during",
    ),
    (
        &["standing", "static", "fixed", "permanent", "once"],
        "moment:as-at",
    ),
];

/// Notes what type, unit and timing say beside the words; what they say goes before the label's.
pub(super) fn apply(lexicon: &Lexicon, wording: &Wording, reading: &mut Reading) {
    let unit = fitting(&UNITS_STEMMED, &wording.unit);
    let kind = fitting(&KINDS_STEMMED, &wording.kind);
    for name in unit.into_iter().chain(kind.filter(|kind| !is_vague(kind))) {
        put(lexicon, reading, name);
    }
    settle_measure(lexicon, reading, kind);
    let time = stems(
        &wording
            .timing
            .replace("during:P", "last ")
            .replace('M', " m"),
    );
    let time: Vec<&str> = time.iter().map(String::as_str).collect();
    let bare = match time.as_slice() {
        [number, unit] => number.parse().ok().and_then(|number| length(number, unit)),
        _ => None,
    };
    if let Some(found) = bare.or_else(|| look_back(&time).map(|(_, found)| found)) {
        reading.look_back = Some(found);
    } else if let Some(name) = fitting(&TIMES_STEMMED, &wording.timing) {
        put(lexicon, reading, name);
    }
}

/// Types that leave open what is measured.
fn is_vague(kind: &str) -> bool {
    matches!(kind, "measure:number" | "measure:text" | "measure:choice")
}

/// A number of whatever is a count unless the words say otherwise; what the words take for a
/// yes-or-no is a number if the type says so; a text is no number.
fn settle_measure(lexicon: &Lexicon, reading: &mut Reading, kind: Option<&str>) {
    let says = |reading: &Reading, name: &str| {
        lexicon
            .sense(name)
            .is_some_and(|sense| reading.says.contains(&sense))
    };
    let all = reading.says.iter().copied();
    let measures: Vec<u16> = all
        .filter(|sense| lexicon.facet(*sense).id == "measure")
        .collect();
    if measures.len() > 1 {
        // The rarest thing to be said is what is meant: a percentage is also a number.
        let rank = |sense: &u16| {
            let name = &lexicon.value(*sense).name;
            RANK.iter()
                .position(|known| known == name)
                .unwrap_or(RANK.len())
        };
        let best = measures.iter().copied().min_by_key(rank);
        reading
            .says
            .retain(|sense| !measures.contains(sense) || Some(*sense) == best);
    }
    let asks_which = matches!(
        reading.stems.first().map(String::as_str),
        Some("which" | "what")
    );
    let stem = |at: usize| reading.stems.get(at).map_or("", String::as_str);
    let lists = (0..reading.stems.len()).any(|at| {
        stem(at) == "kind"
            || (stem(at) == "all" && at > 0 && matches!(stem(at - 1), "select" | "tick"))
    });
    let usual = reading
        .says
        .iter()
        .flat_map(|own| &lexicon.value(*own).usually);
    let is_usual = |name: &str| {
        usual
            .clone()
            .any(|sense| lexicon.value(*sense).name == name)
    };
    let asks_whether =
        says(reading, "measure:yes-no") || (measures.is_empty() && is_usual("measure:yes-no"));
    if (asks_which || lists) && asks_whether {
        put(lexicon, reading, "measure:kinds");
    }
    let weak = ["measure:yes-no", "measure:count"];
    let is_weak = measures.is_empty() || weak.iter().any(|name| says(reading, name));
    let numbers = ["percentage", "rate", "average", "hours", "days", "amount"];
    let is_number = numbers
        .iter()
        .any(|name| says(reading, &format!("measure:{name}")));
    let is_yes_no = says(reading, "measure:yes-no");
    match kind {
        Some("measure:number") if is_weak => put(lexicon, reading, "measure:count"),
        // Nobody picks a number from a list: what is picked is a band of it.
        Some("measure:choice") if (is_weak || is_number) && !is_yes_no => {
            put(lexicon, reading, "measure:choice");
        }
        Some("measure:text") if is_weak => put(lexicon, reading, "measure:text"),
        _ if measures.is_empty() => {
            // A heading that says nothing of a measure is a count, if it is of anything that counts.
            let usual = reading
                .says
                .iter()
                .flat_map(|own| &lexicon.value(*own).usually);
            let is_measure = |sense: &&u16| lexicon.facet(**sense).id == "measure";
            if usual.clone().find(is_measure).is_none() {
                put(lexicon, reading, "measure:count");
            }
        }
        _ => {}
    }
}

/// Which measure is meant where several are said, first to last.
const RANK: [&str; 17] = [
    "measure:reason",
    "measure:date",
    "measure:choice",
    "measure:percentage",
    "measure:rate",
    "measure:average",
    "measure:amount",
    "measure:bed-days",
    "measure:hours",
    "measure:days",
    "measure:name",
    "measure:identifier",
    "measure:details",
    "measure:kinds",
    "measure:status",
    "measure:count",
    "measure:yes-no",
];

/// Puts a value in the place of what is said of its facet.
fn put(lexicon: &Lexicon, reading: &mut Reading, name: &str) {
    if let Some(sense) = lexicon.sense(name) {
        let facet = lexicon.value(sense).facet;
        reading
            .says
            .retain(|own| lexicon.value(*own).facet != facet);
        reading.says.insert(sense);
    }
}

/// Spellings in stems.
type Stemmed = Vec<(Vec<Vec<String>>, &'static str)>;

/// The spellings by their stems, worked out once: every wording is held against all of them.
fn stemmed(spellings: &[Spelling]) -> Stemmed {
    let stemmed = spellings.iter().map(|(known, name)| {
        let known = known.iter().map(|spelling| stems(spelling));
        (known.collect(), *name)
    });
    stemmed.collect()
}

static KINDS_STEMMED: LazyLock<Stemmed> = LazyLock::new(|| stemmed(KINDS));
static UNITS_STEMMED: LazyLock<Stemmed> = LazyLock::new(|| stemmed(UNITS));
static TIMES_STEMMED: LazyLock<Stemmed> = LazyLock::new(|| stemmed(TIMES));

fn fitting(spellings: &Stemmed, text: &str) -> Option<&'static str> {
    let words = stems(text);
    if words.is_empty() {
        return None;
    }
    let fits = |wanted: &Vec<String>| {
        let mut windows = words.windows(wanted.len().max(1));
        windows.any(|window| window == wanted)
    };
    let found = spellings.iter().find(|(known, _)| known.iter().any(fits));
    found.map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_read_where_it_looks_back() {
        let of = |text: &str| {
            let stems = stems(text);
            let stems: Vec<&str> = stems.iter().map(String::as_str).collect();
            look_back(&stems).map(|(_, found)| found)
        };
        assert_eq!(
            of("Staff who left over the past year"),
            Some(LookBack::Months(12))
        );
        assert_eq!(
            of("leavers (rolling 12 months)"),
            Some(LookBack::Months(12))
        );
        assert_eq!(of("in the last six months"), Some(LookBack::Months(6)));
        assert_eq!(of("last 4 weeks"), Some(LookBack::Days(28)));
        assert_eq!(of("past 24 hrs"), Some(LookBack::Days(1)));
        assert_eq!(of("readmitted within 28 days"), None);
        assert_eq!(of("falls last month"), None);
    }
}
