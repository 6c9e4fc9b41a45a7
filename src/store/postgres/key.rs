//! Under which row the revision of each thing stands: with its home, with its organisation, or by
//! itself.

use crate::domain::event::Key;

/// Which table; rows are locked in this order, then by owner and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Table {
    Home,
    Organisation,
    Register,
}

/// Every table, in the order in which rows are locked.
pub(super) const TABLES: [Table; 3] = [Table::Home, Table::Organisation, Table::Register];

/// The row of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Row {
    pub(super) table: Table,
    /// The home or organisation; empty where there is none.
    pub(super) owner: String,
    pub(super) key: String,
}

impl Row {
    /// The row of a key.
    pub(super) fn of(key: &Key) -> Self {
        let register = |key: String| (Table::Register, String::new(), key);
        let (table, owner, key) = match key {
            Key::Home(home) => (Table::Home, home.to_string(), "home".to_owned()),
            Key::Sheet(home, reference) => {
                (Table::Home, home.to_string(), format!("sheet {reference}"))
            }
            Key::Filings(home, period) => {
                (Table::Home, home.to_string(), format!("filings {period}"))
            }
            Key::Collected(home, reference, ask) => {
                let key = format!("collected {reference} {ask}");
                (Table::Home, home.to_string(), key)
            }
            Key::Digests(home) => (Table::Home, home.to_string(), "digests".to_owned()),
            Key::Organisation(id) => (
                Table::Organisation,
                id.to_string(),
                "organisation".to_owned(),
            ),
            Key::Ask(name) => {
                let owner = name.organisation.to_string();
                (Table::Organisation, owner, format!("ask {}", name.ask))
            }
            Key::Powers(id) => (Table::Organisation, id.to_string(), "powers".to_owned()),
            Key::Acknowledged(id, ask) => {
                let ask = ask.as_ref().map_or("", |ask| ask.as_str());
                let key = format!("acknowledged {ask}");
                (Table::Organisation, id.to_string(), key)
            }
            Key::AskContent(content) => register(format!("ask content {content}")),
            Key::Template(digest) => register(format!("template {digest}")),
            Key::Dictionary => register("dictionary".to_owned()),
            Key::Links => register("links".to_owned()),
            Key::Decision(id) => register(format!("decision {id}")),
            Key::Terms => register("terms".to_owned()),
            Key::Token(id) => register(format!("token {id}")),
            Key::HomeIdentifier(identifier) => register(format!("home identifier {identifier}")),
            Key::OrganisationIdentifier(identifier) => {
                register(format!("organisation identifier {identifier}"))
            }
            Key::OrganisationSuccessions => register("organisation successions".to_owned()),
            Key::HomeSuccessions => register("home successions".to_owned()),
            Key::People => register("people".to_owned()),
            Key::Proposal(id) => register(format!("proposal {id}")),
        };
        Self { table, owner, key }
    }
}

impl Table {
    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Home => "home_revisions",
            Self::Organisation => "organisation_revisions",
            Self::Register => "register_revisions",
        }
    }

    /// The column that says whose a row is; none of the register.
    pub(super) fn owner(self) -> Option<&'static str> {
        match self {
            Self::Home => Some("home_id"),
            Self::Organisation => Some("organisation_id"),
            Self::Register => None,
        }
    }
}
