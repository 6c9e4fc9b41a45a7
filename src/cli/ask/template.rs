//! `ask template`: a sheet to be filled in.

use super::super::failure::{Failure, Result};
use super::super::out::{self, Format};
use super::{book, header, sheet};

/// Where a template goes, and so in which shape.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Output is CSV unless FILE or --output says otherwise: --output xlsx gives a \
    workbook, --output json an ask."
)]
pub(crate) struct Template {
    /// The file to write, which must not be there yet: .xlsx, .csv or .json; standard output if not
    /// given
    #[arg(value_name = "FILE")]
    file: Option<String>,
}

impl Template {
    /// Runs the command.
    pub(super) fn run(&self, format: Option<Format>) -> Result<()> {
        let text = match format {
            Some(Format::Json) => out::json_text(&header::sample())?,
            _ => sheet::template().render(Format::Csv)?,
        };
        let Some(file) = &self.file else {
            return out::data(&text);
        };
        match (out::shape_of(file)?, format) {
            (out::Shape::Xlsx, None) => self.run_as_workbook(),
            (out::Shape::Json, None) => {
                out::file(file, out::json_text(&header::sample())?.as_bytes())
            }
            (out::Shape::Csv, None | Some(Format::Csv))
            | (out::Shape::Json, Some(Format::Json)) => out::file(file, text.as_bytes()),
            _ => Err(contradiction(file)),
        }
    }

    /// Runs the command where `--output xlsx` asks for a workbook.
    pub(crate) fn run_as_workbook(&self) -> Result<()> {
        let packed = book::template()?;
        match &self.file {
            None => out::bytes(&packed),
            Some(file) if out::shape_of(file)? == out::Shape::Xlsx => out::file(file, &packed),
            Some(file) => Err(contradiction(file)),
        }
    }
}

fn contradiction(file: &str) -> Failure {
    Failure::usage(format!("{file} and --output say different shapes"))
}
