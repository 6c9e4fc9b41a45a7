//! What the events say, as tables: for whoever asks the database by SQL.
//!
//! Invariants:
//! - A row is one event's doing under a key that has the event in it, written once; or how
//!   something stands, which is the row of the latest event that said so. So the tables are a
//!   function of the set of events, in whatever order their transactions commit, and may be made
//!   anew at any time.
//! - One statement a table and group, whatever the group is of. Tables are written in one order,
//!   rows that others may write too in the order of their keys: no two groups wait for each other
//!   in a circle.
//! - The statements go out together: all of them cost one way to the database and back.
//! - No answer, no address of a person and no hash of a secret is among what is written.

mod answers;
mod asks;
mod column;
mod governed;
mod registers;
mod row;

use tokio_postgres::Error;

use super::line::{Param, Session};
use super::pipeline;
use super::place::EventAt;
use crate::domain::event::Event;
use crate::store::index::Noted;
use row::{Ready, Row, ready};

/// An event with where it was written.
pub(super) struct Placed<'a> {
    /// Where.
    pub(super) at: EventAt,
    /// The event as it was read: `noted` is of `event`.
    pub(super) noted: &'a Noted,
    /// The event.
    pub(super) event: &'a Event,
}

/// Writes what events say into the tables, in the transaction that the session is in.
pub(super) async fn project(session: Session<'_>, placed: &[Placed<'_>]) -> Result<(), Error> {
    let mut gathered = Gathered::default();
    for one in placed {
        gathered.add(one);
    }
    let statements = gathered.into_statements();
    let sent = statements.iter().map(|statement| send(session, statement));
    pipeline::all(sent.collect()).await.map(drop)
}

async fn send(session: Session<'_>, statement: &Ready<'_>) -> Result<(), Error> {
    let params: Vec<Param<'_>> = statement
        .params
        .iter()
        .map(|(values, kind)| (values.as_ref() as _, kind.clone()))
        .collect();
    session.execute(statement.sql, &params).await.map(drop)
}

/// Every table with its rows, in the order in which they are written; rows that others refer to
/// stand before those. At most 30 statements are begun in order.
macro_rules! tables {
    ($($field:ident: $module:ident::$row:ident,)+) => {
        /// Rows on their way to their tables.
        #[derive(Default)]
        struct Gathered<'a> {
            $($field: Vec<$module::$row<'a>>,)+
        }

        /// Every table that is projected into, in the order in which it is written.
        pub(super) const TABLES: &[&str] = &[$($module::$row::TABLE,)+];

        impl<'a> Gathered<'a> {
            fn into_statements(self) -> Vec<Ready<'a>> {
                let mut statements = Vec::new();
                $(statements.extend(ready(self.$field));)+
                statements
            }
        }
    };
}

tables! {
    organisations: registers::OrganisationRow,
    organisation_successions: registers::OrganisationSuccessionRow,
    powers: registers::PowerRow,
    homes: registers::HomeRow,
    home_successions: registers::HomeSuccessionRow,
    tokens: registers::TokenRow,
    token_revocations: registers::TokenRevocationRow,
    token_rotations: registers::TokenRotationRow,
    asks: asks::AskRow,
    ask_fields: asks::AskFieldRow,
    ask_targets: asks::AskTargetRow,
    ask_withdrawals: asks::AskWithdrawalRow,
    acknowledgements: asks::AcknowledgementRow,
    decisions: governed::DecisionRow,
    decision_undoings: governed::DecisionUndoingRow,
    objections: governed::ObjectionRow,
    objection_answers: governed::ObjectionAnswerRow,
    dictionaries: governed::DictionaryRow,
    elements: governed::ElementRow,
    element_retirements: governed::ElementRetirementRow,
    element_proposals: governed::ElementProposalRow,
    templates: governed::TemplateRow,
    receipts: answers::ReceiptRow,
    releases: answers::ReleaseRow,
    filings: answers::FilingRow,
    collections: answers::CollectionRow,
    digests: answers::DigestRow,
}

impl<'a> Gathered<'a> {
    /// Adds what an event says.
    fn add(&mut self, placed: &Placed<'a>) {
        let Placed { at, noted, event } = *placed;
        match event {
            Event::DictionaryAdopted(_) => self.add_dictionary(at, noted),
            Event::OrganisationRegistered(entry) => self.add_organisation(at, entry),
            Event::HomeRegistered(entry) => self.add_home(at, entry),
            Event::AskSubmitted(submitted) | Event::AskAmended(submitted) => {
                self.add_ask(at, noted, submitted);
            }
            Event::AskWithdrawn(withdrawn) => self.add_withdrawal(at, noted, withdrawn),
            Event::PowersGranted(powers) => self.add_powers(at, powers),
            Event::AnswersSubmitted(submission) => self.add_submission(at, submission),
            Event::AnswersReleased(released) => self.add_release(at, released),
            Event::AskFiled(filed) => self.add_filed(at, filed),
            Event::TemplateKept(kept) => self.add_template(at, kept),
            Event::QuestionsLinked(decision) => self.add_decision(at, decision),
            Event::LinkUndone(undone) => self.add_undone(at, noted, undone),
            Event::DecisionObjected(objected) => self.add_objected(at, objected),
            Event::ObjectionAnswered(answered) => self.add_answered(at, answered),
            Event::TokenIssued(token) => self.add_token(at, token),
            Event::TokenRevoked(revoked) => self.add_revoked(at, noted, revoked),
            Event::TokenRotated(rotated) => self.add_rotated(at, noted, rotated),
            Event::OrganisationSucceeded(succession) => self.add_organisation_ended(at, succession),
            Event::OrganisationSuccessionUndone(undone) => {
                self.add_organisation_going_on(at, undone);
            }
            Event::HomeSucceeded(succession) => self.add_home_ended(at, succession),
            Event::HomeSuccessionUndone(undone) => self.add_home_going_on(at, undone),
            Event::ElementProposed(proposed) => self.add_proposed(at, proposed),
            Event::ElementApproved(approved) => self.add_approved(at, approved),
            Event::ElementRetired(retired) => self.add_retired(at, retired),
            Event::AnswersCollected(collected) => self.add_collected(at, noted, collected),
            Event::DeliveriesAcknowledged(said) => self.add_acknowledged(at, noted, said),
            Event::DigestSent(sent) => self.add_digest(at, sent),
            // People stand in the ledger alone: a copy of names and addresses would have to be
            // kept from analysts, and erased with them. The matcher's words are read by nobody
            // here.
            Event::PersonInvited(_)
            | Event::PersonRemoved(_)
            | Event::DigestPreferred(_)
            | Event::TermsDecided(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
