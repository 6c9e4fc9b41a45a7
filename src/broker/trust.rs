//! Whom the broker trusts beside its own tokens: an issuer of JWTs, and client certificates.
//!
//! A [`Trust`] is a value made from configuration and key files; a new one takes the place of the
//! old as a whole. Whoever is in none of its tables is nobody.

mod certificate;
mod issuer;
mod key_set;
mod ring_provider;

use std::collections::BTreeMap;

pub use self::certificate::{CertificateName, ClientCertificate};
pub use self::issuer::{Issuer, JWT_LEEWAY, JwtTerms};
pub use self::key_set::{ALGORITHMS, Algorithm, KeySet};
use crate::domain::access::{Grant, Principal, Proof};

/// What the id of a caller begins with who is known by its certificate.
const CERTIFICATE_PREFIX: &str = "cert:";

/// Whom the broker trusts beside its own tokens.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// What the holder of a client certificate may be.
    pub certificates: BTreeMap<CertificateName, Grant>,
    /// Whose JWTs are taken; none takes none.
    pub issuer: Option<Issuer>,
}

impl Trust {
    /// Whom a certificate names; none if no name of it is in the table, or if its names disagree.
    pub(super) fn principal_of(&self, certificate: &ClientCertificate) -> Option<Principal> {
        let mut found = certificate
            .names()
            .filter_map(|name| Some((self.certificates.get(&name)?, name)));
        let (grant, name) = found.next()?;
        // Two rows for one certificate are no sum of both: unless they say the same, neither holds.
        if found.any(|(other, _)| other != grant) {
            return None;
        }
        Some(Principal {
            token_id: format!("{CERTIFICATE_PREFIX}{name}"),
            grant: grant.clone(),
            proof: Proof::Certificate,
        })
    }

    /// Whether the table has the name by which a caller's certificate was known, for the same grant.
    pub(super) fn names(&self, caller: &Principal) -> bool {
        let name = caller.token_id.strip_prefix(CERTIFICATE_PREFIX);
        let mut rows = self.certificates.iter();
        rows.any(|(known, grant)| {
            *grant == caller.grant && name.is_some_and(|name| known.to_string() == name)
        })
    }

    /// Whether JWTs of the issuer that bore a caller out are still taken.
    pub(super) fn takes_subject(&self, caller: &Principal) -> bool {
        let issuer = self.issuer.as_ref();
        issuer.is_some_and(|issuer| issuer.is_subject(&caller.token_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Role;

    #[test]
    fn a_certificate_is_known_by_any_of_its_names_unless_they_disagree() {
        let grant = |id: &str| Grant::parse("requester", id, &[]).unwrap();
        let uri = |text: &str| CertificateName::uri(text).unwrap();
        let shown = ClientCertificate::new([7; 32], ["urn:a".into(), "urn:b".into()]);
        let mut trust = Trust::default();
        assert_eq!(trust.principal_of(&shown), None);
        trust.certificates.insert(uri("urn:b"), grant("council"));
        let known = trust.principal_of(&shown).unwrap();
        assert_eq!(
            (&*known.token_id, &known.grant),
            ("cert:urn:b", &grant("council"))
        );
        assert!(trust.names(&known), "its row stands");
        let mut promoted = known.clone();
        promoted.grant = grant("icb");
        assert!(!trust.names(&promoted) && !Trust::default().names(&known));
        let digest = CertificateName::Sha256([7; 32]);
        trust.certificates.insert(digest, grant("council"));
        assert!(trust.principal_of(&shown).is_some());
        trust
            .certificates
            .insert(uri("urn:a"), Grant::unbound(Role::Operator));
        assert_eq!(trust.principal_of(&shown), None);
    }
}
