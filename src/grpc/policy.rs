//! Who may call what, on whose resources: one table, deny by default.
//!
//! A method without a row is answered as if it did not exist, so that forgetting one never opens
//! it; a test holds the table against the descriptors.

use std::collections::BTreeSet;

use crate::domain::access::Role;

/// On whose resources a role may use a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// On anybody's.
    Any,
    /// On those of the caller's own organisation.
    OwnOrganisation,
    /// On those of the caller's own organisation, and of those that it came after.
    OwnAndPredecessors,
    /// On those of the caller's own homes.
    OwnHomes,
    /// On those of the caller's own homes, if she leads them.
    LeadOfHomes,
}

use Role::{Analyst, Home, Operator, Requester, Steward};
use Scope::{Any, LeadOfHomes, OwnAndPredecessors, OwnHomes, OwnOrganisation};

type Grants = &'static [(Role, Scope)];

const BY_ALL: Grants = &[
    (Requester, Any),
    (Home, Any),
    (Steward, Any),
    (Analyst, Any),
    (Operator, Any),
];
const BY_HOMES: Grants = &[(Home, OwnHomes)];
const BY_OPERATORS: Grants = &[(Operator, Any)];
const BY_STEWARDS: Grants = &[(Steward, Any)];
const OWN_DECISIONS: Grants = &[(Requester, OwnOrganisation), (Steward, Any)];
const DECISIONS_TOLD: Grants = &[(Requester, OwnOrganisation), (Steward, Any)];
/// By a body itself, or on its behalf.
const OBJECTIONS_MADE: Grants = &[
    (Requester, OwnOrganisation),
    (Steward, Any),
    (Operator, Any),
];
const SUGGESTIONS_READ: Grants = &[(Requester, OwnAndPredecessors), (Steward, Any)];
const ELEMENTS_PROPOSED: Grants = &[(Requester, OwnOrganisation), (Steward, Any)];
const DEMANDS_SEEN_WHOLE: Grants = &[(Steward, Any), (Analyst, Any), (Operator, Any)];
const ASKS_WRITTEN: Grants = &[
    (Requester, OwnOrganisation),
    (Steward, Any),
    (Operator, Any),
];
const ASKS_READ: Grants = &[
    (Requester, OwnAndPredecessors),
    (Steward, Any),
    (Analyst, Any),
    (Operator, Any),
];
const DEMANDS_READ: Grants = &[
    (Requester, Any),
    (Steward, Any),
    (Analyst, Any),
    (Operator, Any),
];
const DELIVERIES_READ: Grants = &[(Requester, OwnAndPredecessors)];
const PEOPLE: Grants = &[(Home, LeadOfHomes), (Operator, Any)];

/// Every method by path, with who may call it.
pub const TABLE: &[(&str, Grants)] = &[
    ("/askonce.v1.AskService/PreviewAsk", ASKS_WRITTEN),
    ("/askonce.v1.AskService/SubmitAsk", ASKS_WRITTEN),
    ("/askonce.v1.AskService/SubmitAsks", ASKS_WRITTEN),
    ("/askonce.v1.AskService/AmendAsk", ASKS_WRITTEN),
    ("/askonce.v1.AskService/WithdrawAsk", ASKS_WRITTEN),
    ("/askonce.v1.AskService/GetAsk", ASKS_READ),
    ("/askonce.v1.AskService/ListAsks", ASKS_READ),
    ("/askonce.v1.FormService/ListForms", BY_HOMES),
    ("/askonce.v1.FormService/GetForm", BY_HOMES),
    ("/askonce.v1.FormService/SubmitAnswers", BY_HOMES),
    ("/askonce.v1.FormService/SaveDraft", BY_HOMES),
    ("/askonce.v1.FormService/CorrectAnswer", BY_HOMES),
    ("/askonce.v1.FormService/ConfirmUnchanged", BY_HOMES),
    ("/askonce.v1.FormService/DeclineQuestion", BY_HOMES),
    ("/askonce.v1.FormService/ReleaseAnswers", BY_HOMES),
    ("/askonce.v1.FormService/MarkFiled", BY_HOMES),
    ("/askonce.v1.FormService/GetReceipt", BY_HOMES),
    ("/askonce.v1.FormService/ListCollections", BY_HOMES),
    (
        "/askonce.v1.CollectionService/ListDeliveries",
        DELIVERIES_READ,
    ),
    (
        "/askonce.v1.CollectionService/WatchDeliveries",
        DELIVERIES_READ,
    ),
    (
        "/askonce.v1.CollectionService/AcknowledgeDeliveries",
        DELIVERIES_READ,
    ),
    (
        "/askonce.v1.CollectionService/GetCompleteness",
        DELIVERIES_READ,
    ),
    ("/askonce.v1.RegistryService/ImportHomes", BY_OPERATORS),
    (
        "/askonce.v1.RegistryService/ImportOrganisations",
        BY_OPERATORS,
    ),
    ("/askonce.v1.RegistryService/GrantPowers", BY_OPERATORS),
    ("/askonce.v1.RegistryService/GetHome", BY_ALL),
    ("/askonce.v1.RegistryService/ListHomes", BY_ALL),
    ("/askonce.v1.RegistryService/GetOrganisation", BY_ALL),
    ("/askonce.v1.RegistryService/ListOrganisations", BY_ALL),
    (
        "/askonce.v1.RegistryService/SucceedOrganisation",
        BY_OPERATORS,
    ),
    (
        "/askonce.v1.RegistryService/UndoOrganisationSuccession",
        BY_OPERATORS,
    ),
    ("/askonce.v1.RegistryService/SucceedHome", BY_OPERATORS),
    (
        "/askonce.v1.RegistryService/UndoHomeSuccession",
        BY_OPERATORS,
    ),
    ("/askonce.v1.DictionaryService/ListElements", BY_ALL),
    ("/askonce.v1.DictionaryService/GetElement", BY_ALL),
    (
        "/askonce.v1.DictionaryService/ProposeElement",
        ELEMENTS_PROPOSED,
    ),
    ("/askonce.v1.DictionaryService/ApproveElement", BY_STEWARDS),
    ("/askonce.v1.DictionaryService/RetireElement", BY_STEWARDS),
    ("/askonce.v1.DictionaryService/ListProposals", BY_STEWARDS),
    (
        "/askonce.v1.DictionaryService/ListSuggestions",
        SUGGESTIONS_READ,
    ),
    (
        "/askonce.v1.DictionaryService/DecideSuggestions",
        OWN_DECISIONS,
    ),
    (
        "/askonce.v1.DictionaryService/ListDecisions",
        DECISIONS_TOLD,
    ),
    ("/askonce.v1.DictionaryService/UndoDecision", OWN_DECISIONS),
    (
        "/askonce.v1.DictionaryService/ObjectToDecision",
        OBJECTIONS_MADE,
    ),
    ("/askonce.v1.DictionaryService/AnswerObjection", BY_STEWARDS),
    ("/askonce.v1.DictionaryService/ListElementVersions", BY_ALL),
    ("/askonce.v1.DictionaryService/ListTerms", BY_STEWARDS),
    ("/askonce.v1.DictionaryService/DecideTerms", BY_STEWARDS),
    (
        "/askonce.v1.DictionaryService/ExplainQuestion",
        DEMANDS_SEEN_WHOLE,
    ),
    // Of others' demands, a requester finds those that are not private.
    ("/askonce.v1.InsightService/FindDemands", DEMANDS_READ),
    ("/askonce.v1.InsightService/GetOverlap", ASKS_READ),
    ("/askonce.v1.InsightService/GetBurden", ASKS_READ),
    ("/askonce.v1.LedgerService/ReadLedger", BY_OPERATORS),
    ("/askonce.v1.LedgerService/VerifyLedger", BY_OPERATORS),
    ("/askonce.v1.LedgerService/GetCheckpoint", BY_OPERATORS),
    ("/askonce.v1.TokenService/IssueToken", BY_OPERATORS),
    ("/askonce.v1.TokenService/ListTokens", BY_OPERATORS),
    ("/askonce.v1.TokenService/RevokeToken", BY_OPERATORS),
    ("/askonce.v1.TokenService/RotateToken", BY_OPERATORS),
    ("/askonce.v1.PeopleService/InvitePerson", PEOPLE),
    ("/askonce.v1.PeopleService/ListPeople", PEOPLE),
    ("/askonce.v1.PeopleService/RemovePerson", PEOPLE),
];

/// Services that say nothing of anybody's: whoever reaches the port may call them.
const OPEN: [&str; 3] = [
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
];

/// Every service of the package by full name.
#[must_use]
pub fn services() -> BTreeSet<&'static str> {
    let service = |path: &'static str| path.trim_start_matches('/').split('/').next();
    TABLE.iter().filter_map(|(path, _)| service(path)).collect()
}

/// Whether a path is open to whoever reaches the port.
pub(crate) fn is_open(path: &str) -> bool {
    OPEN.iter().any(|service| path.starts_with(service))
}

/// Who may call a method; none if there is no such method.
pub(crate) fn grants(path: &str) -> Option<Grants> {
    let row = TABLE.iter().find(|(method, _)| *method == path);
    row.map(|(_, grants)| *grants)
}

/// On whose resources a role may use a method; none if on nobody's.
pub(crate) fn scope(grants: Grants, role: Role) -> Option<Scope> {
    let row = grants.iter().find(|(granted, _)| *granted == role);
    row.map(|(_, scope)| *scope)
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use prost_types::FileDescriptorSet;

    use super::*;
    use crate::grpc::v1::FILE_DESCRIPTOR_SET;

    #[test]
    fn every_method_has_a_row_and_every_row_a_method() {
        let set = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
        let mut methods = BTreeSet::new();
        for file in set
            .file
            .iter()
            .filter(|file| file.package() == "askonce.v1")
        {
            for service in &file.service {
                let path = |name: &str| format!("/askonce.v1.{}/{name}", service.name());
                methods.extend(service.method.iter().map(|method| path(method.name())));
            }
        }
        let rows: BTreeSet<String> = TABLE.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(rows, methods);
        assert_eq!(rows.len(), TABLE.len(), "a method has two rows");
    }

    #[test]
    fn answers_are_for_homes_and_for_those_they_were_released_to_alone() {
        for (path, grants) in TABLE {
            let for_homes = path.starts_with("/askonce.v1.FormService/");
            let for_askers = path.starts_with("/askonce.v1.CollectionService/");
            for (role, scope) in *grants {
                match (for_homes, for_askers) {
                    (true, _) => assert_eq!((*role, *scope), (Home, OwnHomes), "{path}"),
                    (_, true) => {
                        assert_eq!((*role, *scope), (Requester, OwnAndPredecessors), "{path}");
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn what_is_not_in_the_table_is_denied() {
        assert_eq!(grants("/askonce.v1.AskService/DeleteEverything"), None);
        assert!(!is_open("/askonce.v1.AskService/GetAsk"));
        assert!(is_open("/grpc.health.v1.Health/Check"));
        assert_eq!(scope(BY_OPERATORS, Analyst), None);
    }
}
