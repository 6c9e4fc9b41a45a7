//! What homes sent, to whom, and who took it: never what was said, and never who said it.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use tokio_postgres::types::Type;

use super::Gathered;
use super::column::{Column, Day, Instant, Texts, Values, count};
use super::row::{Row, Sort, row, statement};
use crate::domain::answer::{Release, Submission};
use crate::domain::collection::AnswersCollected;
use crate::domain::filing::AskFiled;
use crate::domain::id::AskName;
use crate::domain::letter::DigestSent;
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::domain::release::AnswersReleased;
use crate::store::index::Noted;
use crate::store::postgres::place::EventAt;

row! {
    ReceiptRow<'a> in "receipts", Once by (home_id) {
        home_id: &'a str,
        receipt: &'a str,
        given_before: bool,
        period: String,
        template: &'a [u8],
        sent_at: Instant,
        answers: i32,
        speaks_of: Texts,
    }
}

row! {
    ReleaseRow<'a> in "releases", Once by (home_id) {
        home_id: &'a str,
        organisation_id: &'a str,
        ask_id: &'a str,
        period: String,
        reference: String,
        fields: i32,
    }
}

row! {
    FilingRow<'a> in "filings", Latest by (home_id, period, organisation_id, ask_id) {
        home_id: &'a str,
        period: String,
        organisation_id: &'a str,
        ask_id: &'a str,
        is_filed: bool,
        said_at: Instant,
    }
}

row! {
    CollectionRow<'a> in "collections", Once by (home_id) {
        home_id: &'a str,
        place: i32,
        organisation_id: &'a str,
        ask_id: &'a str,
        taker: &'a str,
        period: String,
        reference: String,
        fields: i32,
        collected_at: Instant,
    }
}

row! {
    DigestRow<'a> in "digests", Latest by (home_id, day) {
        home_id: &'a str,
        day: Day,
        begins_week: bool,
        asks: i32,
    }
}

impl<'a> Gathered<'a> {
    pub(super) fn add_submission(&mut self, at: EventAt, sent: &'a Submission) {
        let home_id = sent.home.as_str();
        self.receipts.push(ReceiptRow {
            home_id,
            receipt: &sent.receipt,
            given_before: false,
            period: sent.period.to_string(),
            template: sent.template.as_bytes(),
            sent_at: Instant(sent.submitted_at),
            answers: count(sent.answers.len()),
            speaks_of: Texts::of(sent.references().map(|one| one.to_string())),
            at,
        });
        let of = |answer: usize| sent.answers.get(answer).map(|answer| answer.reference);
        self.add_releases(at, home_id, &sent.releases, of);
    }

    pub(super) fn add_release(&mut self, at: EventAt, sent: &'a AnswersReleased) {
        let home_id = sent.home.as_str();
        self.receipts.push(ReceiptRow {
            home_id,
            receipt: &sent.receipt,
            given_before: true,
            period: sent.period.to_string(),
            template: sent.template.as_bytes(),
            sent_at: Instant(sent.released_at),
            answers: count(sent.answers.len()),
            speaks_of: Texts::of(sent.references().map(|one| one.to_string())),
            at,
        });
        let of = |answer: usize| sent.answers.get(answer).map(|answer| answer.reference);
        self.add_releases(at, home_id, &sent.releases, of);
    }

    /// One row for each ask, period and reference that something was released to.
    fn add_releases(
        &mut self,
        at: EventAt,
        home_id: &'a str,
        releases: &'a [Release],
        of: impl Fn(usize) -> Option<Reference>,
    ) {
        let mut fields = BTreeMap::new();
        for release in releases {
            let answer = usize::try_from(release.answer).ok();
            if let Some(reference) = answer.and_then(&of) {
                let to = (&release.ask, release.period, reference);
                *fields.entry(to).or_insert(0) += 1;
            }
        }
        let row = |((ask, period, reference), fields): ((&'a AskName, Period, Reference), i32)| {
            ReleaseRow {
                home_id,
                organisation_id: ask.organisation.as_str(),
                ask_id: ask.ask.as_str(),
                period: period.to_string(),
                reference: reference.to_string(),
                fields,
                at,
            }
        };
        self.releases.extend(fields.into_iter().map(row));
    }

    pub(super) fn add_filed(&mut self, at: EventAt, filed: &'a AskFiled) {
        self.filings.push(FilingRow {
            home_id: filed.home.as_str(),
            period: filed.period.to_string(),
            organisation_id: filed.ask.organisation.as_str(),
            ask_id: filed.ask.ask.as_str(),
            is_filed: filed.is_filed,
            said_at: Instant(filed.at),
            at,
        });
    }

    pub(super) fn add_collected(
        &mut self,
        at: EventAt,
        noted: &Noted,
        collected: &'a AnswersCollected,
    ) {
        let ask = &collected.ask;
        let taker = collected.taker.as_ref().unwrap_or(&ask.organisation);
        let items = collected.items.iter().enumerate();
        let items = items.map(|(place, item)| CollectionRow {
            home_id: item.home.as_str(),
            place: count(place),
            organisation_id: ask.organisation.as_str(),
            ask_id: ask.ask.as_str(),
            taker: taker.as_str(),
            period: item.period.to_string(),
            reference: item.reference.to_string(),
            fields: count(item.fields.len()),
            collected_at: Instant(noted.at),
            at,
        });
        self.collections.extend(items);
    }

    pub(super) fn add_digest(&mut self, at: EventAt, sent: &'a DigestSent) {
        self.digests.push(DigestRow {
            home_id: sent.home.as_str(),
            day: Day(sent.day),
            begins_week: sent.begins_week,
            asks: count(sent.asks.len()),
            at,
        });
    }
}
