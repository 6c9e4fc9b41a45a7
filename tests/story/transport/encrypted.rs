//! Connections: encrypted, reloaded, and none that stalls the others.

use std::time::Duration;

use askonce::domain::access::{Grant, Role};
use askonce::server::{Data, Options, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tonic::Code;
use tonic::transport::Channel;

use super::authority::{Authority, Files};
use super::{Site, call, outcome};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(30);

/// A site with a certificate, its authority and an operator's secret.
async fn encrypted(change: impl FnOnce(&mut Options)) -> (Site, Authority, Files, String) {
    let authority = Authority::new();
    let files = Files::new(&authority.server());
    let site = Site::new(|options| {
        options.access.tls = Some(files.tls());
        change(options);
    })
    .await;
    let secret = site.secret(Grant::unbound(Role::Operator)).await;
    (site, authority, files, secret)
}

#[tokio::test]
async fn an_encrypted_call_is_answered_and_nothing_else_is() {
    let (site, authority, _files, secret) = encrypted(|_| {}).await;
    let channel = site.encrypted(&authority, None).await.unwrap();
    assert_eq!(outcome(&channel, &secret).await, Code::Ok);
    assert_eq!(outcome(&channel, "").await, Code::Unauthenticated);
    let stranger = Authority::new();
    assert!(site.encrypted(&stranger, None).await.is_err());
    let plain = Channel::from_shared(format!("http://{}", site.server.addr())).unwrap();
    let refused = match plain.connect().await {
        Ok(channel) => call(&channel, &secret).await.is_err(),
        Err(_) => true,
    };
    assert!(refused, "plain text is answered where TLS is spoken");
    site.server.stop().await.unwrap();
}

#[tokio::test]
async fn beyond_this_machine_connections_are_encrypted_or_there_are_none() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = Server::start(Options::new(Data::Memory), listener).await;
    let why = refused.err().unwrap().to_string();
    assert!(
        why.contains("not loopback") && why.contains("tls.certificate"),
        "{why}"
    );
    let files = Files::new(&Authority::new().server());
    let mut options = Options::new(Data::Memory);
    options.access.tls = Some(files.tls());
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    Server::start(options, listener)
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_key_of_another_certificate_stops_the_start_and_is_named() {
    let authority = Authority::new();
    let files = Files::new(&authority.server());
    files.write("server.key", &authority.server().key);
    let mut options = Options::new(Data::Memory);
    options.access.tls = Some(files.tls());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = Server::start(options.clone(), listener)
        .await
        .err()
        .unwrap();
    assert!(
        format!("{refused:#}").contains("tls.key: is not the key"),
        "{refused:#}"
    );
    // A key where the certificate belongs is not quoted.
    let key = authority.server().key;
    files.write("server.pem", &key);
    let faults = options.access.check().unwrap_err().to_string();
    assert!(
        faults.contains("tls.certificate: holds no certificate"),
        "{faults}"
    );
    assert!(key.lines().all(|line| !faults.contains(line)), "{faults}");
}

#[tokio::test]
async fn a_new_certificate_is_for_new_connections_and_old_ones_go_on() {
    let (site, old, files, secret) = encrypted(|_| {}).await;
    let before = site.encrypted(&old, None).await.unwrap();
    assert_eq!(outcome(&before, &secret).await, Code::Ok);
    assert_eq!(site.server.reload().unwrap(), Vec::<&str>::new());
    // Half of a new pair changes nothing, and is told once.
    let new = Authority::new();
    let pair = new.server();
    files.write("server.pem", &pair.certificate);
    assert!(
        site.server
            .reload()
            .unwrap_err()
            .to_string()
            .contains("tls.key")
    );
    assert_eq!(site.server.reload().unwrap(), Vec::<&str>::new());
    assert!(site.encrypted(&old, None).await.is_ok());
    files.write("server.key", &pair.key);
    assert_eq!(site.server.reload().unwrap(), ["certificates"]);
    assert!(site.encrypted(&old, None).await.is_err());
    let after = site.encrypted(&new, None).await.unwrap();
    assert_eq!(outcome(&after, &secret).await, Code::Ok);
    assert_eq!(outcome(&before, &secret).await, Code::Ok);
    // A file that is gone for a moment is no change either.
    std::fs::remove_file(files.path("server.key")).unwrap();
    assert!(site.server.reload().is_err());
    assert_eq!(site.server.reload().unwrap(), Vec::<&str>::new());
    assert!(site.encrypted(&new, None).await.is_ok());
}

#[tokio::test]
async fn files_that_change_are_noticed_without_being_told() {
    let change = |options: &mut Options| options.reload_interval = Duration::from_millis(20);
    let (site, _old, files, secret) = encrypted(change).await;
    let new = Authority::new();
    files.replace(&new.server());
    let noticed = timeout(LONG, async {
        loop {
            if let Ok(channel) = site.encrypted(&new, None).await {
                return outcome(&channel, &secret).await;
            }
        }
    });
    assert_eq!(noticed.await.expect("the change is noticed"), Code::Ok);
}

#[tokio::test]
async fn a_silent_handshake_holds_up_neither_others_nor_the_stop() {
    let (site, authority, _files, secret) = encrypted(|_| {}).await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(site.server.addr()).await.unwrap());
    }
    // One that began, and says no more.
    let mut begun = TcpStream::connect(site.server.addr()).await.unwrap();
    begun
        .write_all(&[0x16, 0x03, 0x01, 0x02, 0x00])
        .await
        .unwrap();
    let channel = timeout(LONG, site.encrypted(&authority, None)).await;
    let channel = channel.expect("others are served").unwrap();
    assert_eq!(outcome(&channel, &secret).await, Code::Ok);
    drop(channel);
    // Far sooner than the drain deadline: handshakes are not waited for.
    let stopped = timeout(Duration::from_secs(10), site.server.stop()).await;
    stopped
        .expect("the stop does not wait for a handshake")
        .unwrap();
    for mut stream in silent.into_iter().chain([begun]) {
        let mut rest = Vec::new();
        let closed = timeout(LONG, stream.read_to_end(&mut rest)).await;
        let _ = closed.expect("the connection is closed");
    }
}

#[tokio::test]
async fn a_handshake_that_takes_too_long_is_closed() {
    let change = |options: &mut Options| options.handshake_deadline = Duration::from_millis(100);
    let (site, _authority, _files, _secret) = encrypted(change).await;
    let mut slow = TcpStream::connect(site.server.addr()).await.unwrap();
    slow.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00])
        .await
        .unwrap();
    let mut rest = Vec::new();
    let closed = timeout(LONG, slow.read_to_end(&mut rest)).await;
    let _ = closed.expect("the connection is closed");
}

#[tokio::test]
async fn a_connection_that_is_silent_after_its_handshake_is_closed() {
    let change = |options: &mut Options| options.silence_deadline = Duration::from_millis(100);
    let (site, authority, _files, _secret) = encrypted(change).await;
    let mut wire = authority.shaken(site.server.addr()).await;
    let mut rest = Vec::new();
    let closed = timeout(LONG, wire.read_to_end(&mut rest)).await;
    let _ = closed.expect("the connection is closed");
}
