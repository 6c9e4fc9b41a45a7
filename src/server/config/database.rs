//! From settings to how the database is reached, where data is kept in one.

use std::path::PathBuf;

use super::layers::{Settings, Source};
use super::value;
use crate::domain::fault::Faults;
use crate::server::DatabaseTerms;

/// What a data folder and a database have in front of their keys.
const FOLDER: &str = "data";
const PART: &str = "postgres";

impl Settings {
    /// How the database is reached; the outer none where data is kept in a folder, the inner one
    /// beside a fault.
    #[expect(clippy::option_option, reason = "each none says another thing")]
    pub(super) fn database(&self, faults: &mut Faults) -> Option<Option<DatabaseTerms>> {
        if self.text("store") != Some(PART) {
            for key in self.said_of_database() {
                faults.add(key, "says nothing without `store = \"postgres\"`");
            }
            return None;
        }
        if self.text(FOLDER).is_some() {
            let message = "is given together with `store = \"postgres\"`, which keeps nothing in a \
                           folder; leave one of the two out";
            faults.add(FOLDER, message);
        }
        let Some(url) = self.text("postgres.url") else {
            let message = "is missing: expected such as \
                           postgresql://askonce@db.example:5432/askonce";
            faults.add("postgres.url", message);
            return Some(None);
        };
        let path = |key: &str| self.text(key).map(PathBuf::from);
        let pool = self.text("postgres.pool").unwrap_or_default();
        let terms = DatabaseTerms {
            url: url.to_owned(),
            direct_url: self.text("postgres.direct_url").map(ToOwned::to_owned),
            password_file: path("postgres.password_file"),
            ca_cert: path("postgres.ca_cert"),
            is_encrypted: self.text("postgres.tls") != Some("none"),
            pool: value::count(pool).unwrap_or(1) as usize,
            pool_deadline: self.duration("postgres.pool_deadline"),
            statement_deadline: self.duration("postgres.statement_deadline"),
        };
        // A value that holds a secret is refused by now, and would be quoted by whoever reads it.
        if self.rows().iter().all(|row| row.shown() == row.text) {
            faults.take(PART, terms.check());
        }
        if !terms.is_encrypted && terms.ca_cert.is_some() {
            faults.add("postgres.ca_cert", "says nothing with `postgres.tls` none");
        }
        Some(Some(terms))
    }

    /// The keys of the database that somebody set.
    fn said_of_database(&self) -> Vec<&'static str> {
        let rows = self.rows().iter();
        let said = rows.filter(|row| row.source != Source::Default && !row.text.is_empty());
        let names = said.map(|row| row.key.name);
        names
            .filter(|name| name.split('.').next() == Some(PART))
            .collect()
    }
}
