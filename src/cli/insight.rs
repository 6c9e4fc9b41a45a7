//! `overlap` and `burden`: how much the same is asked, and what homes are put to.

use clap::ValueEnum;
use serde_json::Value;

use crate::grpc::v1;

use super::connect::ServerArgs;
use super::failure::Result;
use super::out::{self, Format, Listing};
use super::pages::{PAGE_SIZE, all_pages};

/// How much organisations ask the same, two by two (analysts, data leads, operators; requesters see
/// the pairs that they are in)
#[derive(Debug, clap::Args)]
pub(crate) struct Overlap {
    /// Only pairs that this organisation is in
    #[arg(long, value_name = "ID", default_value = "")]
    organisation: String,
    /// Only what is asked of homes in this area: a GSS code
    #[arg(long, value_name = "CODE", default_value = "")]
    area: String,
    /// Only asks for this period, such as 2026-11
    #[arg(long, value_name = "PERIOD", default_value = "")]
    period: String,
    /// Name some of the questions of each pair
    #[arg(long)]
    questions: bool,
}

/// How much homes are asked, what is put to them once asks are merged, and what they answered
/// (analysts, data leads, operators; requesters see what they ask themselves)
#[derive(Debug, clap::Args)]
pub(crate) struct Burden {
    /// What a row is of
    #[arg(long, value_enum, default_value_t = Group::Organisation)]
    by: Group,
    /// Only periods that share a day with this one or a later one [default: 30 days before the last]
    #[arg(long, value_name = "DAY", default_value = "")]
    from: String,
    /// Only periods that share a day with this one or an earlier one [default: today]
    #[arg(long, value_name = "DAY", default_value = "")]
    until: String,
    /// Only what this organisation asks
    #[arg(long, value_name = "ID", default_value = "")]
    organisation: String,
    /// Only of this home, by CQC location id
    #[arg(long, value_name = "ID", default_value = "")]
    home: String,
    /// Only of homes in this area: a GSS code
    #[arg(long, value_name = "CODE", default_value = "")]
    area: String,
    /// Count by the forms that homes saw when they sent answers, not by today's asks
    #[arg(long)]
    then: bool,
}

/// What a row of `burden` is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Group {
    /// An organisation that asks
    Organisation,
    /// A home
    Home,
    /// A council's area
    Council,
    /// The area of an integrated care board
    Icb,
    /// A period
    Period,
}

impl Overlap {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let remote = server.connect().await?;
        let pairs = all_pages(async |page_token| {
            let request = v1::GetOverlapRequest {
                organisation: named("organisations", &self.organisation),
                area: self.area.clone(),
                period: self.period.clone(),
                page_size: PAGE_SIZE,
                page_token,
            };
            let page = remote.insight().get_overlap(request).await?.into_inner();
            Ok((page.pairs, page.next_page_token))
        });
        let columns = ["organisation", "other", "questions", "homes", "sample"];
        let hidden = (!self.questions).then_some("sample");
        let mut listing = Listing::new(columns).hiding(hidden);
        for pair in pairs.await? {
            let sample = pair.sample.into_iter().map(|question| {
                let is_named = !question.element.is_empty();
                if is_named {
                    question.element
                } else {
                    question.question
                }
            });
            listing.add([
                out::text(bare(&pair.organisation)),
                out::text(bare(&pair.other)),
                Value::from(pair.questions),
                Value::from(pair.homes),
                out::texts(sample),
            ]);
        }
        listing.print(format)
    }
}

impl Burden {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let remote = server.connect().await?;
        let mut total = None;
        let rows = all_pages(async |page_token| {
            let request = self.request(page_token);
            let page = remote.insight().get_burden(request).await?.into_inner();
            total = total.take().or(page.total);
            Ok((page.rows, page.next_page_token))
        });
        let rows = rows.await?;
        let columns = [
            "of",
            "forms",
            "asked",
            "put",
            "answered",
            "saved",
            "shared",
            "to_answer",
            "to_confirm",
            "to_work_out",
            "registered",
            "typed",
            "confirmed",
            "worked_out",
        ];
        // What is left out stands in the other formats: the sheet of a screen is narrow.
        let hidden = ["to_confirm", "to_work_out", "registered", "confirmed"];
        let hidden = (format == Format::Table).then_some(hidden);
        let mut listing = Listing::new(columns).hiding(hidden.into_iter().flatten());
        for row in rows {
            listing.add(cells(bare(&row.group), &row));
        }
        if format == Format::Table
            && let Some(total) = &total
        {
            listing.add(cells("altogether", total));
        }
        listing.print(format)
    }

    fn request(&self, page_token: String) -> v1::GetBurdenRequest {
        let group = match self.by {
            Group::Organisation => v1::BurdenGroup::Organisation,
            Group::Home => v1::BurdenGroup::Home,
            Group::Council => v1::BurdenGroup::Council,
            Group::Icb => v1::BurdenGroup::Icb,
            Group::Period => v1::BurdenGroup::Period,
        };
        let view = if self.then {
            v1::BurdenView::Then
        } else {
            v1::BurdenView::Now
        };
        v1::GetBurdenRequest {
            group_by: group.into(),
            from: self.from.clone(),
            until: self.until.clone(),
            organisation: named("organisations", &self.organisation),
            home: named("homes", &self.home),
            area: self.area.clone(),
            view: view.into(),
            page_size: PAGE_SIZE,
            page_token,
        }
    }
}

fn cells(of: &str, row: &v1::Burden) -> [Value; 14] {
    [
        out::text(of),
        Value::from(row.forms),
        Value::from(row.asked),
        Value::from(row.put),
        Value::from(row.answered),
        Value::from(row.saved),
        Value::from(row.shared),
        Value::from(row.to_answer),
        Value::from(row.to_confirm),
        Value::from(row.to_work_out),
        Value::from(row.registered),
        Value::from(row.typed),
        Value::from(row.confirmed),
        Value::from(row.worked_out),
    ]
}

fn named(collection: &str, id: &str) -> String {
    match id {
        "" => String::new(),
        id => format!("{collection}/{}", bare(id)),
    }
}

fn bare(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
