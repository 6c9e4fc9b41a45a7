//! What an operator does to the registers, and clients of the services that she uses.

use askonce::broker::Broker;
use askonce::domain::access::{Grant, Proof, Role};
use askonce::grpc::v1;
use askonce::grpc::v1::people_service_client::PeopleServiceClient;
use askonce::grpc::v1::registry_service_client::RegistryServiceClient;
use askonce::grpc::v1::token_service_client::TokenServiceClient;
use askonce::store::memory::MemoryStore;
use jiff::Timestamp;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tonic::Status;
use tonic::transport::Channel;

use super::world::Client;

impl Client {
    pub(crate) fn registry(&self) -> RegistryServiceClient<Channel> {
        RegistryServiceClient::new(self.channel.clone())
    }

    pub(crate) fn people(&self) -> PeopleServiceClient<Channel> {
        PeopleServiceClient::new(self.channel.clone())
    }

    pub(crate) fn tokens(&self) -> TokenServiceClient<Channel> {
        TokenServiceClient::new(self.channel.clone())
    }

    /// Issues a token; its secret.
    pub(crate) async fn issue(&self, role: &str, organisation: &str, homes: &[&str]) -> String {
        let role = format!("ROLE_{}", role.to_uppercase());
        let message = v1::IssueTokenRequest {
            label: "a caller".into(),
            role: v1::Role::from_str_name(&role).unwrap() as i32,
            organisation: organisation.into(),
            homes: homes.iter().map(|home| (*home).to_owned()).collect(),
            ..v1::IssueTokenRequest::default()
        };
        let issued = self
            .tokens()
            .issue_token(self.request(message))
            .await
            .unwrap();
        issued.into_inner().secret
    }

    pub(crate) async fn get_home(&self, identifier: &str) -> Result<v1::Home, Status> {
        let name = format!("homes/{identifier}");
        let request = self.request(v1::GetHomeRequest { name });
        let found = self.registry().get_home(request).await?.into_inner();
        Ok(found.home.expect("a home comes back"))
    }

    pub(crate) async fn get_organisation(
        &self,
        identifier: &str,
    ) -> Result<v1::Organisation, Status> {
        let name = format!("organisations/{identifier}");
        let request = self.request(v1::GetOrganisationRequest { name });
        let found = self
            .registry()
            .get_organisation(request)
            .await?
            .into_inner();
        Ok(found.organisation.expect("an organisation comes back"))
    }

    pub(crate) async fn list_homes(
        &self,
        wanted: v1::ListHomesRequest,
    ) -> Result<Vec<String>, Status> {
        let mut ids = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = v1::ListHomesRequest {
                page_token,
                ..wanted.clone()
            };
            let page = self
                .registry()
                .list_homes(self.request(request))
                .await?
                .into_inner();
            ids.extend(
                page.homes
                    .into_iter()
                    .map(|home| home.row.unwrap_or_default().cqc_id),
            );
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(ids);
            }
        }
    }

    /// Records that an organisation ended.
    pub(crate) async fn succeed(
        &self,
        old: &str,
        new: &str,
        on: &str,
        etag: &str,
    ) -> Result<v1::Succession, Status> {
        let message = v1::SucceedOrganisationRequest {
            predecessor: old.into(),
            successor: new.into(),
            on: on.into(),
            etag: etag.into(),
            ..v1::SucceedOrganisationRequest::default()
        };
        let mut registry = self.registry();
        let response = registry.succeed_organisation(self.request(message)).await?;
        Ok(response
            .into_inner()
            .succession
            .expect("a succession comes back"))
    }

    pub(crate) async fn restore(&self, old: &str) -> Result<(), Status> {
        let message = v1::UndoOrganisationSuccessionRequest {
            predecessor: old.into(),
            ..v1::UndoOrganisationSuccessionRequest::default()
        };
        self.registry()
            .undo_organisation_succession(self.request(message))
            .await?;
        Ok(())
    }

    /// Records that a home ended; without a successor, that it closed.
    pub(crate) async fn succeed_home(
        &self,
        old: &str,
        new: &str,
        on: &str,
    ) -> Result<v1::Succession, Status> {
        let message = v1::SucceedHomeRequest {
            predecessor: old.into(),
            successor: new.into(),
            on: on.into(),
            ..v1::SucceedHomeRequest::default()
        };
        let response = self.registry().succeed_home(self.request(message)).await?;
        Ok(response
            .into_inner()
            .succession
            .expect("a succession comes back"))
    }
}

/// A broker without a wire whose time stands still until it is told.
pub(crate) struct Clocked {
    pub(crate) broker: Broker,
    now: Arc<Mutex<Timestamp>>,
}

impl Clocked {
    pub(crate) fn at(now: &str) -> Self {
        let now = Arc::new(Mutex::new(now.parse().unwrap()));
        let told = Arc::clone(&now);
        let clock = Arc::new(move || *told.lock().unwrap_or_else(PoisonError::into_inner));
        let random = AtomicU64::new(1);
        let entropy = move |buffer: &mut [u8]| {
            let number = random.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            for (place, byte) in buffer.iter_mut().enumerate() {
                *byte = number[place % 8];
            }
        };
        let broker = Broker::new(Arc::new(MemoryStore::new()), clock, Arc::new(entropy));
        Self { broker, now }
    }

    /// It is another time now.
    pub(crate) fn turn(&self, now: &str) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = now.parse().unwrap();
    }
}

/// Who sets things up where there is no wire.
pub(crate) fn itself() -> askonce::broker::Caller {
    static NEXT: AtomicI64 = AtomicI64::new(0);
    askonce::broker::Caller {
        token_id: format!("itself-{}", NEXT.fetch_add(1, Ordering::Relaxed)),
        grant: Grant::unbound(Role::Operator),
        proof: Proof::Process,
    }
}
