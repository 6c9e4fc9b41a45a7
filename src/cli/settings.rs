//! The options by which a server is configured: for `serve`, to look at what it would do, and for
//! what works on its data without it.

use std::path::PathBuf;

use crate::server::Data;
use crate::server::config::{Flag, Layers, Settings};

use super::failure::{Failure, Result};

/// Where the configuration comes from.
#[derive(Debug, clap::Args)]
pub(crate) struct SettingsArgs {
    /// The configuration file; a commented one is deploy/askonce.toml
    #[arg(long, env = "ASKONCE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Where to listen, such as 127.0.0.1:7410; beyond this machine with a certificate only
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// The server's certificate, PEM
    #[arg(long, value_name = "FILE")]
    tls_certificate: Option<String>,
    /// The certificate's private key, PEM
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
    /// Authorities whose certificates clients may show, PEM
    #[arg(long, value_name = "FILE")]
    tls_client_authority: Option<String>,
    /// Where to serve measurements over HTTP, at /metrics, beside /livez and /readyz, such as
    /// 127.0.0.1:9464; to whoever reaches the port
    #[arg(long, value_name = "ADDR")]
    metrics_addr: Option<String>,
    /// What is logged, such as info, or `askonce=debug,warn`
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// How it is logged: text or json
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// Any other key of the configuration, such as `limits.calls_max=100`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// The options that say where data is kept.
#[derive(Debug, clap::Args)]
pub(crate) struct KeptArgs {
    /// The data folder
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// The configuration file of the server, for one that keeps its data in a database
    #[arg(long, env = "ASKONCE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Any other key of the configuration, such as `store=postgres`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl KeptArgs {
    /// Where data is kept. A folder that is named is taken as it is, whatever a configuration says of
    /// another one.
    pub(crate) fn data(&self) -> Result<Data> {
        if let (Some(folder), []) = (&self.data, self.set.as_slice()) {
            return Ok(Data::Embedded(PathBuf::from(folder)));
        }
        let data = self.load()?.kept();
        data.map_err(|faults| Failure::of_faults("it is not clear where data is kept:", &faults))
    }

    /// Every value, from wherever it comes.
    pub(crate) fn load(&self) -> Result<Settings> {
        let data = self.data.iter().map(|text| flag("--data", "data", text));
        let flags = data.map(Ok).chain(self.set.iter().map(|set| set_by(set)));
        Ok(load(self.config.clone(), flags.collect::<Result<_>>()?))
    }
}

fn load(file: Option<PathBuf>, flags: Vec<Flag>) -> Settings {
    let environment = std::env::vars_os().filter_map(|(name, text)| {
        // What is not text is none of ours, or is refused for what is left of it.
        let name = name.into_string().ok()?;
        Some((name, text.to_string_lossy().into_owned()))
    });
    Settings::load(&Layers {
        file,
        environment: environment.collect(),
        flags,
    })
}

fn flag(flag: &str, key: &str, text: &str) -> Flag {
    Flag {
        flag: flag.to_owned(),
        key: key.to_owned(),
        text: text.to_owned(),
    }
}

/// What `--set` sets. What stands there may be a secret, and is not repeated.
fn set_by(set: &str) -> Result<Flag> {
    let (key, text) = set
        .split_once('=')
        .ok_or_else(|| Failure::usage("--set: expected KEY=VALUE, such as log=debug"))?;
    Ok(flag("--set", key.trim(), text.trim()))
}

impl SettingsArgs {
    /// Every value, from wherever it comes.
    pub(crate) fn load(&self) -> Result<Settings> {
        Ok(load(self.config.clone(), self.flags()?))
    }

    fn flags(&self) -> Result<Vec<Flag>> {
        let own = [
            ("--data", "data", &self.data),
            ("--listen", "listen", &self.listen),
            (
                "--tls-certificate",
                "tls.certificate",
                &self.tls_certificate,
            ),
            ("--tls-key", "tls.key", &self.tls_key),
            (
                "--tls-client-authority",
                "tls.client_authority",
                &self.tls_client_authority,
            ),
            ("--metrics-addr", "metrics_addr", &self.metrics_addr),
            ("--log-level", "log", &self.log_level),
            ("--log-format", "log_format", &self.log_format),
        ];
        let given = own
            .into_iter()
            .filter_map(|(name, key, text)| text.as_ref().map(|text| flag(name, key, text)));
        let mut flags: Vec<Flag> = given.collect();
        for set in &self.set {
            flags.push(set_by(set)?);
        }
        Ok(flags)
    }
}
