//! What the tests of a server stand on: one that runs, and its callers.

use tokio::net::TcpListener;
use tokio_stream::StreamExt;
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_types::StatusExt;

use crate::domain::access::{Grant, Role};
use crate::grpc::v1;
use crate::grpc::v1::registry_service_client::RegistryServiceClient;
use crate::grpc::v1::token_service_client::TokenServiceClient;
use crate::server::{Data, Options, Server};

pub(super) const HOME: &str = "homes/1-466088203";

/// A server with the secret of an operator.
pub(super) struct Stand {
    pub(super) server: Server,
    pub(super) channel: Channel,
    pub(super) operator: String,
}

impl Stand {
    pub(super) async fn new(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::new(Data::Memory);
        change(&mut options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server::start(options, listener).await.unwrap();
        let grant = Grant::unbound(Role::Operator);
        let operator = server.issue_token("the operator", grant).await.unwrap();
        let address = format!("http://{}", server.addr());
        let channel = Channel::from_shared(address)
            .unwrap()
            .connect()
            .await
            .unwrap();
        Self {
            server,
            channel,
            operator,
        }
    }

    /// A stand with one organisation and one home in the register.
    pub(super) async fn registered() -> Self {
        let stand = Self::new(|_| {}).await;
        let mut registry = RegistryServiceClient::new(stand.channel.clone());
        let kinds = [("sefton-council", 1), ("nhs-cheshire", 3)];
        let organisations = kinds.map(|(id, kind)| v1::ImportOrganisationsRequest {
            index: 1,
            row: Some(v1::OrganisationRow {
                id: id.into(),
                name: id.into(),
                kind,
                ..v1::OrganisationRow::default()
            }),
        });
        let rows = bearing(&stand.operator, tokio_stream::iter(organisations));
        let results = registry
            .import_organisations(rows)
            .await
            .unwrap()
            .into_inner();
        let results: Vec<_> = results.map(Result::unwrap).collect().await;
        assert!(
            results.iter().all(|result| result.outcome == 1),
            "{results:?}"
        );
        for (id, _) in kinds {
            let grant = v1::GrantPowersRequest {
                organisation: format!("organisations/{id}"),
                powers: Some(v1::Powers {
                    areas: vec!["E92000001".into()],
                    ..v1::Powers::default()
                }),
                ..v1::GrantPowersRequest::default()
            };
            let granting = registry.grant_powers(bearing(&stand.operator, grant));
            granting.await.unwrap();
        }
        let home = |index, cqc_id: &str| v1::ImportHomesRequest {
            index,
            row: Some(v1::HomeRow {
                cqc_id: cqc_id.into(),
                name: "The Elms".into(),
                area_code: "E08000014".into(),
                ..v1::HomeRow::default()
            }),
        };
        let homes = [
            home(7, "1-466088203"),
            home(8, "nonsense"),
            home(9, "1-466088204"),
        ];
        let rows = bearing(&stand.operator, tokio_stream::iter(homes));
        let results = registry.import_homes(rows).await.unwrap().into_inner();
        let results: Vec<_> = results.map(Result::unwrap).collect().await;
        let seen: Vec<_> = results.iter().map(|r| (r.index, r.outcome())).collect();
        let (added, refused) = (v1::ImportOutcome::Added, v1::ImportOutcome::Refused);
        assert_eq!(seen, [(7, added), (8, refused), (9, added)]);
        assert_eq!(results[1].faults[0].path, "cqc_id");
        stand
    }

    pub(super) async fn token(&self, role: v1::Role, organisation: &str, homes: &[&str]) -> String {
        let request = v1::IssueTokenRequest {
            label: "a caller".into(),
            role: role.into(),
            organisation: organisation.into(),
            homes: homes.iter().map(|home| (*home).to_owned()).collect(),
            expires_at: None,
            lead: false,
        };
        let mut tokens = TokenServiceClient::new(self.channel.clone());
        let issued = tokens.issue_token(bearing(&self.operator, request)).await;
        issued.unwrap().into_inner().secret
    }
}

pub(super) fn bearing<T>(secret: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = MetadataValue::try_from(format!("Bearer {secret}")).unwrap();
    request.metadata_mut().insert("authorization", bearer);
    // The same for all, so that two refusals can be compared to the last byte.
    let name = MetadataValue::from_static("a-test");
    request.metadata_mut().insert("x-request-id", name);
    request
}

pub(super) fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details.error_info().expect("every status has a reason");
    assert_eq!(info.domain, "askonce");
    info.reason.clone()
}

pub(super) fn ask(organisation: &str, name: &str) -> v1::Ask {
    v1::Ask {
        organisation: organisation.into(),
        ask: name.into(),
        purpose: "Winter capacity".into(),
        legal_basis: "Care Act 2014, section 5".into(),
        cadence: "monthly".into(),
        from: "2026-01-01".into(),
        targets: Some(v1::Targets {
            homes: Vec::new(),
            areas: vec!["E08000014".into()],
        }),
        fields: vec![v1::Field {
            name: name.into(),
            label: "Beds available today".into(),
            r#type: v1::FieldType::Count.into(),
            timing: "as-at".into(),
            ..v1::Field::default()
        }],
        ..v1::Ask::default()
    }
}
