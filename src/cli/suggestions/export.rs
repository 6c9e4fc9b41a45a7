//! `suggestions export`: the data lead's sheet.

use crate::cli::connect::ServerArgs;
use crate::cli::failure::{Failure, Result};
use crate::cli::out::{self, Shape};
use crate::grpc::v1;

use super::table::{self, CANDIDATES};
use super::{Wanted, read};

/// Write a sheet of what is left to decide, to be filled in (.csv or .xlsx)
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A row for each question that is left to decide, with its five nearest candidates. \
    Fill in the columns decision (same, related, different, new or skip), element (where it is not \
    candidate_1), option_map, reason and, to propose an element, new_id, new_label and new_topic; then \
    `askonce suggestions import FILE`."
)]
pub(crate) struct Export {
    /// The file, which must not be there yet
    #[arg(value_name = "FILE.csv|.xlsx")]
    file: String,
    #[command(flatten)]
    wanted: Wanted,
}

impl Export {
    /// Runs the command.
    pub(super) async fn run(&self, server: &ServerArgs) -> Result<()> {
        let shape = out::shape_of(&self.file)?;
        let request = v1::ListSuggestionsRequest {
            candidates_max: u32::try_from(CANDIDATES).unwrap_or(u32::MAX),
            ..self.wanted.request(true, "none")?
        };
        let suggestions = read(&server.connect().await?, request).await?;
        let bytes = match shape {
            Shape::Csv => table::as_csv(&suggestions)?.into_bytes(),
            Shape::Xlsx => table::as_workbook(&suggestions)?,
            Shape::Table | Shape::Json => {
                let message = format!("{}: expected a name that ends in .csv or .xlsx", self.file);
                return Err(Failure::usage(message));
            }
        };
        out::file(&self.file, &bytes)?;
        let count = suggestions.len();
        out::note(format_args!("{count} questions are left to decide"));
        Ok(())
    }
}
