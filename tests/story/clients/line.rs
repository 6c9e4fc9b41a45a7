//! Clients that are libraries: a small driver in their own language, which carries out a call a
//! line.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tempfile::TempDir;

use super::{Call, Foreign, Outcome, absent};

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// A driver that runs: reads a [`Call`] a line as JSON, and writes its [`Outcome`] as a line.
pub(super) struct Line {
    child: Child,
    requests: Option<ChildStdin>,
    outcomes: BufReader<ChildStdout>,
    _work: TempDir,
}

impl Line {
    /// Python's grpcio, its types made from our proto by grpcio-tools.
    pub(super) fn grpcio(address: String) -> Option<Self> {
        let needed = "import grpc, grpc_status, grpc_tools.protoc";
        is_there("python3", &["-c", needed])
            .or_else(|| no("Python with grpcio, grpcio-status and grpcio-tools"))?;
        let work = tempfile::tempdir().unwrap();
        let mut command = Command::new("python3");
        command
            .arg(format!("{PROJECT}/tests/story/clients/grpcio.py"))
            .arg(format!("{PROJECT}/proto"))
            .arg(work.path())
            .arg(address);
        Some(Self::start(command, work))
    }

    /// grpc-js of Node, its types read from our proto by proto-loader.
    pub(super) fn grpc_js(address: String) -> Option<Self> {
        let needed = "require('@grpc/grpc-js'); require('@grpc/proto-loader')";
        is_there("node", &["-e", needed])
            .or_else(|| no("Node with @grpc/grpc-js and @grpc/proto-loader"))?;
        let work = tempfile::tempdir().unwrap();
        let descriptors = work.path().join("rpc.binpb");
        std::fs::write(&descriptors, tonic_types::pb::FILE_DESCRIPTOR_SET).unwrap();
        let mut command = Command::new("node");
        command
            .arg(format!("{PROJECT}/tests/story/clients/grpc_js.js"))
            .arg(format!("{PROJECT}/proto"))
            .arg(descriptors)
            .arg(address);
        Some(Self::start(command, work))
    }

    fn start(mut command: Command, work: TempDir) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let outcomes = child.stdout.take().expect("it was asked for");
        Self {
            requests: child.stdin.take(),
            outcomes: BufReader::new(outcomes),
            child,
            _work: work,
        }
    }
}

impl Foreign for Line {
    fn carry_out(&mut self, call: &Call<'_>) -> Outcome {
        let requests = self.requests.as_mut().expect("it is open until the end");
        let line = serde_json::to_string(call).unwrap();
        writeln!(requests, "{line}").expect("the driver runs; see what it printed");
        let mut said = String::new();
        self.outcomes.read_line(&mut said).unwrap();
        let outcome = serde_json::from_str(&said);
        outcome.unwrap_or_else(|error| panic!("{}: {error}: {said:?}", call.method))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // At the end of its input the driver ends by itself; one that does not is of no use either.
        drop(self.requests.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a command succeeds where the drivers stand, so that what is installed there is found.
fn is_there(program: &str, arguments: &[&str]) -> Option<()> {
    let folder = format!("{PROJECT}/tests/story/clients");
    let probe = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output();
    probe
        .is_ok_and(|output| output.status.success())
        .then_some(())
}

fn no(what: &str) -> Option<()> {
    absent(what);
    None
}
