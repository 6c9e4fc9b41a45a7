//! Admission: whether requests may be recorded, each seeing what those before it in the same
//! group will write.

use std::collections::HashMap;

use super::core::Core;
use super::fact::{Fact, Noted};
use super::record::RequestRecord;
use super::records::Records;
use crate::domain::digest::Digest;
use crate::domain::event::{Event, Key};
use crate::store::{Append, Appended, Expectation, Idempotency, StoreError};

/// A request, read and checked as far as that needs no index.
#[derive(Debug)]
pub(crate) struct Request {
    /// What its events say.
    pub(crate) noted: Vec<Noted>,
    /// What each event changes.
    pub(crate) keys: Vec<Vec<Key>>,
    pub(crate) expectations: Vec<Expectation>,
    pub(crate) idempotency: Option<Idempotency>,
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for no events, and for one that could never be read back.
    pub(crate) fn of(append: &Append) -> Result<Self, StoreError> {
        if append.events.is_empty() {
            return Err(StoreError::Refused("there is nothing to record".to_owned()));
        }
        let note = |(position, event)| {
            Ok(Noted {
                fact: Fact::of_known(event, &append.asks).map_err(StoreError::Refused)?,
                by: append.by.clone(),
                at: append.at,
                idempotency: append.idempotency.filter(|_| position == 0),
            })
        };
        let noted = append.events.iter().enumerate().map(note);
        Ok(Self {
            noted: noted.collect::<Result<_, StoreError>>()?,
            keys: append.events.iter().map(Event::keys).collect(),
            expectations: append.expectations.clone(),
            idempotency: append.idempotency,
        })
    }
}

/// What was recorded before a group.
pub(crate) trait Recordings {
    /// The revision of what a key names.
    fn revision(&self, of: &Key) -> Result<u64, StoreError>;

    /// The request recorded under a digest.
    fn request(&self, request: &Digest) -> Result<Option<RequestRecord>, StoreError>;
}

impl<R: Records> Recordings for Core<R> {
    fn revision(&self, of: &Key) -> Result<u64, StoreError> {
        Self::revision(self, of)
    }

    fn request(&self, request: &Digest) -> Result<Option<RequestRecord>, StoreError> {
        Self::request(self, request)
    }
}

/// The requests of one group that are to be recorded.
pub(crate) struct Group {
    /// The sequence that the next event takes.
    next: u64,
    changed: HashMap<Key, u64>,
    requests: HashMap<Digest, RequestRecord>,
}

impl Group {
    /// A group whose first event takes this sequence.
    pub(crate) fn from(next: u64) -> Self {
        Self {
            next,
            changed: HashMap::new(),
            requests: HashMap::new(),
        }
    }

    /// What becomes of a request, if the group is written: [`Appended::Recorded`] means that its
    /// events are the next of the group.
    pub(crate) fn admit(
        &mut self,
        before: &impl Recordings,
        request: &Request,
    ) -> Result<Appended, StoreError> {
        if let Some(idempotency) = &request.idempotency
            && let Some(earlier) = self.earlier(before, &idempotency.request)?
        {
            return Ok(earlier.again(idempotency));
        }
        let mut keys = Vec::new();
        for expectation in &request.expectations {
            let revision = match self.changed.get(&expectation.key) {
                Some(sequence) => *sequence,
                None => before.revision(&expectation.key)?,
            };
            if revision != expectation.revision {
                keys.push(expectation.key.clone());
            }
        }
        if !keys.is_empty() {
            return Ok(Appended::Conflict { keys });
        }
        let first = self.next;
        for keys in &request.keys {
            for key in keys {
                self.changed.insert(key.clone(), self.next);
            }
            self.next += 1;
        }
        if let Some(idempotency) = request.idempotency {
            let content = idempotency.content;
            let record = RequestRecord { first, content };
            self.requests.insert(idempotency.request, record);
        }
        Ok(Appended::Recorded { first })
    }

    fn earlier(
        &self,
        before: &impl Recordings,
        request: &Digest,
    ) -> Result<Option<RequestRecord>, StoreError> {
        match self.requests.get(request) {
            Some(found) => Ok(Some(*found)),
            None => before.request(request),
        }
    }
}
