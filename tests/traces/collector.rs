//! A collector of traces: takes what is sent by OTLP over gRPC, encrypted, and keeps it as it came.
//!
//! It reads the wire by itself, with as much of the format as the stories ask for, so that what is
//! sent is compared with the specification and not with the library that sent it.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::codegen::http;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::{Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use tower::Service;

/// How long spans may take to come; a test that waits longer has found a fault.
const DEADLINE: Duration = Duration::from_secs(60);

/// What a server is, and an error.
pub(crate) const KIND_SERVER: i32 = 2;
pub(crate) const KIND_INTERNAL: i32 = 1;
pub(crate) const STATUS_ERROR: i32 = 2;

/// `ExportTraceServiceRequest`, its parts not read yet.
#[derive(Clone, PartialEq, Message)]
struct Export {
    #[prost(bytes = "vec", repeated, tag = "1")]
    resources: Vec<Vec<u8>>,
}

/// `ExportTraceServiceResponse`.
#[derive(Clone, PartialEq, Message)]
struct Taken {}

#[derive(Clone, PartialEq, Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scopes: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<Attribute>,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeSpans {
    #[prost(message, repeated, tag = "2")]
    spans: Vec<Span>,
}

/// A span.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Span {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    own_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    pub(crate) name: String,
    #[prost(int32, tag = "6")]
    pub(crate) kind: i32,
    #[prost(fixed64, tag = "7")]
    pub(crate) begun_ns: u64,
    #[prost(fixed64, tag = "8")]
    pub(crate) ended_ns: u64,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<Attribute>,
    #[prost(message, optional, tag = "15")]
    outcome: Option<Outcome>,
}

#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<Value>,
}

/// One of two, as far as we are asked.
#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, optional, tag = "1")]
    text: Option<String>,
    #[prost(int64, optional, tag = "3")]
    number: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Outcome {
    #[prost(int32, tag = "3")]
    code: i32,
}

impl Span {
    /// The trace that it is in.
    pub(crate) fn trace(&self) -> String {
        hex(&self.trace_id)
    }

    /// Its own id.
    pub(crate) fn id(&self) -> String {
        hex(&self.own_id)
    }

    /// The span that it is within; empty where there is none.
    pub(crate) fn parent(&self) -> String {
        hex(&self.parent_span_id)
    }

    /// What it says of itself.
    pub(crate) fn says(&self) -> Vec<(&str, String)> {
        let says = self.attributes.iter();
        says.map(|said| (said.key.as_str(), said.value())).collect()
    }

    /// What it says by a key; empty if nothing.
    pub(crate) fn said(&self, key: &str) -> String {
        let says = self.says().into_iter().find(|(known, _)| *known == key);
        says.map(|(_, value)| value).unwrap_or_default()
    }

    /// How it went: not told, or an error.
    pub(crate) fn outcome(&self) -> i32 {
        self.outcome.as_ref().map_or(0, |outcome| outcome.code)
    }
}

impl Attribute {
    fn value(&self) -> String {
        let value = self.value.clone().unwrap_or_default();
        let number = value.number.map(|number| number.to_string());
        value.text.or(number).expect("a text or a number")
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// A collector, until dropped.
pub(crate) struct Collector {
    parts: mpsc::UnboundedReceiver<Vec<u8>>,
    serving: JoinHandle<()>,
    /// Every span that came.
    pub(crate) spans: Vec<Span>,
    /// Every byte that came.
    pub(crate) bytes: Vec<u8>,
    /// What is said of who sent them.
    pub(crate) service: Vec<String>,
}

impl Collector {
    /// Collects what comes in at a listener, by a certificate and its key if there is one.
    pub(crate) fn serve(listener: TcpListener, identity: Option<Identity>) -> Self {
        let (sender, parts) = mpsc::unbounded_channel();
        let mut server = Server::builder();
        if let Some(identity) = identity {
            let tls = ServerTlsConfig::new().identity(identity);
            server = server.tls_config(tls).expect("a certificate and its key");
        }
        let serving = server
            .add_service(Taking(sender))
            .serve_with_incoming(TcpListenerStream::new(listener));
        Self {
            parts,
            serving: tokio::spawn(async { serving.await.expect("it serves") }),
            spans: Vec::new(),
            bytes: Vec::new(),
            service: Vec::new(),
        }
    }

    /// Waits until spans of these names have come.
    pub(crate) async fn has(&mut self, names: &[&str]) {
        let is_here = |spans: &[Span], name: &str| spans.iter().any(|span| span.name == name);
        while !names.iter().all(|name| is_here(&self.spans, name)) {
            let part = timeout(DEADLINE, self.parts.recv()).await;
            let part = part.unwrap_or_else(|_| panic!("no {names:?} in {:#?}", self.spans));
            self.take(part.expect("it serves until it is dropped"));
        }
    }

    /// Takes all that came, once whoever sends has ended.
    pub(crate) fn all(&mut self) {
        while let Ok(part) = self.parts.try_recv() {
            self.take(part);
        }
    }

    /// The one span of a name.
    pub(crate) fn span(&self, name: &str) -> &Span {
        let mut found = self.spans.iter().filter(|span| span.name == name);
        let span = found.next();
        let span = span.unwrap_or_else(|| panic!("no {name} in {:#?}", self.spans));
        assert_eq!(found.next(), None, "two are called {name}");
        span
    }

    /// The spans within one.
    pub(crate) fn within(&self, span: &Span) -> Vec<&Span> {
        let within = |other: &&Span| other.parent() == span.id() && other.trace() == span.trace();
        self.spans.iter().filter(within).collect()
    }

    fn take(&mut self, part: Vec<u8>) {
        let read = ResourceSpans::decode(part.as_slice()).expect("resource spans");
        self.bytes.extend(part);
        let resource = read.resource.unwrap_or_default();
        let service = resource.attributes.iter();
        let service = service.filter(|said| said.key == "service.name");
        self.service.extend(service.map(Attribute::value));
        let spans = read.scopes.into_iter().flat_map(|scope| scope.spans);
        self.spans.extend(spans);
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The one service of a collector.
#[derive(Clone)]
struct Taking(mpsc::UnboundedSender<Vec<u8>>);

impl NamedService for Taking {
    const NAME: &'static str = "opentelemetry.proto.collector.trace.v1.TraceService";
}

impl UnaryService<Export> for Taking {
    type Response = Taken;
    type Future = std::future::Ready<Result<Response<Taken>, Status>>;

    fn call(&mut self, request: Request<Export>) -> Self::Future {
        for part in request.into_inner().resources {
            let _nobody_looks_any_more = self.0.send(part);
        }
        std::future::ready(Ok(Response::new(Taken {})))
    }
}

impl Service<http::Request<Body>> for Taking {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let expected = format!("/{}/Export", Self::NAME);
        assert_eq!(request.uri().path(), expected);
        let taking = self.clone();
        Box::pin(async move {
            let mut grpc = Grpc::new(ProstCodec::<Taken, Export>::default());
            Ok(grpc.unary(taking, request).await)
        })
    }
}
