//! The whole, over gRPC on loopback: `SubmitAsk` beside a plain PostgreSQL schema driven by
//! pgbench, `GetForm` beside a bare echo of the same size. Callers, broker and peer share one
//! machine, so only the ratios say anything.
//!
//! `cargo bench --bench end_to_end [-- SECONDS]`

#![expect(clippy::print_stdout, reason = "a table of figures is what it is for")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use askonce::domain::access::{Grant, Role};
use askonce::domain::ask::RawAsk;
use askonce::grpc::v1;
use askonce::grpc::v1::ask_service_client::AskServiceClient;
use askonce::grpc::v1::form_service_client::FormServiceClient;
use askonce::grpc::v1::form_service_server::{FormService, FormServiceServer};
use askonce::grpc::v1::registry_service_client::RegistryServiceClient;
use askonce::server::{Data, Options, Server};
use hdrhistogram::Histogram;
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};

const HOME: &str = "1-466088203";
const SECONDS: u64 = 8;
/// Connections that callers share: one a core leaves neither side waiting.
const CHANNELS: usize = 4;

/// What a run of callers measured.
struct Measured {
    per_second: f64,
    latencies: Histogram<u64>,
}

impl Measured {
    fn say(&self, what: &str) {
        println!(
            "{what:<58} {:>9.0}/s   p50 {:>7.2} ms   p99 {:>7.2} ms",
            self.per_second,
            millis(self.latencies.value_at_quantile(0.5)),
            millis(self.latencies.value_at_quantile(0.99)),
        );
    }
}

/// Microseconds up to a minute, three digits.
fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(60_000_000, 3).expect("a minute in three digits is allowed")
}

fn millis(micros: u64) -> f64 {
    Duration::from_micros(micros).as_secs_f64() * 1_000.0
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn now() -> Instant {
    Instant::now()
}

/// Lets `callers` call over and over for a while.
async fn measure<F, C>(callers: usize, seconds: u64, call: C) -> Measured
where
    C: Fn(usize) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let start = now();
    let end = start + Duration::from_secs(seconds);
    let mut tasks = tokio::task::JoinSet::new();
    for caller in 0..callers {
        let call = call.clone();
        tasks.spawn(async move {
            let mut latencies = histogram();
            while now() < end {
                let before = now();
                call(caller).await;
                let micros = before.elapsed().as_micros();
                latencies.saturating_record(u64::try_from(micros).unwrap_or(u64::MAX));
            }
            latencies
        });
    }
    let mut all = histogram();
    while let Some(latencies) = tasks.join_next().await {
        all.add(latencies.expect("no caller panics"))
            .expect("histograms of one kind add up");
    }
    #[expect(clippy::cast_precision_loss, reason = "far fewer calls than 2^52")]
    let calls = all.len() as f64;
    Measured {
        per_second: calls / start.elapsed().as_secs_f64(),
        latencies: all,
    }
}

struct Bench {
    channels: Vec<Channel>,
    operator: String,
    manager: String,
    seconds: u64,
    _server: Server,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn new(seconds: u64) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let data = Data::Embedded(folder.path().to_path_buf());
        let server = Server::start(Options::new(data), listener).await?;
        let mut channels = Vec::new();
        for _ in 0..CHANNELS {
            let address = format!("http://{}", server.addr());
            channels.push(Channel::from_shared(address)?.connect().await?);
        }
        let operator = server
            .issue_token("bench", Grant::unbound(Role::Operator))
            .await?;
        register(&channels[0], &operator).await?;
        let grant = Grant::parse("home", "", &[HOME.to_owned()])?;
        let manager = server.issue_token("bench", grant).await?;
        Ok(Self {
            channels,
            operator,
            manager,
            seconds,
            _server: server,
            _folder: folder,
        })
    }

    async fn submit(&self, callers: usize, targets: v1::Targets) -> Measured {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let (channels, secret) = (self.channels.clone(), self.operator.clone());
        measure(callers, self.seconds, move |caller| {
            let mut asks = AskServiceClient::new(channels[caller % CHANNELS].clone());
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let message = v1::SubmitAskRequest {
                ask: Some(ask(number, &targets)),
                request_id: format!("{number:032x}"),
                ..v1::SubmitAskRequest::default()
            };
            let request = with_bearer(message, &secret);
            async move {
                asks.submit_ask(request).await.expect("the ask is accepted");
            }
        })
        .await
    }

    async fn get_form(&self, callers: usize) -> Measured {
        let (channels, secret) = (self.channels.clone(), self.manager.clone());
        measure(callers, self.seconds, move |caller| {
            let mut forms = FormServiceClient::new(channels[caller % CHANNELS].clone());
            let name = format!("homes/{HOME}/forms/2026-11");
            let request = with_bearer(v1::GetFormRequest { name }, &secret);
            async move {
                forms.get_form(request).await.expect("the form is there");
            }
        })
        .await
    }
}

fn with_bearer<T>(message: T, secret: &str) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {secret}")
        .parse()
        .expect("a secret is ASCII");
    request.metadata_mut().insert("authorization", bearer);
    request
}

async fn register(channel: &Channel, secret: &str) -> anyhow::Result<()> {
    let mut registry = RegistryServiceClient::new(channel.clone());
    let row = v1::OrganisationRow {
        id: "sefton-council".into(),
        name: "Sefton".into(),
        kind: v1::OrganisationKind::Council.into(),
        ..v1::OrganisationRow::default()
    };
    let rows = [v1::ImportOrganisationsRequest {
        index: 1,
        row: Some(row),
    }];
    let request = with_bearer(tokio_stream::iter(rows), secret);
    let mut results = registry.import_organisations(request).await?.into_inner();
    while results.next().await.transpose()?.is_some() {}
    let row = v1::HomeRow {
        cqc_id: HOME.into(),
        name: "Rowan House".into(),
        area_code: "E08000014".into(),
        ..v1::HomeRow::default()
    };
    let rows = [v1::ImportHomesRequest {
        index: 1,
        row: Some(row),
    }];
    let request = with_bearer(tokio_stream::iter(rows), secret);
    let mut results = registry.import_homes(request).await?.into_inner();
    while results.next().await.transpose()?.is_some() {}
    Ok(())
}

/// An ask of ten fields, half of them asked by others too. Made without a detour, for callers and
/// broker share the machine.
fn ask(number: u64, targets: &v1::Targets) -> v1::Ask {
    let field = |place: u64| v1::Field {
        name: format!("f{place}"),
        label: match place % 2 {
            0 => format!("Number of beds of kind {}", (number + place) % 200),
            _ => format!("Number of things of kind {number} and {place}"),
        },
        timing: "as-at".into(),
        r#type: v1::FieldType::Count.into(),
        min: "0".into(),
        max: "999".into(),
        ..v1::Field::default()
    };
    v1::Ask {
        organisation: "sefton-council".into(),
        ask: format!("ask-{number}"),
        purpose: "contract and quality monitoring".into(),
        legal_basis: "6(1)(e)".into(),
        periods: vec!["2026-10".into()],
        targets: Some(targets.clone()),
        fields: (0..10).map(field).collect(),
        ..v1::Ask::default()
    }
}

fn raw(number: u64, targets: &Json, fields: &[Json]) -> v1::Ask {
    let raw: RawAsk = serde_json::from_value(json!({
        "organisation": "sefton-council", "ask": format!("ask-{number}"),
        "purpose": "contract and quality monitoring", "legal_basis": "6(1)(e)",
        "periods": ["2026-10"], "targets": targets, "fields": fields,
    }))
    .expect("an ask is JSON");
    raw.try_into().expect("its words are known")
}

/// A form service that gives back one form, made beforehand: what gRPC itself costs.
struct Echo(Arc<v1::GetFormResponse>);

#[tonic::async_trait]
impl FormService for Echo {
    async fn get_form(
        &self,
        _: Request<v1::GetFormRequest>,
    ) -> Result<Response<v1::GetFormResponse>, Status> {
        Ok(Response::new(v1::GetFormResponse::clone(&self.0)))
    }

    async fn list_forms(
        &self,
        _: Request<v1::ListFormsRequest>,
    ) -> Result<Response<v1::ListFormsResponse>, Status> {
        Err(Status::unimplemented("this is an echo"))
    }

    async fn submit_answers(
        &self,
        _: Request<v1::SubmitAnswersRequest>,
    ) -> Result<Response<v1::SubmitAnswersResponse>, Status> {
        Err(Status::unimplemented("this is an echo"))
    }

    async fn get_receipt(
        &self,
        _: Request<v1::GetReceiptRequest>,
    ) -> Result<Response<v1::GetReceiptResponse>, Status> {
        Err(Status::unimplemented("this is an echo"))
    }

    async fn list_collections(
        &self,
        _: Request<v1::ListCollectionsRequest>,
    ) -> Result<Response<v1::ListCollectionsResponse>, Status> {
        Err(Status::unimplemented("this is an echo"))
    }
}

async fn echo(bench: &Bench, callers: usize) -> anyhow::Result<Measured> {
    let mut forms = FormServiceClient::new(bench.channels[0].clone());
    let name = format!("homes/{HOME}/forms/2026-11");
    let request = with_bearer(v1::GetFormRequest { name: name.clone() }, &bench.manager);
    let form = forms.get_form(request).await?.into_inner();
    let entries = form.form.as_ref().map_or(0, |form| form.entries.len());
    println!(
        "the form has {entries} questions, {} bytes",
        prost::Message::encoded_len(&form)
    );
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let service = FormServiceServer::new(Echo(Arc::new(form)));
    let serving = tonic::transport::Server::builder()
        .add_service(service)
        .serve_with_incoming(TcpListenerStream::new(listener));
    let serving = tokio::spawn(serving);
    let mut channels = Vec::new();
    for _ in 0..CHANNELS {
        channels.push(Channel::from_shared(address.clone())?.connect().await?);
    }
    let measured = measure(callers, bench.seconds, move |caller| {
        let mut forms = FormServiceClient::new(channels[caller % CHANNELS].clone());
        let request = Request::new(v1::GetFormRequest { name: name.clone() });
        async move {
            forms.get_form(request).await.expect("the echo answers");
        }
    })
    .await;
    serving.abort();
    Ok(measured)
}

/// Transactions a second of the plain schema, if PostgreSQL is installed.
fn plain_schema(clients: usize, seconds: u64) -> Option<f64> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/pgbench.sh");
    let output = std::process::Command::new(script)
        .args([clients.to_string(), seconds.to_string()])
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

async fn form_of_sixty(bench: &Bench) -> anyhow::Result<()> {
    let fields: Vec<Json> = (0..60)
        .map(|place| {
            json!({"name": format!("f{place}"), "type": "count", "timing": "as-at",
                   "label": format!("How many things of kind {place} are there?")})
        })
        .collect();
    let mut asks = AskServiceClient::new(bench.channels[0].clone());
    for number in 0..2 {
        let mut ask = raw(1_000_000_000 + number, &json!({"homes": [HOME]}), &fields);
        ask.periods = vec!["2026-11".into()];
        ask.purpose = format!("purpose {number}");
        let message = v1::SubmitAskRequest {
            ask: Some(ask),
            ..v1::SubmitAskRequest::default()
        };
        asks.submit_ask(with_bearer(message, &bench.operator))
            .await?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let seconds = std::env::args().find_map(|argument| argument.parse().ok());
    let bench = Bench::new(seconds.unwrap_or(SECONDS)).await?;
    form_of_sixty(&bench).await?;
    let form = bench.get_form(128).await;
    form.say("GetForm, 60 questions of two asks, cached, 128 callers");
    let peer = echo(&bench, 128).await?;
    peer.say("beside: a bare echo of the same message, 128 callers");
    println!("ratio {:.2}\n", form.per_second / peer.per_second);
    // Elsewhere than the home above, so that its form stays as it is.
    let elsewhere = v1::Targets {
        areas: vec!["E10000017".into()],
        ..v1::Targets::default()
    };
    for callers in [1, 8, 32, 128] {
        let submitted = bench.submit(callers, elsewhere.clone()).await;
        submitted.say(&format!("SubmitAsk, durable, 10 fields, {callers} callers"));
        match plain_schema(callers, bench.seconds) {
            Some(peer) => println!(
                "{:<58} {peer:>9.0}/s   ratio {:.2}",
                format!("beside: the plain PostgreSQL schema, {callers} clients"),
                submitted.per_second / peer
            ),
            None => println!("PostgreSQL is not installed: no peer to compare with"),
        }
    }
    Ok(())
}
