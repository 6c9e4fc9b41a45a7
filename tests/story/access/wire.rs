//! Calls as bytes, so that any method can be called with anything, known to our client or not.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use prost::bytes::Bytes;
use prost_reflect::{DescriptorPool, MethodDescriptor};
use tonic::body::Body;
use tonic::codegen::http::{HeaderMap, Request};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tower::ServiceExt;

use askonce::grpc::v1::FILE_DESCRIPTOR_SET;

/// The package whose methods are walked.
const PACKAGE: &str = "askonce.v1";

/// Bytes before each message: whether it is compressed, and how long it is.
const PREFIX_BYTES: usize = 5;

/// How long an answer may take on a slow machine; past it the broker hangs.
const ANSWER_DEADLINE: Duration = Duration::from_secs(60);

/// How long a stream of answers may say nothing before it counts as open for more.
const QUIET_DEADLINE: Duration = Duration::from_secs(1);

/// What a call is answered.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// The end of it; OK too for a stream that stays open.
    pub(crate) status: Status,
    /// The messages before that.
    pub(crate) messages: Vec<Bytes>,
}

impl Reply {
    /// Whether two answers are the same to the last byte.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let parts = |reply: &Self| {
            let status = &reply.status;
            let details = status.details().to_vec();
            (status.code(), status.message().to_owned(), details)
        };
        parts(self) == parts(other) && self.messages == other.messages
    }

    /// The answer with one name put for another of the same length.
    pub(crate) fn renamed(&self, from: &str, to: &str) -> Self {
        assert_eq!(from.len(), to.len(), "lengths are told beside the names");
        let swap = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            for at in 0..bytes.len().saturating_sub(from.len() - 1) {
                if bytes[at..].starts_with(from.as_bytes()) {
                    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
                }
            }
            Bytes::from(bytes)
        };
        let message = self.status.message().replace(from, to);
        let details = swap(self.status.details());
        Self {
            status: Status::with_details(self.code(), message, details),
            messages: self.messages.iter().map(|message| swap(message)).collect(),
        }
    }

    /// That the connection broke, or the call on it: nothing that a broker does on purpose.
    fn broken_off(why: &dyn std::fmt::Debug) -> Self {
        Self {
            status: Status::unavailable(format!("broken off: {why:?}")),
            messages: Vec::new(),
        }
    }

    pub(crate) fn code(&self) -> Code {
        self.status.code()
    }
}

/// Every method of the package.
pub(crate) fn methods() -> Vec<MethodDescriptor> {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let ours = |service: &prost_reflect::ServiceDescriptor| service.package_name() == PACKAGE;
    let services: Vec<_> = pool.services().filter(ours).collect();
    let methods: Vec<_> = services
        .iter()
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .collect();
    assert!(methods.len() > 20, "the descriptor set was not read");
    methods
}

/// `Service/Method`.
pub(crate) fn short(method: &MethodDescriptor) -> String {
    format!("{}/{}", method.parent_service().name(), method.name())
}

/// The path that a method is called by.
pub(crate) fn path(method: &MethodDescriptor) -> String {
    format!("/{PACKAGE}.{}", short(method))
}

/// A message as it is sent: behind its prefix.
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let bytes = u32::try_from(message.len()).expect("nobody sends more");
    let mut framed = vec![0];
    framed.extend_from_slice(&bytes.to_be_bytes());
    framed.extend_from_slice(message);
    framed
}

/// Calls a method with a body and more headers. A secret that is none is not sent.
pub(crate) async fn call(
    channel: &Channel,
    method: &MethodDescriptor,
    secret: Option<&str>,
    headers: &[(&'static str, &'static str)],
    body: Vec<u8>,
) -> Reply {
    let mut request = Request::post(path(method))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        // The same for all, so that two answers can be compared to the last byte.
        .header("x-request-id", "a-story");
    if let Some(secret) = secret {
        request = request.header("authorization", format!("Bearer {secret}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = Body::new(Full::new(Bytes::from(body)));
    let request = request.body(body).unwrap();
    let called = tokio::time::timeout(ANSWER_DEADLINE, channel.clone().oneshot(request));
    let called = called
        .await
        .unwrap_or_else(|_| panic!("{} hangs", short(method)));
    let response = match called {
        Ok(response) => response,
        Err(why) => return Reply::broken_off(&why),
    };
    let (head, body) = response.into_parts();
    if let Some(status) = Status::from_header_map(&head.headers) {
        return Reply {
            status,
            messages: Vec::new(),
        };
    }
    heard(method, body).await
}

/// What a stream of answers holds up to its end, or until it says no more.
async fn heard(method: &MethodDescriptor, mut body: Body) -> Reply {
    let patience = if method.is_server_streaming() {
        QUIET_DEADLINE
    } else {
        ANSWER_DEADLINE
    };
    let mut bytes = Vec::new();
    let mut trailers = HeaderMap::new();
    let mut is_open = false;
    loop {
        let Ok(frame) = tokio::time::timeout(patience, body.frame()).await else {
            assert!(method.is_server_streaming(), "{} hangs", short(method));
            is_open = true;
            break;
        };
        match frame {
            None => break,
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => bytes.extend_from_slice(&data),
                Err(frame) => trailers.extend(frame.into_trailers().unwrap_or_default()),
            },
            Some(Err(why)) => return Reply::broken_off(&why),
        }
    }
    let status = Status::from_header_map(&trailers).filter(|_| !is_open);
    let status = match (status, is_open) {
        (Some(status), _) => status,
        (None, true) => Status::new(Code::Ok, ""),
        (None, false) => panic!("{} is answered without a status", short(method)),
    };
    Reply {
        status,
        messages: unframed(&bytes),
    }
}

/// The messages behind their prefixes.
fn unframed(mut bytes: &[u8]) -> Vec<Bytes> {
    let mut messages = Vec::new();
    while let Some((prefix, rest)) = bytes.split_at_checked(PREFIX_BYTES) {
        let length = u32::from_be_bytes(prefix[1..].try_into().unwrap()) as usize;
        let (message, rest) = rest.split_at(length);
        messages.push(Bytes::copy_from_slice(message));
        bytes = rest;
    }
    messages
}
