//! chromedriver as a process of ours: on a port of its own, in a process group of its own, gone with
//! its browsers when it is dropped, and when this process dies too.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::absent;

/// What the driver prints before its port.
const BEFORE_PORT: &str = "started successfully on port ";

/// How long its browsers may take to end.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(10);

/// The driver beside a process that reads until the end of its input, which comes when we close it or
/// die; then the whole group goes, every browser of the driver with it.
const GUARDED: &str = "chromedriver --port=0 & exec >/dev/null; cat; kill -s KILL -- -$$";

/// A chromedriver that runs.
pub(crate) struct Driver {
    port: u16,
    guard: Child,
    life: Option<ChildStdin>,
    _stdout: BufReader<ChildStdout>,
}

impl Driver {
    /// Starts one; none if it, or the browser, is not installed.
    pub(crate) fn start() -> Option<Self> {
        for program in ["chromedriver", "chromium"] {
            let version = Command::new(program).arg("--version").output();
            if !version.is_ok_and(|output| output.status.success()) {
                absent(program);
                return None;
            }
        }
        let mut guard = Command::new("sh")
            .args(["-c", GUARDED])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(guard.stdout.take().expect("it was asked for"));
        let port = read_port(&mut stdout);
        Some(Self {
            port,
            life: guard.stdin.take(),
            guard,
            _stdout: stdout,
        })
    }

    /// Where it serves.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Has it close every browser and end, and waits until it has.
    fn shut_down(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(SHUTDOWN_DEADLINE))?;
        let request = format!(
            "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
            self.port
        );
        stream.write_all(request.as_bytes())?;
        stream.read_to_end(&mut Vec::new())?;
        Ok(())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // What does not end by itself is killed below.
        let _ = self.shut_down();
        drop(self.life.take());
        let _ = self.guard.wait();
    }
}

fn read_port(stdout: &mut impl BufRead) -> u16 {
    let mut said = String::new();
    loop {
        let mut line = String::new();
        let count = stdout.read_line(&mut line).unwrap();
        assert!(count > 0, "chromedriver ended: {said}");
        said.push_str(&line);
        if let Some((_, port)) = line.split_once(BEFORE_PORT) {
            let port = port.trim_end_matches(['.', '\n']);
            return port.parse().expect("a port is a number");
        }
    }
}
