//! A throw-away PostgreSQL cluster for the tests: found, made, started, stopped and removed by the test program itself.
//!
//! Owns the server process and its folder; knows nothing about the schema (see [`super::databases`]). One cluster serves
//! the whole test run ([`shared`]); a test that kills its server takes one of its own ([`Cluster::start_private`]).
//!
//! Cleaning up cannot be left to destructors, because statics have none and a killed process runs none. So each
//! cluster has a watchdog: a child shell that waits on a pipe which closes when this process is gone, however it went.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use super::postgres_binaries::{self as binaries, Owner};

/// What the tests do about PostgreSQL: `require` fails without server binaries, `skip` never starts one; unset skips
/// loudly when no binaries are found.
pub const WISH: &str = "HELPDESK_TEST_POSTGRES";

const SUPERUSER: &str = "postgres";
const TEMPLATE: &str = "helpdesk_template";
const READY: &str = "database system is ready to accept connections";
const START_LIMIT: Duration = Duration::from_mins(2);

/// Settings beyond the defaults of PostgreSQL. Durability stays as in production: nothing here turns `fsync` off.
const SERVER_SETTINGS: [&str; 6] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=300", // many tests at once, each with its pools
    "shared_buffers=64MB",
    "max_wal_size=2GB", // fewer checkpoints while hundreds of databases are made
    "logging_collector=off",
];

/// The watchdog; `$1` is the folder of the cluster. Reading ends when the test program's end of the pipe closes.
const WATCHDOG: &str = r#"
trap '' INT TERM HUP
read -r _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ]; then
  kill -QUIT "$pid"
  n=0
  while kill -0 "$pid" && [ "$n" -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
  kill -KILL "$pid"
fi
rm -rf "$1"
"#;

/// The cluster of this test run, started at the first call; `None` when this machine has no PostgreSQL server and the
/// tests may go without ([`WISH`]).
///
/// # Panics
///
/// When PostgreSQL is required and absent, and when it is present and does not start.
pub fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED.get_or_init(|| server_folder().map(|bin| Cluster::start(&bin))).as_ref()
}

/// Says on the real standard error, which the test harness does not capture, that `test` did not run.
pub fn report_skipped(test: &str) {
    say(&format!("SKIPPED {test}: no PostgreSQL here"));
}

/// The folder of the server binaries, or `None` after saying so, if going without is allowed.
fn server_folder() -> Option<PathBuf> {
    let wish = std::env::var(WISH).unwrap_or_default();
    let found = if wish == "skip" { None } else { binaries::find() };
    assert!(
        found.is_some() || wish != "require",
        "{WISH}=require, but no PostgreSQL server binaries were found: set {} to the folder of initdb and postgres",
        binaries::FOLDER
    );
    if found.is_none() {
        say_what_is_skipped();
    }
    found
}

fn say_what_is_skipped() {
    static SAID: Once = Once::new();
    let message = format!(
        "\n*** The PostgreSQL half of the tests is SKIPPED: no server binaries found, or {WISH}=skip.\n\
         *** Install PostgreSQL or set {} to the folder of initdb and postgres.\n",
        binaries::FOLDER
    );
    SAID.call_once(|| say(&message));
}

fn say(line: &str) {
    // A closed standard error is no reason to fail a test.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A running (or deliberately killed) server with its databases.
pub struct Cluster {
    bin: PathBuf,
    home: PathBuf,
    owner: Option<Owner>,
    port: u16,
    server: Mutex<Option<Server>>,
    template: OnceLock<()>,
    made: AtomicU32,
    watchdog: Child,
}

/// The server process and the thread that copies what it says into `server.log`.
struct Server {
    process: Child,
    log: JoinHandle<()>,
}

impl Cluster {
    /// A cluster of one test's own, for tests that kill the server. It is removed when dropped.
    pub fn start_private() -> Option<Self> {
        server_folder().map(|bin| Self::start(&bin))
    }

    /// A new database with what the template holds, and its URL. `hint` becomes part of its name.
    ///
    /// # Panics
    ///
    /// When [`Cluster::template`] was not called before, or the server refuses.
    pub fn new_database(&self, hint: &str) -> String {
        assert!(self.template.get().is_some(), "call Cluster::template first");
        // Since PostgreSQL 15 the default strategy is `wal_log`: a tenth of the time of copying files, no checkpoint.
        self.create(hint, TEMPLATE)
    }

    /// A new database without any table, and its URL.
    pub fn new_empty_database(&self, hint: &str) -> String {
        self.create(hint, "template0")
    }

    /// Makes the template database with `migrate`, which gets its URL. Done once per cluster; later calls return at once.
    pub fn template(&self, migrate: impl FnOnce(&str)) {
        self.template.get_or_init(|| {
            self.psql(&[&format!("DROP DATABASE IF EXISTS {TEMPLATE}"), &format!("CREATE DATABASE {TEMPLATE}")]);
            migrate(&self.url(TEMPLATE));
            // A database in use cannot be copied, and pools close their connections when they like.
            self.psql(&[
                &format!("ALTER DATABASE {TEMPLATE} ALLOW_CONNECTIONS false"),
                &format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{TEMPLATE}'"),
            ]);
        });
    }

    /// Where a database of this cluster is reached.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{SUPERUSER}@{}:{}/{database}", Ipv4Addr::LOCALHOST, self.port)
    }

    /// Ends the server and all its sessions with SIGKILL, as a power cut would. The port stays with this cluster.
    pub fn kill9(&self) {
        if let Some(mut server) = self.lock().take() {
            let sessions = children(server.process.id());
            let _ = server.process.kill();
            signal("KILL", &sessions);
            let _ = server.process.wait();
            // The log ends when the last process that could write to it is gone.
            let _ = server.log.join();
            let _ = fs::remove_file(self.home.join("data/postmaster.pid"));
        }
    }

    /// Starts the killed server again on the same port; returns when it accepts connections, after crash recovery.
    pub fn restart(&self) {
        self.kill9();
        let server = self.start_server().unwrap_or_else(|why| panic!("PostgreSQL did not come back: {why}"));
        *self.lock() = Some(server);
    }

    /// Runs statements as the superuser, each in a transaction of its own, and returns the unaligned output.
    pub fn psql(&self, statements: &[&str]) -> String {
        let mut psql = self.tool("psql", None);
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url("postgres")]);
        psql.args(statements.iter().flat_map(|statement| ["-c", statement]));
        run(psql).unwrap_or_else(|why| panic!("{why}"))
    }

    fn create(&self, hint: &str, template: &str) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let name = format!("t{number}_{}", plain(hint));
        self.psql(&[&format!("CREATE DATABASE {name} TEMPLATE {template}")]);
        self.url(&name)
    }

    fn start(bin: &Path) -> Self {
        let owner = binaries::server_owner();
        let home = binaries::new_folder(owner);
        let watchdog = watch(&home);
        let mut cluster = Self {
            bin: bin.to_owned(),
            home,
            owner,
            port: 0,
            server: Mutex::new(None),
            template: OnceLock::new(),
            made: AtomicU32::new(0),
            watchdog,
        };
        cluster.init().unwrap_or_else(|why| panic!("initdb failed: {why}"));
        cluster.start_on_free_port();
        cluster
    }

    /// Somebody else may take the free port between our look and the server's bind, hence the tries.
    fn start_on_free_port(&mut self) {
        let mut last = String::new();
        for _ in 0..5 {
            self.port = free_port();
            match self.start_server() {
                Ok(server) => {
                    *self.lock() = Some(server);
                    return;
                }
                Err(why) => last = why,
            }
        }
        panic!("PostgreSQL in {} did not start: {last}\n({WISH}=skip goes without)", self.bin.display());
    }

    fn init(&self) -> Result<(), String> {
        // Not every system knows C.UTF-8; C with UTF-8 encoding sorts the same.
        self.initdb("C.UTF-8").or_else(|_| self.initdb("C"))
    }

    fn initdb(&self, locale: &str) -> Result<(), String> {
        let mut initdb = self.tool("initdb", self.owner);
        initdb.args(["-D", "data", "-A", "trust", "-U", SUPERUSER, "-E", "UTF8", "--no-sync"]);
        run(initdb.arg(format!("--locale={locale}"))).map(drop)
    }

    fn start_server(&self) -> Result<Server, String> {
        let mut postgres = self.tool("postgres", self.owner);
        postgres.args(["-D", "data", "-p", &self.port.to_string()]);
        postgres.args(SERVER_SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        postgres.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = postgres.spawn().map_err(|error| error.to_string())?;
        let said = process.stderr.take().expect("standard error is piped");
        let (ready, wait) = mpsc::channel();
        let file = self.home.join("server.log");
        let log = std::thread::spawn(move || copy_log(said, &file, &ready));
        if wait.recv_timeout(START_LIMIT).is_ok() {
            return Ok(Server { process, log });
        }
        let _ = process.kill();
        let _ = process.wait();
        let _ = log.join();
        Err(fs::read_to_string(self.home.join("server.log")).unwrap_or_default())
    }

    /// A program of this installation, in the cluster's folder and without any `PG…` variable of the caller's shell.
    fn tool(&self, name: &str, owner: Option<Owner>) -> Command {
        let path = self.bin.join(name);
        let mut command = Command::new(if path.exists() { path } else { PathBuf::from(name) });
        command.current_dir(&self.home);
        for (key, _) in std::env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("PG")) {
            command.env_remove(key);
        }
        if let Some(owner) = owner {
            command.uid(owner.uid).gid(owner.gid);
        }
        command
    }

    fn lock(&self) -> MutexGuard<'_, Option<Server>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut server) = self.lock().take() {
            signal("QUIT", &[server.process.id()]);
            let _ = server.process.wait();
            let _ = server.log.join();
        }
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

/// Starts the watchdog of the cluster in `home`, in a process group of its own so that Ctrl-C does not reach it.
fn watch(home: &Path) -> Child {
    let mut shell = Command::new("sh");
    shell.args(["-c", WATCHDOG, "watchdog"]).arg(home);
    shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().expect("a shell runs")
}

/// Copies what the server says to `file` and tells `ready` when it accepts connections; ends with the last process of
/// the server.
fn copy_log(said: ChildStderr, file: &Path, ready: &mpsc::Sender<()>) {
    let Ok(mut file) = fs::OpenOptions::new().create(true).append(true).open(file) else { return };
    for line in BufReader::new(said).split(b'\n').map_while(Result::ok) {
        let _ = file.write_all(&line).and_then(|()| file.write_all(b"\n"));
        if String::from_utf8_lossy(&line).contains(READY) {
            // Nobody listens any more after a start that took too long.
            let _ = ready.send(());
        }
    }
}

/// The processes that `parent` started, where the system tells (Linux); elsewhere they notice its death by themselves.
fn children(parent: u32) -> Vec<u32> {
    let listed = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

fn signal(name: &str, processes: &[u32]) {
    let list: Vec<String> = processes.iter().map(u32::to_string).collect();
    if !list.is_empty() {
        let mut kill = Command::new("sh");
        kill.args(["-c", "kill -s \"$0\" \"$@\"", name]).args(list);
        // A process that ended in between is what was wanted.
        let _ = run(kill);
    }
}

/// Runs to the end; the output, or what went wrong in the program's own words.
fn run(mut command: impl std::borrow::BorrowMut<Command>) -> Result<String, String> {
    let command = command.borrow_mut();
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{command:?}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free loopback port");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// The hint as part of an unquoted SQL name: lower case, at most 40 characters.
fn plain(hint: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    hint.chars().map(kept).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_killed_server_comes_back_with_what_was_committed_and_leaves_nothing_behind() {
        let Some(cluster) = Cluster::start_private() else { return report_skipped("a_killed_server_comes_back") };
        cluster.template(|_| ());
        let name = cluster.new_database("Killed server").rsplit('/').next().map(str::to_owned).expect("a name");
        assert_eq!(name, "t0_killed_server");
        cluster.psql(&["CREATE TABLE kept AS SELECT 7 AS seven"]);
        cluster.kill9();
        assert!(std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, cluster.port)).is_err(), "nobody listens");
        cluster.restart();
        assert_eq!(cluster.psql(&["SELECT seven FROM kept", "SHOW fsync"]), "7\non\n");
        let home = cluster.home.clone();
        drop(cluster);
        assert!(!home.exists());
    }

    #[test]
    fn the_watchdog_removes_the_folder_when_its_pipe_closes() {
        let home = tempfile::tempdir().expect("a temporary folder").keep();
        let mut watchdog = watch(&home);
        assert!(home.exists());
        drop(watchdog.stdin.take());
        watchdog.wait().expect("the watchdog ends");
        assert!(!home.exists());
    }

    #[test]
    fn every_test_gets_a_database_of_its_own() {
        let Some(cluster) = shared() else { return report_skipped("every_test_gets_a_database_of_its_own") };
        let urls: Vec<String> = std::thread::scope(|scope| {
            let made: Vec<_> = (0..8).map(|_| scope.spawn(|| cluster.new_empty_database("own"))).collect();
            made.into_iter().map(|it| it.join().expect("a database")).collect()
        });
        let distinct: std::collections::BTreeSet<&String> = urls.iter().collect();
        assert_eq!(distinct.len(), 8);
        assert_eq!(cluster.psql(&["SHOW max_connections"]), "300\n");
    }
}
