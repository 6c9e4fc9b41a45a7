//! A broker of its own for each story, and a client for each role.

use askonce::domain::access::{Grant, Role};
use askonce::domain::ask::RawAsk;
use askonce::domain::check::RawAnswer;
use askonce::grpc::v1;
use askonce::grpc::v1::ask_service_client::AskServiceClient;
use askonce::grpc::v1::collection_service_client::CollectionServiceClient;
use askonce::grpc::v1::dictionary_service_client::DictionaryServiceClient;
use askonce::grpc::v1::form_service_client::FormServiceClient;
use askonce::grpc::v1::insight_service_client::InsightServiceClient;
use askonce::grpc::v1::registry_service_client::RegistryServiceClient;
use askonce::server::{Data, Options, Server};
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tokio_stream::StreamExt;
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_types::StatusExt;

/// The home of most stories.
pub(crate) const HOME: &str = "1-466088203";
/// A home of somebody else.
pub(crate) const OTHER_HOME: &str = "1-1938268568";

/// A running broker.
pub(crate) struct World {
    pub(crate) server: Server,
    channel: Channel,
}

/// A caller with a role.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) channel: Channel,
    secret: String,
}

impl World {
    /// A broker that keeps its data as said.
    pub(crate) async fn on(data: Data) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server::start(Options::new(data), listener).await.unwrap();
        Self::of(server).await
    }

    /// A broker that runs already.
    pub(crate) async fn of(server: Server) -> Self {
        let address = format!("http://{}", server.addr());
        let channel = Channel::from_shared(address)
            .unwrap()
            .connect()
            .await
            .unwrap();
        Self { server, channel }
    }

    /// A broker in memory with two homes and four bodies.
    pub(crate) async fn new() -> Self {
        Self::settled_on(Data::Memory).await
    }

    /// The same, with its data kept as said.
    pub(crate) async fn settled_on(data: Data) -> Self {
        let world = Self::on(data).await;
        world.settle().await;
        world
    }

    /// Registers two homes and four bodies.
    pub(crate) async fn settle(&self) {
        let operator = self.operator().await;
        for (id, kind) in [
            ("sefton-council", "council"),
            ("south-sefton-ccg", "ccg"),
            ("nhs-england", "nhs-england"),
            ("phe-north-west", "public-health-body"),
        ] {
            operator.register_organisation(id, kind).await;
            operator.grant(id, &["E08000014"], &[]).await;
        }
        operator
            .register_homes(&[HOME, OTHER_HOME], "E08000014")
            .await;
    }

    /// Where it serves.
    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.server.addr())
    }

    /// Stops the broker.
    pub(crate) async fn stop(self) {
        drop(self.channel);
        self.server.stop().await.unwrap();
    }

    /// A client that shows nothing of who it is.
    pub(crate) fn stranger(&self) -> Client {
        self.client(String::new())
    }

    pub(crate) async fn operator(&self) -> Client {
        self.of_role(Role::Operator).await
    }

    pub(crate) async fn of_role(&self, role: Role) -> Client {
        self.granted(Grant::unbound(role)).await
    }

    pub(crate) async fn requester(&self, organisation: &str) -> Client {
        self.granted(Grant::parse("requester", organisation, &[]).unwrap())
            .await
    }

    pub(crate) async fn manager(&self, home: &str) -> Client {
        self.granted(Grant::parse("home", "", &[home.to_owned()]).unwrap())
            .await
    }

    pub(crate) async fn granted(&self, grant: Grant) -> Client {
        let secret = self.server.issue_token("a story", grant).await.unwrap();
        self.client(secret)
    }

    pub(crate) fn client(&self, secret: String) -> Client {
        Client {
            channel: self.channel.clone(),
            secret,
        }
    }
}

impl Client {
    /// What shows who it is.
    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    /// A client of a broker elsewhere.
    pub(crate) async fn connect(address: String, secret: String) -> Self {
        let channel = Channel::from_shared(address)
            .unwrap()
            .connect()
            .await
            .unwrap();
        Self { channel, secret }
    }

    /// A client over a connection that is there.
    pub(crate) fn over(channel: Channel, secret: String) -> Self {
        Self { channel, secret }
    }

    /// The connection, for calls that have no method here.
    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// The forms of homes, for calls that [`Client::request`] makes.
    pub(crate) fn forms(&self) -> FormServiceClient<Channel> {
        FormServiceClient::new(self.channel.clone())
    }

    /// A request that shows who calls.
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if !self.secret.is_empty() {
            let bearer = format!("Bearer {}", self.secret).parse().unwrap();
            request.metadata_mut().insert("authorization", bearer);
        }
        request
    }

    pub(crate) async fn register_organisation(&self, id: &str, kind: &str) {
        let kind = format!(
            "ORGANISATION_KIND_{}",
            kind.replace('-', "_").to_uppercase()
        );
        let row = v1::OrganisationRow {
            id: id.into(),
            name: format!("Body {id}"),
            kind: v1::OrganisationKind::from_str_name(&kind).unwrap() as i32,
            ..v1::OrganisationRow::default()
        };
        let rows = vec![v1::ImportOrganisationsRequest {
            index: 1,
            row: Some(row),
        }];
        let mut registry = RegistryServiceClient::new(self.channel.clone());
        let request = self.request(tokio_stream::iter(rows));
        let mut results = registry
            .import_organisations(request)
            .await
            .unwrap()
            .into_inner();
        let result = results.next().await.unwrap().unwrap();
        assert_eq!(result.faults, []);
    }

    pub(crate) async fn register_homes(&self, ids: &[&str], area: &str) {
        let rows: Vec<v1::HomeRow> = ids
            .iter()
            .map(|id| v1::HomeRow {
                cqc_id: (*id).into(),
                name: format!("Home {id}"),
                area_code: area.into(),
                ..v1::HomeRow::default()
            })
            .collect();
        let results = self.import_homes(rows).await;
        assert!(
            results.iter().all(|result| result.faults.is_empty()),
            "{results:?}"
        );
    }

    pub(crate) async fn import_homes(
        &self,
        rows: Vec<v1::HomeRow>,
    ) -> Vec<v1::ImportHomesResponse> {
        let rows: Vec<_> = (1u32..)
            .zip(rows)
            .map(|(index, row)| v1::ImportHomesRequest {
                index,
                row: Some(row),
            })
            .collect();
        let mut registry = RegistryServiceClient::new(self.channel.clone());
        let request = self.request(tokio_stream::iter(rows));
        let results = registry.import_homes(request).await.unwrap().into_inner();
        results.map(|result| result.unwrap()).collect().await
    }

    pub(crate) async fn submit_ask(&self, ask: &RawAsk) -> Result<v1::SubmitAskResponse, Status> {
        self.submit_ask_as(ask, "").await
    }

    pub(crate) async fn submit_ask_as(
        &self,
        ask: &RawAsk,
        request_id: &str,
    ) -> Result<v1::SubmitAskResponse, Status> {
        let message = v1::SubmitAskRequest {
            ask: Some(ask.clone().try_into().unwrap()),
            request_id: request_id.into(),
            ..v1::SubmitAskRequest::default()
        };
        let mut asks = AskServiceClient::new(self.channel.clone());
        Ok(asks.submit_ask(self.request(message)).await?.into_inner())
    }

    pub(crate) async fn get_ask(&self, name: &str) -> Result<v1::Ask, Status> {
        let message = v1::GetAskRequest {
            name: name.into(),
            ..v1::GetAskRequest::default()
        };
        let mut asks = AskServiceClient::new(self.channel.clone());
        let response = asks.get_ask(self.request(message)).await?.into_inner();
        Ok(response.ask.expect("an ask comes back"))
    }

    pub(crate) async fn list_asks(
        &self,
        parent: &str,
        page_size: i32,
    ) -> Result<Vec<v1::Ask>, Status> {
        let mut asks = AskServiceClient::new(self.channel.clone());
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let message = v1::ListAsksRequest {
                parent: parent.into(),
                page_size,
                page_token,
                ..v1::ListAsksRequest::default()
            };
            let page = asks.list_asks(self.request(message)).await?.into_inner();
            all.extend(page.asks);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    pub(crate) async fn form(&self, home: &str, period: &str) -> Result<v1::Form, Status> {
        let name = format!("homes/{home}/forms/{period}");
        let mut forms = FormServiceClient::new(self.channel.clone());
        let request = self.request(v1::GetFormRequest { name });
        let response = forms.get_form(request).await?.into_inner();
        Ok(response.form.expect("a form comes back"))
    }

    pub(crate) async fn list_forms(
        &self,
        home: &str,
        from: &str,
        until: &str,
    ) -> Result<Vec<v1::FormSummary>, Status> {
        let message = v1::ListFormsRequest {
            parent: format!("homes/{home}"),
            from: from.into(),
            until: until.into(),
            ..v1::ListFormsRequest::default()
        };
        let mut forms = FormServiceClient::new(self.channel.clone());
        Ok(forms
            .list_forms(self.request(message))
            .await?
            .into_inner()
            .forms)
    }

    /// Sends answers on the form as it stands.
    pub(crate) async fn answer(
        &self,
        form: &v1::Form,
        answers: Vec<v1::Answer>,
    ) -> Result<v1::SubmitAnswersResponse, Status> {
        self.answer_as(form, answers, "").await
    }

    pub(crate) async fn answer_as(
        &self,
        form: &v1::Form,
        answers: Vec<v1::Answer>,
        request_id: &str,
    ) -> Result<v1::SubmitAnswersResponse, Status> {
        let summary = form.summary.as_ref().expect("a form has a summary");
        let message = v1::SubmitAnswersRequest {
            name: summary.name.clone(),
            template: summary.template.clone(),
            etag: summary.etag.clone(),
            answers,
            answered_by: "Jo at the front desk".into(),
            request_id: request_id.into(),
            ..v1::SubmitAnswersRequest::default()
        };
        let mut forms = FormServiceClient::new(self.channel.clone());
        Ok(forms
            .submit_answers(self.request(message))
            .await?
            .into_inner())
    }

    pub(crate) async fn receipt(&self, name: &str) -> Result<v1::Receipt, Status> {
        let message = v1::GetReceiptRequest { name: name.into() };
        let mut forms = FormServiceClient::new(self.channel.clone());
        let response = forms.get_receipt(self.request(message)).await?.into_inner();
        Ok(response.receipt.expect("a receipt comes back"))
    }

    pub(crate) async fn deliveries(&self, ask: &str) -> Result<Vec<v1::Delivery>, Status> {
        self.deliveries_by(ask, 1_000).await
    }

    pub(crate) async fn deliveries_by(
        &self,
        ask: &str,
        page_size: i32,
    ) -> Result<Vec<v1::Delivery>, Status> {
        let mut collection = CollectionServiceClient::new(self.channel.clone());
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let message = v1::ListDeliveriesRequest {
                parent: ask.into(),
                page_size,
                page_token,
                ..v1::ListDeliveriesRequest::default()
            };
            let page = collection
                .list_deliveries(self.request(message))
                .await?
                .into_inner();
            all.extend(page.deliveries);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    pub(crate) async fn decide(
        &self,
        decisions: Vec<v1::NewDecision>,
    ) -> Result<Vec<v1::DecisionResult>, Status> {
        self.decide_as(decisions, "").await
    }

    pub(crate) async fn decide_as(
        &self,
        decisions: Vec<v1::NewDecision>,
        request_id: &str,
    ) -> Result<Vec<v1::DecisionResult>, Status> {
        let message = v1::DecideSuggestionsRequest {
            decisions,
            request_id: request_id.into(),
            ..v1::DecideSuggestionsRequest::default()
        };
        let mut dictionary = DictionaryServiceClient::new(self.channel.clone());
        let response = dictionary.decide_suggestions(self.request(message)).await?;
        Ok(response.into_inner().results)
    }

    pub(crate) async fn undo(&self, decision: &str) -> Result<(), Status> {
        let message = v1::UndoDecisionRequest {
            name: decision.into(),
            reason: "they differ after all".into(),
            validate_only: false,
        };
        let mut dictionary = DictionaryServiceClient::new(self.channel.clone());
        dictionary.undo_decision(self.request(message)).await?;
        Ok(())
    }

    pub(crate) async fn find_demands(
        &self,
        wanted: v1::FindDemandsRequest,
    ) -> Result<Vec<v1::Demand>, Status> {
        let mut insight = InsightServiceClient::new(self.channel.clone());
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let message = v1::FindDemandsRequest {
                page_token,
                ..wanted.clone()
            };
            let page = insight
                .find_demands(self.request(message))
                .await?
                .into_inner();
            all.extend(page.demands);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(all);
            }
        }
    }
}

/// An ask for a day or a month, of the home of most stories.
pub(crate) fn ask(organisation: &str, id: &str, fields: Json) -> RawAsk {
    let mut ask = json!({
        "organisation": organisation,
        "ask": id,
        "purpose": "mutual aid",
        "legal_basis": "6(1)(e)",
        "cadence": "daily",
        "from": "2020-06-01",
        "window": {"opens": "start", "closes": "end+1d@11:00", "roll": false},
        "targets": {"homes": [HOME]},
    });
    ask["fields"] = fields;
    serde_json::from_value(ask).unwrap()
}

/// An answer to the entry that serves a field of an ask.
pub(crate) fn answer(form: &v1::Form, ask: &str, field: &str, mut said: Json) -> v1::Answer {
    let serves = |entry: &&v1::FormEntry| {
        let mut demands = entry.demands.iter();
        demands.any(|demand| demand.ask == ask && demand.field == field)
    };
    let entry = form
        .entries
        .iter()
        .find(serves)
        .expect("the form serves the field");
    said["entry"] = json!(entry.id);
    let raw: RawAnswer = serde_json::from_value(said).unwrap();
    raw.try_into().unwrap()
}

/// The paths of the faults that a refusal names.
pub(crate) fn paths(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let faults = details
        .bad_request()
        .map(|bad| bad.field_violations.clone());
    let faults = faults.unwrap_or_default();
    faults.into_iter().map(|fault| fault.field).collect()
}

/// The stable reason of a refusal.
pub(crate) fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details.error_info().expect("every refusal says its reason");
    assert_eq!(info.domain, "askonce");
    info.reason.clone()
}

/// One side of a decision: a field of an ask.
pub(crate) fn field_of(ask: &str, field: &str) -> v1::DecisionSide {
    v1::DecisionSide {
        ask: ask.into(),
        field: field.into(),
        ..v1::DecisionSide::default()
    }
}
