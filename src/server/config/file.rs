//! The configuration file: TOML, read to rows of name and text with their lines.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::domain::fault::Faults;

/// Most levels of tables: two are used.
const DEPTH_MAX: usize = 8;

/// The table that is no key: what client certificates may do.
pub(super) const CERTIFICATES: &str = "certificates";

/// One value of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Its name, tables before a dot.
    pub(super) name: String,
    /// Its value as text, a list with commas between; none if it is of a sort that no key has.
    pub(super) text: Option<String>,
    /// The line on which it stands, from 1.
    pub(super) line: usize,
}

/// Everything that a file says.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Values outside the table of certificates.
    pub(super) rows: Vec<Row>,
    /// The rows of each certificate.
    pub(super) certificates: Vec<Vec<Row>>,
}

/// Reads a file's text.
///
/// # Errors
/// Where it is no TOML.
pub(super) fn read(text: &str) -> Result<Read, Faults> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        // The library's own message quotes the line, on which a secret may stand.
        Faults::one(
            format!("line {line}"),
            format!("is not TOML: {}", error.message()),
        )
    })?;
    let mut read = Read::default();
    for (name, value) in table.get_ref() {
        let entries = value.get_ref().as_array();
        match entries.filter(|_| name.get_ref() == CERTIFICATES) {
            None => flatten(text, name.get_ref(), name, value, 1, &mut read.rows),
            Some(entries) => {
                for entry in entries {
                    let mut rows = Vec::new();
                    for (name, value) in entry.get_ref().as_table().into_iter().flatten() {
                        flatten(text, name.get_ref(), name, value, 1, &mut rows);
                    }
                    read.certificates.push(rows);
                }
            }
        }
    }
    Ok(read)
}

/// Adds the values within one, named from the top.
fn flatten<T>(
    text: &str,
    name: &str,
    at: &Spanned<T>,
    value: &Spanned<DeValue<'_>>,
    depth: usize,
    rows: &mut Vec<Row>,
) {
    if let Some(table) = value.get_ref().as_table()
        && depth < DEPTH_MAX
    {
        for (inner, value) in table {
            let name = format!("{name}.{}", inner.get_ref());
            flatten(text, &name, inner, value, depth + 1, rows);
        }
        return;
    }
    rows.push(Row {
        name: name.to_owned(),
        text: text_of(value.get_ref()),
        line: line_of(text, at.span().start),
    });
}

fn text_of(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().replace('_', "")),
        DeValue::Array(items) => {
            let texts: Option<Vec<String>> =
                items.iter().map(|item| text_of(item.get_ref())).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    1 + before.filter(|byte| **byte == b'\n').count()
}
