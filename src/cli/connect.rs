//! The way to a broker: where it is, with which token, and what its refusals mean here.

use std::path::PathBuf;
use std::time::Duration;

use tonic::codec::CompressionEncoding;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request, Status};
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;

use crate::grpc::v1;

use super::failure::{Exit, Failure, Result};
use super::level::Level;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long one answer may take; an import of a whole register is one.
const CALL_TIMEOUT: Duration = Duration::from_secs(300);

/// Largest message taken, in bytes: a page of a thousand long asks.
const MESSAGE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Which broker, and as whom.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ServerArgs {
    /// The broker's address: https, or http on this machine
    #[arg(
        long,
        global = true,
        env = "ASKONCE_SERVER",
        default_value = "http://127.0.0.1:7410",
        value_name = "URL"
    )]
    server: String,
    /// Your token; better in a file or in the environment, where others do not see it
    #[arg(
        long,
        global = true,
        env = "ASKONCE_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        conflicts_with = "token_file"
    )]
    token: Option<String>,
    /// A file that holds your token
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// PEM: the authorities that vouch for the broker, in place of the system's
    #[arg(long, global = true, env = "ASKONCE_CA_CERT", value_name = "FILE")]
    ca_cert: Option<PathBuf>,
    /// PEM: the certificate that you show, then those between it and an authority
    #[arg(
        long,
        global = true,
        env = "ASKONCE_CLIENT_CERT",
        value_name = "FILE",
        requires = "client_key"
    )]
    client_cert: Option<PathBuf>,
    /// PEM: the private key of that certificate
    #[arg(
        long,
        global = true,
        env = "ASKONCE_CLIENT_KEY",
        value_name = "FILE",
        requires = "client_cert"
    )]
    client_key: Option<PathBuf>,
}

/// Sends the token with every call.
#[derive(Clone)]
pub(crate) struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> std::result::Result<Request<()>, Status> {
        if let Some(bearer) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", bearer.clone());
        }
        Ok(request)
    }
}

type Wire = InterceptedService<Level<Channel>, Bearer>;

/// A connected broker.
#[derive(Clone)]
pub(crate) struct Remote {
    wire: Wire,
}

/// Makes a method that gives a service's client.
macro_rules! client {
    ($name:ident, $module:ident, $client:ident) => {
        pub(crate) fn $name(&self) -> v1::$module::$client<Wire> {
            v1::$module::$client::new(self.wire.clone())
                .accept_compressed(CompressionEncoding::Gzip)
                .max_decoding_message_size(MESSAGE_BYTES_MAX)
        }
    };
}

impl Remote {
    client!(asks, ask_service_client, AskServiceClient);
    client!(
        collection,
        collection_service_client,
        CollectionServiceClient
    );
    client!(
        dictionary,
        dictionary_service_client,
        DictionaryServiceClient
    );
    client!(forms, form_service_client, FormServiceClient);
    /// The client of the standard service that says whether the broker is ready.
    pub(crate) fn health(&self) -> HealthClient<Wire> {
        HealthClient::new(self.wire.clone())
    }

    client!(insight, insight_service_client, InsightServiceClient);
    client!(ledger, ledger_service_client, LedgerServiceClient);
    client!(people, people_service_client, PeopleServiceClient);
    client!(registry, registry_service_client, RegistryServiceClient);
    client!(tokens, token_service_client, TokenServiceClient);

    /// Connects to a broker at an address, as the bearer of a token.
    pub(crate) async fn connect(server: &str, token: Option<&str>) -> Result<Self> {
        Self::connect_with(server, token, ClientTlsConfig::new().with_native_roots()).await
    }

    /// As [`Remote::connect`], with what is shown and believed where the connection is encrypted.
    async fn connect_with(server: &str, token: Option<&str>, tls: ClientTlsConfig) -> Result<Self> {
        let bearer = match token {
            None => None,
            Some(token) => Some(header(token)?),
        };
        let endpoint = Endpoint::from_shared(server.to_owned())
            .map_err(|error| Failure::usage(format!("--server {server}: {error}")))?
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT);
        let endpoint = if is_encrypted(&endpoint, server)? {
            endpoint.tls_config(tls).map_err(|error| {
                let why = innermost(&error);
                Failure::usage(format!("--ca-cert, --client-cert or --client-key: {why}"))
            })?
        } else {
            endpoint
        };
        let channel = endpoint.connect().await.map_err(|error| {
            let why = innermost(&error);
            let message = format!("the server at {server} cannot be reached: {why}");
            Failure::new(Exit::Unreachable, message)
        })?;
        Ok(Self {
            wire: InterceptedService::new(Level::new(channel), Bearer(bearer)),
        })
    }
}

impl ServerArgs {
    /// Connects as the arguments say.
    pub(crate) async fn connect(&self) -> Result<Remote> {
        let token = match &self.token_file {
            None => self.token.clone(),
            Some(file) => Some(std::fs::read_to_string(file).map_err(|error| {
                Failure::usage(format!("--token-file {}: {error}", file.display()))
            })?),
        };
        let token = token
            .as_deref()
            .map(str::trim)
            .filter(|token| !token.is_empty());
        Remote::connect_with(&self.server, token, self.tls()?).await
    }

    /// What is shown and believed where the connection is encrypted.
    fn tls(&self) -> Result<ClientTlsConfig> {
        let read = |flag: &str, path: &PathBuf| {
            std::fs::read(path)
                .map_err(|error| Failure::usage(format!("{flag} {}: {error}", path.display())))
        };
        let tls = match &self.ca_cert {
            None => ClientTlsConfig::new().with_native_roots(),
            Some(path) => {
                let authority = read("--ca-cert", path)?;
                ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority))
            }
        };
        let (Some(certificate), Some(key)) = (&self.client_cert, &self.client_key) else {
            return Ok(tls);
        };
        let certificate = read("--client-cert", certificate)?;
        let key = read("--client-key", key)?;
        Ok(tls.identity(Identity::from_pem(certificate, key)))
    }
}

/// Whether the connection is to be encrypted; refuses to send a token where others can read it.
fn is_encrypted(endpoint: &Endpoint, server: &str) -> Result<bool> {
    let uri = endpoint.uri();
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<std::net::IpAddr>();
    let is_loopback = bare == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(true),
        Some("http") if is_loopback => Ok(false),
        _ => Err(Failure::usage(format!(
            "--server {server}: expected https://, or http:// and an address of this machine, such \
             as http://127.0.0.1:7410"
        ))),
    }
}

fn header(token: &str) -> Result<MetadataValue<Ascii>> {
    let mut value: MetadataValue<Ascii> = (format!("Bearer {token}").parse())
        .map_err(|_| Failure::usage("the token holds characters that no token has"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The cause at the bottom of an error, in its own words.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut at = error;
    while let Some(source) = at.source() {
        at = source;
    }
    at.to_string()
}

/// Every fault that a status names: its path, which is empty for the whole, and what is wrong.
pub(crate) fn faults(status: &Status) -> Vec<(String, String)> {
    let bad = status.get_details_bad_request();
    let violations = bad.map(|bad| bad.field_violations).unwrap_or_default();
    violations
        .into_iter()
        .map(|violation| (violation.field, violation.description))
        .collect()
}

/// A fault with its place in words.
pub(crate) fn fault_text((path, message): (String, String)) -> String {
    if path.is_empty() {
        message
    } else {
        format!("{path}: {message}")
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        let (exit, opening) = match status.code() {
            Code::Unauthenticated => {
                let message = "not allowed: give a valid token by --token-file or ASKONCE_TOKEN, or \
                               a certificate that the broker knows by --client-cert";
                return Self::new(Exit::NotAllowed, message);
            }
            Code::PermissionDenied => (Exit::NotAllowed, "not allowed: "),
            Code::Unavailable => (Exit::Unreachable, "the server cannot be reached: "),
            Code::DeadlineExceeded | Code::Cancelled => {
                (Exit::Unreachable, "the server did not answer in time: ")
            }
            Code::Internal | Code::Unknown | Code::DataLoss | Code::Unimplemented => {
                (Exit::Server, "the server failed: ")
            }
            _ => (Exit::Refused, ""),
        };
        let message = match status.message() {
            "" => status.code().description(),
            message => message,
        };
        let mut failure = Self::new(exit, format!("{opening}{message}"));
        failure.reasons = faults(&status).into_iter().map(fault_text).collect();
        // Where there is one fault, the message is that fault.
        failure.reasons.retain(|reason| *reason != message);
        if let Some(retry) = status.get_details_retry_info().and_then(|r| r.retry_delay) {
            let message = format!("nothing was done; try again in {} ms", retry.as_millis());
            failure.reasons.push(message);
        }
        failure
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_types::{ErrorDetails, FieldViolation};

    #[test]
    fn a_refusal_names_every_fault_and_has_its_exit_code() {
        let violations = vec![
            FieldViolation::new("ask.fields[3].label", "too long"),
            FieldViolation::new("", "is not whole"),
        ];
        let details = ErrorDetails::with_bad_request(violations);
        let status = Status::with_error_details(Code::InvalidArgument, "2 faults", details);
        let failure = Failure::from(status);
        assert_eq!(failure.exit, Exit::Refused);
        assert_eq!(failure.headline, "2 faults");
        assert_eq!(
            failure.reasons,
            ["ask.fields[3].label: too long", "is not whole"]
        );
        let exit = |status: Status| Failure::from(status).exit;
        assert_eq!(exit(Status::permission_denied("x")), Exit::NotAllowed);
        assert_eq!(exit(Status::unavailable("x")), Exit::Unreachable);
        assert_eq!(exit(Status::internal("x")), Exit::Server);
    }

    #[test]
    fn a_token_leaves_this_machine_encrypted_only() {
        for (server, encrypted) in [
            ("http://127.0.0.1:7410", Some(false)),
            ("http://localhost:7410", Some(false)),
            ("http://[::1]:7410", Some(false)),
            ("http://10.0.0.5:7410", None),
            ("http://example.org", None),
            ("https://127.0.0.1:7410", Some(true)),
            ("https://example.org", Some(true)),
            ("ftp://127.0.0.1", None),
        ] {
            let endpoint = Endpoint::from_shared(server.to_owned()).unwrap();
            assert_eq!(is_encrypted(&endpoint, server).ok(), encrypted, "{server}");
        }
    }
}
