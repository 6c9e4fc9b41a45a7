//! `collections`: who took a home's answers, and when.

use clap::Subcommand;

use crate::grpc::v1;

use super::connect::ServerArgs;
use super::failure::Result;
use super::out::{self, Format, Listing};
use super::pages::{PAGE_SIZE, all_pages};
use super::token;

/// Who took a home's answers, and when (home people, of their own homes).
#[derive(Debug, Subcommand)]
pub(crate) enum Collections {
    /// List collections by the last time
    List {
        /// The home, by CQC location id
        home: String,
        /// Only for the form of this period
        #[arg(long, value_name = "PERIOD", default_value = "")]
        period: String,
        /// Only by this organisation
        #[arg(long, value_name = "ID", default_value = "")]
        organisation: String,
    },
}

impl Collections {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let Self::List {
            home,
            period,
            organisation,
        } = self;
        let remote = server.connect().await?;
        let within = |collection: &str, id: &str| match id {
            "" => String::new(),
            id => format!("{collection}/{}", id.rsplit('/').next().unwrap_or(id)),
        };
        let collections = all_pages(async |page_token| {
            let request = v1::ListCollectionsRequest {
                parent: within("homes", home),
                period: period.clone(),
                organisation: within("organisations", organisation),
                page_size: PAGE_SIZE,
                page_token,
            };
            let page = remote.forms().list_collections(request).await?.into_inner();
            Ok((page.collections, page.next_page_token))
        });
        listing(&collections.await?, format).print(format)
    }
}

fn listing(collections: &[v1::Collection], format: Format) -> Listing {
    let columns = [
        "organisation",
        "system",
        "period",
        "speaks_of",
        "fields",
        "first_taken",
        "last_taken",
        "stored",
        "stored_by",
        "ask",
    ];
    let mut listing = Listing::new(columns).hiding(["ask", "first_taken", "stored_by"]);
    for row in collections {
        listing.add([
            out::text(row.organisation_name.as_str()),
            out::text(row.system.as_str()),
            out::text(row.period.as_str()),
            out::text(row.reference_label.as_str()),
            out::texts(row.fields.iter().cloned()),
            out::text(token::minute(row.first_at.as_ref(), format)),
            out::text(token::minute(row.last_at.as_ref(), format)),
            serde_json::Value::from(row.stored),
            out::text(row.stored_by.as_str()),
            out::text(row.ask.as_str()),
        ]);
    }
    listing
}
