//! What was said of another day and may still be true.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

use crate::domain::answer::{DeclineReason, Said};
use crate::domain::field_type::Timing;
use crate::domain::reference::Reference;
use crate::domain::sheet::SheetAnswer;
use crate::domain::template::Entry;
use crate::domain::worked_out::How;

use super::{Knowledge, Known};

impl Knowledge<'_> {
    /// The latest state that an entry takes: one that speaks of a day in its window, or of its very
    /// day, or lies within `max_age_days` before.
    pub(super) fn earlier(&self, entry: &Entry, max_age_days: Option<u32>) -> Option<Known> {
        let age = i64::from(max_age_days.unwrap_or(0)).days();
        let (from, to) = match entry.reference {
            Reference::OnCompletion { opens, closes } => {
                let first = opens.date().saturating_sub(age);
                (first.to_datetime(Time::MIN), moment(closes.date(), None))
            }
            Reference::Moment { date, at } if entry.timing == Timing::AsAt => {
                let first = date.saturating_sub(age);
                (first.to_datetime(Time::MIN), moment(date, at))
            }
            _ => return None,
        };
        // Only a state on completion says of itself on which day it was; a stated time of that day
        // is another moment.
        let takes = |at: DateTime, is_dated: bool| {
            let is_taken = is_dated || max_age_days.is_some() || is_window(entry);
            is_taken && from <= at && at <= to
        };
        let mut latest: Option<(DateTime, u64, &SheetAnswer)> = None;
        for (reference, sheet) in self.sheets {
            let (is_dated, stated) = match reference {
                Reference::Moment { date, at } => (false, Some(moment(*date, *at))),
                Reference::OnCompletion { .. } => (true, None),
                Reference::Span { .. } | Reference::Standing => break,
            };
            if *reference == entry.reference || stated.is_some_and(|at| !takes(at, is_dated)) {
                continue;
            }
            let given = sheet.answer(&entry.question, self.links);
            let Some(given) = given.filter(|known| known.answer.is_given() && is_value(known))
            else {
                continue;
            };
            let at = stated.or_else(|| Some(moment(given.answer.on?, None)));
            let Some(at) = at.filter(|at| takes(*at, is_dated)) else {
                continue;
            };
            if latest.is_none_or(|(last, sequence, _)| (last, sequence) < (at, given.sequence)) {
                latest = Some((at, given.sequence, given));
            }
        }
        let (at, _, given) = latest?;
        let on = is_window(entry).then(|| at.date());
        Some(Known::carried(given, on, How::Earlier))
    }

    /// That a question did not apply, as the home said on the form before.
    pub(super) fn not_applicable(&self, entry: &Entry, before: Option<Reference>) -> Option<Known> {
        let given = self.given(&entry.question, &before?)?;
        let reason = DeclineReason::NotApplicable;
        let stands =
            matches!(&given.answer.said, Said::Declined { reason: own, .. } if *own == reason);
        stands.then(|| Known::carried(given, None, How::NotApplicable))
    }
}

fn is_window(entry: &Entry) -> bool {
    matches!(entry.reference, Reference::OnCompletion { .. })
}

fn is_value(known: &SheetAnswer) -> bool {
    matches!(known.answer.said, Said::Value(_))
}

/// The moment that a day, at its end unless a time is stated, stands for.
fn moment(date: Date, at: Option<Time>) -> DateTime {
    date.to_datetime(at.unwrap_or(Time::MAX))
}
