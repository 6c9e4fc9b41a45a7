//! The table of client certificates: by which name each is known, and what its holder may be.

use std::collections::BTreeMap;

use super::file::Row;
use super::nearest::nearest;
use crate::broker::CertificateName;
use crate::domain::access::Grant;
use crate::domain::fault::Faults;

/// Most rows: several systems of every body in England.
const CERTIFICATES_MAX: usize = 10_000;

/// What a row may say.
const MEMBERS: [&str; 5] = ["san_uri", "sha256", "role", "organisation", "homes"];

/// Reads the table.
pub(super) fn read(entries: &[Vec<Row>], faults: &mut Faults) -> BTreeMap<CertificateName, Grant> {
    let mut table = BTreeMap::new();
    if entries.len() > CERTIFICATES_MAX {
        faults.add("certificates", format!("are more than {CERTIFICATES_MAX}"));
        return table;
    }
    for (position, rows) in entries.iter().enumerate() {
        let path = format!("certificates[{position}]");
        let Some((name, grant)) = faults.take(&path, entry(rows)) else {
            continue;
        };
        if table.insert(name, grant).is_some() {
            faults.add(path, "names a certificate that an earlier row names");
        }
    }
    table
}

fn entry(rows: &[Row]) -> Result<(CertificateName, Grant), Faults> {
    let mut faults = Faults::new();
    let mut said: BTreeMap<&str, &str> = BTreeMap::new();
    for row in rows {
        match (MEMBERS.contains(&row.name.as_str()), &row.text) {
            (true, Some(text)) => {
                said.insert(&row.name, text);
            }
            (true, None) => faults.add(&*row.name, "expected a text, or for homes a list of them"),
            (false, _) => faults.add(&*row.name, unknown(&row.name, row.line)),
        }
    }
    let text = |member: &str| said.get(member).copied().unwrap_or_default();
    let wrong = |why: String| Faults::one("", why);
    let name = match (text("san_uri"), text("sha256")) {
        ("", "") => Err(Faults::one("", "needs `san_uri` or `sha256`")),
        (uri, "") => faults
            .take("san_uri", CertificateName::uri(uri).map_err(wrong))
            .ok_or_else(Faults::new),
        ("", digest) => faults
            .take("sha256", CertificateName::sha256(digest).map_err(wrong))
            .ok_or_else(Faults::new),
        _ => Err(Faults::one(
            "",
            "has both `san_uri` and `sha256`: give each a row of its own",
        )),
    };
    let name = faults.take("", name);
    let homes: Vec<String> = text("homes")
        .split(',')
        .filter(|home| !home.is_empty())
        .map(ToOwned::to_owned)
        .collect();
    let grant = faults.take("", Grant::parse(text("role"), text("organisation"), &homes));
    match (name, grant, faults.into_result()) {
        (Some(name), Some(grant), Ok(())) => Ok((name, grant)),
        (_, _, Err(faults)) => Err(faults),
        _ => Err(Faults::one("", "is not whole")),
    }
}

fn unknown(name: &str, line: usize) -> String {
    match nearest(name, MEMBERS) {
        Some(meant) => format!("is not known (line {line}); did you mean {meant}?"),
        None => format!(
            "is not known (line {line}); expected {}",
            MEMBERS.join(", ")
        ),
    }
}
