//! From forms to counts by group.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::answer::Answer;
use crate::domain::digest::Digest;
use crate::domain::form::{Need, release_key};
use crate::domain::home::Home;
use crate::domain::id::{AreaCode, AskName, OrganisationId};
use crate::domain::link::Links;
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::domain::sheet::Sheet;
use crate::domain::template::{Demand, Entry, Template};

use super::needed::Needed;
use super::{Burden, BurdenCounts, BurdenFilter, BurdenGroup};

/// How an entry came to be answered.
#[derive(Clone, Copy)]
pub(super) enum By {
    /// The home answered it itself.
    Typing,
    /// It said that what was offered is right.
    Confirming,
    /// It was worked out, or told by the register, and the home did not look.
    Working,
}

impl By {
    fn of(answer: &Answer) -> Self {
        match &answer.worked_out {
            None => Self::Typing,
            Some(own) if own.confirmed => Self::Confirming,
            Some(_) => Self::Working,
        }
    }
}

/// Which entries of a template are answered, and how, in its order.
pub(super) struct Answered(Vec<Option<By>>);

impl Answered {
    /// By the answers in force, as a form shows them.
    pub(super) fn now(template: &Template, seen: &Seen, links: &Links) -> Self {
        let answered = |entry: &Entry| {
            let sheet = seen.sheets.get(&entry.reference)?;
            Some(By::of(&sheet.answer(&entry.question, links)?.answer))
        };
        Self(template.entries().iter().map(answered).collect())
    }

    /// By what was released, to anybody or to asks of one organisation.
    pub(super) fn released(template: &Template, seen: &Seen, to: Option<&OrganisationId>) -> Self {
        let answered = |entry: &Entry| {
            let sheet = seen.sheets.get(&entry.reference)?;
            let is_wanted = |demand: &&Demand| to.is_none_or(|to| demand.ask.organisation == *to);
            let demands = entry.demands.iter().filter(is_wanted);
            let released =
                demands.filter_map(|demand| sheet.released(&release_key(template, demand)));
            let last = released.max_by_key(|released| released.given)?;
            Some(By::of(&last.answer))
        };
        Self(template.entries().iter().map(answered).collect())
    }
}

/// What a home answered.
#[derive(Default)]
pub(super) struct Seen {
    sheets: BTreeMap<Reference, Arc<Sheet>>,
    /// Of today's forms.
    pub(super) now: BTreeMap<Period, Answered>,
    /// Of forms as the home saw them, with these.
    pub(super) then: BTreeMap<Period, (Arc<Template>, Answered)>,
}

impl Seen {
    /// Takes a sheet.
    pub(super) fn add(&mut self, reference: Reference, sheet: Arc<Sheet>) {
        self.sheets.insert(reference, sheet);
    }

    /// The template of the form for a period from which the home last sent something.
    pub(super) fn template_of(&self, period: Period) -> Option<Digest> {
        let releases = self.sheets.values().flat_map(|sheet| sheet.releases());
        let of_period = releases.filter(|(key, _)| key.period == period);
        let last = of_period.max_by_key(|(_, released)| released.sequence);
        last.map(|(_, released)| released.template)
    }
}

/// What is answered of a form, and what each entry of it needs.
type State<'a> = (Option<&'a Answered>, &'a [Need]);

/// Counts under way.
pub(super) struct Counting<'a> {
    filter: &'a BurdenFilter,
    /// Asks of which only their own organisation is told.
    private: BTreeSet<AskName>,
    rows: BTreeMap<String, BurdenCounts>,
    total: BurdenCounts,
}

impl<'a> Counting<'a> {
    pub(super) fn new(filter: &'a BurdenFilter, private: BTreeSet<AskName>) -> Self {
        Self {
            filter,
            private,
            rows: BTreeMap::new(),
            total: BurdenCounts::default(),
        }
    }

    /// Only its own organisation is told of this ask.
    pub(super) fn keep_private(&mut self, ask: AskName) {
        self.private.insert(ask);
    }

    /// Adds the forms of a home.
    pub(super) fn add(
        &mut self,
        home: &Home,
        forms: &BTreeMap<Period, Arc<Template>>,
        seen: &Seen,
        needed: &mut Needed<'_>,
    ) {
        for (period, form) in forms {
            let (template, answered) = match seen.then.get(period) {
                Some((template, answered)) => (template, Some(answered)),
                None => (form, seen.now.get(period)),
            };
            let own = self.filter.organisation.as_ref();
            let needs = needed.of(template, |ask| self.is_told(ask));
            let answered = (answered, &*needs);
            let counts = self.counted(template, answered, own);
            if counts.asked == 0 {
                continue;
            }
            self.total.add(&counts);
            let group = match self.filter.group {
                BurdenGroup::Organisation => {
                    self.add_organisations(template, answered);
                    continue;
                }
                BurdenGroup::Home => home.id.resource(),
                BurdenGroup::Council => home.council.to_string(),
                BurdenGroup::Icb => home
                    .icb
                    .as_ref()
                    .map(AreaCode::to_string)
                    .unwrap_or_default(),
                BurdenGroup::Period => period.to_string(),
            };
            self.rows.entry(group).or_default().add(&counts);
        }
    }

    fn add_organisations(&mut self, template: &Template, answered: State<'_>) {
        let asks = template.body().asks.iter();
        let all: BTreeSet<&OrganisationId> = asks.map(|ask| &ask.name.organisation).collect();
        let own = self.filter.organisation.as_ref();
        for organisation in all
            .into_iter()
            .filter(|id| own.is_none_or(|own| own == *id))
        {
            let counts = self.counted(template, answered, Some(organisation));
            if counts.asked > 0 {
                let row = self.rows.entry(organisation.resource()).or_default();
                row.add(&counts);
            }
        }
    }

    pub(super) fn finish(self) -> Burden {
        Burden {
            rows: self.rows.into_iter().collect(),
            total: self.total,
        }
    }

    /// One form, counted: of one organisation, what it takes part in.
    fn counted(
        &self,
        template: &Template,
        (answered, needs): State<'_>,
        of: Option<&OrganisationId>,
    ) -> BurdenCounts {
        let mut counts = BurdenCounts {
            forms: 1,
            ..BurdenCounts::default()
        };
        for (place, entry) in template.entries().iter().enumerate() {
            let demands = entry
                .demands
                .iter()
                .filter(|demand| self.is_told(&demand.ask));
            let askers = demands.map(|demand| &demand.ask.organisation);
            let fields = askers.clone().filter(|id| of.is_none_or(|of| of == *id));
            let fields = fields.count() as u64;
            if fields == 0 {
                continue;
            }
            let by = answered.and_then(|answered| answered.0[place]);
            let all: BTreeSet<&OrganisationId> = askers.collect();
            counts.asked += fields;
            counts.put += 1;
            counts.answered += u64::from(by.is_some());
            counts.shared += u64::from(all.len() > 1);
            match by {
                Some(By::Typing) => counts.typed += 1,
                Some(By::Confirming) => counts.confirmed += 1,
                Some(By::Working) => counts.worked_out += 1,
                None => {}
            }
            match needs[place] {
                Need::Confirm => counts.to_confirm += 1,
                Need::WorkedOut => counts.to_work_out += 1,
                Need::Register => counts.registered += 1,
                Need::Nothing | Need::Send | Need::Answer => counts.to_answer += 1,
            }
        }
        counts
    }

    /// Whether an ask may be told of to whoever reads.
    fn is_told(&self, ask: &AskName) -> bool {
        let reader = self.filter.reader.as_ref();
        reader.is_none_or(|reader| ask.organisation == *reader || !self.private.contains(ask))
    }
}
