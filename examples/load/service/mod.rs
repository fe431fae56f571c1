//! The service under load: a process of its own, with settings from the environment.

mod accounts;
mod automation;
mod bot;
mod desk;
mod keys;

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

pub use accounts::{AGENTS, Account, CONTACTS, set_up};
pub use automation::WORKFLOW;
pub use bot::{BOT_CHANNEL, with_bot};
pub use desk::Desk;
pub use keys::Keys;

const START_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// Ends the service when the driver is gone, however it went: reading ends when the driver's end of the pipe closes.
const WATCHDOG: &str = r#"trap '' INT TERM HUP; read -r _; kill -KILL "$1""#;

/// How the program under load is started.
#[derive(Debug, Clone)]
pub struct Program {
    /// The executable.
    pub binary: PathBuf,
    /// Settings that the user of the driver asked for, as `KEY=VALUE`.
    pub set: Vec<String>,
    /// Keys of tokens.
    pub keys: Keys,
    /// Folder for logs and the service's own files.
    pub home: PathBuf,
}

/// A running service.
pub struct Server {
    /// Where it answers, as a URL.
    pub address: String,
    /// Its process.
    pub pid: u32,
    child: Child,
    watchdog: Child,
}

impl Program {
    /// A program, with fresh keys in `home`.
    pub fn new(binary: PathBuf, set: &[String], home: &Path) -> Result<Self> {
        if !binary.is_file() {
            let line = "build it with `cargo build --release` or give --server-binary";
            return Err(format!("{} is missing: {line}", binary.display()).into());
        }
        let keys = Keys::make(&binary, home)?;
        Ok(Self { binary, set: set.to_vec(), keys, home: home.to_owned() })
    }

    /// Brings the schema of a database up to date.
    pub fn migrate(&self, database_url: &str) -> Result<()> {
        let mut command = self.command("migrate", database_url);
        run(command.stdin(Stdio::null())).map(drop)
    }

    /// Starts the service on a database; returns when it answers.
    pub async fn start(&self, database_url: &str) -> Result<Server> {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let log = self.home.join("server.log");
        let mut command = self.command("serve", database_url);
        command.env("HELPDESK__SERVER__LISTEN", format!("127.0.0.1:{port}"));
        // Out of the driver's group, so that Ctrl-C reaches the driver alone and it cleans up.
        command.process_group(0).stdin(Stdio::null()).stdout(File::create(&log)?).stderr(append(&log)?);
        let child = command.spawn().map_err(|error| format!("{}: {error}", self.binary.display()))?;
        let pid = child.id();
        let watchdog = watch(pid)?;
        let mut server = Server { address: format!("http://127.0.0.1:{port}"), pid, child, watchdog };
        server.wait_until_it_answers(&log).await?;
        Ok(server)
    }

    fn command(&self, name: &str, database_url: &str) -> Command {
        let mut command = clean(&self.binary);
        command.arg(name).args(self.set.iter().flat_map(|setting| ["--set", setting.as_str()]));
        command.env("HELPDESK__DATABASE__URL", database_url);
        command.env("HELPDESK__DATA_DIR", self.home.join("data"));
        command.env("HELPDESK__TELEMETRY__METRICS_LISTEN", "");
        command.env("HELPDESK__SERVER__DRAIN__SETTLE", "0s");
        command.env("HELPDESK__AUTH__KEY_SET", &self.keys.users_set);
        command.env("HELPDESK__AUTH__OPERATOR_KEY_SET", &self.keys.operators_set);
        command
    }
}

impl Server {
    async fn wait_until_it_answers(&mut self, log: &Path) -> Result<()> {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the service ended ({status}):\n{}", std::fs::read_to_string(log)?).into());
            }
            if crate::drive::connect(&self.address).await.is_ok() {
                return Ok(());
            }
            if begin.elapsed() > START_LIMIT {
                return Err("the service does not answer".into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks the service to end, and waits for it.
    pub async fn stop(mut self) -> Result<()> {
        run(Command::new("kill").args(["-TERM", &self.pid.to_string()]))?;
        let begin = Instant::now();
        while self.child.try_wait()?.is_none() {
            if begin.elapsed() > STOP_LIMIT {
                return Err("the service does not end".into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The watchdog first: the number of a process that ended may soon belong to another one.
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn watch(pid: u32) -> Result<Child> {
    let mut shell = Command::new("sh");
    shell.args(["-c", WATCHDOG, "watchdog"]).arg(pid.to_string());
    Ok(shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
}

/// A program without any setting from the caller's environment.
fn clean(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    for (key, _) in std::env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("HELPDESK_")) {
        command.env_remove(key);
    }
    command
}

fn append(file: &Path) -> Result<File> {
    Ok(File::options().append(true).open(file)?)
}

/// Runs to the end; the output, or what went wrong in the program's own words.
fn run(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} {:?}: {said}", command.get_program().display(), command.get_args().next()).into())
}
