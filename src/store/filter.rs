//! Which asks to list.

use jiff::civil::Date;

use crate::domain::digest::QuestionId;
use crate::domain::id::{HomeId, OrganisationId};

/// Whether asks that were taken back are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Standing {
    /// Only those in force.
    #[default]
    InForce,
    /// Only those that were taken back; these ask no home and no question.
    Withdrawn,
    /// Both.
    Either,
}

/// Which asks to list; every condition given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AskFilter {
    /// Of this organisation.
    pub organisation: Option<OrganisationId>,
    /// That ask this home.
    pub home: Option<HomeId>,
    /// That ask one of these questions.
    pub questions: Option<Vec<QuestionId>>,
    /// In force, or taken back.
    pub standing: Standing,
    /// Whose periods, from the first day of the first to the last day of the last, share a day with
    /// these: the first and the last.
    pub days: Option<(Date, Date)>,
}
