//! Callers known by the certificate of their connection.

use askonce::domain::access::{Grant, Role};
use askonce::server::{CertificateName, Options};
use tonic::Code;

use super::authority::{Authority, Files, Pair};
use super::{Site, outcome, requester, submitted};

const COUNCIL: &str = "spiffe://example.org/council";

/// A site that knows some certificates.
pub(super) struct Known {
    pub(super) site: Site,
    servers: Authority,
    clients: Authority,
    /// Of the council, by URI.
    pub(super) council: Pair,
    /// Of the ICB, by digest.
    pub(super) icb: Pair,
    /// Of nobody.
    stranger: Pair,
}

impl Known {
    pub(super) async fn new(change: impl FnOnce(&mut Options)) -> Self {
        let (servers, clients) = (Authority::new(), Authority::new());
        let files = Files::new(&servers.server());
        let [council, icb, stranger] =
            [COUNCIL, "urn:example:icb", "urn:example:stranger"].map(|uri| clients.client(uri));
        let site = Site::new(|options| {
            options.access.tls = Some(files.mutual_tls(&clients));
            let uri = CertificateName::uri(COUNCIL).unwrap();
            let digest = CertificateName::Sha256(icb.sha256);
            let table = &mut options.access.certificates;
            table.insert(uri, requester("council"));
            table.insert(digest, requester("icb"));
            change(options);
        })
        .await;
        Self {
            site,
            servers,
            clients,
            council,
            icb,
            stranger,
        }
    }

    pub(super) async fn channel(&self, shown: Option<&Pair>) -> tonic::transport::Channel {
        self.site.encrypted(&self.servers, shown).await.unwrap()
    }
}

#[tokio::test]
async fn a_certificate_in_the_table_is_its_organisation_and_no_other() {
    let known = Known::new(|_| {}).await;
    let council = known.channel(Some(&known.council)).await;
    known.site.fill(&known.channel(None).await).await;
    let icb = known.channel(Some(&known.icb)).await;
    assert_eq!(submitted(&council, "", "council").await, Code::Ok);
    assert_eq!(submitted(&icb, "", "icb").await, Code::Ok);
    assert_eq!(submitted(&council, "", "icb").await, Code::PermissionDenied);
    assert_eq!(submitted(&icb, "", "council").await, Code::PermissionDenied);
}

#[tokio::test]
async fn a_certificate_that_nobody_knows_opens_nothing() {
    let known = Known::new(|_| {}).await;
    let stranger = known.channel(Some(&known.stranger)).await;
    assert_eq!(outcome(&stranger, "").await, Code::Unauthenticated);
    let bare = known.channel(None).await;
    assert_eq!(outcome(&bare, "").await, Code::Unauthenticated);
    // The name of a known one, vouched for by another authority.
    let forged = Authority::new().client(COUNCIL);
    let refused = match known.site.encrypted(&known.servers, Some(&forged)).await {
        Ok(channel) => outcome(&channel, "").await != Code::Ok,
        Err(_) => true,
    };
    assert!(refused, "a forged certificate is believed");
    // A server's certificate is no client's.
    let server = known.clients.server();
    let refused = match known.site.encrypted(&known.servers, Some(&server)).await {
        Ok(channel) => outcome(&channel, "").await != Code::Ok,
        Err(_) => true,
    };
    assert!(refused, "a server's certificate is taken for a client's");
}

#[tokio::test]
async fn a_token_beside_a_certificate_must_be_of_the_same_caller_and_decides() {
    let known = Known::new(|_| {}).await;
    let bare = known.channel(None).await;
    known.site.fill(&bare).await;
    let token = known.site.secret(requester("council")).await;
    let operator = known.site.secret(Grant::unbound(Role::Operator)).await;
    let council = known.channel(Some(&known.council)).await;
    let icb = known.channel(Some(&known.icb)).await;
    let stranger = known.channel(Some(&known.stranger)).await;
    assert_eq!(submitted(&council, &token, "council").await, Code::Ok);
    assert_eq!(outcome(&stranger, &token).await, Code::Ok);
    for (channel, bearer) in [
        // Another organisation's; another role's; one that is none.
        (&icb, token.as_str()),
        (&council, operator.as_str()),
        (&council, "askonce_none"),
        (&council, "a.b.c"),
    ] {
        assert_eq!(outcome(channel, bearer).await, Code::Unauthenticated);
    }
    // Rights are not added up: neither's alone would do.
    assert_eq!(
        submitted(&icb, &token, "council").await,
        Code::Unauthenticated
    );
}

#[tokio::test]
async fn where_a_certificate_is_required_nobody_comes_in_without() {
    let require = |options: &mut Options| {
        let tls = options.access.tls.as_mut().expect("it is encrypted");
        tls.is_client_certificate_required = true;
    };
    let known = Known::new(require).await;
    let token = known.site.secret(requester_of_nothing()).await;
    let stranger = known.channel(Some(&known.stranger)).await;
    assert_eq!(outcome(&stranger, &token).await, Code::Ok);
    let refused = match known.site.encrypted(&known.servers, None).await {
        Ok(channel) => outcome(&channel, &token).await != Code::Ok,
        Err(_) => true,
    };
    assert!(refused, "a client without a certificate comes in");
}

fn requester_of_nothing() -> Grant {
    Grant::unbound(Role::Analyst)
}

#[tokio::test]
async fn a_certificate_taken_off_the_table_opens_nothing_more_on_an_open_connection() {
    let known = Known::new(|_| {}).await;
    known.site.fill(&known.channel(None).await).await;
    let council = known.channel(Some(&known.council)).await;
    let icb = known.channel(Some(&known.icb)).await;
    assert_eq!(outcome(&council, "").await, Code::Ok);
    let digest = CertificateName::Sha256(known.icb.sha256);
    let rest = [(digest, requester("icb"))].into();
    known.site.server.set_certificates(rest);
    assert_eq!(outcome(&council, "").await, Code::Unauthenticated);
    assert_eq!(outcome(&icb, "").await, Code::Ok);
}

#[tokio::test]
async fn a_revoked_token_opens_nothing_more_on_a_connection_that_is_open() {
    let known = Known::new(|_| {}).await;
    let channel = known.channel(None).await;
    let operator = known.site.secret(Grant::unbound(Role::Operator)).await;
    let analyst = known.site.secret(Grant::unbound(Role::Analyst)).await;
    assert_eq!(outcome(&channel, &analyst).await, Code::Ok);
    super::revoke_role(&channel, &operator, askonce::grpc::v1::Role::Analyst).await;
    assert_eq!(outcome(&channel, &analyst).await, Code::Unauthenticated);
    assert_eq!(outcome(&channel, &operator).await, Code::Ok);
}
