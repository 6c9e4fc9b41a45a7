//! What was said of another day and may still be true.

use std::cmp::Reverse;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

use crate::domain::answer::{Answer, DeclineReason, Said};
use crate::domain::field_type::Timing;
use crate::domain::reference::Reference;
use crate::domain::sheet::SheetAnswer;
use crate::domain::template::{Entry, Input};
use crate::domain::worked_out::How;

use super::{Knowledge, Known};

impl Knowledge<'_> {
    /// The latest state that an entry takes: one that speaks of a day in its window, or of its very
    /// day, or lies within `max_age_days` before. Without one, such a state that is still to be told.
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
        let takes_stated = max_age_days.is_some() || is_window(entry);
        let takes =
            |at: DateTime, is_dated: bool| (is_dated || takes_stated) && from <= at && at <= to;
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
        let Some((at, _, given)) = latest else {
            let is_asked = self.asks_earlier(entry, (from, to), takes_stated);
            return is_asked.then(|| Known::awaited(How::Earlier));
        };
        let on = is_window(entry).then(|| at.date());
        Known::carried(given, entry, on, How::Earlier)
    }

    /// Whether a state between two moments is to be told anyway that comes before the entry's own. Of
    /// two that would each serve for the other, the one that ends first is told; of those that end
    /// together, the one that starts last.
    fn asks_earlier(
        &self,
        entry: &Entry,
        (from, to): (DateTime, DateTime),
        takes_stated: bool,
    ) -> bool {
        let question = self.links.representative(&entry.question);
        let first = Reference::Moment {
            date: from.date(),
            at: None,
        };
        let own = extent(&entry.reference).map(|(starts, ends)| (ends, Reverse(starts)));
        let asked = self.asked.range((question, first)..);
        let mut states = asked.map_while(|((own, reference), _)| {
            let extent = extent(reference).filter(|_| *own == question)?;
            Some((reference, extent))
        });
        states.any(|(reference, (starts, ends))| {
            let is_dated = matches!(reference, Reference::OnCompletion { .. });
            let is_within = from <= starts && ends <= to;
            (is_dated || takes_stated) && is_within && Some((ends, Reverse(starts))) < own
        })
    }

    /// That a question did not apply, as the home said on the form before.
    pub(super) fn not_applicable(&self, entry: &Entry, before: Option<Reference>) -> Option<Known> {
        let given = self.given(&entry.question, &before?)?;
        let reason = DeclineReason::NotApplicable;
        let stands =
            matches!(&given.answer.said, Said::Declined { reason: own, .. } if *own == reason);
        let carried = Known::carried(given, entry, None, How::NotApplicable);
        carried.filter(|_| stands)
    }
}

/// The first and the last moment of which a state may speak; none for what is no state.
fn extent(reference: &Reference) -> Option<(DateTime, DateTime)> {
    match reference {
        Reference::Moment { date, at } => Some((moment(*date, *at), moment(*date, *at))),
        Reference::OnCompletion { opens, closes } => {
            let starts = opens.date().to_datetime(Time::MIN);
            Some((starts, moment(closes.date(), None)))
        }
        Reference::Span { .. } | Reference::Standing => None,
    }
}

impl Knowledge<'_> {
    /// What the sources of a confirmed answer, that was carried over, say now, where that is something
    /// else.
    pub fn moved(&self, entry: &Entry, answer: &Answer) -> Vec<Known> {
        let own = answer
            .worked_out
            .iter()
            .filter(|own| !own.how.is_computed());
        let now = own.flat_map(|own| &own.from).filter_map(|source| {
            let given = self.given(&source.question, &source.reference)?;
            Known::carried(given, entry, answer.on, How::Earlier)
        });
        let is_count = matches!(entry.input, Input::Count(_));
        now.filter(|known| !known.says(&answer.said, is_count))
            .collect()
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
