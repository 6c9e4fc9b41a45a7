//! The options by which a server is configured: for `serve`, and to look at what it would do.

use std::path::PathBuf;

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

impl SettingsArgs {
    /// Every value, from wherever it comes.
    pub(crate) fn load(&self) -> Result<Settings> {
        let environment = std::env::vars_os().filter_map(|(name, text)| {
            // What is not text is none of ours, or is refused for what is left of it.
            let name = name.into_string().ok()?;
            Some((name, text.to_string_lossy().into_owned()))
        });
        Ok(Settings::load(&Layers {
            file: self.config.clone(),
            environment: environment.collect(),
            flags: self.flags()?,
        }))
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
        let flag = |flag: &str, key: &str, text: &str| Flag {
            flag: flag.to_owned(),
            key: key.to_owned(),
            text: text.to_owned(),
        };
        let given = own
            .into_iter()
            .filter_map(|(name, key, text)| text.as_ref().map(|text| flag(name, key, text)));
        let mut flags: Vec<Flag> = given.collect();
        for set in &self.set {
            // What stands there may be a secret, and is not repeated.
            let (key, text) = set
                .split_once('=')
                .ok_or_else(|| Failure::usage("--set: expected KEY=VALUE, such as log=debug"))?;
            flags.push(flag("--set", key.trim(), text.trim()));
        }
        Ok(flags)
    }
}
