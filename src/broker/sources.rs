//! What a form is drawn from: the sheets of its own references, and those that answers to it may
//! follow from.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::ask::SharedAsk;
use crate::domain::dictionary::Dictionary;
use crate::domain::form::Sheets;
use crate::domain::id::HomeId;
use crate::domain::known::{Knowledge, Memo, Register};
use crate::domain::link::Links;
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::domain::template::Template;

use super::{Broker, BrokerError};

/// Most sheets of single days and windows that are read for one reference: the days of a year, and
/// their windows.
pub(super) const MOMENTS_MAX: usize = 450;

/// Most sheets of shorter spans that are read for one span: the days, weeks and months of a year, and
/// a look-back from each day.
const SPANS_MAX: usize = 1_000;

/// Spans of so many days and more are read first, months before weeks before days: shorter ones only
/// where the longer do not make up what is asked.
const SPAN_DAYS: [i32; 3] = [28, 7, 1];

/// Sheets, with their revisions.
#[derive(Default)]
pub(super) struct Drawn {
    pub(super) sheets: Sheets,
    pub(super) revisions: BTreeMap<Reference, u64>,
    /// What the form before speaks of, by what this one does.
    pub(super) before: BTreeMap<Reference, Reference>,
}

impl Broker {
    /// The sheets that a form is made from.
    pub(super) async fn drawn(
        &self,
        home: &HomeId,
        template: &Template,
        asks: &[SharedAsk],
        dictionary: &Dictionary,
        links: &Links,
    ) -> Result<Drawn, BrokerError> {
        let mut drawn = Drawn {
            before: before(template, asks),
            ..Drawn::default()
        };
        let own: BTreeSet<Reference> = template.entries().iter().map(|e| e.reference).collect();
        let mut wanted: BTreeSet<Reference> = drawn.before.values().copied().collect();
        wanted.extend(&own);
        wanted.insert(Reference::Standing);
        for (first, last) in own.iter().filter_map(|own| days_before(*own, template)) {
            wanted.extend(self.store.moments(home, first, last, MOMENTS_MAX).await?);
        }
        self.read_sheets(home, wanted, &mut drawn).await?;
        for reference in own {
            self.read_shorter(home, template, reference, (dictionary, links), &mut drawn)
                .await?;
        }
        Ok(drawn)
    }

    /// The sheets of the spans within one, as far as they are needed.
    async fn read_shorter(
        &self,
        home: &HomeId,
        template: &Template,
        reference: Reference,
        (dictionary, links): (&Dictionary, &Links),
        drawn: &mut Drawn,
    ) -> Result<(), BrokerError> {
        let Reference::Span { first, last } = reference else {
            return Ok(());
        };
        let mut within = None;
        let mut longer = i32::MAX;
        for least in SPAN_DAYS {
            let is_wanted = lacks_shorter(template, reference, (dictionary, links), drawn);
            if first == last || !is_wanted {
                return Ok(());
            }
            if within.is_none() {
                within = Some(self.store.spans(home, first, last, SPANS_MAX).await?);
            }
            let spans = within.iter().flatten().copied();
            let of_length = least..longer;
            let spans = spans.filter(|span| of_length.contains(&days(*span)));
            longer = least;
            self.read_sheets(home, spans.collect(), drawn).await?;
        }
        Ok(())
    }

    async fn read_sheets(
        &self,
        home: &HomeId,
        references: BTreeSet<Reference>,
        drawn: &mut Drawn,
    ) -> Result<(), BrokerError> {
        for reference in references {
            if drawn.revisions.contains_key(&reference) {
                continue;
            }
            let stored = self.store.sheet(home, &reference).await?;
            drawn.revisions.insert(reference, stored.revision);
            if !stored.value.is_empty() {
                drawn.sheets.insert(reference, stored.value);
            }
        }
        Ok(())
    }
}

/// Whether an entry of a reference might be filled by spans that are shorter than those at hand.
fn lacks_shorter(
    template: &Template,
    reference: Reference,
    (dictionary, links): (&Dictionary, &Links),
    drawn: &Drawn,
) -> bool {
    let knowledge = Knowledge {
        sheets: &drawn.sheets,
        links,
        dictionary,
        register: Register::Nothing,
        asked: BTreeMap::new(),
        settled: BTreeMap::new(),
        memo: Memo::default(),
    };
    let mut entries = template.entries().iter();
    entries.any(|entry| entry.reference == reference && knowledge.lacks_shorter_spans(entry))
}

fn days(span: Reference) -> i32 {
    match span {
        Reference::Span { first, last } => (last - first).get_days() + 1,
        _ => 0,
    }
}

/// The days of which a state may speak that fills an entry of this reference: those of a window, the
/// very day, and as many before as any demand allows.
fn days_before(reference: Reference, template: &Template) -> Option<(Date, Date)> {
    let (first, last) = match reference {
        Reference::OnCompletion { opens, closes } => (opens.date(), closes.date()),
        Reference::Moment { date, .. } => (date, date),
        Reference::Span { .. } | Reference::Standing => return None,
    };
    let entries = template
        .entries()
        .iter()
        .filter(|entry| entry.reference == reference);
    let ages = entries.flat_map(|entry| &entry.demands);
    let age = ages.filter_map(|demand| demand.field.max_age_days).max();
    let first = first.saturating_sub(i64::from(age.unwrap_or(0)).days());
    Some((first, last))
}

/// What the form before spoke of, where this one speaks of its period, of the end of that, or of a
/// window of an ask.
fn before(template: &Template, asks: &[SharedAsk]) -> BTreeMap<Reference, Reference> {
    let period = template.body().period;
    let Some(previous) = period.previous() else {
        return BTreeMap::new();
    };
    let span = |period: Period| Reference::Span {
        first: period.start(),
        last: period.last_day(),
    };
    let mut before = BTreeMap::from([(span(period), span(previous))]);
    for reference in template.entries().iter().map(|entry| entry.reference) {
        if let Reference::Moment { date, at } = reference
            && date == period.last_day()
        {
            let date = previous.last_day();
            before.insert(reference, Reference::Moment { date, at });
        }
    }
    let windows = asks.iter().filter(|ask| template.ask(&ask.name).is_some());
    for ask in windows {
        let window = |period| ask.window.window(&period).ok();
        if let (Some(now), Some(then)) = (window(period), window(previous)) {
            let on = |window: crate::domain::window::Window| Reference::OnCompletion {
                opens: window.opens,
                closes: window.closes,
            };
            before.insert(on(now), on(then));
        }
    }
    let own: BTreeSet<Reference> = template.entries().iter().map(|e| e.reference).collect();
    before.retain(|reference, _| own.contains(reference));
    before
}
