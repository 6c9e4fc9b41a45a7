//! The real program in processes of its own: one on a folder, or several on one database.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use askonce::grpc::v1;
use askonce::grpc::v1::registry_service_client::RegistryServiceClient;
use askonce::grpc::v1::token_service_client::TokenServiceClient;
use tokio_stream::StreamExt;
use tonic::Request;
use tonic::transport::Channel;

use super::measure::now;

/// The program that is measured.
const PROGRAM: &str = env!("CARGO_BIN_EXE_askonce");

/// Connections that callers share: one a core leaves neither side waiting.
const CHANNELS: usize = 4;

/// Homes of the whole of England's size.
pub(crate) const HOMES: u32 = 15_000;

/// The homes all lie in this council's area but the first, whose form stays as it is.
pub(crate) const AREA: &str = "E10000017";
const FIRST_AREA: &str = "E08000014";

/// Who asks.
pub(crate) const ORGANISATION: &str = "sefton-council";

/// The broker, or several on one database, with the tokens to call it.
pub(crate) struct Broker {
    processes: Vec<Child>,
    channels: Vec<Channel>,
    operator: String,
    manager: String,
    requester: String,
    settings: Vec<String>,
    folder: tempfile::TempDir,
}

/// Who calls.
#[derive(Clone, Copy)]
pub(crate) enum As {
    Manager,
    Requester,
}

impl Broker {
    /// Starts one on a folder of its own and fills its register.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let data = format!("data={}", folder.path().display());
        Self::start_with(1, &[data], folder).await
    }

    /// Starts so many on a database that is empty, and fills its register.
    pub(crate) async fn start_on(url: &str, brokers: usize) -> anyhow::Result<Self> {
        let settings = [
            "store=postgres".to_owned(),
            format!("postgres.url={url}"),
            "postgres.tls=none".to_owned(),
        ];
        Self::start_with(brokers, &settings, tempfile::tempdir()?).await
    }

    async fn start_with(
        brokers: usize,
        settings: &[String],
        folder: tempfile::TempDir,
    ) -> anyhow::Result<Self> {
        let settings: Vec<String> = settings
            .iter()
            .flat_map(|one| ["--set".to_owned(), one.clone()])
            .collect();
        let made = Command::new(PROGRAM)
            .arg("init")
            .args(&settings)
            .stderr(Stdio::inherit())
            .output()?;
        let operator = String::from_utf8(made.stdout)?.trim().to_owned();
        let (mut processes, mut channels) = (Vec::new(), Vec::new());
        for _ in 0..brokers {
            let (process, own) = serve(&settings).await?;
            channels.push(own);
            processes.push(process);
        }
        // Callers take the brokers in turns.
        let channels = (0..CHANNELS * brokers).map(|n| channels[n % brokers][n / brokers].clone());
        let mut broker = Self {
            processes,
            channels: channels.collect(),
            operator,
            manager: String::new(),
            requester: String::new(),
            settings,
            folder,
        };
        broker.fill().await?;
        Ok(broker)
    }

    /// How many there are.
    pub(crate) fn processes(&self) -> usize {
        self.processes.len()
    }

    /// Stops one that is alone, as an operator would, and starts it again; how long it takes until
    /// it serves.
    pub(crate) async fn restart(&mut self) -> anyhow::Result<Duration> {
        let [process] = &mut self.processes[..] else {
            anyhow::bail!("there are several");
        };
        let id = process.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        process.wait()?;
        let begun = now();
        (*process, self.channels) = serve(&self.settings).await?;
        Ok(begun.elapsed())
    }

    /// Memory that one that is alone holds.
    pub(crate) fn resident_bytes(&self) -> anyhow::Result<u64> {
        let [process] = &self.processes[..] else {
            anyhow::bail!("there are several");
        };
        let status = std::fs::read_to_string(format!("/proc/{}/status", process.id()))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = resident.and_then(|told| told.trim().strip_suffix(" kB"));
        let kib: u64 = kib.context("the kernel tells it in kB")?.trim().parse()?;
        Ok(kib * 1024)
    }

    /// What its folder takes on disk.
    pub(crate) fn folder_bytes(&self) -> anyhow::Result<u64> {
        bytes_below(self.folder.path())
    }

    /// The connection that a caller uses.
    pub(crate) fn channel(&self, caller: usize) -> Channel {
        self.channels[caller % self.channels.len()].clone()
    }

    /// A request of somebody's.
    pub(crate) fn request<T>(&self, by: As, message: T) -> Request<T> {
        match by {
            As::Manager => with_bearer(message, &self.manager),
            As::Requester => with_bearer(message, &self.requester),
        }
    }

    async fn fill(&mut self) -> anyhow::Result<()> {
        self.register_organisation().await?;
        self.register_homes().await?;
        let manager = v1::IssueTokenRequest {
            role: v1::Role::Home.into(),
            homes: (0..100).map(|n| format!("homes/{}", home(n))).collect(),
            ..v1::IssueTokenRequest::default()
        };
        self.manager = self.issue(manager).await?;
        let requester = v1::IssueTokenRequest {
            role: v1::Role::Requester.into(),
            organisation: format!("organisations/{ORGANISATION}"),
            ..v1::IssueTokenRequest::default()
        };
        self.requester = self.issue(requester).await?;
        Ok(())
    }

    async fn issue(&self, mut token: v1::IssueTokenRequest) -> anyhow::Result<String> {
        "bench".clone_into(&mut token.label);
        let mut tokens = TokenServiceClient::new(self.channel(0));
        let request = with_bearer(token, &self.operator);
        Ok(tokens.issue_token(request).await?.into_inner().secret)
    }

    async fn register_organisation(&self) -> anyhow::Result<()> {
        let row = v1::OrganisationRow {
            id: ORGANISATION.into(),
            name: "Sefton".into(),
            kind: v1::OrganisationKind::Council.into(),
            ..v1::OrganisationRow::default()
        };
        let rows = [v1::ImportOrganisationsRequest {
            index: 1,
            row: Some(row),
        }];
        let mut registry = RegistryServiceClient::new(self.channel(0));
        let request = with_bearer(tokio_stream::iter(rows), &self.operator);
        let mut results = registry.import_organisations(request).await?.into_inner();
        while results.next().await.transpose()?.is_some() {}
        let grant = v1::GrantPowersRequest {
            organisation: format!("organisations/{ORGANISATION}"),
            powers: Some(v1::Powers {
                areas: vec!["E92000001".into()],
                ..v1::Powers::default()
            }),
            ..v1::GrantPowersRequest::default()
        };
        let request = with_bearer(grant, &self.operator);
        registry.grant_powers(request).await?;
        Ok(())
    }

    async fn register_homes(&self) -> anyhow::Result<()> {
        let rows = (0..HOMES).map(|number| {
            let row = v1::HomeRow {
                cqc_id: home(number),
                name: format!("Home {number}"),
                area_code: if number == 0 { FIRST_AREA } else { AREA }.into(),
                ..v1::HomeRow::default()
            };
            v1::ImportHomesRequest {
                index: number,
                row: Some(row),
            }
        });
        let rows: Vec<_> = rows.collect();
        let mut registry = RegistryServiceClient::new(self.channel(0));
        let request = with_bearer(tokio_stream::iter(rows), &self.operator);
        let mut results = registry.import_homes(request).await?.into_inner();
        while let Some(result) = results.next().await.transpose()? {
            anyhow::ensure!(result.faults.is_empty(), "{:?}", result.faults);
        }
        Ok(())
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Starts the program, and connects to it once it serves.
async fn serve(settings: &[String]) -> anyhow::Result<(Child, Vec<Channel>)> {
    let mut process = Command::new(PROGRAM)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .args(settings)
        .env("ASKONCE_LOG", "warn")
        .stderr(Stdio::piped())
        .spawn()?;
    let channels = connect(&address_in(&mut process)?).await?;
    Ok((process, channels))
}

fn bytes_below(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() {
            bytes_below(&entry.path())?
        } else {
            about.len()
        };
    }
    Ok(bytes)
}

/// The CQC location id of home `number`.
pub(crate) fn home(number: u32) -> String {
    format!("1-{:09}", 100_000_000 + number)
}

/// Connections that callers share.
pub(crate) async fn connect(address: &str) -> anyhow::Result<Vec<Channel>> {
    let mut channels = Vec::new();
    for _ in 0..CHANNELS {
        let endpoint = Channel::from_shared(address.to_owned())?;
        channels.push(endpoint.connect().await?);
    }
    Ok(channels)
}

/// Where a process that was just started says that it serves. What else it says is read, too, so
/// that it never waits for a reader.
pub(crate) fn address_in(process: &mut Child) -> anyhow::Result<String> {
    let stderr = process.stderr.take().context("its log is piped")?;
    let mut lines = BufReader::new(stderr).lines();
    let address = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("serving at ").map(ToOwned::to_owned));
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            eprintln!("{line}");
        }
    });
    address.context("it did not start")
}

fn with_bearer<T>(message: T, secret: &str) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {secret}")
        .parse()
        .expect("a secret is ASCII");
    request.metadata_mut().insert("authorization", bearer);
    request
}
