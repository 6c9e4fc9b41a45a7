//! What came after whom, at the command line: one succession, or those of a sheet.

use tonic::Code;

use crate::grpc::v1;

use super::connect::Remote;
use super::failure::{Failure, Result};
use super::file::Source;
use super::out::{self, Format, Listing};
use super::sheet::{Row, Sheet};

/// Columns of the register of clinical commissioning groups as it was published in 2021.
const PUBLISHED: [&str; 10] = [
    "ccg_code_original",
    "ccg_code_current_2021",
    "ccg_gss",
    "ccg_name",
    "stp_icb_gss",
    "stp_icb_ods",
    "stp_icb_name",
    "nhs_region_gss",
    "nhs_region_ods",
    "nhs_region_name",
];

/// Columns of a sheet of one's own.
const PLAIN: [&str; 3] = ["predecessor", "successor", "on"];

/// A succession that a sheet tells of.
struct Step {
    line: u32,
    predecessor: String,
    /// Empty where the row tells of none.
    successor: String,
    on: String,
}

/// What a sheet tells: whom it names, and what came after whom.
#[derive(Default)]
struct Told {
    /// With the line that names each first.
    organisations: Vec<(u32, v1::OrganisationRow)>,
    steps: Vec<Step>,
}

/// What became of the rows of a sheet.
struct Outcomes {
    listing: Listing,
    counts: [usize; 4],
    reasons: Vec<String>,
}

/// Days that the published sheet does not say itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Days {
    /// When the mergers took place.
    pub(super) on: Option<String>,
    /// When the integrated care boards came after the groups.
    pub(super) icb_on: Option<String>,
}

/// Records the successions of a sheet: one's own, or the one that was published.
pub(super) async fn from_file(
    remote: &Remote,
    file: &str,
    days: &Days,
    format: Format,
) -> Result<()> {
    let source = Source::read(file)?;
    let told = if source.text.contains(PUBLISHED[0]) {
        published(&Sheet::read(&source, &PUBLISHED, &[])?, days)?
    } else {
        if days.on.is_some() || days.icb_on.is_some() {
            let message = "the sheet has a column on; --on and --icb-on are for the published one";
            return Err(Failure::usage(message));
        }
        plain(&Sheet::read(&source, &PLAIN, &[])?)
    };
    let mut outcomes = Outcomes {
        listing: Listing::new([
            "line",
            "predecessor",
            "successor",
            "on",
            "outcome",
            "message",
        ]),
        counts: [0; 4],
        reasons: Vec::new(),
    };
    let added = register(remote, &told.organisations, &mut outcomes).await?;
    let bar = out::progress(told.steps.len(), "successions");
    for step in &told.steps {
        record(remote, step, &mut outcomes).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    outcomes.print(&source.name, added, format)
}

fn plain(sheet: &Sheet) -> Told {
    let step = |row: &Row| Step {
        line: row.index(),
        predecessor: sheet.cell(row, "predecessor").to_owned(),
        successor: sheet.cell(row, "successor").to_owned(),
        on: sheet.cell(row, "on").to_owned(),
    };
    Told {
        organisations: Vec::new(),
        steps: sheet.rows.iter().map(step).collect(),
    }
}

/// The published sheet names each group of before by its code and by the code of what it went into;
/// an unchanged code is no succession.
fn published(sheet: &Sheet, days: &Days) -> Result<Told> {
    let Some(on) = &days.on else {
        let message = "the published sheet says no day: give --on, such as --on 2021-04-01";
        return Err(Failure::usage(message));
    };
    let mut told = Told::default();
    let mut boards = Vec::new();
    for row in &sheet.rows {
        let (line, cell) = (row.index(), |column: &str| {
            sheet.cell(row, column).to_owned()
        });
        let (old, new) = (cell("ccg_code_original"), cell("ccg_code_current_2021"));
        if old != new {
            told.name(line, "ccg", v1::OrganisationKind::Ccg, &old, "", "");
        }
        told.name(
            line,
            "ccg",
            v1::OrganisationKind::Ccg,
            &new,
            &cell("ccg_gss"),
            &cell("ccg_name"),
        );
        told.steps.push(Step {
            line,
            predecessor: format!("ods:{old}"),
            successor: if old == new {
                String::new()
            } else {
                format!("ods:{new}")
            },
            on: on.clone(),
        });
        let Some(icb_on) = &days.icb_on else {
            continue;
        };
        let (code, gss, name) = (
            cell("stp_icb_ods"),
            cell("stp_icb_gss"),
            cell("stp_icb_name"),
        );
        told.name(line, "icb", v1::OrganisationKind::Icb, &code, &gss, &name);
        let step = Step {
            line,
            predecessor: format!("ods:{new}"),
            successor: format!("ods:{code}"),
            on: icb_on.clone(),
        };
        if !boards
            .iter()
            .any(|known: &Step| known.predecessor == step.predecessor)
        {
            boards.push(step);
        }
    }
    told.steps.extend(boards);
    Ok(told)
}

impl Told {
    /// Notes an organisation that is named by its ODS code, under an id made of kind and code.
    fn name(
        &mut self,
        line: u32,
        kind_word: &str,
        kind: v1::OrganisationKind,
        ods: &str,
        gss: &str,
        name: &str,
    ) {
        let id = format!("{kind_word}-{}", ods.to_lowercase());
        let row = v1::OrganisationRow {
            name: match name {
                "" => format!("{} {ods}", kind_word.to_uppercase()),
                name => name.to_owned(),
            },
            id,
            kind: kind.into(),
            ods: ods.to_owned(),
            gss: gss.to_owned(),
        };
        match self
            .organisations
            .iter_mut()
            .find(|(_, known)| known.ods == row.ods)
        {
            // A group that went into another may be one that others went into: that row says more.
            Some((_, known)) if known.gss.is_empty() => *known = row,
            Some(_) => {}
            None => self.organisations.push((line, row)),
        }
    }
}

/// Registers those that no ODS code in the register is of; how many.
async fn register(
    remote: &Remote,
    named: &[(u32, v1::OrganisationRow)],
    outcomes: &mut Outcomes,
) -> Result<usize> {
    let mut rows = Vec::new();
    for (line, row) in named {
        if find(remote, &format!("ods:{}", row.ods)).await?.is_none() {
            rows.push(v1::ImportOrganisationsRequest {
                index: *line,
                row: Some(row.clone()),
            });
        }
    }
    let asked = rows.len();
    let sent: Vec<(u32, String)> = (rows
        .iter()
        .filter_map(|request| Some((request.index, format!("ods:{}", request.row.as_ref()?.ods)))))
    .collect();
    let mut responses = remote
        .registry()
        .import_organisations(tokio_stream::iter(rows))
        .await?
        .into_inner();
    let mut refused = 0;
    for (line, ods) in sent {
        let Some(response) = responses.message().await? else {
            break;
        };
        for fault in response.faults {
            refused += 1;
            let message = format!("{}: {}", fault.path, fault.message);
            outcomes
                .reasons
                .push(format!("line {line}: {ods} was not registered: {message}"));
        }
    }
    Ok(asked - refused.min(asked))
}

/// Records one succession and notes what became of it.
async fn record(remote: &Remote, step: &Step, outcomes: &mut Outcomes) -> Result<()> {
    if step.successor.is_empty() && !step.on.is_empty() && step.predecessor.starts_with("ods:") {
        outcomes.add(step, 2, "");
        return Ok(());
    }
    let known = find(remote, &step.predecessor).await?;
    let known = known.and_then(|known| known.ended);
    let request = v1::SucceedOrganisationRequest {
        predecessor: step.predecessor.clone(),
        successor: step.successor.clone(),
        on: step.on.clone(),
        ..v1::SucceedOrganisationRequest::default()
    };
    match remote.registry().succeed_organisation(request).await {
        Ok(response) => {
            let now = response.into_inner().succession;
            outcomes.add(step, usize::from(now == known), "");
        }
        Err(status) if matches!(status.code(), Code::InvalidArgument | Code::Aborted) => {
            let failure = Failure::from(status);
            let mut said = vec![failure.headline];
            said.extend(failure.reasons);
            let message = match &known {
                Some(known) => format!(
                    "{} came after it on {} already; correct that by itself",
                    known.successor, known.on
                ),
                None => said.join("; "),
            };
            outcomes.add(step, 3, &message);
        }
        Err(status) => return Err(status.into()),
    }
    Ok(())
}

/// An organisation by any identifier; none if nothing bears it.
async fn find(remote: &Remote, identifier: &str) -> Result<Option<v1::Organisation>> {
    let name = format!("organisations/{identifier}");
    let request = v1::GetOrganisationRequest { name };
    match remote.registry().get_organisation(request).await {
        Ok(response) => Ok(response.into_inner().organisation),
        Err(status) if matches!(status.code(), Code::NotFound | Code::InvalidArgument) => Ok(None),
        Err(status) => Err(status.into()),
    }
}

impl Outcomes {
    const WORDS: [&'static str; 4] = ["recorded", "unchanged", "no succession", "refused"];

    fn add(&mut self, step: &Step, outcome: usize, message: &str) {
        self.counts[outcome] += 1;
        if outcome == 3 {
            self.reasons.push(format!(
                "line {}: {}: {message}",
                step.line, step.predecessor
            ));
        }
        self.listing.add([
            serde_json::Value::from(step.line),
            out::text(step.predecessor.as_str()),
            out::text(step.successor.as_str()),
            out::text(step.on.as_str()),
            out::text(Self::WORDS[outcome]),
            out::text(message),
        ]);
    }

    fn print(self, file: &str, added: usize, format: Format) -> Result<()> {
        let told: Vec<String> = (Self::WORDS.iter().zip(self.counts))
            .map(|(word, count)| format!("{count} {word}"))
            .collect();
        let summary = format!(
            "{file}: {added} organisations registered; {}",
            told.join(", ")
        );
        match format {
            Format::Table => out::data(&format!("{summary}\n"))?,
            Format::Json | Format::Csv => {
                out::note(&summary);
                self.listing.print(format)?;
            }
        }
        if self.reasons.is_empty() {
            return Ok(());
        }
        Err(
            Failure::refused("some rows were refused; the others are recorded")
                .because(self.reasons),
        )
    }
}

/// A succession as a row under [`COLUMNS`].
pub(super) fn row(known: &v1::Succession) -> [serde_json::Value; 4] {
    let bare = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    [
        out::text(bare(&known.predecessor)),
        out::text(bare(&known.successor)),
        out::text(known.on.as_str()),
        out::text(known.etag.as_str()),
    ]
}

/// What a succession is shown by.
pub(super) const COLUMNS: [&str; 4] = ["predecessor", "successor", "on", "etag"];

/// Shows a succession.
pub(super) fn print(known: Option<&v1::Succession>, format: Format) -> Result<()> {
    let mut listing = Listing::new(COLUMNS);
    if let Some(known) = known {
        listing.add(row(known));
    }
    listing.print(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_sheet_names_each_body_once_and_an_unchanged_code_is_no_succession() {
        let text = format!(
            "{}\n00C,16C,E38000247,NHS TEES VALLEY CCG,E54000050,QHM,Cumbria,E4,Y63,North\n\
             00K,16C,E38000247,NHS TEES VALLEY CCG,E54000050,QHM,Cumbria,E4,Y63,North\n\
             01T,01T,E38000161,NHS SOUTH SEFTON CCG,E54000008,QYG,Cheshire,E4,Y62,North\n",
            PUBLISHED.join(",")
        );
        let sheet = Sheet::read(&Source::of("x.csv", &text), &PUBLISHED, &[]).unwrap();
        let days = |icb_on: Option<&str>| Days {
            on: Some("2021-04-01".into()),
            icb_on: icb_on.map(Into::into),
        };
        assert!(published(&sheet, &Days::default()).is_err());
        let told = published(&sheet, &days(None)).ok().unwrap();
        let ids: Vec<_> = told
            .organisations
            .iter()
            .map(|(_, row)| row.id.as_str())
            .collect();
        assert_eq!(ids, ["ccg-00c", "ccg-16c", "ccg-00k", "ccg-01t"]);
        let successors: Vec<_> = told
            .steps
            .iter()
            .map(|step| step.successor.as_str())
            .collect();
        assert_eq!(successors, ["ods:16C", "ods:16C", ""]);
        let told = published(&sheet, &days(Some("2022-07-01"))).ok().unwrap();
        let last: Vec<_> = (told.steps[3..].iter())
            .map(|step| {
                (
                    step.line,
                    step.predecessor.as_str(),
                    step.successor.as_str(),
                )
            })
            .collect();
        assert_eq!(last, [(2, "ods:16C", "ods:QHM"), (4, "ods:01T", "ods:QYG")]);
    }
}
