//! The format is frozen: a ledger as version 1 writes it, byte by byte, and read by the plainest means.

use super::*;

#[test]
fn a_ledger_is_lines_of_json_with_commitments_and_a_chain_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[2]);
    let text = std::fs::read_to_string(files(dir.path()).remove(0)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], format!("askonce-ledger 1 1 {}", "0".repeat(64)));
    let mut chain = [0; 32];
    for event in lines[2..].chunks(2) {
        let header: serde_json::Value = serde_json::from_str(event[0]).unwrap();
        let beside: serde_json::Value = serde_json::from_str(event[1]).unwrap();
        let salt = data_encoding::HEXLOWER
            .decode(beside["salt"].as_str().unwrap().as_bytes())
            .unwrap();
        let body = serde_json::to_vec(&beside["body"]).unwrap();
        let commitment = hash("askonce 2026-11-21 ledger commitment v1", &[&salt, &body]);
        assert_eq!(
            header["commitment"],
            data_encoding::HEXLOWER.encode(&commitment)
        );
        let open = event[0].split(",\"chain\"").next().unwrap();
        let open = format!("{open}}}");
        chain = hash(
            "askonce 2026-11-21 ledger chain v1",
            &[&chain, open.as_bytes()],
        );
        assert_eq!(header["chain"], data_encoding::HEXLOWER.encode(&chain));
    }
}

fn hash(context: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(context);
    for part in parts {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

#[test]
fn version_1_writes_these_bytes_and_reads_them() {
    let dir = tempfile::tempdir().unwrap();
    let sample = include_bytes!("sample-v1.ledger");
    write(dir.path(), SMALL, &[1, 2]);
    let written = std::fs::read(files(dir.path()).remove(0)).unwrap();
    assert_eq!(
        String::from_utf8_lossy(&written),
        String::from_utf8_lossy(sample)
    );
    std::fs::write(files(dir.path()).remove(0), sample).unwrap();
    assert_eq!(verify(dir.path()).unwrap().events, 3);
}

#[test]
fn a_header_that_differs_from_the_canonical_text_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let place = write(dir.path(), SMALL, &[1])[0];
    let text = std::fs::read(files(dir.path()).remove(0)).unwrap();
    let text = &text[usize::try_from(place.offset).unwrap()..];
    let line = std::str::from_utf8(text).unwrap().lines().next().unwrap();
    let line = format!("{line}\n");
    assert!(event::parse_header(line.as_bytes()).is_ok());
    for (from, to) in [
        ("\"v\":1,", "\"v\":2,"),
        (":1,\"rec", ": 1,\"rec"),
        (":1,\"rec", ":01,\"rec"),
        (":1,\"rec", ":+1,\"rec"),
        (",\"chain\"", ",\"x\":1,\"chain\""),
        ("\"}\n", "\" }\n"),
        ("\"}\n", "\"}"),
        ("\"kind\"", "\"king\""),
    ] {
        let other = line.replacen(from, to, 1);
        assert_ne!(other, line);
        assert!(
            event::parse_header(other.as_bytes()).is_err(),
            "{from} as {to}"
        );
    }
}
