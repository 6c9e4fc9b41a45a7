//! Reading a ledger file: every chain value and commitment is checked on the way, and at the end that
//! nothing was cut off or changed. What is wrong never quotes what an event or a draft says.

use std::io::{BufRead, Read as _};

use blake3::Hasher;
use data_encoding::HEXLOWER;
use serde::Deserialize;

use super::{
    DIGEST_CONTEXT, DraftLine, End, EventLine, FORMAT, FirstLine, LINE_BYTES_MAX, LastLine,
    MoveError, Moved,
};
use crate::domain::draft::Draft;
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::store::ledger::{Digest, MovedEvent, SALT_BYTES, Said};

/// How each sort of line begins.
const EVENT: &str = "{\"sequence\":";
const DRAFT: &str = "{\"draft\":";
const END: &str = "{\"end\":";

/// What the next line holds.
#[derive(Debug)]
pub(crate) enum Item {
    /// The next event, checked.
    Event(MovedEvent),
    /// What was typed and not sent.
    Draft(HomeId, Period, Draft),
    /// Nothing is left: so much was there, and the file is whole.
    End(Moved),
}

/// A file that is being read.
pub(crate) struct LedgerFile<'a> {
    file: &'a mut (dyn BufRead + Send),
    digest: Hasher,
    found: Moved,
    line: String,
    /// The number of the line at hand, from 1.
    number: u64,
}

impl<'a> LedgerFile<'a> {
    /// Begins to read a file.
    pub(crate) fn begin(file: &'a mut (dyn BufRead + Send)) -> Result<Self, MoveError> {
        let mut begun = Self {
            file,
            digest: Hasher::new_derive_key(DIGEST_CONTEXT),
            found: Moved::NOTHING,
            line: String::new(),
            number: 0,
        };
        let is_there = begun.read_line()?;
        let first = serde_json::from_str::<FirstLine<'_>>(&begun.line);
        match first {
            Ok(first) if is_there && first.format == FORMAT => {}
            Ok(first) if first.format.starts_with("askonce-ledger-export ") => {
                let why = format!("another version wrote this; this one reads {FORMAT}");
                return Err(begun.fault(why));
            }
            _ => {
                let why = "this is no file of `askonce ledger export`, whose first line names the \
                           format";
                return Err(begun.fault(why));
            }
        }
        begun.digest.update(begun.line.as_bytes());
        Ok(begun)
    }

    /// The next thing in it; nothing is asked for after the end.
    pub(crate) fn next(&mut self) -> Result<Item, MoveError> {
        if !self.read_line()? {
            return Err(self.cut());
        }
        if self.line.starts_with(END) {
            return self.end();
        }
        self.digest.update(self.line.as_bytes());
        if self.line.starts_with(EVENT) {
            return self.event().map(Item::Event);
        }
        if self.line.starts_with(DRAFT) {
            return self.draft();
        }
        Err(self.fault("this is neither an event nor a draft nor the end"))
    }

    /// Reads a line; whether there was one. One that does not end is none.
    fn read_line(&mut self) -> Result<bool, MoveError> {
        self.number += 1;
        let mut bytes = std::mem::take(&mut self.line).into_bytes();
        bytes.clear();
        let longest = LINE_BYTES_MAX as u64 + 1;
        let mut bounded = (&mut *self.file).take(longest);
        let read = bounded.read_until(b'\n', &mut bytes);
        read.map_err(MoveError::Read)?;
        if bytes.len() > LINE_BYTES_MAX {
            return Err(self.fault("this is longer than any line of a ledger"));
        }
        let is_whole = bytes.last() == Some(&b'\n');
        if !is_whole && !bytes.is_empty() {
            return Err(self.cut());
        }
        let text = String::from_utf8(bytes);
        self.line = text.map_err(|_| self.fault("this is no text"))?;
        Ok(is_whole)
    }

    fn event(&mut self) -> Result<MovedEvent, MoveError> {
        if self.found.drafts > 0 {
            return Err(self.fault("an event stands behind the drafts"));
        }
        let expected = self.found.events + 1;
        let of_event = |why: &str| self.fault(format!("event {expected}: {why}"));
        let line = parsed::<EventLine<'_>>(&self.line).map_err(|why| of_event(&why))?;
        let said = match (&line.salt, line.body, line.erased) {
            (Some(salt), Some(body), false) => Some(Said {
                salt: salt_of(salt).ok_or_else(|| of_event("its salt is none"))?,
                body: body.get().to_owned(),
            }),
            (None, None, true) => None,
            _ => {
                return Err(of_event(
                    "expected a salt and a body, or that it was erased",
                ));
            }
        };
        let event = MovedEvent {
            sequence: line.sequence,
            recorded_at: line.recorded_at.into_owned(),
            kind: line.kind.into_owned(),
            commitment: line.commitment,
            chain: line.chain,
            said,
        };
        let checked = event.check(self.found.events, &self.found.head_chain);
        checked.map_err(|why| of_event(&why))?;
        self.found.events += 1;
        self.found.erased += u64::from(event.said.is_none());
        self.found.head_chain = event.chain;
        Ok(event)
    }

    fn draft(&mut self) -> Result<Item, MoveError> {
        let fault = |what: &str| self.fault(format!("the draft {what}"));
        let line = parsed::<DraftLine<'_>>(&self.line).map_err(|why| fault(&why))?;
        let home = line.home.parse();
        let home = home.map_err(|_| fault("is of no home"))?;
        let period = line.period.parse();
        let period = period.map_err(|_| fault("is for no period"))?;
        let draft = serde_json::from_str(line.draft.get());
        let draft = draft.map_err(|_| fault("does not read"))?;
        self.found.drafts += 1;
        Ok(Item::Draft(home, period, draft))
    }

    /// Compares what was found with what the last line says.
    fn end(&mut self) -> Result<Item, MoveError> {
        let LastLine { end } = parsed(&self.line).map_err(|why| self.fault(why))?;
        let End {
            events,
            erased,
            drafts,
            head_chain,
            digest: written,
        } = end;
        let said = Moved {
            events,
            erased,
            drafts,
            head_chain,
        };
        if said != self.found {
            return Err(self.fault(format!(
                "it should hold {events} events and {drafts} drafts, and holds {} and {}",
                self.found.events, self.found.drafts
            )));
        }
        if Digest(*self.digest.finalize().as_bytes()) != written {
            return Err(self.fault("the file is not as it was written: its digest is another"));
        }
        let end = self.number;
        if self.read_line()? {
            return Err(self.fault("something stands behind the end"));
        }
        self.number = end;
        Ok(Item::End(self.found))
    }

    fn cut(&self) -> MoveError {
        self.fault(format!(
            "the file ends here, after {} events and {} drafts, before its last line: it was cut",
            self.found.events, self.found.drafts
        ))
    }

    fn fault(&self, why: impl Into<String>) -> MoveError {
        MoveError::File {
            line: self.number,
            why: why.into(),
        }
    }
}

/// Reads a line; what is wrong says only where.
fn parsed<'a, T: Deserialize<'a>>(line: &'a str) -> Result<T, String> {
    serde_json::from_str(line).map_err(|error| {
        let (column, sort) = (error.column(), error.classify());
        format!("does not read ({sort:?}) at column {column}")
    })
}

fn salt_of(text: &str) -> Option<[u8; SALT_BYTES]> {
    let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
    bytes.try_into().ok()
}
