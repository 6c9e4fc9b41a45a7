//! What a person means by a cell: figures, units, dates, yes and no, options and reasons as people
//! write them. What may mean two things is never guessed: it is refused with what to write instead.
//!
//! Nothing is judged here that [`check`](crate::domain::check::check) judges.

use jiff::civil::Date;

use crate::domain::answer::DeclineReason;
use crate::domain::calendar::{day_label, parse_day};
use crate::domain::check::RawAnswer;
use crate::domain::decimal::Decimal;
use crate::domain::delivery::option_of;
use crate::domain::template::{Entry, Input};
use crate::domain::text::normalise;
use crate::domain::unit::Unit;
use crate::tabular::Cell;

use super::super::shown::reason_words;
use super::super::words::offline as words;
use super::super::words::question;

/// What a cell comes to, or what to write in it instead.
pub(super) type Read<T> = Result<T, &'static str>;

/// A figure, and the unit that stands with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Figure {
    /// The figure, as a plain decimal.
    pub(super) number: String,
    /// Its unit, where one is written.
    pub(super) unit: Option<Unit>,
}

/// What short words say of a reason.
const SHORT_REASONS: [(&str, DeclineReason); 9] = [
    ("n/a", DeclineReason::NotApplicable),
    ("na", DeclineReason::NotApplicable),
    ("n.a.", DeclineReason::NotApplicable),
    ("not applicable", DeclineReason::NotApplicable),
    ("does not apply", DeclineReason::NotApplicable),
    ("not held", DeclineReason::NotHeld),
    ("not clear", DeclineReason::NotClear),
    ("takes too long", DeclineReason::TakesTooLong),
    ("already given", DeclineReason::AlreadyGiven),
];

/// What people call units, beside their labels and codes.
const UNIT_NAMES: [(&str, Unit); 17] = [
    ("hr", Unit::Hour),
    ("hrs", Unit::Hour),
    ("mins", Unit::Minute),
    ("sec", Unit::Second),
    ("secs", Unit::Second),
    ("wks", Unit::Week),
    ("kgs", Unit::Kilogram),
    ("kilos", Unit::Kilogram),
    ("liter", Unit::Litre),
    ("liters", Unit::Litre),
    ("wte", Unit::WholeTimeEquivalent),
    ("fte", Unit::WholeTimeEquivalent),
    ("pound", Unit::Pound),
    ("pounds", Unit::Pound),
    ("penny", Unit::Penny),
    ("£k", Unit::ThousandPounds),
    ("£000", Unit::ThousandPounds),
];

/// Reads the answer to an entry; the id of the entry is left blank.
///
/// # Errors
/// What to write instead.
pub(super) fn answer(cell: &Cell, entry: &Entry) -> Read<RawAnswer> {
    if matches!(cell, Cell::Bad(_)) {
        return Err(words::SHOWS_AN_ERROR);
    }
    let raw = RawAnswer::default();
    let text = cell.text();
    // An option may be worded like a reason.
    if let Some(options) = options(text, entry) {
        let options = Some(options);
        return Ok(RawAnswer { options, ..raw });
    }
    if let Some((reason, note)) = reason_of(text) {
        return Ok(RawAnswer {
            declined: Some(reason.to_string()),
            note,
            ..raw
        });
    }
    match &entry.input {
        Input::Count(_) | Input::Quantity(_) | Input::Percentage(_) | Input::Money(_) => {
            let figure = figure(cell, entry)?;
            Ok(RawAnswer {
                number: Some(figure.number),
                unit: figure.unit.map(|unit| unit.to_string()),
                ..raw
            })
        }
        Input::YesNo => Ok(RawAnswer {
            yes_no: Some(yes_no(cell)?),
            ..raw
        }),
        Input::Date { .. } => Ok(RawAnswer {
            date: Some(date(cell)?.to_string()),
            ..raw
        }),
        Input::Text { .. } => Ok(RawAnswer {
            text: Some(said(cell)),
            ..raw
        }),
        Input::Choice { .. } => Err(words::ONE_OPTION),
        Input::Choices { .. } => Err(words::OPTIONS),
    }
}

/// A text; a date in it as people write it, for a spreadsheet may have made one of what was typed.
fn said(cell: &Cell) -> String {
    let day = match cell {
        Cell::Date(day) => parse_day(day).ok(),
        _ => None,
    };
    day.map_or_else(|| cell.text().to_owned(), day_label)
}

/// The options that a text names; none where it does not name options alone.
fn options(text: &str, entry: &Entry) -> Option<Vec<String>> {
    let is_one = |text: &str| {
        let key = normalise(text).ok();
        key.is_some_and(|key| option_of(entry, &key).is_some())
    };
    let is_any = matches!(entry.input, Input::Choices { .. });
    if is_one(text) {
        return Some(vec![text.to_owned()]);
    }
    if !is_any {
        return None;
    }
    if ["none", "none of these", "nil"].contains(&text.to_lowercase().as_str()) {
        return Some(Vec::new());
    }
    let split = |by: &[char]| {
        let parts = text.split(by).map(str::trim);
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        let all = !parts.is_empty() && parts.iter().all(|part| is_one(part));
        all.then(|| parts.into_iter().map(str::to_owned).collect())
    };
    // A label may have a comma in it, so commas part only what nothing else does.
    split(&[';', '\n']).or_else(|| split(&[',']))
}

/// A reason why there is no answer, as a cell of its own states it.
///
/// # Errors
/// What to write instead.
pub(super) fn reason(cell: &Cell) -> Read<(DeclineReason, String)> {
    reason_of(cell.text()).ok_or(words::REASON)
}

/// The reason that a text states, with what it says beside, behind a colon.
fn reason_of(text: &str) -> Option<(DeclineReason, String)> {
    let (head, note) = text.split_once(':').unwrap_or((text, ""));
    let head = head.trim().to_lowercase();
    let by_word = DeclineReason::ALL
        .iter()
        .find(|(reason, word)| head == *word || head == reason_words(*reason).to_lowercase());
    let by_word = by_word.map(|(reason, _)| *reason);
    let short = || SHORT_REASONS.iter().find(|(short, _)| *short == head);
    let reason = by_word.or_else(|| short().map(|(_, reason)| *reason))?;
    Some((reason, note.trim().to_owned()))
}

/// Reads yes or no.
///
/// # Errors
/// What to write instead.
pub(super) fn yes_no(cell: &Cell) -> Read<bool> {
    match cell.text().to_lowercase().as_str() {
        "yes" | "y" | "true" => Ok(true),
        "no" | "n" | "false" => Ok(false),
        _ => Err(words::YES_OR_NO),
    }
}

/// Reads a figure of an entry.
///
/// # Errors
/// What to write instead.
pub(super) fn figure(cell: &Cell, entry: &Entry) -> Read<Figure> {
    let wrong = match entry.input {
        Input::Count(_) => words::COUNT,
        Input::Percentage(_) => words::PERCENTAGE,
        Input::Money(_) => words::MONEY,
        _ => words::NUMBER,
    };
    let text = match cell {
        Cell::Number(text) | Cell::Text(text) => text.trim().to_lowercase(),
        Cell::Bad(_) => return Err(words::SHOWS_AN_ERROR),
        _ => return Err(wrong),
    };
    let is_count = matches!(entry.input, Input::Count(_));
    if is_count && ["none", "nil", "zero", "nought"].contains(&text.as_str()) {
        return Ok(Figure {
            number: "0".to_owned(),
            unit: None,
        });
    }
    let (pounds, rest) = match text.strip_prefix('£') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.as_str()),
    };
    let is_of_number = |c: char| c.is_ascii_digit() || ",.-".contains(c);
    let end = rest.find(|c| !is_of_number(c)).unwrap_or(rest.len());
    let (digits, name) = (rest[..end].trim(), rest[end..].trim());
    let number = ungrouped(digits).ok_or(wrong)?;
    if number.parse::<Decimal>().is_err() {
        return Err(wrong);
    }
    let unit = match (pounds, name) {
        (true, "") => Some(Unit::Pound),
        (true, "k" | "000s") => Some(Unit::ThousandPounds),
        (false, "") => None,
        (false, "%" | "per cent" | "percent" | "pct") => {
            let is_share = matches!(entry.input, Input::Percentage(_));
            return is_share
                .then_some(Figure { number, unit: None })
                .ok_or(wrong);
        }
        (false, name) => Some(unit_named(name).ok_or(wrong)?),
        (true, _) => return Err(wrong),
    };
    if unit.is_some_and(|unit| !takes(entry, unit)) {
        return Err(words::OTHER_UNIT);
    }
    Ok(Figure { number, unit })
}

/// A number without the commas between its thousands; none where commas stand elsewhere, for then
/// one may be meant for the point.
fn ungrouped(text: &str) -> Option<String> {
    let (sign, bare) = text
        .strip_prefix('-')
        .map_or(("", text), |bare| ("-", bare));
    let (whole, decimals) = bare.split_once('.').unwrap_or((bare, ""));
    if decimals.contains(',') {
        return None;
    }
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let is_grouped = whole.contains(',');
    let is_well = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    if is_grouped && !is_well {
        return None;
    }
    if !bare.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let whole = whole.replace(',', "");
    let whole = if whole.is_empty() { "0" } else { &whole };
    Some(match decimals {
        "" => format!("{sign}{whole}"),
        decimals => format!("{sign}{whole}.{decimals}"),
    })
}

/// Whether an entry is measured in what a unit measures.
fn takes(entry: &Entry, unit: Unit) -> bool {
    let own = entry.number().and_then(|input| input.unit.as_ref());
    own.is_some_and(|own| own.value.dimension() == unit.dimension())
}

/// Reads a unit of an entry.
///
/// # Errors
/// What to write instead.
pub(super) fn unit(cell: &Cell, entry: &Entry) -> Read<Unit> {
    let unit = unit_named(&cell.text().to_lowercase());
    let unit = unit.filter(|unit| takes(entry, *unit));
    unit.ok_or(words::OTHER_UNIT)
}

/// The unit of a name in lower case: its label, in the plural or not, its code, or a word that
/// people use for it.
fn unit_named(name: &str) -> Option<Unit> {
    let mut labelled = Unit::ALL
        .into_iter()
        .filter(|unit| !unit.label().is_empty());
    let labelled = labelled.find(|unit| {
        let label = unit.label().to_lowercase();
        label == name || label.strip_suffix('s') == Some(name) || unit.code().to_lowercase() == name
    });
    labelled.or_else(|| {
        let known = UNIT_NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, unit)| *unit)
    })
}

/// Reads a date, as it is written in England: the day before the month, the year in full.
///
/// # Errors
/// What to write instead.
pub(super) fn date(cell: &Cell) -> Read<Date> {
    let text = match cell {
        // A spreadsheet's own date may have a time of day beside it.
        Cell::Date(text) => text.split_once('T').map_or(text.as_str(), |(day, _)| day),
        Cell::Text(text) => text.trim(),
        _ => return Err(words::DATE),
    };
    if let Ok(day) = parse_day(text) {
        return Ok(day);
    }
    let parts: Vec<String> = text
        .split(|c: char| c.is_whitespace() || "/.-,".contains(c))
        .filter(|part| !part.is_empty())
        .map(str::to_lowercase)
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (weekday, parts) = match parts.as_slice() {
        [weekday, rest @ ..] if rest.len() == 3 => (Some(*weekday), rest),
        parts => (None, parts),
    };
    let &[first, second, year] = parts else {
        return Err(words::DATE);
    };
    let (day, month) = match (day_of(first), month_of(second)) {
        (Some(day), Some(month)) => (day, month),
        _ => (
            day_of(second).ok_or(words::DATE)?,
            named_month(first).ok_or(words::DATE)?,
        ),
    };
    if year.len() == 2 {
        return Err(words::YEAR);
    }
    let year = Some(year).filter(|year| year.len() == 4);
    let year: i16 = year.and_then(|year| year.parse().ok()).ok_or(words::DATE)?;
    let date = Date::new(year, month, day).map_err(|_| words::NO_SUCH_DATE)?;
    match weekday {
        Some(name) if !is_weekday(date, name) => Err(words::OTHER_WEEKDAY),
        _ => Ok(date),
    }
}

/// A day of the month: `1`, `01`, `1st`.
fn day_of(text: &str) -> Option<i8> {
    let mut endings = ["st", "nd", "rd", "th"].iter();
    let bare = endings.find_map(|end| text.strip_suffix(end));
    let digits = bare.unwrap_or(text);
    let is_day = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_day.then(|| digits.parse().ok()).flatten()
}

/// A month by its number or name.
fn month_of(text: &str) -> Option<i8> {
    let number = day_of(text).filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    number.or_else(|| named_month(text))
}

/// A month by its name, in full or cut to three letters or more.
fn named_month(text: &str) -> Option<i8> {
    let is_it = |month: &&i8| {
        let first = Date::constant(2026, **month, 1);
        let name = first.strftime("%B").to_string().to_lowercase();
        text.len() >= 3 && name.starts_with(text)
    };
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
        .iter()
        .find(is_it)
        .copied()
}

fn is_weekday(date: Date, name: &str) -> bool {
    let own = date.strftime("%A").to_string().to_lowercase();
    name.len() >= 3 && own.starts_with(name)
}

/// Whether a reason may be given by these words, for the list from which one is chosen.
pub(super) fn reasons() -> impl Iterator<Item = &'static str> {
    let all = DeclineReason::ALL.iter();
    all.map(|(reason, _)| reason_words(*reason))
}

/// What is written for yes and no, in the lists from which one is chosen.
pub(super) const YES_NO: [&str; 2] = [question::YES, question::NO];

#[cfg(test)]
mod tests;
