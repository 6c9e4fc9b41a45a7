//! The package that a workbook comes in: what it unpacks to is measured before anything is read.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::super::{Refused, Result};
use super::{PACKED_BYTES_MAX, PARTS_MAX, UNPACKED_BYTES_MAX};

/// The part in which a workbook keeps its macros.
const MACROS: &str = "vbaproject.bin";

/// Refuses a package that is too large, damaged, locked, or not that of an Excel workbook.
///
/// What the package says of its own sizes is not believed: every part is unpacked once into
/// nothing, up to the bound.
///
/// Tells whether there are macros in it.
///
/// # Errors
/// Why it is refused, and what to do.
pub(super) fn check(name: &str, bytes: &[u8]) -> Result<bool> {
    check_within(name, bytes, UNPACKED_BYTES_MAX)
}

fn check_within(name: &str, bytes: &[u8], unpacked_bytes_max: u64) -> Result<bool> {
    let refused = |why: String| Refused::new(format!("{name} {why}"));
    if bytes.len() > PACKED_BYTES_MAX {
        let message = format!("is a workbook of more than {PACKED_BYTES_MAX} bytes");
        return Err(refused(message));
    }
    let damaged = |why: &dyn std::fmt::Display| {
        refused(format!(
            "is a damaged workbook ({why}); open it and save it again"
        ))
    };
    let mut package = ZipArchive::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
    if package.len() > PARTS_MAX {
        return Err(refused(format!(
            "is a workbook of more than {PARTS_MAX} parts"
        )));
    }
    let mut names = Vec::new();
    let mut left = unpacked_bytes_max;
    for place in 0..package.len() {
        let part = package.by_index(place).map_err(|e| damaged(&e))?;
        names.push(part.name().map_err(|e| damaged(&e))?.to_lowercase());
        let mut bounded = part.take(left.saturating_add(1));
        let unpacked = std::io::copy(&mut bounded, &mut std::io::sink());
        let unpacked = unpacked.map_err(|e| damaged(&e))?;
        let Some(rest) = left.checked_sub(unpacked) else {
            return Err(refused(format!(
                "unpacks to more than {unpacked_bytes_max} bytes; none needs to be that large"
            )));
        };
        left = rest;
    }
    match stranger(&names) {
        None => Ok(names.iter().any(|name| is_macro(name))),
        Some(what) => Err(refused(format!(
            "{what}; open it and save it as an Excel workbook (.xlsx)"
        ))),
    }
}

/// Whether a part holds macros: of our days, or of Excel 4.
fn is_macro(part: &str) -> bool {
    part.ends_with(MACROS) || part.starts_with("xl/macrosheets/")
}

/// What a package is that is no Excel workbook, by the names of its parts.
fn stranger(names: &[String]) -> Option<&'static str> {
    let has = |part: &str| names.iter().any(|name| name == part);
    let opens = |folder: &str| names.iter().any(|name| name.starts_with(folder));
    if has("xl/workbook.bin") {
        Some("is a binary workbook (.xlsb)")
    } else if opens("xl/") {
        None
    } else if has("content.xml") {
        Some("is an OpenDocument file, such as LibreOffice writes (.ods)")
    } else if opens("word/") {
        Some("is a Word document")
    } else {
        Some("is a ZIP archive and no workbook")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn package(parts: &[(&str, usize)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        for (name, bytes) in parts {
            writer.start_file(*name, options).unwrap();
            writer.write_all(&vec![b' '; *bytes]).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn a_package_is_measured_before_it_is_read() {
        let packed = package(&[("xl/workbook.xml", 600_000), ("xl/b.xml", 400_000)]);
        assert!(packed.len() < 20_000, "it is a bomb: {}", packed.len());
        assert_eq!(check_within("x", &packed, 1_000_000), Ok(false));
        let refused = check_within("x", &packed, 999_999).unwrap_err();
        assert!(
            refused.headline.contains("unpacks to more than 999999"),
            "{refused}"
        );
        let names: Vec<String> = (0..=PARTS_MAX).map(|n| format!("xl/{n}")).collect();
        let many: Vec<(&str, usize)> = names.iter().map(|name| (name.as_str(), 0)).collect();
        let refused = check("x", &package(&many)).unwrap_err();
        assert!(refused.headline.contains("parts"), "{refused}");
        let large = vec![b'P'; PACKED_BYTES_MAX + 1];
        let refused = check("x", &large).unwrap_err();
        assert!(refused.headline.contains("16777216 bytes"), "{refused}");
    }

    #[test]
    fn another_sort_of_package_is_called_by_its_name() {
        for (part, expected) in [
            ("content.xml", "OpenDocument"),
            ("word/document.xml", "Word"),
            ("xl/workbook.bin", ".xlsb"),
            ("holiday.jpg", "no workbook"),
        ] {
            let refused = check("x", &package(&[(part, 1)])).unwrap_err();
            assert!(refused.headline.contains(expected), "{refused}");
        }
        let with_macros = package(&[("xl/workbook.xml", 1), ("xl/vbaProject.bin", 1)]);
        assert_eq!(check("x", &with_macros), Ok(true));
        let whole = package(&[("xl/workbook.xml", 10_000)]);
        let refused = check("x", &whole[..whole.len() / 2]).unwrap_err();
        assert!(refused.headline.contains("damaged"), "{refused}");
    }
}
