//! What was worked out and not looked at follows its sources: when one of them is corrected, it is
//! worked out anew, and those who hold it get the correction.

use std::collections::btree_map::Entry as MapEntry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::domain::answer::{Answer, Release, Submission};
use crate::domain::dictionary::Dictionary;
use crate::domain::digest::Digest;
use crate::domain::event::{Event, Key};
use crate::domain::form::Sheets;
use crate::domain::home::Home;
use crate::domain::known::{Freshness, Knowledge, Memo, Register};
use crate::domain::link::Links;
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::domain::sheet::{ReleaseKey, Sheet, SheetAnswer};
use crate::domain::template::{Entry, Template};
use crate::domain::worked_out::Source;
use crate::store::Expectation;

use super::sources::Drawn;
use super::submit_answers::release_of;
use super::{Broker, BrokerError};

/// Most of a home's sheets that are looked at for what follows from a corrected answer: those that
/// changed last, five years of daily ones.
const SHEETS_OF_HOME_MAX: usize = 2_000;

/// Most of them that are read: those that speak of the days nearest to the correction.
const SHEETS_READ_MAX: usize = 200;

/// What follows is read with these.
pub(super) struct Following<'a> {
    pub(super) home: &'a Arc<Home>,
    pub(super) links: &'a Links,
    pub(super) dictionary: &'a Dictionary,
    /// What is being recorded.
    pub(super) submission: &'a Submission,
}

/// What is to be recorded with a correction.
#[derive(Default)]
pub(super) struct Followed {
    pub(super) events: Vec<Event>,
    pub(super) expectations: Vec<Expectation>,
}

/// An answer that follows, with where it stands.
struct Follower {
    template: Digest,
    period: Period,
    answer: Answer,
    /// To whom, in which shape and on which basis it was released.
    releases: Vec<(ReleaseKey, Digest, Option<Digest>)>,
}

impl Broker {
    /// What follows from answers that take the place of others.
    pub(super) async fn follow(
        &self,
        following: &Following<'_>,
        before: &Sheets,
    ) -> Result<Followed, BrokerError> {
        let changed = changed(following, before);
        let mut followed = Followed::default();
        if changed.is_empty() {
            return Ok(followed);
        }
        let home = &following.home.id;
        let all = self.store.sheets_of_home(home, SHEETS_OF_HOME_MAX).await?;
        let written: BTreeSet<Reference> = following.submission.references().collect();
        let mut groups: BTreeMap<(Period, Digest), Vec<Follower>> = BTreeMap::new();
        let mut drawn = BTreeMap::new();
        for reference in candidates(all.into_iter().map(|sheet| sheet.reference), &changed) {
            let stored = self.store.sheet(home, &reference).await?;
            let dependants = stored
                .value
                .answers()
                .filter(|known| depends(known, &changed) && !following.answers(known));
            let mut is_touched = false;
            for known in dependants {
                if let Some(follower) = self
                    .follower(following, &stored.value, known, &mut drawn)
                    .await?
                {
                    is_touched = true;
                    let group = (follower.period, follower.template);
                    groups.entry(group).or_default().push(follower);
                }
            }
            if is_touched && !written.contains(&reference) {
                followed.expectations.push(Expectation {
                    key: Key::Sheet(home.clone(), reference),
                    revision: stored.revision,
                });
            }
        }
        for ((period, template), followers) in groups {
            let submission = self.followed(following, period, template, followers);
            followed.events.push(Event::AnswersSubmitted(submission));
        }
        Ok(followed)
    }

    /// An answer worked out anew; none if it is as it was, or if the home must look: it follows no
    /// more, or in another way, or something disagrees, or it had changed without this correction.
    async fn follower(
        &self,
        following: &Following<'_>,
        sheet: &Sheet,
        known: &SheetAnswer,
        drawn: &mut BTreeMap<Digest, (Arc<Template>, Drawn)>,
    ) -> Result<Option<Follower>, BrokerError> {
        let Some(given) = self.submission_at(known.sequence).await? else {
            return Ok(None);
        };
        let (template, drawn) = match drawn.entry(given.template) {
            MapEntry::Occupied(known) => known.into_mut(),
            MapEntry::Vacant(place) => {
                let Some(template) = self.store.template(&given.template).await? else {
                    return Ok(None);
                };
                let Following {
                    home,
                    links,
                    dictionary,
                    ..
                } = following;
                let sheets = self.drawn(&home.id, &template, &[], dictionary, links);
                let sheets = sheets.await?;
                place.insert((template, sheets))
            }
        };
        let Some(entry) = template.entry(&known.answer.entry) else {
            return Ok(None);
        };
        let is_as_sent = |own: &Answer| own.said == known.answer.said && own.on == known.answer.on;
        let mut sheets = drawn.sheets.clone();
        let before = following.strictly(entry, &known.answer, &sheets);
        with_answers(&mut sheets, following.submission);
        let after = following.strictly(entry, &known.answer, &sheets);
        let answer =
            after.filter(|own| before.as_ref().is_some_and(is_as_sent) && !is_as_sent(own));
        let holds = sheet.releases().filter(|(_, released)| {
            released.given == known.sequence && released.answer.question == known.answer.question
        });
        let releases =
            holds.map(|(key, released)| (key.clone(), released.template, released.basis));
        Ok(answer.map(|answer| Follower {
            template: given.template,
            period: given.period,
            answer,
            releases: releases.collect(),
        }))
    }

    fn followed(
        &self,
        following: &Following<'_>,
        period: Period,
        template: Digest,
        followers: Vec<Follower>,
    ) -> Submission {
        let mut answers = Vec::with_capacity(followers.len());
        let mut releases: Vec<Release> = Vec::new();
        for (place, follower) in (0u32..).zip(followers) {
            answers.push(follower.answer);
            releases.extend(follower.releases.into_iter().map(|(key, own, basis)| {
                let other = (own != template).then_some(own);
                release_of(place, key, other, basis)
            }));
        }
        Submission {
            receipt: self.new_id("r_"),
            home: following.home.id.clone(),
            period,
            template,
            answered_by: following.submission.answered_by.clone(),
            submitted_at: following.submission.submitted_at,
            answers,
            releases,
        }
    }
}

impl Following<'_> {
    /// Whether the home itself answers the same question of the same reference now.
    fn answers(&self, known: &SheetAnswer) -> bool {
        let members = self.links.members(&known.answer.question);
        let mut answers = self.submission.answers.iter();
        answers
            .any(|own| own.reference == known.answer.reference && members.contains(&own.question))
    }

    /// What follows for an entry in the same way as what was sent, if nothing says otherwise.
    fn strictly(&self, entry: &Entry, sent: &Answer, sheets: &Sheets) -> Option<Answer> {
        let knowledge = Knowledge {
            sheets,
            links: self.links,
            dictionary: self.dictionary,
            register: Register::Of(self.home),
            asked: BTreeMap::new(),
            settled: BTreeMap::new(),
            memo: Memo::default(),
        };
        let ages = entry.demands.iter().map(|own| own.field.max_age_days);
        let ages: Option<Vec<u32>> = ages.collect();
        let freshness = Freshness {
            max_age_days: ages.and_then(|ages| ages.into_iter().min()),
            before: None,
        };
        let all = knowledge.of(entry, freshness);
        let first = all.first()?;
        let how = sent.worked_out.as_ref().map(|own| own.how);
        let mut others = all.iter().filter(|known| known.how.is_computed());
        let is_strict = first.is_certain
            && Some(first.how) == how
            && others.all(|known| first.agrees_with(known));
        first.answer(entry).filter(|_| is_strict)
    }
}

/// Sheets as they are once a submission is recorded.
pub(super) fn with_answers(sheets: &mut Sheets, submission: &Submission) {
    for reference in submission.references() {
        let sheet = sheets.entry(reference).or_default();
        // Later than all that is recorded.
        Arc::make_mut(sheet).apply(&reference, u64::MAX, submission);
    }
}

/// The answers whose place is taken, and what those were worked out from that are replaced.
fn changed(following: &Following<'_>, before: &Sheets) -> Vec<Source> {
    let mut changed = Vec::new();
    for answer in &following.submission.answers {
        let sheet = before.get(&answer.reference);
        let known = sheet.and_then(|sheet| sheet.answer(&answer.question, following.links));
        let Some(known) =
            known.filter(|known| known.answer.said != answer.said || known.answer.on != answer.on)
        else {
            continue;
        };
        changed.push(Source {
            question: known.answer.question,
            reference: answer.reference,
            on: None,
        });
        let worked_out = known.answer.worked_out.iter();
        changed.extend(worked_out.flat_map(|own| own.from.iter().cloned()));
    }
    changed
}

/// Whether an answer that the home did not look at was worked out from one that is changed.
fn depends(known: &SheetAnswer, changed: &[Source]) -> bool {
    let is = |source: &Source, other: &Source| {
        source.question == other.question && source.reference == other.reference
    };
    let worked_out = known.answer.worked_out.as_ref();
    worked_out.is_some_and(|own| {
        let mut from = own.from.iter();
        !own.confirmed && from.any(|source| changed.iter().any(|other| is(source, other)))
    })
}

/// The references of which something may follow from what is changed: the same one, longer spans,
/// later days. A standing fact that changes was true of what it was said for.
fn candidates(
    all: impl Iterator<Item = Reference>,
    changed: &[Source],
) -> impl Iterator<Item = Reference> {
    let day = |reference: &Reference| reference.last_day();
    let distance = |reference: &Reference| {
        let days = changed.iter().filter_map(|source| {
            let (own, other) = (day(reference)?, day(&source.reference)?);
            Some((own - other).get_days().abs())
        });
        days.min().unwrap_or(i32::MAX)
    };
    let mut found: Vec<Reference> = all
        .filter(|reference| {
            changed
                .iter()
                .any(|source| may_follow(*reference, source.reference))
        })
        .collect();
    found.sort_by_key(|reference| (distance(reference), *reference));
    found.into_iter().take(SHEETS_READ_MAX)
}

fn may_follow(reference: Reference, source: Reference) -> bool {
    let is_within = |first: Date, last: Date| match source {
        Reference::Span {
            first: from,
            last: to,
        } => first <= from && to <= last,
        _ => false,
    };
    match (reference, source) {
        (Reference::Span { first, last }, _) => is_within(first, last),
        (_, Reference::Standing | Reference::Span { .. }) | (Reference::Standing, _) => false,
        // An answer of a window may speak of its first day already.
        (_, Reference::OnCompletion { opens, .. }) => reference.last_day() >= Some(opens.date()),
        (_, _) => reference.last_day() >= source.last_day(),
    }
}
