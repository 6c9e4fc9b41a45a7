//! Between messages and the kernel's types: the only reader of generated types.
//!
//! What comes in becomes the kernel's raw types, whose faults name the same paths as the messages
//! do; what goes out is spelt out in full, defaults too. `From` and `TryFrom` between the two are
//! for both sides of the wire.

mod answer;
mod ask;
mod bands;
mod collection;
mod copy_sheet;
mod delivery;
mod dictionary;
mod draft;
mod effect;
mod entry;
mod explanation;
mod field;
mod form;
mod governance;
mod insight;
mod ledger;
mod names;
mod objection;
mod people;
mod preview;
mod receipt;
mod registry;
mod suggestion;
mod terms;
mod time;
mod token;

pub(crate) use self::ask::{ask_view, demand_row, outcome};
pub(crate) use self::collection::{collection, completeness_counts, home_completeness};
pub(crate) use self::delivery::delivery;
pub(crate) use self::dictionary::{decided, element, raw_decision};
pub(crate) use self::draft::draft;
pub(crate) use self::effect::effect;
pub(crate) use self::explanation::{explained, explanation};
pub(crate) use self::form::{form, summary};
pub(crate) use self::governance::{proposal, raw_element};
pub(crate) use self::insight::{burden, burden_group, burden_view, overlap, overlap_organisation};
pub(crate) use self::ledger::{ledger_event, verified};
pub(crate) use self::names::{
    ask_name, decision_id, delivery_scope, element_id, form_name, home_id, home_identifier,
    is_any_organisation, optional, organisation_id, organisation_identifier, receipt_name, text,
    token_id,
};
pub(crate) use self::objection::{
    decision_view, objection, objection_name, raw_term, suggested_word, term, version, withdrawn,
};
pub(crate) use self::people::{invitation, parent_home, person, person_id, removed_homes};
pub(crate) use self::preview::previewed;
pub(crate) use self::receipt::{not_confirmed, receipt, submission};
pub(crate) use self::registry::{
    home, home_filter, home_row, home_succession, imported, kind, organisation, organisation_row,
    organisation_succession, powers, raw_powers,
};
pub(crate) use self::suggestion::{
    compared, field_suggestions, suggestion, suggestion_place, tier,
};
pub(crate) use self::terms::{ask_states, known, progress_states, states};
pub(crate) use self::time::instant;
pub(crate) use self::token::{new_token, role, rotated, rotation_overlap, token};
