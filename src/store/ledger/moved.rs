//! Events that go from one ledger to another, with all that their chain and commitments are made of.

use super::event::{self, Lines};
use super::{
    BODY_BYTES_MAX, Digest, FRAME_BYTES_MAX, HEADER_LINE_BYTES_MAX, Ledger, LedgerError,
    SALT_BYTES, chain_value, commitment,
};

/// An event as it goes from one ledger to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MovedEvent {
    /// Its number, from 1.
    pub(crate) sequence: u64,
    /// When it was recorded, as the chain covers it.
    pub(crate) recorded_at: String,
    /// What happened.
    pub(crate) kind: String,
    /// The salted commitment to its body.
    pub(crate) commitment: Digest,
    /// The chain value through this event.
    pub(crate) chain: Digest,
    /// What it says; none if it was erased.
    pub(crate) said: Option<Said>,
}

/// What an event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// The salt of its commitment.
    pub(crate) salt: [u8; SALT_BYTES],
    /// Its body, the very text that was committed to.
    pub(crate) body: String,
}

impl MovedEvent {
    /// Checks that it is the event after one, by sequence and chain, that its body is what was
    /// committed to, and that a ledger can hold it.
    ///
    /// # Errors
    /// What does not hold; nothing of what it says.
    pub(crate) fn check(&self, before: u64, chain_before: &Digest) -> Result<(), String> {
        if self.sequence != before + 1 {
            return Err(format!("event {} stands in its place", self.sequence));
        }
        if !event::is_time_stamp(&self.recorded_at) {
            return Err("its time is none".to_owned());
        }
        event::check_kind(&self.kind)?;
        let numbered = (self.sequence, self.recorded_at.as_str());
        if chain_value(chain_before, numbered, &self.kind, &self.commitment) != self.chain {
            return Err("its header does not continue the chain".to_owned());
        }
        if let Some(said) = &self.said {
            event::check(&self.kind, said.body.as_bytes())?;
            if commitment(&said.salt, said.body.as_bytes()) != self.commitment {
                return Err("its body does not match its commitment".to_owned());
            }
        }
        Ok(())
    }

    /// An upper bound of what it adds to a frame's payload, in bytes.
    pub(crate) fn stored_bytes_max(&self) -> usize {
        let body = self.said.as_ref().map_or(0, |said| said.body.len());
        HEADER_LINE_BYTES_MAX + event::BODY_LINE_OVERHEAD_BYTES + body
    }

    fn lines(&self) -> Lines<'_> {
        Lines {
            recorded_at: &self.recorded_at,
            kind: &self.kind,
            commitment: &self.commitment,
            said: (self.said.as_ref()).map(|said| (&said.salt, said.body.as_bytes())),
        }
    }
}

// A frame holds one event at least, whatever it says.
const _: () = assert!(BODY_BYTES_MAX + 2 * HEADER_LINE_BYTES_MAX < FRAME_BYTES_MAX);

impl Ledger {
    /// Appends events of another ledger, checked by [`MovedEvent::check`] one after the other from the last
    /// event here, as one frame: their sequences and chain values stay what they were. Who calls bounds the
    /// group as that of [`Ledger::append`].
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub(crate) fn append_moved(&mut self, events: &[MovedEvent]) -> Result<(), LedgerError> {
        self.write(events.iter().map(MovedEvent::lines))?;
        let is_same = events
            .last()
            .is_none_or(|last| last.chain == self.checkpoint().chain);
        debug_assert!(is_same, "what was checked chains as it did");
        Ok(())
    }
}
