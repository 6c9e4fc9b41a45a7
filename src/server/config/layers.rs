//! Where each value comes from: the layers laid on each other.

use std::fmt;
use std::fs;
use std::path::PathBuf;

use super::file::{self, CERTIFICATES, Row};
use super::key::{KEYS, Key, PREFIX};
use super::nearest::nearest;
use super::value;
use crate::domain::fault::Faults;

/// Largest configuration file, in bytes: one with the most certificates is half of it.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Variables of ours that say nothing to a server: they are for commands and tests.
const NOT_FOR_SERVERS: [&str; 8] = [
    "ASKONCE_CONFIG",
    "ASKONCE_SERVER",
    "ASKONCE_TOKEN",
    "ASKONCE_TOKEN_FILE",
    "ASKONCE_CA_CERT",
    "ASKONCE_CLIENT_CERT",
    "ASKONCE_CLIENT_KEY",
    "ASKONCE_TESTS_SKIP",
];

/// What Kubernetes puts into the environment for every service whose name starts with ours.
const OF_KUBERNETES: [&str; 3] = ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT"];

/// Everything that may say something.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// The configuration file.
    pub file: Option<PathBuf>,
    /// The environment: name and value.
    pub environment: Vec<(String, String)>,
    /// Flags of the command line.
    pub flags: Vec<Flag>,
}

/// A flag of the command line that sets a key.
#[derive(Debug, Clone)]
pub struct Flag {
    /// The flag as it was written.
    pub flag: String,
    /// The name of the key.
    pub key: String,
    /// The value.
    pub text: String,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody said.
    Default,
    /// The file, by line.
    File(usize),
    /// An environment variable.
    Environment(String),
    /// A flag.
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(line) => write!(f, "file, line {line}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

/// A value with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// What it is the value of.
    pub key: &'static Key,
    /// The value as text; empty for none.
    pub(super) text: String,
    /// Where it comes from.
    pub source: Source,
}

impl Setting {
    /// The value as it may be shown.
    #[must_use]
    pub fn shown(&self) -> &str {
        value::shown(&self.text)
    }

    /// What people should know of it.
    #[must_use]
    pub fn remark(&self) -> Option<&'static str> {
        value::remark(self.key.kind, &self.text)
    }
}

/// Every value, in the order of the keys, and what is wrong with where they come from.
#[derive(Debug)]
pub struct Settings {
    rows: Vec<Setting>,
    pub(super) certificates: Vec<Vec<Row>>,
    pub(super) faults: Faults,
}

impl Settings {
    /// Lays the layers on each other. What is wrong is kept, so that the rest can be shown.
    #[must_use]
    pub fn load(layers: &Layers) -> Self {
        let default = |key: &'static Key| Setting {
            key,
            text: key.default.to_owned(),
            source: Source::Default,
        };
        let mut settings = Self {
            rows: KEYS.iter().map(default).collect(),
            certificates: Vec::new(),
            faults: Faults::new(),
        };
        settings.lay_file(layers);
        settings.lay_environment(layers);
        for flag in &layers.flags {
            settings.set(&flag.key, &flag.text, Source::Flag(flag.flag.clone()));
        }
        settings
    }

    /// Every value, in the order of the keys.
    #[must_use]
    pub fn rows(&self) -> &[Setting] {
        &self.rows
    }

    /// The text of a key; none if it has no value.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let row = self.rows.iter().find(|row| row.key.name == name);
        row.map(|row| row.text.as_str())
            .filter(|text| !text.is_empty())
    }

    fn lay_file(&mut self, layers: &Layers) {
        let Some(path) = &layers.file else {
            return;
        };
        let shown = path.display();
        let text = match fs::metadata(path) {
            Ok(about) if about.len() > FILE_BYTES_MAX => {
                let message = format!("has more than {FILE_BYTES_MAX} bytes");
                return self.faults.add(shown.to_string(), message);
            }
            _ => fs::read_to_string(path),
        };
        let read = text
            .map_err(|error| Faults::one("", format!("cannot be read: {error}")))
            .and_then(|text| file::read(&text));
        let Some(read) = self.faults.take(&shown.to_string(), read) else {
            return;
        };
        self.certificates = read.certificates;
        for row in read.rows {
            match row.text {
                Some(text) => self.set(&row.name, &text, Source::File(row.line)),
                None if Key::named(&row.name).is_some() => {
                    let message = format!("expected a text or a whole number (line {})", row.line);
                    self.faults.add(row.name, message);
                }
                None => self.unknown(&row.name, &Source::File(row.line)),
            }
        }
    }

    fn lay_environment(&mut self, layers: &Layers) {
        for (variable, text) in &layers.environment {
            let is_kubernetes = OF_KUBERNETES
                .iter()
                .any(|part| variable.ends_with(part) || variable.contains(&format!("{part}_")));
            let is_ours = variable.starts_with(PREFIX);
            let key = KEYS.iter().find(|key| key.variable() == *variable);
            // A key may be called as one of those is: theirs is an address.
            let is_kubernetes = is_kubernetes && (key.is_none() || text.contains("://"));
            if !is_ours || is_kubernetes || NOT_FOR_SERVERS.contains(&variable.as_str()) {
                continue;
            }
            if let Some(key) = key {
                // An empty variable is one that is not set.
                if !text.is_empty() {
                    self.set(key.name, text, Source::Environment(variable.clone()));
                }
                continue;
            }
            let variables: Vec<String> = KEYS.iter().map(Key::variable).collect();
            let meant = nearest(variable, variables.iter().map(String::as_str));
            self.faults.add(variable, not_known("", meant));
        }
    }

    fn set(&mut self, name: &str, text: &str, source: Source) {
        let Some(row) = self.rows.iter_mut().find(|row| row.key.name == name) else {
            return self.unknown(name, &source);
        };
        if let Err(why) = value::check(row.key.kind, text) {
            self.faults.add(name, format!("{why} ({source})"));
        }
        text.clone_into(&mut row.text);
        row.source = source;
    }

    fn unknown(&mut self, name: &str, source: &Source) {
        let names = KEYS.iter().map(|key| key.name).chain([CERTIFICATES]);
        self.faults.add(
            name,
            not_known(&format!(" ({source})"), nearest(name, names)),
        );
    }
}

fn not_known(place: &str, meant: Option<&str>) -> String {
    match meant {
        Some(meant) => format!("is not known{place}; did you mean {meant}?"),
        None => format!("is not known{place}; `askonce check-config` lists every key"),
    }
}
