//! What an ask says beside its fields, where those come as a sheet.

use crate::domain::ask::{RawAsk, RawTargets};
use crate::domain::field::RawField;
use crate::domain::window::RawWindowRule;

use super::super::failure::{Failure, Result};

/// The ask's members beside its fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Of an ask whose fields come as a sheet")]
pub(super) struct Header {
    /// Who asks
    #[arg(long, value_name = "ID", default_value = "")]
    organisation: String,
    /// The ask's id; made from the content if not given
    #[arg(long, value_name = "ID", default_value = "")]
    ask: String,
    /// What the answers are for
    #[arg(long, value_name = "TEXT", default_value = "")]
    purpose: String,
    /// By which right this is asked
    #[arg(long, value_name = "TEXT", default_value = "")]
    legal_basis: String,
    /// Whom a home may turn to
    #[arg(long, value_name = "TEXT", default_value = "")]
    contact: String,
    /// What the home must know
    #[arg(long, value_name = "TEXT", default_value = "")]
    notice: String,
    /// The system in which homes file the answers themselves, such as Capacity Tracker
    #[arg(long, value_name = "SYSTEM", default_value = "")]
    filed_elsewhere: String,
    /// How often: daily, weekly, monthly, quarterly, yearly or financial-yearly
    #[arg(long, value_name = "WORD", default_value = "")]
    cadence: String,
    /// A period asked for, instead of a cadence; may be given several times
    #[arg(long = "period", value_name = "PERIOD")]
    periods: Vec<String>,
    /// First day of the cadence; today if not given
    #[arg(long, value_name = "DAY", default_value = "")]
    from: String,
    /// Last day of the cadence
    #[arg(long, value_name = "DAY", default_value = "")]
    until: String,
    /// When you mean to look at the ask again
    #[arg(long, value_name = "DAY", default_value = "")]
    review_on: String,
    /// The day after which no further period is asked for
    #[arg(long, value_name = "DAY", default_value = "")]
    expires_on: String,
    /// Reference of the sharing agreement or data-protection impact assessment
    #[arg(long, value_name = "TEXT", default_value = "")]
    agreement: String,
    /// The granted power by which fields are statutory
    #[arg(long, value_name = "NAME", default_value = "")]
    statutory_power: String,
    /// Do not tell other requesters who asks
    #[arg(long)]
    private: bool,
    /// When answers are first taken, such as end+1d
    #[arg(long, value_name = "OFFSET", requires = "closes")]
    opens: Option<String>,
    /// Until when answers are taken, such as end+10wd@17:00
    #[arg(long, value_name = "OFFSET", requires = "opens")]
    closes: Option<String>,
    /// A home asked, by CQC location id; may be given several times
    #[arg(long = "home", value_name = "ID")]
    homes: Vec<String>,
    /// An area asked, by GSS code; may be given several times
    #[arg(long = "area", value_name = "CODE")]
    areas: Vec<String>,
}

impl Header {
    /// The whole ask.
    pub(super) fn ask(&self, fields: Vec<RawField>) -> RawAsk {
        let window = self.opens.clone().zip(self.closes.clone());
        RawAsk {
            organisation: self.organisation.clone(),
            ask: self.ask.clone(),
            purpose: self.purpose.clone(),
            legal_basis: self.legal_basis.clone(),
            contact: self.contact.clone(),
            notice: self.notice.clone(),
            filed_elsewhere: self.filed_elsewhere.clone(),
            cadence: self.cadence.clone(),
            periods: self.periods.clone(),
            from: self.from.clone(),
            until: self.until.clone(),
            review_on: self.review_on.clone(),
            expires_on: self.expires_on.clone(),
            agreement: self.agreement.clone(),
            statutory_power: self.statutory_power.clone(),
            private: self.private,
            window: window.map(|(opens, closes)| RawWindowRule {
                opens,
                closes,
                roll: true,
            }),
            targets: RawTargets {
                homes: self.homes.clone(),
                areas: self.areas.clone(),
            },
            continues: String::new(),
            fields,
        }
    }

    /// A JSON file says all this itself.
    pub(super) fn refuse_beside_json(&self) -> Result<()> {
        if *self == Self::default() {
            return Ok(());
        }
        let message = "an ask in JSON says purpose, cadence and the like itself; these options \
                       belong to --csv";
        Err(Failure::usage(message))
    }
}

/// An ask to write one's own after.
pub(super) fn sample() -> RawAsk {
    let text = |text: &str| Some(text.to_owned());
    RawAsk {
        organisation: "your-organisation".into(),
        ask: "beds-monthly".into(),
        purpose: "What the answers are for".into(),
        legal_basis: "By which right this is asked".into(),
        contact: "Whom a home may turn to".into(),
        cadence: "monthly".into(),
        window: Some(RawWindowRule {
            opens: "end".into(),
            closes: "end+10wd".into(),
            roll: true,
        }),
        targets: RawTargets {
            homes: Vec::new(),
            areas: vec!["E08000014".into()],
        },
        fields: vec![RawField {
            name: "B1".into(),
            label: "Beds occupied at the end of the month".into(),
            topic: "Beds and occupancy".into(),
            timing: "as-at".into(),
            kind: "count".into(),
            required: true,
            min: text("0"),
            max: text("200"),
            ..RawField::default()
        }],
        ..RawAsk::default()
    }
}
