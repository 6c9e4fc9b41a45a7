//! From settings to where traces go.

use tonic::codegen::http::Uri;

use super::layers::Settings;
use super::value;
use crate::domain::fault::Faults;
use crate::server::tls;

/// Where traces are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traces {
    /// The address of what takes OTLP over gRPC.
    pub endpoint: String,
    /// Of a thousand calls that nobody traces yet, how many are traced.
    pub per_mille: u32,
    /// Authorities that vouch for it, in PEM; those of this machine if none.
    pub ca_cert: Option<Vec<u8>>,
}

impl Settings {
    /// Where traces are sent; none if they are not.
    pub(super) fn traces(&self, faults: &mut Faults) -> Option<Traces> {
        let Some(endpoint) = self.text("traces.endpoint") else {
            if self.text("traces.ca_cert").is_some() {
                faults.add("traces.ca_cert", "says nothing without `traces.endpoint`");
            }
            return None;
        };
        if !cfg!(feature = "otlp") {
            let message = "cannot be: this program was built without the feature `otlp`; build it \
                           with `--features otlp`, or leave the key out";
            faults.add("traces.endpoint", message);
        }
        let scheme = scheme(endpoint);
        if scheme.is_none() {
            let message = "expected such as http://127.0.0.1:4317 or https://collector.example:4317, \
                           without a path or a user";
            faults.add("traces.endpoint", message);
        }
        let ca_cert = self.text("traces.ca_cert").map(|path| {
            let pem = self.read(path)?;
            tls::certificates(&pem)?;
            Ok(pem)
        });
        let ca_cert = faults.take("traces.ca_cert", ca_cert.transpose())?;
        if scheme == Some(Scheme::Http) && ca_cert.is_some() {
            let message = "says nothing where `traces.endpoint` begins with http://";
            faults.add("traces.ca_cert", message);
        }
        let per_mille = self.text("traces.per_mille").unwrap_or_default();
        Some(Traces {
            endpoint: endpoint.to_owned(),
            per_mille: value::per_mille(per_mille).unwrap_or(0),
            ca_cert,
        })
    }
}

/// Whether the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

/// How an address is reached; none if it is no bare one.
fn scheme(endpoint: &str) -> Option<Scheme> {
    let uri: Uri = endpoint.parse().ok()?;
    let authority = uri.authority()?;
    let is_bare = !authority.as_str().contains('@') && !authority.host().is_empty();
    let is_bare = is_bare && uri.path().trim_matches('/').is_empty() && uri.query().is_none();
    match uri.scheme_str() {
        Some("http") if is_bare => Some(Scheme::Http),
        Some("https") if is_bare => Some(Scheme::Https),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Flag, Layers};
    use super::*;

    /// What these settings come to, beside what has nothing to do with traces.
    fn traces(said: &[(&str, &str)]) -> Result<Option<Traces>, Vec<String>> {
        let flag = |(key, text): &(&str, &str)| Flag {
            flag: "--set".into(),
            key: (*key).into(),
            text: (*text).into(),
        };
        let layers = Layers {
            flags: said.iter().map(flag).collect(),
            ..Layers::default()
        };
        let settings = Settings::load(&layers);
        let mut faults = settings.faults.clone();
        let traces = settings.traces(&mut faults);
        let said: Vec<_> = faults.iter().map(ToString::to_string).collect();
        if said.is_empty() {
            Ok(traces)
        } else {
            Err(said)
        }
    }

    #[test]
    fn traces_go_where_it_is_said_by_a_program_that_can_send_them() {
        assert_eq!(traces(&[]), Ok(None));
        let endpoint = "https://collector.example:4317";
        let said = traces(&[("traces.endpoint", endpoint)]);
        if cfg!(feature = "otlp") {
            let expected = Traces {
                endpoint: endpoint.to_owned(),
                per_mille: 100,
                ca_cert: None,
            };
            assert_eq!(said, Ok(Some(expected)));
        } else {
            let said = said.unwrap_err();
            assert!(said[0].contains("without the feature `otlp`"), "{said:?}");
        }
    }

    #[test]
    fn what_is_wrong_with_them_is_said() {
        let bare = "traces.endpoint: expected such as http://";
        let (http, https) = ("http://127.0.0.1:4317", "https://127.0.0.1:4317");
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let table = [
            (vec![("traces.endpoint", "collector:4317")], bare),
            (vec![("traces.endpoint", "grpc://collector:4317")], bare),
            (vec![("traces.endpoint", "http://me@collector:4317")], bare),
            (
                vec![("traces.endpoint", "http://collector/v1/traces")],
                bare,
            ),
            (vec![("traces.endpoint", "http://collector/?key=x")], bare),
            (
                vec![("traces.endpoint", "http://me:hunter2@collector:4317")],
                "traces.endpoint: holds what looks like a secret",
            ),
            (
                vec![("traces.endpoint", http), ("traces.per_mille", "1001")],
                "traces.per_mille: 1001 is no share",
            ),
            (
                vec![("traces.ca_cert", "/nowhere.pem")],
                "traces.ca_cert: says nothing without `traces.endpoint`",
            ),
            (
                vec![
                    ("traces.endpoint", https),
                    ("traces.ca_cert", "/nowhere.pem"),
                ],
                "traces.ca_cert: /nowhere.pem cannot be read",
            ),
            (
                vec![("traces.endpoint", https), ("traces.ca_cert", here)],
                "traces.ca_cert: holds no certificate",
            ),
        ];
        for (said, expected) in table {
            let faults = traces(&said).unwrap_err();
            let is_said = faults.iter().any(|fault| fault.starts_with(expected));
            assert!(is_said, "{said:?}: {faults:#?}");
            assert!(!format!("{faults:?}").contains("hunter2"));
        }
    }
}
