//! What gRPC itself costs: a server, in a process of its own, that reads every call and answers it
//! with a message that it was given beforehand.

use std::convert::Infallible;
use std::io::Read;
use std::marker::PhantomData;
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
    let form = v1::GetFormResponse::decode(bytes.as_slice())?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    eprintln!("serving at http://{}", listener.local_addr()?);
    let forms = Answering::<v1::GetFormRequest, _>::new(form);
    let asks = Answering::<v1::SubmitAskRequest, _>::new(v1::SubmitAskResponse::default());
    tonic::transport::Server::builder()
        .add_service(forms)
        .add_service(asks)
        .serve_with_incoming(TcpListenerStream::new(listener))
        .await?;
    Ok(())
}

/// A service that reads what it is asked and knows one answer.
struct Answering<Q, A> {
    answer: Arc<A>,
    asked: PhantomData<fn(Q)>,
}

impl<Q, A> Answering<Q, A> {
    fn new(answer: A) -> Self {
        Self {
            answer: Arc::new(answer),
            asked: PhantomData,
        }
    }
}

impl<Q, A> Clone for Answering<Q, A> {
    fn clone(&self) -> Self {
        Self {
            answer: Arc::clone(&self.answer),
            asked: PhantomData,
        }
    }
}

impl NamedService for Answering<v1::GetFormRequest, v1::GetFormResponse> {
    const NAME: &'static str = "askonce.v1.FormService";
}

impl NamedService for Answering<v1::SubmitAskRequest, v1::SubmitAskResponse> {
    const NAME: &'static str = "askonce.v1.AskService";
}

impl<Q, A: Clone> UnaryService<Q> for Answering<Q, A> {
    type Response = A;
    type Future = std::future::Ready<Result<Response<A>, Status>>;

    fn call(&mut self, _: Request<Q>) -> Self::Future {
        std::future::ready(Ok(Response::new(A::clone(&self.answer))))
    }
}

impl<Q, A> Service<HttpRequest<Body>> for Answering<Q, A>
where
    Q: Message + Default + 'static,
    A: Message + Clone + Default + 'static,
{
    type Response = HttpResponse<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest<Body>) -> Self::Future {
        let answering = self.clone();
        Box::pin(async move {
            let codec = ProstCodec::<A, Q>::default();
            Ok(Grpc::new(codec).unary(answering, request).await)
        })
    }
}
