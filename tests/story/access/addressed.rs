//! How each method is addressed: the one table that a new method needs a line in.

use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind as Type, MessageDescriptor, MethodDescriptor,
    ReflectMessage, Value,
};

use super::ground::{Ground, Whose};
use super::wire;

/// What a member of a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An organisation.
    Organisation,
    /// An ask: its organisation's.
    Ask,
    /// A home.
    Home,
    /// A home's form.
    Form,
    /// A home's receipt.
    Receipt,
    /// A token.
    Token,
    /// A decision of one organisation on its own fields.
    Decision,
    /// An element of the dictionary.
    Element,
    /// Nobody's: this text, number or enum value, without which the method answers nothing.
    Is(&'static str),
    /// No member at all: the method shows or changes what is the caller's own, whoever calls. That
    /// it does is for a story of its own to show.
    Caller,
}

use Kind::{Ask, Caller, Decision, Element, Form, Home, Organisation, Receipt, Token};

/// Whose a resource is: what decides whether a caller who is confined may have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// An organisation's.
    Organisation,
    /// A home's.
    Home,
    /// Nobody's in particular.
    Nobody,
}

impl Kind {
    /// Whose what it names is.
    pub(crate) fn owner(self) -> Owner {
        match self {
            Self::Organisation | Self::Ask | Self::Decision => Owner::Organisation,
            Self::Home | Self::Form | Self::Receipt => Owner::Home,
            Self::Token | Self::Element | Self::Is(_) | Self::Caller => Owner::Nobody,
        }
    }
}

/// The members of a request that name a resource, each by its path.
pub(crate) type Members = &'static [(&'static str, Kind)];

/// Every method, with the members of its request that say whose resource it is about.
///
/// A member is given by its path (`ask.organisation`), the first of a list by the list's
/// (`homes`). What a method cannot do without to answer OK is given as [`Kind::Is`].
pub(crate) const ADDRESSED: &[(&str, Members)] = &[
    (
        "AskService/SubmitAsk",
        &[("ask.organisation", Organisation)],
    ),
    (
        "AskService/SubmitAsks",
        &[("ask.organisation", Organisation)],
    ),
    (
        "AskService/PreviewAsk",
        &[
            ("ask.organisation", Organisation),
            ("ask.purpose", Kind::Is("planning")),
            ("ask.legal_basis", Kind::Is("6(1)(e)")),
            ("ask.cadence", Kind::Is("daily")),
            ("ask.targets.homes", Kind::Is("1-466088203")),
            ("ask.fields.name", Kind::Is("beds")),
            ("ask.fields.label", Kind::Is("Beds")),
            ("ask.fields.timing", Kind::Is("as-at")),
            ("ask.fields.type", Kind::Is("FIELD_TYPE_COUNT")),
        ],
    ),
    (
        "AskService/AmendAsk",
        &[
            ("name", Ask),
            ("ask.purpose", Kind::Is("planning")),
            ("etag", Kind::Is("1")),
        ],
    ),
    ("AskService/WithdrawAsk", &[("name", Ask)]),
    ("AskService/GetAsk", &[("name", Ask)]),
    (
        "AskService/ListAsks",
        &[("parent", Organisation), ("home", Home)],
    ),
    ("FormService/ListForms", &[("parent", Home)]),
    ("FormService/GetForm", &[("name", Form)]),
    ("FormService/SubmitAnswers", &[("name", Form)]),
    ("FormService/SaveDraft", &[("name", Form)]),
    ("FormService/CorrectAnswer", &[("name", Receipt)]),
    ("FormService/ConfirmUnchanged", &[("name", Form)]),
    ("FormService/DeclineQuestion", &[("name", Form)]),
    (
        "FormService/ReleaseAnswers",
        &[("name", Form), ("asks", Ask)],
    ),
    ("FormService/MarkFiled", &[("name", Form), ("ask", Ask)]),
    ("FormService/GetReceipt", &[("name", Receipt)]),
    (
        "CollectionService/ListDeliveries",
        &[("parent", Ask), ("home", Home)],
    ),
    ("CollectionService/WatchDeliveries", &[("parent", Ask)]),
    (
        "CollectionService/AcknowledgeDeliveries",
        &[("parent", Ask), ("cursor", Kind::Is("0"))],
    ),
    (
        "CollectionService/GetCompleteness",
        &[
            ("parent", Ask),
            ("home", Home),
            ("periods", Kind::Is("2020-06-03")),
        ],
    ),
    (
        "FormService/ListCollections",
        &[("parent", Home), ("organisation", Organisation)],
    ),
    (
        "RegistryService/GrantPowers",
        &[("organisation", Organisation)],
    ),
    ("RegistryService/ImportHomes", &[]),
    ("RegistryService/ImportOrganisations", &[]),
    ("RegistryService/GetHome", &[("name", Home)]),
    ("RegistryService/ListHomes", &[]),
    ("RegistryService/GetOrganisation", &[("name", Organisation)]),
    ("RegistryService/ListOrganisations", &[]),
    (
        "RegistryService/SucceedOrganisation",
        &[("predecessor", Organisation)],
    ),
    (
        "RegistryService/UndoOrganisationSuccession",
        &[("predecessor", Organisation)],
    ),
    ("RegistryService/SucceedHome", &[("predecessor", Home)]),
    (
        "RegistryService/UndoHomeSuccession",
        &[("predecessor", Home)],
    ),
    (
        "PeopleService/InvitePerson",
        &[
            ("homes", Home),
            ("display_name", Kind::Is("Ann Archer")),
            ("email", Kind::Is("ann@rowan-house.example")),
            ("role", Kind::Is("HOME_ROLE_ANSWERS")),
        ],
    ),
    ("PeopleService/ListPeople", &[("parent", Home)]),
    // A person of others' homes is not found, as an unknown one is: people.rs tells it.
    (
        "PeopleService/RemovePerson",
        &[("name", Kind::Is("people/p_none")), ("homes", Home)],
    ),
    ("DictionaryService/ListElements", &[]),
    ("DictionaryService/GetElement", &[("name", Element)]),
    // What is proposed is recorded as of the caller's own organisation.
    ("DictionaryService/ProposeElement", &[("", Caller)]),
    ("DictionaryService/ApproveElement", &[("name", Element)]),
    ("DictionaryService/RetireElement", &[("name", Element)]),
    ("DictionaryService/ListProposals", &[]),
    ("DictionaryService/ExplainQuestion", &[("name", Element)]),
    (
        "DictionaryService/ListSuggestions",
        &[
            ("organisation", Organisation),
            ("ask", Ask),
            ("tier_at_least", Kind::Is("SUGGESTION_TIER_NONE")),
        ],
    ),
    (
        "DictionaryService/DecideSuggestions",
        &[
            ("decisions.a.ask", Ask),
            ("decisions.a.field", Kind::Is("D6")),
            ("decisions.b.element", Kind::Is("agency.hours")),
            ("decisions.verdict", Kind::Is("VERDICT_SAME")),
        ],
    ),
    (
        "DictionaryService/ListDecisions",
        &[("organisation", Organisation)],
    ),
    ("DictionaryService/UndoDecision", &[("name", Decision)]),
    (
        "DictionaryService/ObjectToDecision",
        &[
            ("name", Decision),
            ("organisation", Organisation),
            ("reason", Kind::Is("ours leaves nights out")),
        ],
    ),
    (
        "DictionaryService/AnswerObjection",
        &[("name", Kind::Is("decisions/d_none/objections/o_none"))],
    ),
    (
        "DictionaryService/ListElementVersions",
        &[("name", Element)],
    ),
    ("DictionaryService/ListTerms", &[]),
    ("DictionaryService/DecideTerms", &[]),
    (
        "InsightService/FindDemands",
        &[
            ("organisation", Organisation),
            ("home", Home),
            ("element", Kind::Is("")),
        ],
    ),
    (
        "InsightService/GetOverlap",
        &[("organisation", Organisation)],
    ),
    (
        "InsightService/GetBurden",
        &[
            ("organisation", Organisation),
            ("home", Home),
            ("group_by", Kind::Is("BURDEN_GROUP_ORGANISATION")),
        ],
    ),
    ("LedgerService/ReadLedger", &[]),
    ("LedgerService/VerifyLedger", &[]),
    ("LedgerService/GetCheckpoint", &[]),
    (
        "TokenService/IssueToken",
        &[("organisation", Organisation), ("homes", Home)],
    ),
    ("TokenService/ListTokens", &[]),
    ("TokenService/RevokeToken", &[("name", Token)]),
    ("TokenService/RotateToken", &[("name", Token)]),
];

/// Methods that take many parts and refuse another's at its place, by a fault or in that part's
/// result, and the rest not for its sake: in the same words as for an unknown one, but for the name.
pub(crate) const IN_PARTS: &[&str] = &[
    "AskService/SubmitAsks",
    "DictionaryService/DecideSuggestions",
];

/// Members that name a resource wherever they stand at a request's top: a line must tell of each.
const TELLING: [&str; 14] = [
    "name",
    "names",
    "parent",
    "organisation",
    "organisations",
    "home",
    "homes",
    "ask",
    "asks",
    "form",
    "receipt",
    "token",
    "element",
    "decision",
];

/// The members of a method's request that name a resource.
///
/// # Errors
/// What to write where, if the table does not say enough.
pub(crate) fn members(method: &MethodDescriptor) -> Result<Members, String> {
    let name = wire::short(method);
    let mut lines = ADDRESSED.iter().filter(|(known, _)| *known == name);
    let help = "in tests/story/access/addressed.rs, say in one line of ADDRESSED which members of \
                its request name whose resource";
    let (_, members) = lines.next().ok_or(format!("{name}: {help}"))?;
    for field in method.input().fields() {
        let is_told = members
            .iter()
            .any(|(path, _)| path.split('.').next() == Some(field.name()));
        if TELLING.contains(&field.name()) && field.kind() == Type::String && !is_told {
            return Err(format!(
                "{name}: of `{}` nothing is said: {help}",
                field.name()
            ));
        }
    }
    let input = method.input();
    let missing = members
        .iter()
        .find(|(path, kind)| *kind != Kind::Caller && !has(&input, path));
    match missing {
        Some((path, _)) => Err(format!(
            "{name}: its request has no member `{path}`: {help}"
        )),
        None => Ok(members),
    }
}

/// The lines of methods that are not there.
pub(crate) fn stale() -> Vec<&'static str> {
    let methods: Vec<String> = wire::methods().iter().map(wire::short).collect();
    let lines = ADDRESSED.iter().map(|(name, _)| *name);
    lines
        .filter(|name| !methods.iter().any(|method| method == name))
        .collect()
}

/// A request about a caller's own, but for one member, which names whose one says.
pub(crate) fn request(
    method: &MethodDescriptor,
    members: Members,
    ground: &Ground,
    but: Option<(&str, Whose)>,
) -> DynamicMessage {
    let mut message = DynamicMessage::new(method.input());
    for (path, kind) in members {
        let whose = but.filter(|(other, _)| other == path);
        let whose = whose.map_or(Whose::Own, |(_, whose)| whose);
        if *kind != Kind::Caller {
            set(&mut message, path, &ground.name(*kind, whose));
        }
    }
    message
}

/// Whether a message has a member at a path that a text can say.
fn has(message: &MessageDescriptor, path: &str) -> bool {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let Some(field) = message.get_field_by_name(first) else {
        return false;
    };
    match (field.kind(), rest) {
        (Type::Message(inner), rest) => !rest.is_empty() && has(&inner, rest),
        (_, rest) => rest.is_empty(),
    }
}

/// Sets the member at a path to what a text says; of a list on the way, the first.
fn set(message: &mut DynamicMessage, path: &str, text: &str) {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let field = message.descriptor().get_field_by_name(first).expect(path);
    let slot = message.get_field_mut(&field);
    let slot = match slot {
        Value::List(list) => {
            if list.is_empty() {
                list.push(Value::default_value(&field.kind()));
            }
            &mut list[0]
        }
        slot => slot,
    };
    match slot {
        Value::Message(inner) => set(inner, rest, text),
        slot => *slot = said(&field, text),
    }
}

/// What a text says of a member.
fn said(field: &FieldDescriptor, text: &str) -> Value {
    match field.kind() {
        Type::String => Value::String(text.to_owned()),
        Type::Bool => Value::Bool(text.parse().expect(text)),
        Type::Int32 => Value::I32(text.parse().expect(text)),
        Type::Uint32 => Value::U32(text.parse().expect(text)),
        Type::Int64 => Value::I64(text.parse().expect(text)),
        Type::Uint64 => Value::U64(text.parse().expect(text)),
        Type::Enum(values) => {
            Value::EnumNumber(values.get_value_by_name(text).expect(text).number())
        }
        other => panic!("no text says a {other:?}, as {} is", field.full_name()),
    }
}
