//! A call whose request is sent in two halves, so that it is in flight for as long as a story needs.

use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use prost::Message;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Bytes;
use tonic::codegen::http::Request;
use tonic::transport::Channel;
use tower::{Service, ServiceExt};

/// A call of which half is sent.
pub(crate) struct HalfSent {
    rest: oneshot::Sender<()>,
    outcome: JoinHandle<Result<Bytes, Status>>,
}

impl HalfSent {
    /// Sends the first half of a call.
    pub(crate) fn begin(
        channel: &Channel,
        path: &str,
        secret: &str,
        message: &impl Message,
    ) -> Self {
        let mut bytes = vec![0];
        let encoded = message.encode_to_vec();
        bytes.extend(u32::try_from(encoded.len()).unwrap().to_be_bytes());
        bytes.extend(encoded);
        let second = Bytes::from(bytes.split_off(bytes.len() / 2));
        let first = Bytes::from(bytes);
        let (rest, may_go) = oneshot::channel::<()>();
        let halves = async_stream(first, second, may_go);
        let request = Request::post(format!("http://broker{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .header("authorization", format!("Bearer {secret}"))
            .body(Body::new(StreamBody::new(halves)))
            .unwrap();
        let outcome = tokio::spawn(answered(channel.clone(), request));
        Self { rest, outcome }
    }

    /// Whether it was answered already, though half sent.
    pub(crate) fn is_answered(&self) -> bool {
        self.outcome.is_finished()
    }

    /// Sends the rest; what became of the call.
    pub(crate) async fn end(self) -> Result<Bytes, Status> {
        // It may have been answered before it was all sent.
        let _ = self.rest.send(());
        self.outcome.await.unwrap()
    }
}

fn async_stream(
    first: Bytes,
    second: Bytes,
    may_go: oneshot::Receiver<()>,
) -> impl tokio_stream::Stream<Item = Result<Frame<Bytes>, Status>> {
    let halves = (Some(first), Some((second, may_go)));
    futures_util::stream::unfold(halves, |halves| async move {
        match halves {
            (Some(first), rest) => Some((Ok(Frame::data(first)), (None, rest))),
            (None, Some((second, may_go))) => {
                let _sent_or_given_up = may_go.await;
                Some((Ok(Frame::data(second)), (None, None)))
            }
            (None, None) => None,
        }
    })
}

async fn answered(mut channel: Channel, request: Request<Body>) -> Result<Bytes, Status> {
    let broken = |error: tonic::transport::Error| Status::from_error(Box::new(error));
    let ready = ServiceExt::<Request<Body>>::ready(&mut channel).await;
    let response = ready.map_err(broken)?.call(request).await.map_err(broken)?;
    if let Some(status) = Status::from_header_map(response.headers()) {
        return Err(status);
    }
    let body = response.into_body().collect().await?;
    match body.trailers().and_then(Status::from_header_map) {
        Some(status) if status.code() == tonic::Code::Ok => Ok(body.to_bytes().slice(5..)),
        Some(status) => Err(status),
        None => Err(Status::unknown("it has no end")),
    }
}
