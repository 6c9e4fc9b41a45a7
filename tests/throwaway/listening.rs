//! A server that others reach over TCP: encrypted, and with a password.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::Ordering;

use super::{Node, done, own};

/// How often another port is tried, since somebody may take one between our finding and our using it.
const PORTS_MAX: u32 = 8;

/// Who may connect to a server that listens: the tests over its socket, all others encrypted and
/// with a password.
const DOORS: &str = "\
local all all trust
hostssl all all all scram-sha-256
";

impl Node {
    /// Starts it again, so that it listens on this machine, too, encrypted with this certificate and
    /// key and to whoever knows a password; where it listens.
    pub(crate) fn listen(&self, certificate: &str, key: &str) -> u16 {
        for (name, text) in [
            ("server.crt", certificate),
            ("server.key", key),
            ("pg_hba.conf", DOORS),
        ] {
            let path = self.data().join(name);
            fs::write(&path, text).expect("its files can be written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("they are ours");
            own(&path);
        }
        let mut stopping = self.tool("pg_ctl");
        done(stopping.arg("-D").arg(self.data()).args(["-w", "stop"]));
        let mut said = String::new();
        for _ in 0..PORTS_MAX {
            let free = TcpListener::bind("127.0.0.1:0").and_then(|found| found.local_addr());
            let port = free.expect("a port is free").port();
            self.port.store(port, Ordering::Relaxed);
            self.configure(&format!(
                "listen_addresses = '127.0.0.1'\nport = {port}\nssl = on"
            ));
            match self.try_start() {
                Ok(()) => return port,
                Err(why) => said = why,
            }
        }
        panic!("it does not start: {said}");
    }
}
