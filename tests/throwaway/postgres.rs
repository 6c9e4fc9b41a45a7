//! A PostgreSQL server to be thrown away: on a socket in a folder of its own, durable as a real
//! one, gone when the process of the tests is, however that ends.
//!
//! Included by `#[path]`; what one test binary leaves unused another uses.

pub(crate) mod held;
mod listening;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};

/// Who owns everything in it.
const USER: &str = "askonce";

/// Where Debian keeps each version.
const INSTALLED: &str = "/usr/lib/postgresql";

/// Under which a server's socket is found, if it listens to nothing else.
const PORT: u16 = 5432;

/// Where a pooler listens, beside the server.
const POOLER_PORT: u16 = 6432;

/// As whom it runs where the tests run as root, which it refuses.
const UNPRIVILEGED: [&str; 6] = [
    "setpriv",
    "--reuid",
    "nobody",
    "--regid",
    "nogroup",
    "--clear-groups",
];

/// What every server is told. Small, but as durable as one that matters.
const SETTINGS: &str = "\
listen_addresses = ''
fsync = on
synchronous_commit = on
shared_buffers = 32MB
max_connections = 300
max_wal_size = 256MB
timezone = 'UTC'
log_min_messages = warning
";

/// Waits until its input ends, which it does when whoever holds the other end dies; then stops
/// every server below the folder, and removes it.
const KEEPER: &str = r#"
trap '' HUP INT TERM
cat >/dev/null
for pid in "$2"/*/pooler.pid; do
  [ -f "$pid" ] && kill -KILL "$(cat "$pid")"
done
for data in "$2"/*/data; do
  "$1/pg_ctl" -D "$data" -m immediate -t 20 stop
done
rm -rf "$2" || rm -rf "$2"
"#;

/// A server, and those made from it; stopped and removed when dropped, or when this process ends.
pub(crate) struct Server {
    node: Node,
    keeper: Child,
    folder: PathBuf,
    nodes: AtomicU32,
    databases: AtomicU32,
}

/// One server process, with its data and its socket.
pub(crate) struct Node {
    bin: PathBuf,
    /// Holds its data, its socket and its log.
    folder: PathBuf,
    /// Under which its socket is found, and where it listens if it does.
    port: AtomicU16,
}

/// A database of a server; dropped there when dropped here.
pub(crate) struct Database<'a> {
    server: &'a Server,
    name: String,
}

impl Server {
    /// The server that all tests of this process share; none, said loudly, if PostgreSQL is not
    /// installed.
    pub(crate) fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Server>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// A server of one's own, to be stopped and killed as one likes.
    pub(crate) fn start() -> Option<Self> {
        let Some(bin) = installed() else {
            absent("PostgreSQL (initdb, pg_ctl)");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("askonce-pg").tempdir();
        let folder = folder.expect("a temporary folder can be made").keep();
        own(&folder);
        let keeper = as_unprivileged(Path::new("sh"), &folder)
            .args(["-c", KEEPER, "keeper"])
            .args([&bin, &folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        let node = Node {
            bin,
            folder: folder.join("0"),
            port: AtomicU16::new(PORT),
        };
        let server = Self {
            node,
            keeper: keeper.expect("sh is there"),
            folder,
            nodes: AtomicU32::new(1),
            databases: AtomicU32::new(1),
        };
        server.node.init();
        server.node.start();
        Some(server)
    }

    /// The server process itself.
    pub(crate) fn node(&self) -> &Node {
        &self.node
    }

    /// A fresh, empty database.
    pub(crate) fn database(&self) -> Database<'_> {
        self.copy_of("template0")
    }

    /// A fresh database with all that another holds, to which nobody may be connected.
    pub(crate) fn copy_of(&self, other: &str) -> Database<'_> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("d{number}");
        let make = format!("CREATE DATABASE {name} TEMPLATE {other}");
        self.node.sql("postgres", &make);
        Database { server: self, name }
    }

    /// A standby that has copied everything, and without which, from now on, nothing is
    /// acknowledged.
    pub(crate) fn synchronous_standby(&self) -> Node {
        let number = self.nodes.fetch_add(1, Ordering::Relaxed);
        let standby = Node {
            bin: self.node.bin.clone(),
            folder: self.folder.join(number.to_string()),
            port: AtomicU16::new(PORT),
        };
        let name = format!("standby{number}");
        let from = format!(
            "host={} user={USER} application_name={name}",
            self.node.folder.display()
        );
        standby.make_folder();
        done(
            self.node
                .tool("pg_basebackup")
                .args(["-d", &from, "-c", "fast", "-X", "stream", "-R", "-D"])
                .arg(standby.data()),
        );
        standby.configure("");
        standby.start();
        let wait = format!("ALTER SYSTEM SET synchronous_standby_names = '{name}'");
        self.node.sql("postgres", &wait);
        self.node.sql("postgres", "SELECT pg_reload_conf()");
        // Returns once the standby has it: from here on nothing is lost with this server.
        self.node
            .sql("postgres", "CREATE TABLE level (with_standby int)");
        standby
    }
}

impl Drop for Server {
    /// As the end of this process would; returns once all is gone.
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ended = self.keeper.wait();
    }
}

impl Node {
    /// How `user`'s programs reach a database of it.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgresql://{USER}@{}/{database}", self.host())
    }

    /// What stands in a URL for where it is.
    pub(crate) fn host(&self) -> String {
        self.folder.display().to_string().replace('/', "%2F")
    }

    /// Has a pooler hand out this server's connections, another with each transaction; what stands
    /// in a URL for where it is. None, said loudly, if pgbouncer is not installed.
    pub(crate) fn pooler(&self) -> Option<String> {
        let program = pgbouncer()?;
        let (folder, settings) = (self.folder.display(), self.folder.join("pooler.ini"));
        let text = format!(
            "[databases]\n\
             * = host={folder} user={USER}\n\
             [pgbouncer]\n\
             listen_addr =\n\
             unix_socket_dir = {folder}\n\
             listen_port = {POOLER_PORT}\n\
             auth_type = any\n\
             pool_mode = transaction\n\
             default_pool_size = 4\n\
             pidfile = {folder}/pooler.pid\n\
             logfile = {folder}/pooler.log\n"
        );
        fs::write(&settings, text).expect("its settings can be written");
        own(&settings);
        let mut starting = as_unprivileged(&program, &self.folder);
        done(starting.arg("-q").arg("-d").arg(&settings));
        let socket = format!("{folder}/.s.PGSQL.{POOLER_PORT}");
        let wait = "until [ -S \"$0\" ]; do sleep 0.02; done";
        done(Command::new("timeout").args(["10", "sh", "-c", wait, &socket]));
        Some(format!("{}:{POOLER_PORT}", self.host()))
    }

    /// Runs statements, each in a transaction of its own; what they answer, a row a line.
    pub(crate) fn sql(&self, database: &str, statements: &str) -> String {
        let output = done(
            self.tool("psql")
                .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
                .args(["-d", &self.url(database), "-c", statements]),
        );
        String::from_utf8(output.stdout).expect("psql speaks UTF-8")
    }

    /// Starts it; returns once it takes connections.
    pub(crate) fn start(&self) {
        if let Err(said) = self.try_start() {
            panic!("it does not start: {said}");
        }
    }

    fn try_start(&self) -> Result<(), String> {
        let log = self.folder.join("log");
        let mut starting = self.tool("pg_ctl");
        starting.arg("-D").arg(self.data()).arg("-l").arg(&log);
        let started = starting.args(["-w", "-t", "60", "start"]).output();
        let started = started.expect("pg_ctl is there");
        if started.status.success() {
            return Ok(());
        }
        let said = fs::read_to_string(&log).unwrap_or_default();
        Err(format!("{started:?}\n{said}"))
    }

    /// Ends every process of it at once, as if the machine had lost its power but for its disk.
    pub(crate) fn kill9(&self) {
        let file = fs::read_to_string(self.data().join("postmaster.pid"));
        let file = file.expect("it runs");
        let pid = file
            .lines()
            .next()
            .expect("the first line is its pid")
            .trim();
        // Held still first, so that it starts nothing while its children are counted.
        signal("-STOP", &[pid]);
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        let children = children.expect("it has children");
        let mut all: Vec<&str> = children.split_whitespace().collect();
        all.push(pid);
        signal("-KILL", &all);
        let gone = ["10", "tail", "-s", "0.02", "-f", "/dev/null", "--pid", pid];
        done(Command::new("timeout").args(gone));
    }

    /// Makes a standby the server that takes writes; returns once it does.
    pub(crate) fn promote(&self) {
        let mut promoting = self.tool("pg_ctl");
        done(promoting.arg("-D").arg(self.data()).args(["-w", "promote"]));
    }

    /// Writes its settings, with more of them, for when it is started next.
    pub(crate) fn configure(&self, settings: &str) {
        let socket = format!("unix_socket_directories = '{}'\n", self.folder.display());
        let file = self.data().join("throwaway.conf");
        let text = format!("{SETTINGS}{socket}{settings}\n");
        fs::write(&file, text).expect("its settings can be written");
        own(&file);
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn make_folder(&self) {
        fs::create_dir(&self.folder).expect("its folder can be made");
        own(&self.folder);
    }

    fn init(&self) {
        self.make_folder();
        done(
            self.tool("initdb")
                .args(["-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C.UTF-8"])
                .args(["--no-sync", "--no-instructions", "-D"])
                .arg(self.data()),
        );
        let main = self.data().join("postgresql.conf");
        let included = "include 'throwaway.conf'\n";
        fs::write(&main, included).expect("its settings can be written");
        self.configure("");
    }

    /// One of its tools, to be run as its owner.
    fn tool(&self, name: &str) -> Command {
        let mut tool = as_unprivileged(&self.bin.join(name), &self.folder);
        tool.env("PGPORT", self.port.load(Ordering::Relaxed).to_string());
        tool
    }
}

impl Database<'_> {
    /// How programs reach it.
    pub(crate) fn url(&self) -> String {
        self.server.node.url(&self.name)
    }

    /// Dumps it as a backup would, and restores that into another, which is empty.
    pub(crate) fn dump_into(&self, other: &Database<'_>) {
        let file = self.server.node.folder.join(format!("{}.sql", self.name));
        let mut dumping = self.server.node.tool("pg_dump");
        done(dumping.args(["-d", &self.url(), "-f"]).arg(&file));
        let mut restoring = other.server.node.tool("psql");
        let terms = ["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-d"];
        done(restoring.args(terms).arg(other.url()).arg("-f").arg(&file));
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Runs statements, each in a transaction of its own; what they answer, a row a line.
    pub(crate) fn sql(&self, statements: &str) -> String {
        self.server.node.sql(&self.name, statements)
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let url = self.server.node.url("postgres");
        // Not waited for, and it may be that the server is no more: its folder goes in any case.
        let _dropping = self
            .server
            .node
            .tool("psql")
            .args(["-X", "-q", "-d", &url, "-c", &drop])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
    }
}

/// The newest version installed; none if there is none.
fn installed() -> Option<PathBuf> {
    let is_whole = |bin: &PathBuf| bin.join("initdb").is_file() && bin.join("pg_ctl").is_file();
    let versions = fs::read_dir(INSTALLED).into_iter().flatten().flatten();
    let number =
        |version: &fs::DirEntry| -> Option<u32> { version.file_name().to_str()?.parse().ok() };
    let mut versions: Vec<_> = versions
        .filter_map(|version| Some((number(&version)?, version.path().join("bin"))))
        .filter(|(_, bin)| is_whole(bin))
        .collect();
    versions.sort();
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(is_whole)
    };
    versions.pop().map(|(_, bin)| bin).or_else(on_path)
}

fn pgbouncer() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    folders.push(PathBuf::from("/usr/sbin"));
    let mut programs = folders.iter().map(|folder| folder.join("pgbouncer"));
    let found = programs.find(|program| program.is_file());
    if found.is_none() {
        absent("pgbouncer");
    }
    found
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|of| of.uid() == 0)
}

/// Gives a file to whom servers run as.
fn own(path: &Path) {
    if is_root() {
        done(Command::new("chown").arg("nobody:nogroup").arg(path));
    }
}

/// A program run in a folder by somebody who is not root.
fn as_unprivileged(program: &Path, folder: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new(UNPRIVILEGED[0]);
        command.args(&UNPRIVILEGED[1..]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command
        .current_dir(folder)
        .env("HOME", folder)
        .env("LC_ALL", "C.UTF-8");
    command
}

fn done(command: &mut Command) -> Output {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {output:?}");
    output
}

fn signal(signal: &str, pids: &[&str]) {
    done(Command::new("kill").arg(signal).args(pids));
}

/// Says that a tool is absent, or fails where skipping is forbidden.
pub(crate) fn absent(what: &str) {
    let is_forbidden = std::env::var("ASKONCE_TESTS_SKIP").is_ok_and(|word| word == "forbid");
    assert!(
        !is_forbidden,
        "{what} is not installed, and skipping is forbidden"
    );
    eprintln!("SKIPPED: {what} is not installed; this test needs it");
}
