//! Clients that are commands: each call is one, which learns our types by reflection alone.

use std::io::{BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use data_encoding::BASE64_NOPAD;
use serde_json::{Value as Json, json};

use super::{Call, Foreign, Outcome, Refusal, absent};

/// A command, and how it is told of a call and tells of a refusal.
pub(super) struct Shell {
    address: String,
    command: fn(&str, &Call<'_>) -> Command,
    refusal: fn(&str, i32) -> Refusal,
}

impl Shell {
    /// `buf curl`.
    pub(super) fn buf_curl(address: String) -> Option<Self> {
        is_there("buf")?;
        Some(Self {
            address,
            command: |address, call| {
                let mut command = Command::new("buf");
                command
                    .args(["curl", "--protocol", "grpc", "--data", "@-", "--header"])
                    .arg(format!("authorization: Bearer {}", call.secret))
                    .arg(format!("http://{address}/askonce.v1.{}", call.method));
                command
            },
            refusal: buf_refusal,
        })
    }

    /// `grpcurl`.
    pub(super) fn grpcurl(address: String) -> Option<Self> {
        is_there("grpcurl")?;
        Some(Self {
            address,
            command: |address, call| {
                let mut command = Command::new("grpcurl");
                command
                    .args(["-plaintext", "-format-error", "-d", "@", "-H"])
                    .arg(format!("authorization: Bearer {}", call.secret))
                    .arg(address)
                    .arg(format!("askonce.v1.{}", call.method));
                command
            },
            refusal: |said, _| serde_json::from_str(said).expect(said),
        })
    }
}

impl Foreign for Shell {
    fn carry_out(&mut self, call: &Call<'_>) -> Outcome {
        let mut child = (self.command)(&self.address, call)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut requests = child.stdin.take().expect("it was asked for");
        for request in &call.requests {
            writeln!(requests, "{request}").unwrap();
        }
        drop(requests);
        let said = BufReader::new(child.stdout.take().expect("it was asked for"));
        let said = serde_json::Deserializer::from_reader(said).into_iter::<Json>();
        let enough = if call.take == 0 {
            usize::MAX
        } else {
            call.take
        };
        let messages: Vec<Json> = said.take(enough).map(Result::unwrap).collect();
        if messages.len() == enough {
            child.kill().unwrap();
            child.wait().unwrap();
            return Outcome {
                messages,
                refusal: None,
            };
        }
        let mut complaint = String::new();
        let mut stderr = child.stderr.take().expect("it was asked for");
        stderr.read_to_string(&mut complaint).unwrap();
        let exit_code = child.wait().unwrap().code().expect("nobody killed it");
        Outcome {
            messages,
            refusal: (exit_code != 0).then(|| (self.refusal)(&complaint, exit_code)),
        }
    }
}

/// What `buf curl` says of a refusal: the code in its exit code, the details still encoded.
fn buf_refusal(said: &str, exit_code: i32) -> Refusal {
    let said: Json = serde_json::from_str(said).expect(said);
    let descriptors = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&descriptors, tonic_types::pb::FILE_DESCRIPTOR_SET).unwrap();
    let details = said["details"].as_array().expect("a refusal has details");
    let decode = |detail| buf_decoded(descriptors.path(), detail);
    Refusal {
        code: exit_code >> 3,
        message: said["message"].as_str().unwrap_or_default().to_owned(),
        details: details.iter().map(decode).collect(),
    }
}

/// A detail decoded by `buf convert`, since `buf curl` itself leaves it as it came.
fn buf_decoded(descriptors: &Path, detail: &Json) -> Json {
    let kind = detail["type"].as_str().expect("a detail has a type");
    let value = detail["value"].as_str().expect("a detail has a value");
    let mut child = Command::new("buf")
        .arg("convert")
        .arg(format!("{}#format=binpb", descriptors.display()))
        .args(["--type", kind])
        .args(["--from", "-#format=binpb", "--to", "-#format=json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let value = BASE64_NOPAD.decode(value.as_bytes()).unwrap();
    let mut stdin = child.stdin.take().expect("it was asked for");
    stdin.write_all(&value).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let mut decoded: Json = serde_json::from_slice(&output.stdout).expect("buf decodes a detail");
    decoded["@type"] = json!(format!("type.googleapis.com/{kind}"));
    decoded
}

/// Whether a command is installed.
fn is_there(program: &str) -> Option<()> {
    let probe = Command::new(program).arg("--version").output();
    if probe.is_ok_and(|output| output.status.success()) {
        return Some(());
    }
    absent(program);
    None
}
