//! Texts as files hold them.

use crate::domain::decimal::Decimal;

use super::{Refused, Result};

/// Bytes as text, without a byte order mark.
///
/// # Errors
/// What is not UTF-8, by line and column.
pub(crate) fn text_of(name: &str, bytes: Vec<u8>) -> Result<String> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let (line, column) = place(&String::from_utf8_lossy(good));
        Refused::new(format!(
            "{name}: line {line}, column {column}: not UTF-8 text; save the file as UTF-8"
        ))
    })?;
    Ok(unmarked(&text).to_owned())
}

/// A text without a byte order mark.
pub(crate) fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The line and column, from 1, at which what follows a text stands.
fn place(before: &str) -> (usize, usize) {
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() + 1)
}

/// A text that no spreadsheet takes for a formula: one that begins like a formula and is no number
/// gets an apostrophe before it, which spreadsheets hide. One that begins with such an apostrophe
/// itself gets another, so that [`bare`] gives back the same text.
pub(crate) fn harmless(text: String) -> String {
    let is_guarded = text.starts_with('\'') && is_like_a_formula(text.trim_start_matches('\''));
    if is_guarded || (is_like_a_formula(&text) && text.parse::<Decimal>().is_err()) {
        return format!("'{text}");
    }
    text
}

/// What [`harmless`] was made from.
pub(crate) fn bare(text: &str) -> &str {
    let guarded = text.strip_prefix('\'');
    let guarded = guarded.filter(|bare| is_like_a_formula(bare.trim_start_matches('\'')));
    guarded.unwrap_or(text)
}

/// Whether a spreadsheet could take a text for a formula.
fn is_like_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_begins_like_a_formula_is_made_harmless_and_reads_back() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("-cmd", "'-cmd"),
            ("@x", "'@x"),
            ("\t=x", "'\t=x"),
            ("'=1+1", "''=1+1"),
            ("''-x", "'''-x"),
            ("'quoted'", "'quoted'"),
            ("1+1", "1+1"),
            ("-5", "-5"),
            ("", ""),
        ] {
            assert_eq!(harmless(text.to_owned()), expected);
            assert_eq!(bare(expected), text);
        }
    }
}
