//! Reading a file ahead, and looking through it for a frame.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use super::frame::{self, FRAME_LINE_BYTES_MAX};

/// Read-ahead, in bytes (256 KiB): a hundred events a system call, and cheap to set up for a short read.
const WINDOW_BYTES: usize = 256 << 10;

/// A stretch of a file, read ahead. It serves one file until it is replaced.
#[derive(Default)]
pub(super) struct Window {
    offset: u64,
    /// What was read, and behind it what is left of longer reads.
    bytes: Vec<u8>,
    /// How many of `bytes` were read.
    filled: usize,
}

impl Window {
    /// Forgets what was read.
    pub(super) fn clear(&mut self) {
        self.filled = 0;
    }

    /// The bytes of `file` at `offset`: at least `wanted` of them, fewer only where the file ends.
    pub(super) fn get(&mut self, file: &File, offset: u64, wanted: usize) -> io::Result<&[u8]> {
        let held = offset
            .checked_sub(self.offset)
            .and_then(|skip| usize::try_from(skip).ok())
            .filter(|skip| {
                self.filled
                    .checked_sub(*skip)
                    .is_some_and(|left| left >= wanted)
            });
        if let Some(skip) = held {
            return Ok(&self.bytes[skip..self.filled]);
        }
        self.filled = 0;
        self.offset = offset;
        let room = wanted.max(WINDOW_BYTES);
        if self.bytes.len() < room {
            self.bytes.resize(room, 0);
        }
        while self.filled < room {
            let into = &mut self.bytes[self.filled..room];
            match file.read_at(into, offset + self.filled as u64) {
                Ok(0) => break,
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(&self.bytes[..self.filled])
    }
}

/// The offset of the first frame line of a file behind offset `from`, if any.
///
/// It is looked for at every byte, since the newline before it may be what was altered. No event has the
/// text of one: its checksum is followed by a raw newline, and the lines of events end in a brace.
pub(super) fn later_frame(window: &mut Window, file: &File, from: u64) -> io::Result<Option<u64>> {
    let mut offset = from + 1;
    loop {
        let text = window.get(file, offset, WINDOW_BYTES)?;
        let mut starts = (0..text.len()).filter(|start| text[*start] == b'f');
        if let Some(start) = starts.find(|start| frame::parse_line(&text[*start..]).is_some()) {
            return Ok(Some(offset + start as u64));
        }
        // Overlap, so that a line across the border of two windows is seen whole in the second.
        if text.len() <= FRAME_LINE_BYTES_MAX {
            return Ok(None);
        }
        offset += (text.len() - FRAME_LINE_BYTES_MAX) as u64;
    }
}
