//! Reading files: what is wrong is said with its line and column.

use std::io::Read;

use serde::de::DeserializeOwned;

use super::failure::{Failure, Result};
use crate::tabular::text::{text_of, unmarked};

/// Largest file that is read, in bytes: a register of every home in England is a tenth of it.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A text with the name by which messages call it.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The file's name, or `standard input`.
    pub(crate) name: String,
    /// The content, without a byte order mark.
    pub(crate) text: String,
}

impl Source {
    /// Reads a file; `-` is standard input.
    pub(crate) fn read(path: &str) -> Result<Self> {
        let (name, bytes) = read_bytes(path)?;
        Self::of_bytes(&name, bytes)
    }

    /// Bytes at hand under a name, as text.
    pub(crate) fn of_bytes(name: &str, bytes: Vec<u8>) -> Result<Self> {
        Ok(Self {
            name: name.to_owned(),
            text: text_of(name, bytes)?,
        })
    }

    /// A text at hand under a name.
    pub(crate) fn of(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: unmarked(text).to_owned(),
        }
    }

    /// The content as JSON of a known shape.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let message = error.to_string();
            let tail = format!(" at line {line} column {column}");
            let message = message.strip_suffix(&tail).unwrap_or(&message);
            let name = &self.name;
            // A file that ends too early is said to end before the first column.
            let column = column.max(1);
            Failure::refused(format!("{name}: line {line}, column {column}: {message}"))
        })
    }

    /// The content as JSON: one of a known shape, or an array of them.
    pub(crate) fn json_list<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        if self.text.trim_start().starts_with('[') {
            self.json()
        } else {
            Ok(vec![self.json()?])
        }
    }

    /// Whether the name says that the content is CSV.
    pub(crate) fn is_csv(&self) -> bool {
        let extension = std::path::Path::new(&self.name).extension();
        extension.is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
    }
}

/// The name by which messages call a file, and its content; `-` is standard input.
///
/// # Errors
/// A file that cannot be read, or is larger than any that is.
pub(crate) fn read_bytes(path: &str) -> Result<(String, Vec<u8>)> {
    let (name, read) = match path {
        "-" => ("standard input", bytes(std::io::stdin().lock())),
        _ => (path, std::fs::File::open(path).and_then(bytes)),
    };
    let bytes = read.map_err(|e| Failure::refused(format!("{name} cannot be read: {e}")))?;
    if bytes.len() as u64 > BYTES_MAX {
        let message = format!("{name} is larger than {BYTES_MAX} bytes");
        return Err(Failure::refused(message));
    }
    Ok((name.to_owned(), bytes))
}

fn bytes(from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_json_is_placed_by_line_and_column() {
        let source = Source::of("asks.json", "{\n  \"a\": 1,\n}");
        let failure = source.json::<serde_json::Value>().unwrap_err();
        assert_eq!(
            failure.headline,
            "asks.json: line 3, column 1: trailing comma"
        );
    }

    #[test]
    fn one_or_several_are_read_alike() {
        let one: Vec<u8> = Source::of("x", " 1").json_list().unwrap();
        let two: Vec<u8> = Source::of("x", "\u{feff}\n[1, 2]").json_list().unwrap();
        assert_eq!((one, two), (vec![1], vec![1, 2]));
    }
}
