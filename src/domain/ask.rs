//! An ask: one data request of one organisation.
//!
//! A [`RawAsk`] is what comes in and what the ledger keeps; an [`Ask`] is the same, known to be
//! well formed, with what every field means.

mod conditions;
mod life;
mod schedule;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::canonical::canonicalise;
use super::dictionary::Dictionary;
use super::digest::{Digest, QuestionId, derive};
use super::fault::Faults;
use super::field::{Field, RawField, SharedField};
use super::field_type::{Moment, Timing};
use super::home::Home;
use super::id::{AreaCode, AskId, AskName, HomeId, OrganisationId};
use super::limits::{
    ASK_TEXT_CHARS_MAX, FIELDS_PER_ASK_MAX, FILED_ELSEWHERE_CHARS_MAX, TARGETS_PER_ASK_MAX,
};
use super::period::Period;
use super::window::{RawWindowRule, WindowRule};

pub use self::life::{AskState, Provenance, basis_of};
pub use self::schedule::Schedule;
use self::schedule::parse_schedule;

const CONTENT_CONTEXT: &str = "askonce 2026-11-21 ask v1";
const IDENTITY_CONTEXT: &str = "askonce 2026-11-21 ask identity v1";

/// An ask as it comes in: nothing checked yet. This is also the shape of an ask file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawAsk {
    /// Who asks: an organisation's id.
    #[serde(default)]
    pub organisation: String,
    /// The ask's id within the organisation; empty to have one made from the content.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ask: String,
    /// What the answers are for.
    #[serde(default)]
    pub purpose: String,
    /// By which right it asks.
    #[serde(default)]
    pub legal_basis: String,
    /// Whom a home may turn to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub contact: String,
    /// What the home must know, such as what answering does not notify.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notice: String,
    /// The system in which homes file the answers themselves; empty for answers that are sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub filed_elsewhere: String,
    /// How often: the word of a cadence; or else `periods`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cadence: String,
    /// The very periods asked for, by id; or else `cadence`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub periods: Vec<String>,
    /// First day of a cadence, `YYYY-MM-DD`; empty for the day of submission.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// Last day of a cadence, `YYYY-MM-DD`; empty for no end.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub until: String,
    /// When the asker means to look at the ask again, `YYYY-MM-DD`; empty for not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub review_on: String,
    /// The day after which no further period is asked for, `YYYY-MM-DD`; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expires_on: String,
    /// Reference of the sharing agreement or the data-protection impact assessment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub agreement: String,
    /// The granted power by which fields are statutory; empty where none is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub statutory_power: String,
    /// Whether other askers are not told who asks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// When answers are taken, relative to each period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<RawWindowRule>,
    /// Of whom it is asked.
    #[serde(default)]
    pub targets: RawTargets,
    /// The ask of a predecessor that this one carries on, `organisations/{id}/asks/{ask}`; empty for
    /// none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub continues: String,
    /// What is asked.
    #[serde(default)]
    pub fields: Vec<RawField>,
}

/// Of whom an ask is asked, as it comes in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawTargets {
    /// Homes by CQC location id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub homes: Vec<String>,
    /// Areas by GSS code: every home that lies in one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<String>,
}

/// Of whom an ask is asked: the union of homes and areas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets {
    /// Homes by name.
    pub homes: BTreeSet<HomeId>,
    /// Areas: every home that lies in one.
    pub areas: BTreeSet<AreaCode>,
}

impl Targets {
    /// Whether a home is asked.
    #[must_use]
    pub fn include(&self, home: &Home) -> bool {
        self.homes.contains(&home.id)
            || home
                .areas()
                .any(|area| self.areas.iter().any(|target| target.as_str() == area))
    }
}

/// A field of an ask with what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskField {
    /// The field as submitted.
    pub field: SharedField,
    /// What it means.
    pub question: QuestionId,
    /// Digest of meaning and contract.
    pub digest: Digest,
    /// The label, normalised.
    pub normalised: Arc<str>,
}

/// An ask, well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Whose, and which.
    pub name: AskName,
    /// For which periods; none that begins after the ask expired.
    pub schedule: Schedule,
    /// The day after which no further period is asked for.
    pub expires_on: Option<Date>,
    /// When answers are taken.
    pub window: WindowRule,
    /// Of whom.
    pub targets: Targets,
    /// What is asked, in the requester's order.
    pub fields: Vec<AskField>,
    /// Digest of the whole content but the id: equal digests are an identical ask.
    pub content: Digest,
    /// Digest of name and content: equal digests are the very same ask.
    pub identity: Digest,
    /// How it came to be recorded; not known of one that is not.
    pub provenance: Provenance,
    /// As it came in, for what the kernel does not reason about.
    pub raw: RawAsk,
}

impl Ask {
    /// Checks an ask as far as that needs no register of homes.
    ///
    /// `submitted_on` is the first day of a cadence that names none. `dictionary` is what its
    /// fields are checked against when it comes in; an ask that was accepted is read back without.
    ///
    /// # Errors
    /// Every fault of the ask and of each of its fields, by path.
    pub fn parse(
        raw: RawAsk,
        dictionary: Option<&Dictionary>,
        submitted_on: Date,
    ) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let said = |error: &dyn std::fmt::Display| Faults::one("", error.to_string());
        let organisation = raw.organisation.parse::<OrganisationId>();
        let organisation = faults.take("organisation", organisation.map_err(|e| said(&e)));
        check_texts(&raw, &mut faults);
        let schedule = parse_schedule(&raw, submitted_on, &mut faults);
        let expires_on = life::parse_dates(&raw, schedule.as_ref(), &mut faults);
        let schedule = schedule.map(|own| life::until_expiry(own, expires_on, &mut faults));
        let window = match raw.window.clone() {
            None => Some(WindowRule::default()),
            Some(rule) => faults.take("window", WindowRule::parse(rule)),
        };
        if let (Some(schedule), Some(window)) = (&schedule, &window) {
            check_windows(schedule, window, &mut faults);
        }
        let targets = parse_targets(&raw.targets, &mut faults);
        if !raw.continues.is_empty() {
            let read = raw.continues.parse::<AskName>();
            faults.take("continues", read.map_err(|e| said(&e)));
        }
        let fields = parse_fields(&raw.fields, dictionary, &mut faults);
        conditions::check(&raw.fields, &fields, &mut faults);
        let content = content_digest(&raw);
        let id = match raw.ask.as_str() {
            "" => Some(made_id(&content)),
            text => faults.take("ask", text.parse::<AskId>().map_err(|e| said(&e))),
        };
        faults.into_result()?;
        match (organisation, id, schedule, window) {
            (Some(organisation), Some(ask), Some(schedule), Some(window)) => Ok(Self {
                identity: identity(&organisation, &ask, &content),
                name: AskName { organisation, ask },
                schedule,
                expires_on,
                provenance: Provenance::default(),
                window,
                targets,
                fields,
                content,
                raw,
            }),
            _ => Err(Faults::one("", "the ask is not complete")),
        }
    }

    /// Whether everything that the ask wants of a state is wanted on completion: then its
    /// look-backs end on completion too.
    #[must_use]
    pub fn is_on_completion(&self) -> bool {
        let mut states = self
            .fields
            .iter()
            .filter(|f| f.field.timing == Timing::AsAt)
            .peekable();
        states.peek().is_some() && states.all(|f| f.field.moment == Moment::OnCompletion)
    }

    /// Whether any field is asked only of homes of certain services.
    #[must_use]
    pub fn names_services(&self) -> bool {
        self.fields.iter().any(|f| !f.field.applies_to.is_empty())
    }

    /// A field by the requester's name of it.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&AskField> {
        self.fields.iter().find(|f| f.field.name.as_str() == name)
    }
}

/// An ask that other parts hold on to.
pub type SharedAsk = Arc<Ask>;

fn content_digest(raw: &RawAsk) -> Digest {
    let unnamed = RawAsk {
        ask: String::new(),
        ..raw.clone()
    };
    let bytes = serde_json_canonicalizer::to_vec(&unnamed)
        .expect("an ask is made of texts and small numbers, which canonical JSON can hold");
    derive(CONTENT_CONTEXT, &bytes)
}

fn identity(organisation: &OrganisationId, ask: &AskId, content: &Digest) -> Digest {
    let text = format!("{organisation} {ask} {content}");
    derive(IDENTITY_CONTEXT, text.as_bytes())
}

fn made_id(content: &Digest) -> AskId {
    let text = content.to_string();
    format!("ask-{}", &text[..16])
        .parse()
        .expect("hexadecimal digits behind a letter are an ask id")
}

fn check_texts(raw: &RawAsk, faults: &mut Faults) {
    for (path, text) in [
        ("purpose", &raw.purpose),
        ("legal_basis", &raw.legal_basis),
        ("contact", &raw.contact),
        ("notice", &raw.notice),
        ("agreement", &raw.agreement),
        ("statutory_power", &raw.statutory_power),
    ] {
        if text.chars().count() > ASK_TEXT_CHARS_MAX {
            let message = format!("is longer than {ASK_TEXT_CHARS_MAX} characters");
            faults.add(path, message);
        }
    }
    let system = &raw.filed_elsewhere;
    let is_blank = !system.is_empty() && system.trim().is_empty();
    let is_long = system.chars().count() > FILED_ELSEWHERE_CHARS_MAX;
    if is_blank || is_long || system.chars().any(char::is_control) {
        let message = format!("name the system in 1 to {FILED_ELSEWHERE_CHARS_MAX} characters");
        faults.add("filed_elsewhere", message);
    }
    if raw.purpose.trim().is_empty() {
        faults.add("purpose", "say what the answers are for");
    }
    if raw.legal_basis.trim().is_empty() {
        faults.add("legal_basis", "say by which right this is asked");
    }
}

/// Tries the window rule on the periods it will meet first, so that a rule whose window closes
/// before it opens is refused at once.
fn check_windows(schedule: &Schedule, window: &WindowRule, faults: &mut Faults) {
    let sample: Vec<Period> = match schedule {
        Schedule::Periods(periods) => periods.iter().copied().collect(),
        Schedule::Recurring { cadence, from, .. } => vec![cadence.period_of(*from)],
    };
    for period in sample {
        if let Err(error) = window.window(&period) {
            faults.add("window", format!("for {period}: {error}"));
            return;
        }
    }
}

fn parse_targets(raw: &RawTargets, faults: &mut Faults) -> Targets {
    let mut targets = Targets::default();
    if raw.homes.is_empty() && raw.areas.is_empty() {
        faults.add("targets", "name the homes or the areas to ask");
    }
    if raw.homes.len() + raw.areas.len() > TARGETS_PER_ASK_MAX {
        faults.add("targets", format!("are more than {TARGETS_PER_ASK_MAX}"));
        return targets;
    }
    let said = |error: &dyn std::fmt::Display| Faults::one("", error.to_string());
    for (position, text) in raw.homes.iter().enumerate() {
        let path = format!("targets.homes[{position}]");
        let id = text.strip_prefix("homes/").unwrap_or(text);
        let home = faults.take(&path, id.parse::<HomeId>().map_err(|e| said(&e)));
        if home.is_some_and(|home| !targets.homes.insert(home)) {
            faults.add(path, "is given twice");
        }
    }
    for (position, text) in raw.areas.iter().enumerate() {
        let path = format!("targets.areas[{position}]");
        let area = faults.take(&path, text.parse::<AreaCode>().map_err(|e| said(&e)));
        if area.is_some_and(|area| !targets.areas.insert(area)) {
            faults.add(path, "is given twice");
        }
    }
    targets
}

fn parse_fields(
    raw: &[RawField],
    dictionary: Option<&Dictionary>,
    faults: &mut Faults,
) -> Vec<AskField> {
    if raw.is_empty() {
        faults.add("fields", "an ask needs a field at least");
    }
    if raw.len() > FIELDS_PER_ASK_MAX {
        faults.add("fields", format!("are more than {FIELDS_PER_ASK_MAX}"));
        return Vec::new();
    }
    let mut names = BTreeMap::new();
    let mut meanings = BTreeMap::new();
    let mut fields = Vec::with_capacity(raw.len());
    for (position, row) in raw.iter().enumerate() {
        let path = format!("fields[{position}]");
        if let Some(first) = names.insert(row.name.as_str(), position) {
            let message = format!(
                "{} is the name of fields[{first}] too",
                super::id::shown(&row.name)
            );
            faults.add(format!("{path}.name"), message);
        }
        let Some(field) = faults.take(&path, parse_field(row, dictionary)) else {
            continue;
        };
        let meaning = (field.question, field.field.reference, field.field.moment);
        if let Some(first) = meanings.insert(meaning, position) {
            let message = format!(
                "means the same, of the same reference, as fields[{first}], {}: ask once",
                super::id::shown(&raw[first].name)
            );
            faults.add(path, message);
        }
        fields.push(field);
    }
    fields
}

fn parse_field(row: &RawField, dictionary: Option<&Dictionary>) -> Result<AskField, Faults> {
    let field = Field::parse(row.clone())?;
    if let Some(dictionary) = dictionary {
        dictionary.check(&field)?;
    }
    let canonical = canonicalise(&field)?;
    Ok(AskField {
        question: canonical.question,
        digest: canonical.field_digest,
        normalised: canonical.normalised.into(),
        field: field.into(),
    })
}

#[cfg(test)]
mod tests;
