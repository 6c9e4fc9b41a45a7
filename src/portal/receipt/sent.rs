//! What was sent under one receipt, as its page shows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::broker::ReceiptView;
use crate::domain::answer::{Answer, Release};
use crate::domain::delivery::deliver;
use crate::domain::digest::Digest;
use crate::domain::id::{AskName, HomeId};
use crate::domain::period::Period;
use crate::domain::template::{Demand, Entry, Template};

use crate::portal::left::Names;
use crate::portal::{Portal, PortalError, delivered, shown, words};

/// A question with the value that a body gets.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) question: String,
    /// Of what time it speaks.
    pub(crate) of: String,
    pub(crate) value: String,
    pub(crate) notes: Vec<&'static str>,
}

/// An answer as the home gave it.
pub(super) struct Own {
    pub(super) question: String,
    pub(super) of: String,
    pub(super) value: String,
    pub(super) correct: String,
}

/// What was sent under one receipt.
pub(super) struct Sent {
    pub(super) receipt: String,
    pub(super) period: Period,
    pub(super) title: String,
    /// When it was sent, and by whom.
    pub(super) told: String,
    /// Whether the answers were given before, and went to others.
    pub(super) is_of_before: bool,
    pub(super) answers: Vec<Own>,
    pub(super) lines: Vec<(AskName, Line)>,
    pub(super) purposes: BTreeMap<AskName, String>,
    pub(super) names: Names,
}

/// The templates that a receipt speaks of.
type Templates = BTreeMap<Digest, Arc<Template>>;

impl Sent {
    /// Reads a receipt of a home.
    pub(super) async fn read(
        portal: &Portal,
        home: &HomeId,
        receipt: &str,
    ) -> Result<Self, PortalError> {
        let view = portal.broker.receipt(home, receipt).await?;
        let own = *view.template();
        let (answers, releases) = parts(&view);
        let mut templates = Templates::new();
        let mut names = Names::new();
        let of_releases = releases.iter().filter_map(|release| release.template);
        for digest in of_releases.chain([own]) {
            if templates.contains_key(&digest) {
                continue;
            }
            if let Some(template) = portal.broker.kept_template(&digest).await? {
                names.extend(portal.broker.names_of(&template).await?);
                templates.insert(digest, template);
            }
        }
        let (at, by, is_of_before) = moment_of(&view);
        let mut sent = Self {
            receipt: receipt.to_owned(),
            period: view.period(),
            title: words::capitalised(&view.period().label()),
            told: words::receipt::sent(&shown::moment(at), by),
            is_of_before,
            answers: Vec::new(),
            lines: Vec::new(),
            purposes: BTreeMap::new(),
            names,
        };
        if let Some(template) = templates.get(&own) {
            let own = answers.iter().flatten();
            let own = own.filter_map(|answer| own_answer(home, receipt, answer, template));
            sent.answers = own.collect();
        }
        for release in releases {
            sent.add(release, &answers, &templates, own);
        }
        Ok(sent)
    }

    fn add(
        &mut self,
        release: &Release,
        answers: &[Option<&Answer>],
        templates: &Templates,
        own: Digest,
    ) {
        let place = usize::try_from(release.answer).ok();
        let answer = place.and_then(|place| *answers.get(place)?);
        let template = templates.get(&release.template.unwrap_or(own));
        let (Some(answer), Some(template)) = (answer, template) else {
            return;
        };
        let Some((entry, demand)) = wanted(template, release, answer) else {
            return;
        };
        let delivery = deliver(answer, entry, demand, false);
        let line = Line {
            question: demand.field.label.clone(),
            of: of(answer, entry),
            value: delivered::value(&delivery, entry, demand),
            notes: delivered::notes(&delivery),
        };
        if let Some(ask) = template.ask(&release.ask) {
            self.purposes
                .insert(release.ask.clone(), ask.purpose.clone());
        }
        self.lines.push((release.ask.clone(), line));
    }
}

/// The answers of a receipt by their place, none where one was erased, and to whom they went.
fn parts(view: &ReceiptView) -> (Vec<Option<&Answer>>, &[Release]) {
    match view {
        ReceiptView::Submitted(sent) => (sent.answers.iter().map(Some).collect(), &sent.releases),
        ReceiptView::Released(released, given) => {
            let answers = given
                .iter()
                .map(|own| own.as_ref().map(|(answer, _)| answer));
            (answers.collect(), &released.releases)
        }
    }
}

fn moment_of(view: &ReceiptView) -> (Timestamp, &str, bool) {
    match view {
        ReceiptView::Submitted(sent) => (sent.submitted_at, &sent.answered_by, false),
        ReceiptView::Released(released, _) => (released.released_at, &released.released_by, true),
    }
}

/// The entry and the demand that a release went to.
fn wanted<'a>(
    template: &'a Template,
    release: &Release,
    answer: &Answer,
) -> Option<(&'a Entry, &'a Demand)> {
    let entries = template.entries().iter();
    let mut of_time = entries.filter(|entry| entry.reference == answer.reference);
    of_time.find_map(|entry| {
        let demand = entry.demand(&release.ask, release.field.as_str())?;
        Some((entry, demand))
    })
}

fn own_answer(home: &HomeId, receipt: &str, answer: &Answer, template: &Template) -> Option<Own> {
    let entry = template.entry(&answer.entry)?;
    Some(Own {
        question: entry.wording.value.clone(),
        of: of(answer, entry),
        value: shown::said(&answer.said, entry),
        correct: format!("/homes/{home}/receipts/{receipt}/correct/{}", answer.entry),
    })
}

/// Of what time an answer speaks; empty for what stands until it changes.
pub(super) fn of(answer: &Answer, entry: &Entry) -> String {
    shown::speaks_of(entry.reference, answer.on)
}
