//! The kernel: what a field means, what one form satisfies many asks, what an answer says to each.
//!
//! **Architecture invariant:** nothing here does I/O, reads a clock or draws randomness, so nothing
//! here can fail for a reason outside its arguments. It knows nothing of the layers above it.

pub mod access;
pub mod alike;
pub mod answer;
pub mod ask;
pub(crate) mod bounded;
pub mod calendar;
pub mod canonical;
pub mod check;
pub mod collection;
pub mod completeness;
pub mod copy_sheet;
pub mod decimal;
pub mod delivery;
pub mod dictionary;
pub mod digest;
pub mod draft;
pub mod estimate;
pub mod event;
pub mod fault;
pub mod field;
pub mod field_type;
pub mod filing;
pub mod form;
pub mod formula;
mod fraction;
pub mod home;
pub mod id;
pub mod identifier;
pub mod known;
pub mod letter;
pub mod limits;
pub mod link;
pub mod liveness;
pub mod matcher;
pub mod objection;
pub mod organisation;
pub mod period;
pub mod person;
pub mod powers;
pub mod preview;
pub mod reference;
pub mod release;
pub mod sheet;
pub mod succession;
pub mod template;
pub mod terms;
pub mod text;
pub mod unit;
pub mod unlike;
pub mod window;
pub mod worked_out;
