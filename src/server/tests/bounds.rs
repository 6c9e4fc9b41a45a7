//! What a server does with what is packed, too large, or not read.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codec::CompressionEncoding::{self, Gzip, Zstd};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::stand::{Stand, bearing, reason};
use crate::grpc::v1;
use crate::grpc::v1::ask_service_client::AskServiceClient;
use crate::grpc::v1::dictionary_service_client::DictionaryServiceClient;
use crate::grpc::v1::registry_service_client::RegistryServiceClient;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn packed_requests_are_read_and_responses_are_packed_as_the_caller_can_read() {
    let stand = Stand::new(|_| {}).await;
    for (encoding, name) in [(Gzip, "gzip"), (Zstd, "zstd")] {
        let mut dictionary = DictionaryServiceClient::new(stand.channel.clone())
            .send_compressed(encoding)
            .accept_compressed(encoding);
        let list = bearing(&stand.operator, v1::ListElementsRequest::default());
        let listed = dictionary.list_elements(list).await.unwrap();
        let used = listed.metadata().get("grpc-encoding");
        assert_eq!(used.unwrap().to_str().unwrap(), name);
        assert_eq!(listed.into_inner().elements.len(), 100);
    }
}

/// Small as it comes, and twice the limit unpacked.
fn bomb() -> String {
    "x".repeat(8 << 20)
}

fn names_the_limit(refused: &Status, how: CompressionEncoding) {
    assert_eq!(
        (refused.code(), &*reason(refused)),
        (Code::ResourceExhausted, "MESSAGE_TOO_LARGE"),
        "{how:?}: {refused:?}"
    );
    let details = refused.get_error_details();
    let limits = &details.error_info().unwrap().metadata;
    assert_eq!(limits["message_bytes_max"], "4194304");
}

#[tokio::test]
async fn what_is_too_large_unpacked_is_refused_by_the_limits_name() {
    let stand = Stand::new(|_| {}).await;
    for encoding in [Gzip, Zstd] {
        let mut asks = AskServiceClient::new(stand.channel.clone()).send_compressed(encoding);
        let get = v1::GetAskRequest {
            name: bomb(),
            ..v1::GetAskRequest::default()
        };
        let refused = asks.get_ask(bearing(&stand.operator, get)).await;
        names_the_limit(&refused.unwrap_err(), encoding);
        let mut registry =
            RegistryServiceClient::new(stand.channel.clone()).send_compressed(encoding);
        let row = v1::HomeRow {
            name: bomb(),
            ..v1::HomeRow::default()
        };
        let row = v1::ImportHomesRequest {
            index: 1,
            row: Some(row),
        };
        let rows = bearing(&stand.operator, tokio_stream::iter([row]));
        let mut results = registry.import_homes(rows).await.unwrap().into_inner();
        let refused = results.next().await.unwrap();
        names_the_limit(&refused.unwrap_err(), encoding);
    }
}

#[tokio::test]
async fn a_caller_that_reads_nothing_is_cut_and_others_are_served() {
    let stand = Stand::new(|options| options.unread_deadline = Duration::from_millis(100)).await;
    let deaf = Channel::from_shared(format!("http://{}", stand.server.addr()))
        .unwrap()
        .initial_stream_window_size(1_024)
        .connect()
        .await
        .unwrap();
    let (rows, sent) = mpsc::channel(1);
    let mut registry = RegistryServiceClient::new(deaf);
    let importing = registry.import_homes(bearing(&stand.operator, ReceiverStream::new(sent)));
    let mut results = importing.await.unwrap().into_inner();
    // Rows are taken until nobody takes their results, and then not until the connection is cut.
    let mut count = 0;
    for index in 1.. {
        let row = v1::ImportHomesRequest {
            index,
            row: Some(v1::HomeRow::default()),
        };
        if rows.send(row).await.is_err() {
            break;
        }
        count = index;
    }
    let mut read = 0;
    let broken = loop {
        match results.next().await.expect("it says that it broke") {
            Ok(_) => read += 1,
            Err(broken) => break broken,
        }
    };
    assert_ne!(broken.code(), Code::Ok);
    assert!(read < count, "{read} of {count} results were sent");
    // Another connection is served as before.
    stand.token(v1::Role::Analyst, "", &[]).await;
}

/// Whether the server closes a connection before anything is said on it. One that it takes it
/// greets first, as HTTP/2 does.
async fn is_refused(connection: &mut TcpStream) -> bool {
    // What a client says first; it may be closed already.
    let _ = connection
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await;
    let greeting = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let _ = connection.write_all(&greeting).await;
    let mut first = [0; 1];
    !matches!(connection.read(&mut first).await, Ok(1))
}

#[tokio::test]
async fn an_address_has_so_many_connections_at_once_and_the_next_is_closed() {
    // The stand's own is the first.
    let stand = Stand::new(|options| options.connections_per_address_max = 3).await;
    stand.token(v1::Role::Analyst, "", &[]).await;
    let connect = async || TcpStream::connect(stand.server.addr()).await.unwrap();
    let (mut second, mut third) = (connect().await, connect().await);
    assert!(!is_refused(&mut second).await && !is_refused(&mut third).await);
    for _ in 0..5 {
        assert!(is_refused(&mut connect().await).await);
    }
    // Those that are open go on, and there is room again once one has ended.
    stand.token(v1::Role::Analyst, "", &[]).await;
    drop(third);
    let until_taken = async {
        while is_refused(&mut connect().await).await {
            tokio::task::yield_now().await;
        }
    };
    let taken = timeout(PATIENCE, until_taken).await;
    taken.expect("its place is free again");
    stand.server.stop().await.unwrap();
}
