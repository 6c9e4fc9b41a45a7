//! Who gets in, and over what: encrypted connections, certificates, JWTs, guesses.

pub(crate) mod authority;
mod brute_force;
mod certificates;
mod configured;
mod encrypted;
mod issuer;
mod jwt;
mod logs;
mod registered;
mod streams;

use askonce::domain::access::{Grant, Role};
use askonce::grpc::v1;
use askonce::grpc::v1::dictionary_service_client::DictionaryServiceClient;
use askonce::grpc::v1::token_service_client::TokenServiceClient;
use askonce::server::{Data, Options, Server};
use tokio::net::TcpListener;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Identity};
use tonic::{Code, Request, Status};

use self::authority::{Authority, Pair};
use super::world::{Client, HOME};

/// A broker in memory with two bodies and a home.
pub(crate) struct Site {
    pub(crate) server: Server,
}

impl Site {
    /// One that serves as said, on this machine.
    pub(crate) async fn new(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::new(Data::Memory);
        change(&mut options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            server: Server::start(options, listener).await.unwrap(),
        }
    }

    /// Registers two bodies and a home, as somebody connected.
    pub(crate) async fn fill(&self, channel: &Channel) {
        let secret = self.secret(Grant::unbound(Role::Operator)).await;
        let operator = Client::over(channel.clone(), secret);
        operator.register_organisation("council", "council").await;
        operator.register_organisation("icb", "icb").await;
        for body in ["council", "icb"] {
            operator.grant(body, &["E08000014"], &[]).await;
        }
        operator.register_homes(&[HOME], "E08000014").await;
    }

    /// The secret of a static token.
    pub(crate) async fn secret(&self, grant: Grant) -> String {
        self.server.issue_token("a story", grant).await.unwrap()
    }

    /// A connection in plain text.
    pub(crate) async fn plain(&self) -> Channel {
        let address = format!("http://{}", self.server.addr());
        Channel::from_shared(address)
            .unwrap()
            .connect()
            .await
            .unwrap()
    }

    /// An encrypted connection that believes an authority and shows a certificate, if any.
    pub(crate) async fn encrypted(
        &self,
        authority: &Authority,
        shown: Option<&Pair>,
    ) -> Result<Channel, tonic::transport::Error> {
        let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority.pem()));
        if let Some(pair) = shown {
            tls = tls.identity(Identity::from_pem(&pair.certificate, &pair.key));
        }
        let address = format!("https://{}", self.server.addr());
        let endpoint = Channel::from_shared(address).unwrap();
        endpoint.tls_config(tls)?.connect().await
    }
}

/// What a requester of an organisation may be.
pub(crate) fn requester(organisation: &str) -> Grant {
    Grant::parse("requester", organisation, &[]).unwrap()
}

/// Calls a method that every role may call.
pub(crate) async fn call(channel: &Channel, bearer: &str) -> Result<(), Status> {
    let mut request = Request::new(v1::ListElementsRequest::default());
    if !bearer.is_empty() {
        let bearer = format!("Bearer {bearer}").parse().unwrap();
        request.metadata_mut().insert("authorization", bearer);
    }
    let mut dictionary = DictionaryServiceClient::new(channel.clone());
    dictionary.list_elements(request).await.map(drop)
}

/// What became of a call.
pub(crate) async fn outcome(channel: &Channel, bearer: &str) -> Code {
    call(channel, bearer)
        .await
        .map_or_else(|status| status.code(), |()| Code::Ok)
}

/// What becomes of an ask submitted for an organisation.
pub(crate) async fn submitted(channel: &Channel, bearer: &str, organisation: &str) -> Code {
    let fields = serde_json::json!([
        {"name": "beds", "label": "Beds available today", "type": "count", "timing": "as-at"}
    ]);
    let client = Client::over(channel.clone(), bearer.to_owned());
    let ask = super::world::ask(organisation, "beds", fields);
    let submitted = client.submit_ask(&ask).await;
    submitted.map_or_else(|status| status.code(), |_| Code::Ok)
}

/// Revokes every token of a role.
pub(crate) async fn revoke_role(channel: &Channel, operator: &str, role: v1::Role) {
    let bearing = |secret: &str| format!("Bearer {secret}").parse().unwrap();
    let mut tokens = TokenServiceClient::new(channel.clone());
    let mut list = Request::new(v1::ListTokensRequest::default());
    list.metadata_mut()
        .insert("authorization", bearing(operator));
    let listed = tokens.list_tokens(list).await.unwrap().into_inner();
    for token in listed.tokens.iter().filter(|token| token.role() == role) {
        let name = token.name.clone();
        let mut revoke = Request::new(v1::RevokeTokenRequest { name });
        revoke
            .metadata_mut()
            .insert("authorization", bearing(operator));
        tokens.revoke_token(revoke).await.unwrap();
    }
}
