//! A mail server for stories: it takes letters, or does not, and remembers what was said to it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::site::PATIENCE;
use crate::transport::authority::Pair;

/// How the server behaves.
#[derive(Clone, Default)]
pub(crate) struct Manner {
    /// Encrypts when it is asked to.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// Says that it cannot now to so many letters first.
    pub(crate) busy_for: usize,
    /// Takes nothing for this address, ever.
    pub(crate) refused: Option<&'static str>,
}

/// A mail server.
pub(crate) struct MailServer {
    pub(crate) address: SocketAddr,
    letters: mpsc::UnboundedReceiver<String>,
    said: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (taken, letters) = mpsc::unbounded_channel();
        let said = Arc::new(Mutex::new(Vec::new()));
        let talk = Talk {
            busy_for: Arc::new(Mutex::new(manner.busy_for)),
            manner,
            taken,
            said: Arc::clone(&said),
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let talk = talk.clone();
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    if talk.greet(&mut stream).await && talk.converse(&mut stream, true).await {
                        let config = talk.manner.tls.clone().unwrap();
                        let accepted = TlsAcceptor::from(config).accept(stream.into_inner()).await;
                        if let Ok(stream) = accepted {
                            talk.converse(&mut BufReader::new(stream), false).await;
                        }
                    }
                });
            }
        });
        Self {
            address,
            letters,
            said,
        }
    }

    /// The next letter that it takes, head and body.
    pub(crate) async fn letter(&mut self) -> String {
        let letter = timeout(PATIENCE, self.letters.recv()).await;
        letter.expect("a letter comes").expect("the server runs")
    }

    /// What was said to it, the letters left out.
    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }
}

/// How a server with a certificate encrypts.
pub(crate) fn encryption(pair: &Pair) -> Arc<ServerConfig> {
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let chain = CertificateDer::pem_slice_iter(pair.certificate.as_bytes());
    let chain = chain.map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key);
    Arc::new(config.unwrap())
}

#[derive(Clone)]
struct Talk {
    manner: Manner,
    busy_for: Arc<Mutex<usize>>,
    taken: mpsc::UnboundedSender<String>,
    said: Arc<Mutex<Vec<String>>>,
}

impl Talk {
    async fn greet(&self, stream: &mut (impl AsyncWrite + Unpin)) -> bool {
        stream
            .write_all(b"220 mail.example ready\r\n")
            .await
            .is_ok()
    }

    /// Answers line by line; true once it is to be encrypted.
    async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
        is_plain: bool,
    ) -> bool {
        while let Some(line) = line(stream).await {
            self.said.lock().unwrap().push(line.clone());
            let command = line
                .split([' ', ':'])
                .next()
                .unwrap_or_default()
                .to_uppercase();
            let answer = match command.as_str() {
                "EHLO" if is_plain && self.manner.tls.is_some() => {
                    "250-mail.example\r\n250-8BITMIME\r\n250 STARTTLS"
                }
                "EHLO" => "250-mail.example\r\n250-8BITMIME\r\n250 AUTH PLAIN",
                "STARTTLS" => "220 go ahead",
                "AUTH" => "235 welcome",
                "RCPT" if self.is_refused(&line) => "550 nobody has that address",
                "RCPT" if self.is_busy() => "451 come back",
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "250 well",
            };
            if stream
                .write_all(format!("{answer}\r\n").as_bytes())
                .await
                .is_err()
            {
                return false;
            }
            match command.as_str() {
                "STARTTLS" => return true,
                "QUIT" => return false,
                "DATA" => {
                    let mut letter = String::new();
                    while let Some(line) = self::line(stream).await.filter(|line| line != ".") {
                        letter.push_str(&line);
                        letter.push('\n');
                    }
                    let _nobody_may_read = self.taken.send(letter);
                    let _it_may_be_gone = stream.write_all(b"250 taken\r\n").await;
                }
                _ => {}
            }
        }
        false
    }

    fn is_refused(&self, line: &str) -> bool {
        self.manner.refused.is_some_and(|own| line.contains(own))
    }

    fn is_busy(&self) -> bool {
        let mut left = self.busy_for.lock().unwrap();
        let is_busy = *left > 0;
        *left = left.saturating_sub(1);
        is_busy
    }
}

async fn line(stream: &mut (impl AsyncBufReadExt + Unpin)) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}
