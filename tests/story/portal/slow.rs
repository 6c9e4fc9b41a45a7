//! A request that is on its way for as long as the story wants.

use std::fmt::Write;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::site::{PATIENCE, Site};

/// What the site says once it waits for what a request holds.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A post whose fields are still to come.
pub(crate) struct Slow {
    stream: TcpStream,
    body: String,
}

impl Slow {
    /// Begins a post; the site knows whose it is, and waits for its fields.
    pub(crate) async fn begin(
        site: &Site,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Self {
        let address = site.world.server.portal_addr().unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nexpect: 100-continue\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut read = [0; CONTINUE.len()];
        let waits = timeout(PATIENCE, stream.read_exact(&mut read)).await;
        waits.expect("the site waits for the rest").unwrap();
        assert_eq!(read, CONTINUE, "{}", String::from_utf8_lossy(&read));
        Self {
            stream,
            body: body.to_owned(),
        }
    }

    /// Sends the fields; the whole response.
    pub(crate) async fn end(mut self) -> String {
        self.stream.write_all(self.body.as_bytes()).await.unwrap();
        let mut response = String::new();
        let read = timeout(PATIENCE, self.stream.read_to_string(&mut response)).await;
        read.expect("it is answered").unwrap();
        response
    }
}
