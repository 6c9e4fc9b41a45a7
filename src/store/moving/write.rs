//! Writing a ledger file.

use std::borrow::Cow;
use std::io::Write;

use blake3::Hasher;
use data_encoding::HEXLOWER;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    DIGEST_CONTEXT, DraftLine, End, EventLine, FORMAT, FirstLine, LastLine, MoveError, Moved,
};
use crate::domain::draft::Draft;
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::store::ledger::{Digest, MovedEvent};

/// A file that is being written.
pub(crate) struct Exporting<'a> {
    out: &'a mut (dyn Write + Send),
    digest: Hasher,
    moved: Moved,
    /// The line at hand.
    line: Vec<u8>,
}

impl<'a> Exporting<'a> {
    /// Begins a file.
    pub(crate) fn begin(out: &'a mut (dyn Write + Send)) -> Result<Self, MoveError> {
        let mut exporting = Self {
            out,
            digest: Hasher::new_derive_key(DIGEST_CONTEXT),
            moved: Moved::NOTHING,
            line: Vec::new(),
        };
        exporting.write(&FirstLine {
            format: Cow::Borrowed(FORMAT),
        })?;
        Ok(exporting)
    }

    /// Writes the next event, which whoever read it has checked.
    pub(crate) fn event(&mut self, event: &MovedEvent) -> Result<(), MoveError> {
        let said = event.said.as_ref();
        let damaged = |_| {
            let sequence = event.sequence;
            MoveError::Damaged(format!("the body of event {sequence} is no JSON"))
        };
        let body: Option<&RawValue> = said
            .map(|said| serde_json::from_str(&said.body))
            .transpose()
            .map_err(damaged)?;
        self.write(&EventLine {
            sequence: event.sequence,
            recorded_at: Cow::Borrowed(&event.recorded_at),
            kind: Cow::Borrowed(&event.kind),
            commitment: event.commitment,
            chain: event.chain,
            salt: said.map(|said| Cow::Owned(HEXLOWER.encode(&said.salt))),
            body,
            erased: said.is_none(),
        })?;
        self.moved.events += 1;
        self.moved.erased += u64::from(said.is_none());
        self.moved.head_chain = event.chain;
        Ok(())
    }

    /// Writes a draft.
    pub(crate) fn draft(
        &mut self,
        home: &HomeId,
        period: Period,
        draft: &Draft,
    ) -> Result<(), MoveError> {
        let draft = serde_json::value::to_raw_value(draft);
        self.write(&DraftLine {
            draft: &draft.expect("a draft is made of texts and lists"),
            home: Cow::Borrowed(home.as_str()),
            period: Cow::Owned(period.to_string()),
        })?;
        self.moved.drafts += 1;
        Ok(())
    }

    /// How many events are written.
    pub(crate) fn events(&self) -> u64 {
        self.moved.events
    }

    /// Writes the last line.
    pub(crate) fn end(mut self) -> Result<Moved, MoveError> {
        let Moved {
            events,
            erased,
            drafts,
            head_chain,
        } = self.moved;
        let digest = Digest(*self.digest.finalize().as_bytes());
        self.write(&LastLine {
            end: End {
                events,
                erased,
                drafts,
                head_chain,
                digest,
            },
        })?;
        self.out.flush().map_err(MoveError::Write)?;
        Ok(self.moved)
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), MoveError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line)
            .expect("a line is made of texts, numbers and JSON");
        self.line.push(b'\n');
        self.digest.update(&self.line);
        self.out.write_all(&self.line).map_err(MoveError::Write)
    }
}
