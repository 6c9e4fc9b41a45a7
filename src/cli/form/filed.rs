//! `form copy` and `form filed`: asks that a home files itself, in another system.

use serde_json::Value;

use crate::grpc::v1;

use super::super::connect::Remote;
use super::super::failure::{Failure, Result};
use super::super::out::{self, Format, Listing};
use super::{value, word};

/// Show the values of an ask that is filed elsewhere, laid out to be copied there
#[derive(Debug, clap::Args)]
pub(crate) struct Copy {
    /// The home, by CQC location id
    home: String,
    /// The period, such as 2026-11-21, 2026-W47 or 2026-11
    period: String,
    /// The ask, organisations/ID/asks/ASK; may be left out where there is one only
    ask: Option<String>,
}

/// Say that an ask is filed in the system where it is filed
#[derive(Debug, clap::Args)]
pub(crate) struct Filed {
    /// The home, by CQC location id
    home: String,
    /// The period, such as 2026-11-21, 2026-W47 or 2026-11
    period: String,
    /// The ask, organisations/ID/asks/ASK
    ask: String,
    /// It is not filed after all
    #[arg(long)]
    not: bool,
    /// Who says so
    #[arg(long, value_name = "NAME", default_value = "")]
    by: String,
}

impl Copy {
    /// Runs the command.
    pub(super) async fn run(&self, remote: &Remote, format: Format) -> Result<()> {
        let form = super::read(remote, &self.home, &self.period).await?;
        let sheet = match (&self.ask, form.copy_sheets.as_slice()) {
            (None, [one]) => Some(one),
            (None, _) => None,
            (Some(ask), sheets) => sheets.iter().find(|sheet| sheet.ask == *ask),
        };
        let Some(sheet) = sheet else {
            let asks = form.copy_sheets.iter().map(|sheet| sheet.ask.clone());
            let asks: Vec<String> = asks.collect();
            let headline = match asks.as_slice() {
                [] => "no ask on this form is filed elsewhere",
                _ => "name an ask that is filed elsewhere",
            };
            return Err(Failure::refused(headline).because(asks));
        };
        out::note(format_args!(
            "{} is filed in {}",
            sheet.ask, sheet.filed_elsewhere
        ));
        listing(sheet).print(format)
    }
}

fn listing(sheet: &v1::CopySheet) -> Listing {
    let columns = ["field", "label", "speaks", "value", "unit", "flags", "note"];
    let mut listing = Listing::new(columns);
    for field in &sheet.fields {
        let told = field.value.clone().unwrap_or_default();
        let flags = field
            .flags()
            .map(|flag| word(flag.as_str_name(), "DELIVERY_FLAG"));
        listing.add([
            out::text(field.field.as_str()),
            out::text(field.label.as_str()),
            out::text(field.reference_label.as_str()),
            out::text(value::delivered(&told)),
            out::text(value::delivered_unit(&told)),
            out::texts(flags),
            out::text(value::delivered_note(&told)),
        ]);
    }
    listing
}

impl Filed {
    /// Runs the command.
    pub(super) async fn run(&self, remote: &Remote, format: Format) -> Result<()> {
        let request = v1::MarkFiledRequest {
            name: super::name(&self.home, &self.period),
            ask: self.ask.clone(),
            filed: Some(!self.not),
            filed_by: self.by.clone(),
            request_id: String::new(),
        };
        let marked = remote.forms().mark_filed(request).await?.into_inner();
        let form = marked.form.unwrap_or_default();
        let state = word(form.state().as_str_name(), "FORM_STATE");
        let at = marked.filed_at.map(|at| at.to_string());
        if format == Format::Table {
            let said = match &at {
                Some(at) => format!("Filed at {at}; the form is {state}"),
                None => format!("Not filed; the form is {state}"),
            };
            return out::data(&format!("{said}\n"));
        }
        let mut listing = Listing::new(["ask", "filed_at", "state", "next_due"]);
        listing.add([
            Value::from(self.ask.as_str()),
            out::text(at.unwrap_or_default()),
            out::text(state),
            out::text(form.next_due),
        ]);
        listing.print(format)
    }
}
