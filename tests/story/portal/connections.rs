//! Connections of browsers: none holds up a stop, and none is unbounded.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::site::{PATIENCE, Site};
use crate::transport::authority::{Authority, Files};

const REQUEST: &[u8] = b"GET /sign-in HTTP/1.1\r\nhost: localhost\r\n\r\n";

fn address(site: &Site) -> SocketAddr {
    site.world.server.portal_addr().unwrap()
}

/// Reads until the page has come as a whole.
async fn read_page(stream: &mut TcpStream) {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains("</html>") {
        assert_ne!(
            stream.read_buf(&mut read).await.unwrap(),
            0,
            "it ended before"
        );
    }
}

async fn is_closed(mut stream: TcpStream) {
    let mut rest = Vec::new();
    let closed = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    let _it_may_be_reset = closed.expect("the connection is closed");
}

/// What a browser speaks, and what is agreed on.
type Spoken<'a> = (&'a [&'a [u8]], Option<&'a [u8]>);

#[tokio::test]
async fn neither_a_silent_nor_an_idle_browser_holds_up_the_stop() {
    // Were either waited for, it would be for an hour.
    let site = Site::with(|options| options.drain_deadline = Duration::from_secs(3_600)).await;
    let silent = TcpStream::connect(address(&site)).await.unwrap();
    let mut idle = TcpStream::connect(address(&site)).await.unwrap();
    idle.write_all(REQUEST).await.unwrap();
    // Once it has its page the server knows of both.
    read_page(&mut idle).await;
    timeout(PATIENCE, site.world.stop())
        .await
        .expect("it stops");
    is_closed(silent).await;
    is_closed(idle).await;
}

#[tokio::test]
async fn a_browser_in_the_middle_of_a_word_is_cut_at_the_drain_deadline() {
    let site = Site::with(|options| options.drain_deadline = Duration::from_millis(100)).await;
    let mut slow = TcpStream::connect(address(&site)).await.unwrap();
    slow.write_all(REQUEST).await.unwrap();
    read_page(&mut slow).await;
    slow.write_all(b"GET /sign-in HTTP/1.1\r\nho")
        .await
        .unwrap();
    timeout(PATIENCE, site.world.stop())
        .await
        .expect("it stops");
    is_closed(slow).await;
}

#[tokio::test]
async fn a_browser_that_says_nothing_at_first_is_closed() {
    let site = Site::with(|options| options.silence_deadline = Duration::from_millis(50)).await;
    is_closed(TcpStream::connect(address(&site)).await.unwrap()).await;
}

#[tokio::test]
async fn an_address_has_so_many_browsers_at_once() {
    let site = Site::with(|options| options.connections_per_address_max = 2).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut open = TcpStream::connect(address(&site)).await.unwrap();
        open.write_all(REQUEST).await.unwrap();
        read_page(&mut open).await;
        held.push(open);
    }
    is_closed(TcpStream::connect(address(&site)).await.unwrap()).await;
    held[0].write_all(REQUEST).await.unwrap();
    read_page(&mut held[0]).await;
}

#[tokio::test]
async fn pages_in_plain_text_stay_on_this_machine_unless_a_proxy_encrypts() {
    use askonce::server::{Data, Mail, Options, PortalOptions, Server};

    for (allow_plaintext, is_served) in [(false, false), (true, true)] {
        let mut portal = PortalOptions::new(([0, 0, 0, 0], 0).into(), Mail::Nowhere);
        portal.allow_plaintext = allow_plaintext;
        let mut options = Options::new(Data::Memory);
        options.portal = Some(portal);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let started = Server::start(options, listener).await;
        match started {
            Ok(server) => {
                assert!(is_served);
                server.stop().await.unwrap();
            }
            Err(error) => {
                assert!(
                    !is_served && error.to_string().contains("portal.tls_certificate"),
                    "{error:#}"
                );
            }
        }
    }
}

#[tokio::test]
async fn encrypted_pages_speak_what_the_browser_speaks_and_follow_their_files() {
    let (authority, next) = (Authority::new(), Authority::new());
    let files = Files::new(&authority.server());
    let site = Site::with(|options| {
        options.access.pages_tls = Some(files.tls());
        options.reload_interval = Duration::from_secs(3_600);
    });
    let site = site.await;
    assert!(
        site.url.starts_with("http://"),
        "the test's own name for it"
    );
    let table: [Spoken<'_>; 3] = [
        (&[b"h2", b"http/1.1"], Some(b"h2")),
        (&[b"http/1.1"], Some(b"http/1.1")),
        (&[], None),
    ];
    for (spoken, agreed) in table {
        let wire = authority.shaken_for(address(&site), spoken).await;
        assert_eq!(wire.get_ref().1.alpn_protocol(), agreed);
    }
    let mut wire = authority.shaken_for(address(&site), &[b"http/1.1"]).await;
    let close = "GET /sign-in HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    wire.write_all(close.as_bytes()).await.unwrap();
    let mut page = Vec::new();
    wire.read_to_end(&mut page).await.unwrap();
    let page = String::from_utf8(page).unwrap();
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(
        page.contains("strict-transport-security: max-age=31536000"),
        "{page}"
    );
    files.replace(&next.server());
    let anew = site.world.server.reload().unwrap();
    assert_eq!(anew, ["certificates of the pages"]);
    next.shaken_for(address(&site), &[b"h2"]).await;
}
