//! What a client does with asks beyond submitting them, and what it grants.

use askonce::domain::ask::RawAsk;
use askonce::grpc::v1;
use askonce::grpc::v1::ask_service_client::AskServiceClient;
use askonce::grpc::v1::registry_service_client::RegistryServiceClient;
use tokio_stream::StreamExt;
use tonic::Status;

use super::world::Client;

impl Client {
    /// Grants an organisation what it may ask, in place of what it was granted.
    pub(crate) async fn grant(&self, id: &str, areas: &[&str], powers: &[&str]) -> v1::Powers {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let message = v1::GrantPowersRequest {
            organisation: format!("organisations/{id}"),
            powers: Some(v1::Powers {
                areas: texts(areas),
                statutory_powers: texts(powers),
                ..v1::Powers::default()
            }),
            ..v1::GrantPowersRequest::default()
        };
        let mut registry = RegistryServiceClient::new(self.channel.clone());
        let response = registry.grant_powers(self.request(message)).await.unwrap();
        response.into_inner().powers.unwrap()
    }

    /// Submits an ask, and is told what its fields look like.
    pub(crate) async fn submit_ask_told(
        &self,
        ask: &RawAsk,
    ) -> Result<v1::SubmitAskResponse, Status> {
        let message = v1::SubmitAskRequest {
            ask: Some(ask.clone().try_into().unwrap()),
            suggest: true,
            ..v1::SubmitAskRequest::default()
        };
        let mut asks = AskServiceClient::new(self.channel.clone());
        Ok(asks.submit_ask(self.request(message)).await?.into_inner())
    }

    /// Puts a new revision in the place of the one of this etag.
    pub(crate) async fn amend(
        &self,
        name: &str,
        ask: &RawAsk,
        etag: &str,
    ) -> Result<v1::AmendAskResponse, Status> {
        let message = v1::AmendAskRequest {
            name: name.into(),
            ask: Some(ask.clone().try_into().unwrap()),
            etag: etag.into(),
            ..v1::AmendAskRequest::default()
        };
        let mut asks = AskServiceClient::new(self.channel.clone());
        Ok(asks.amend_ask(self.request(message)).await?.into_inner())
    }

    pub(crate) async fn withdraw(&self, name: &str, reason: &str) -> Result<v1::Ask, Status> {
        let message = v1::WithdrawAskRequest {
            name: name.into(),
            reason: reason.into(),
            ..v1::WithdrawAskRequest::default()
        };
        let mut asks = AskServiceClient::new(self.channel.clone());
        let response = asks.withdraw_ask(self.request(message)).await?;
        Ok(response.into_inner().ask.expect("an ask comes back"))
    }

    pub(crate) async fn preview(&self, ask: &RawAsk) -> Result<v1::PreviewAskResponse, Status> {
        let message = v1::PreviewAskRequest {
            ask: Some(ask.clone().try_into().unwrap()),
        };
        let mut asks = AskServiceClient::new(self.channel.clone());
        Ok(asks.preview_ask(self.request(message)).await?.into_inner())
    }

    /// Sends asks down one stream, numbered from 0.
    pub(crate) async fn submit_asks(&self, asks: &[RawAsk]) -> Vec<v1::SubmitAsksResponse> {
        let numbered = (0u32..)
            .zip(asks)
            .map(|(index, ask)| v1::SubmitAsksRequest {
                index,
                ask: Some(ask.clone().try_into().unwrap()),
                ..v1::SubmitAsksRequest::default()
            });
        let messages: Vec<_> = numbered.collect();
        let mut client = AskServiceClient::new(self.channel.clone());
        let request = self.request(tokio_stream::iter(messages));
        let results = client.submit_asks(request).await.unwrap().into_inner();
        results.map(|result| result.unwrap()).collect().await
    }

    /// An ask as it was at a revision.
    pub(crate) async fn get_ask_at(&self, name: &str, revision: u64) -> Result<v1::Ask, Status> {
        let name = name.into();
        let message = v1::GetAskRequest { name, revision };
        let mut asks = AskServiceClient::new(self.channel.clone());
        let response = asks.get_ask(self.request(message)).await?.into_inner();
        Ok(response.ask.expect("an ask comes back"))
    }

    /// The first page of the asks in these states.
    pub(crate) async fn list_asks_in(
        &self,
        parent: &str,
        states: &[v1::AskState],
    ) -> Result<Vec<v1::Ask>, Status> {
        let message = v1::ListAsksRequest {
            parent: parent.into(),
            states: states.iter().map(|state| *state as i32).collect(),
            ..v1::ListAsksRequest::default()
        };
        let mut asks = AskServiceClient::new(self.channel.clone());
        Ok(asks
            .list_asks(self.request(message))
            .await?
            .into_inner()
            .asks)
    }
}
