//! Files of keys and certificates, read whole and never quoted.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::domain::digest::{Digest, derive};

/// Largest such file, in bytes: a bundle of every public authority is a quarter.
const BYTES_MAX: u64 = 1024 * 1024;

const CONTEXT: &str = "askonce 2026-11-22 watched files v1";

/// The bytes of a file.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut bytes));
    match read {
        Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
        Ok(read) if read as u64 > BYTES_MAX => Err(format!(
            "{} has more than {BYTES_MAX} bytes",
            path.display()
        )),
        Ok(_) => Ok(bytes),
    }
}

/// What tells one state of some files from another.
pub(super) fn digest<'a>(files: impl IntoIterator<Item = &'a [u8]>) -> Digest {
    let parts: Vec<u8> = files
        .into_iter()
        .flat_map(|bytes| *derive(CONTEXT, bytes).as_bytes())
        .collect();
    derive(CONTEXT, &parts)
}
