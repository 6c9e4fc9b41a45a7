//! The `askonce` program: it hands over to the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    askonce::cli::run()
}
