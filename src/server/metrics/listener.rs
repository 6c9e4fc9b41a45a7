//! A small page over HTTP for those who watch a broker: `/metrics`, `/livez` and `/readyz`.
//!
//! It knows no caller and tells nothing of anybody. Every connection carries one request, and is
//! short.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tonic::codegen::Bytes;

/// Whether the broker can serve, as it was last looked at.
pub(in crate::server) type Readiness = watch::Receiver<bool>;

/// Makes the page.
pub(super) type Render = Arc<dyn Fn() -> String + Send + Sync>;

/// Most connections at once; past it one waits to be accepted.
const CONNECTIONS_MAX: usize = 8;

/// How long a connection may take from its start to its end.
const CONNECTION_DEADLINE: Duration = Duration::from_secs(10);

/// How long to wait after a connection could not be accepted, as when there are no more files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Largest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 8 << 10;

/// Text as Prometheus reads it.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

const PLAIN: &str = "text/plain; charset=utf-8";

/// Serves for ever.
pub(super) async fn serve(listener: TcpListener, render: Render, readiness: Readiness) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    // Ends with this task.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let permit = Arc::clone(&permits).acquire_owned().await;
        let permit = permit.expect("nobody closes the semaphore");
        match listener.accept().await {
            Ok((stream, _)) => {
                let (render, readiness) = (Arc::clone(&render), readiness.clone());
                connections.spawn(async move {
                    let serving = converse(stream, render, readiness);
                    let _it_may_be_over = tokio::time::timeout(CONNECTION_DEADLINE, serving).await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the page of measurements cannot accept a connection");
                tokio::time::interval_at(tokio::time::Instant::now() + ACCEPT_PAUSE, ACCEPT_PAUSE)
                    .tick()
                    .await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn converse(stream: TcpStream, render: Render, readiness: Readiness) {
    let service = service_fn(move |request: Request<Incoming>| {
        let (render, is_ready) = (Arc::clone(&render), *readiness.borrow());
        async move { Ok::<_, Infallible>(respond(&request, render, is_ready).await) }
    });
    let connection = http1::Builder::new()
        .keep_alive(false)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a reader of measurements went away");
    }
}

async fn respond<B>(request: &Request<B>, render: Render, is_ready: bool) -> Response<Full<Bytes>> {
    let is_get = request.method() == Method::GET || request.method() == Method::HEAD;
    match request.uri().path() {
        _ if !is_get => text(StatusCode::METHOD_NOT_ALLOWED, PLAIN, "only GET"),
        "/metrics" => match tokio::task::spawn_blocking(move || render()).await {
            Ok(page) => text(StatusCode::OK, EXPOSITION, page),
            Err(_) => text(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, "it broke"),
        },
        "/livez" => text(StatusCode::OK, PLAIN, "alive"),
        "/readyz" if is_ready => text(StatusCode::OK, PLAIN, "ready"),
        "/readyz" => text(StatusCode::SERVICE_UNAVAILABLE, PLAIN, "not ready"),
        _ => text(
            StatusCode::NOT_FOUND,
            PLAIN,
            "there are /metrics, /livez and /readyz",
        ),
    }
}

fn text(status: StatusCode, kind: &'static str, body: impl Into<String>) -> Response<Full<Bytes>> {
    let mut body = body.into();
    if !body.ends_with('\n') {
        body.push('\n');
    }
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
