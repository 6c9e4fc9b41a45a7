//! From what a page posts to an answer as it was typed. Nothing is judged here: what cannot be an
//! answer is kept and shown again.

use crate::domain::check::{RawAnswer, RawCell, RawGrid};
use crate::domain::draft::is_blank;
use crate::domain::reference::Reference;
use crate::domain::template::{Entry, EntryGrid, Input};

use super::super::posted::Fields;
use super::input::{box_name, zeros_name};

/// What was typed for an entry; none if nothing was.
pub(crate) fn read(entry: &Entry, fields: &Fields) -> Option<RawAnswer> {
    let name = |word: &str| format!("{}.{word}", entry.id);
    let text = |word: &str| fields.one(&name(word));
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let mut raw = RawAnswer {
        entry: entry.id.to_string(),
        confirm: text("keep") == "yes",
        declined: some(text("why")),
        note: text("note").trim().to_owned(),
        on: date(entry, "on", fields).filter(|_| is_on_completion(entry)),
        ..RawAnswer::default()
    };
    match &entry.input {
        Input::Count(number)
        | Input::Quantity(number)
        | Input::Percentage(number)
        | Input::Money(number) => {
            let grids = number.grids.iter().enumerate();
            raw.grids = grids
                .filter_map(|(place, grid)| read_grid(entry, place, grid, fields))
                .collect();
            raw.number = some(text("number")).map(|text| tidied(&text));
            let is_given = raw.number.is_some() || !raw.grids.is_empty();
            // A unit that was to be chosen and was not is none of them; nothing is taken for granted.
            let is_chosen = is_given && fields.has(&name("unit"));
            raw.unit = is_chosen.then(|| text("unit").trim().to_owned());
        }
        Input::YesNo => {
            raw.yes_no = match text("yes_no") {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            }
        }
        Input::Date { .. } => raw.date = date(entry, "date", fields),
        Input::Text { .. } => raw.text = some(text("text")),
        Input::Choice { .. } | Input::Choices { .. } => {
            let options = name("option");
            let chosen: Vec<String> = fields.all(&options).map(str::to_owned).collect();
            let is_none = fields.has(&name("none")) && chosen.is_empty();
            raw.options = (!chosen.is_empty() || is_none).then_some(chosen);
        }
    }
    (!is_blank(&raw)).then_some(raw)
}

/// Whether the very day of an answer may be said.
pub(crate) fn is_on_completion(entry: &Entry) -> bool {
    match entry.reference {
        Reference::OnCompletion { opens, closes } => opens.date() != closes.date(),
        _ => false,
    }
}

/// A date out of three boxes, as `year-month-day`; what is no number stands as it was typed.
fn date(entry: &Entry, word: &str, fields: &Fields) -> Option<String> {
    let part = |part: &str| fields.one(&format!("{}.{word}.{part}", entry.id)).trim();
    let (day, month, year) = (part("day"), part("month"), part("year"));
    if [day, month, year].iter().all(|part| part.is_empty()) {
        return None;
    }
    let padded = |part: &str| match part {
        "" => String::new(),
        part => format!("{part:0>2}"),
    };
    Some(format!("{year}-{}-{}", padded(month), padded(day)))
}

fn read_grid(entry: &Entry, place: usize, grid: &EntryGrid, fields: &Fields) -> Option<RawGrid> {
    let is_zeros = fields.has(&zeros_name(entry, place));
    let cell = |(at, codes): (usize, Vec<String>)| {
        let typed = tidied(fields.one(&box_name(entry, place, at)));
        let value = match typed.as_str() {
            "" if is_zeros => "0".to_owned(),
            "" => return None,
            _ => typed,
        };
        Some(RawCell { codes, value })
    };
    let cells: Vec<RawCell> = grid
        .boxes()
        .into_iter()
        .enumerate()
        .filter_map(cell)
        .collect();
    let dimensions = grid.dimensions.iter().map(|own| own.id.to_string());
    (!cells.is_empty()).then(|| RawGrid {
        dimensions: dimensions.collect(),
        cells,
    })
}

/// A number without what people write around it: a pound sign, a per cent sign, commas between
/// thousands.
pub(crate) fn tidied(text: &str) -> String {
    let bare = text
        .trim()
        .trim_start_matches('£')
        .trim_end_matches('%')
        .trim();
    let (whole, rest) = bare
        .split_once('.')
        .map_or((bare, None), |(w, r)| (w, Some(r)));
    let mut groups = whole.split(',');
    let is_digits = |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    let is_grouped = whole.contains(',')
        && groups
            .next()
            .is_some_and(|first| is_digits(first) && first.len() <= 3)
        && groups.all(|group| is_digits(group) && group.len() == 3);
    if !is_grouped {
        return bare.to_owned();
    }
    let whole = whole.replace(',', "");
    rest.map_or(whole.clone(), |rest| format!("{whole}.{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (typed, read) in [
            ("12", "12"),
            (" 1,234.50 ", "1234.50"),
            ("£1,200", "1200"),
            ("92.5%", "92.5"),
            ("1,23", "1,23"),
            ("12,34,567", "12,34,567"),
            ("1,234,567", "1234567"),
            ("twelve", "twelve"),
            ("", ""),
        ] {
            assert_eq!(tidied(typed), read, "{typed}");
        }
    }
}
