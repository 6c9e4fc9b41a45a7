//! What sort of file this is, by its content: names lie.

use super::super::{Refused, Result};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A workbook.
    Workbook,
    /// CSV.
    Csv,
    /// JSON.
    Json,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::Workbook => "an Excel workbook (.xlsx)",
            Self::Csv => "CSV text",
            Self::Json => "JSON text",
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        let extension = std::path::Path::new(name).extension()?.to_str()?;
        match extension.to_lowercase().as_str() {
            "xlsx" | "xlsm" => Some(Self::Workbook),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// What a file holds, with a word to the person where its name says something else.
///
/// # Errors
/// A file that is none of these, by what it seems to be and what to save it as.
pub(crate) fn kind_of(name: &str, bytes: &[u8]) -> Result<(Kind, Option<String>)> {
    let kind = if bytes.starts_with(b"PK") {
        Kind::Workbook
    } else {
        refuse_strange(name, bytes)?;
        text_kind(name, bytes)
    };
    let said = Kind::of_name(name).filter(|said| *said != kind);
    let note = said.map(|said| {
        let (is, said) = (kind.words(), said.words());
        format!("{name} is {is}, though its name says {said}; read as what it is")
    });
    Ok((kind, note))
}

/// JSON where name or content says so, CSV where they do not.
fn text_kind(name: &str, bytes: &[u8]) -> Kind {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let opens_json =
        bytes.trim_ascii_start().starts_with(b"{") || bytes.trim_ascii_start().starts_with(b"[");
    match Kind::of_name(name) {
        Some(Kind::Json) => Kind::Json,
        // A heading may begin with a bracket.
        Some(Kind::Csv) => Kind::Csv,
        _ if opens_json => Kind::Json,
        _ => Kind::Csv,
    }
}

fn refuse_strange(name: &str, bytes: &[u8]) -> Result<()> {
    let text = bytes.trim_ascii_start();
    let starts = |opening: &[u8]| {
        let head = text.get(..opening.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(opening))
    };
    let what = if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        "is a workbook of Excel 97 to 2003 (.xls), or one under a password"
    } else if starts(b"<html") || starts(b"<!doctype") || starts(b"<table") || starts(b"<?xml") {
        "is a web page or XML under another name"
    } else if bytes.starts_with(b"%PDF") {
        "is a PDF"
    } else if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        "is text in UTF-16, which Excel calls Unicode text"
    } else {
        return Ok(());
    };
    let message = format!(
        "{name} {what}; open it and save it as an Excel workbook (.xlsx) without a password, \
         or as CSV UTF-8 (.csv)"
    );
    Err(Refused::new(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_and_a_name_that_lies_is_told() {
        for (name, bytes, kind, is_told) in [
            ("a.xlsx", &b"PK\x03\x04"[..], Kind::Workbook, false),
            ("a.csv", b"PK\x03\x04", Kind::Workbook, true),
            ("a.xlsx", b"name,label\n", Kind::Csv, true),
            ("a.xlsx", b" {\"ask\": 1}", Kind::Json, true),
            ("a.csv", b"[x],y\n", Kind::Csv, false),
            ("a.json", b"", Kind::Json, false),
            ("standard input", b"\xef\xbb\xbf[{}]", Kind::Json, false),
            ("standard input", b"name,label\n", Kind::Csv, false),
        ] {
            let (found, note) = kind_of(name, bytes).unwrap();
            assert_eq!((found, note.is_some()), (kind, is_told), "{name}: {note:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_called_by_what_it_is() {
        for (bytes, expected) in [
            (&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..."[..], "Excel 97"),
            (b"\n<HTML><table>", "web page"),
            (b"%PDF-1.7", "PDF"),
            (b"\xff\xfen\0a\0", "UTF-16"),
        ] {
            let failure = kind_of("a.xlsx", bytes).unwrap_err();
            assert!(failure.headline.contains(expected), "{failure}");
            assert!(failure.headline.contains("save it as"), "{failure}");
        }
    }
}
