//! The program itself, run as a person would.

use std::process::{Command, Stdio};

/// What a command did.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

/// Runs a command to its end.
pub(crate) fn askonce<A: AsRef<str>>(arguments: &[A], secret: &str) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_askonce"))
        .args(arguments.iter().map(AsRef::as_ref))
        .env_remove("ASKONCE_TOKEN")
        .env_remove("ASKONCE_SERVER")
        .envs((!secret.is_empty()).then_some(("ASKONCE_TOKEN", secret)))
        .stdin(Stdio::null())
        .output()
        .expect("the program was built for this test");
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
