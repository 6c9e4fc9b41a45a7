//! What gRPC itself costs: a server, in a process of its own, that answers every call with one
//! message that it was given beforehand.

use std::convert::Infallible;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::task::{Context, Poll};

use askonce::grpc::v1;
use prost::Message;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::codegen::http::{Request as HttpRequest, Response as HttpResponse};
use tonic::codegen::{BoxFuture, Service};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use super::broker::address_in;

/// Makes this program the echo: the message comes on standard input.
pub(crate) const ECHO: &str = "--echo";

/// The echo in its process; it ends when this is dropped.
pub(crate) struct Echo {
    process: Child,
    pub(crate) address: String,
}

impl Echo {
    pub(crate) fn start(answer: &v1::GetFormResponse) -> anyhow::Result<Self> {
        use std::io::Write;
        let mut process = Command::new(std::env::current_exe()?)
            .arg(ECHO)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut input = process.stdin.take().expect("its input is piped");
        input.write_all(&answer.encode_to_vec())?;
        drop(input);
        let address = address_in(&mut process)?;
        Ok(Self { process, address })
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Answers calls until killed.
pub(crate) async fn serve() -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    let answer = v1::GetFormResponse::decode(bytes.as_slice())?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    eprintln!("serving at http://{}", listener.local_addr()?);
    tonic::transport::Server::builder()
        .add_service(Answering(Arc::new(answer)))
        .serve_with_incoming(TcpListenerStream::new(listener))
        .await?;
    Ok(())
}

/// A form service that knows one answer.
#[derive(Clone)]
struct Answering(Arc<v1::GetFormResponse>);

impl NamedService for Answering {
    const NAME: &'static str = "askonce.v1.FormService";
}

impl UnaryService<v1::GetFormRequest> for Answering {
    type Response = v1::GetFormResponse;
    type Future = std::future::Ready<Result<Response<Self::Response>, Status>>;

    fn call(&mut self, _: Request<v1::GetFormRequest>) -> Self::Future {
        std::future::ready(Ok(Response::new(Self::Response::clone(&self.0))))
    }
}

impl Service<HttpRequest<Body>> for Answering {
    type Response = HttpResponse<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest<Body>) -> Self::Future {
        let answering = self.clone();
        Box::pin(async move {
            let codec = ProstCodec::<v1::GetFormResponse, v1::GetFormRequest>::default();
            Ok(Grpc::new(codec).unary(answering, request).await)
        })
    }
}
