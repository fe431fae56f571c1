//! Arguments of commands that speak to a running service.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::flag;
use crate::client::Target;
use crate::domain::ids::AccountId;
use crate::settings::units::parse_duration;
use crate::settings::{Secret, Settings};

/// How to reach a running service.
#[derive(Debug, Clone, Args)]
pub struct ConnectArgs {
    /// The running service [default: the address of setting server.listen]
    #[arg(long, value_name = "URL", env = "HELPDESK_SERVER")]
    pub server: Option<String>,

    /// Token or access key to call with; better given by the environment, where other users do not see it
    #[arg(long, value_name = "TOKEN", env = "HELPDESK_TOKEN", hide_env_values = true, value_parser = secret)]
    pub token: Option<Secret>,

    /// PEM file with the authority that signed the certificate of an https:// service
    #[arg(long, value_name = "FILE", env = "HELPDESK_CA")]
    pub ca: Option<PathBuf>,
}

impl ConnectArgs {
    /// Where the service is: what was given, else where the settings of this machine let it listen.
    pub fn url(&self, settings: &Settings) -> String {
        match &self.server {
            Some(url) if url.contains("://") => url.clone(),
            Some(address) => format!("http://{address}"),
            None if settings.server.tls.cert.is_some() => format!("https://{}", reachable(settings.server.listen)),
            None => format!("http://{}", reachable(settings.server.listen)),
        }
    }

    /// The service with the credential to call it with.
    pub fn target(&self, settings: &Settings) -> Target {
        Target { url: self.url(settings), token: self.token.clone(), ca: self.ca.clone() }
    }
}

/// The address to connect to for a service that listens on `listen`: 0.0.0.0 is every address, so loopback will do.
pub fn reachable(mut listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        IpAddr::V4(address) if address.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(address) if address.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    listen
}

/// Asks whether a service is serving; exit status 0 when it is. For container probes.
#[derive(Debug, Clone, Args)]
pub struct HealthArgs {
    /// How to reach it
    #[command(flatten)]
    pub connect: ConnectArgs,

    /// One gRPC service, for example helpdesk.v1.TicketService [default: the server as a whole]
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub service: String,

    /// How long to wait for the answer
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "3s")]
    pub timeout: Duration,
}

/// Works on accounts.
#[derive(Debug, Clone, Args)]
pub struct AccountArgs {
    /// What to do
    #[command(subcommand)]
    pub command: AccountCommand,
}

/// What can be done with accounts from the command line.
#[derive(Debug, Clone, Subcommand)]
pub enum AccountCommand {
    /// Make an account with its default pipeline, one super admin and one access key, and print them
    Create(AccountCreateArgs),
}

/// Makes an account: through the running service with an operator token, or in the database when none runs.
#[derive(Debug, Clone, Args)]
pub struct AccountCreateArgs {
    /// Id of the new account: 1 to 63 of a-z, 0-9 and -
    #[arg(value_name = "ID", value_parser = account)]
    pub account: AccountId,

    /// Name that people see [default: the id]
    #[arg(long, value_name = "NAME")]
    pub display_name: Option<String>,

    /// Where its days begin, as the IANA database calls it [default: UTC]
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,

    /// Id of its first user, a super admin
    #[arg(long, value_name = "ID", default_value = "admin")]
    pub admin: String,

    /// Mail address of its first user
    #[arg(long, value_name = "ADDRESS")]
    pub admin_email: Option<String>,

    /// The running service
    #[command(flatten)]
    pub connect: ConnectArgs,

    /// Work on this database directly, when no service runs on it (setting database.url)
    #[arg(long, value_name = "URL", conflicts_with = "server")]
    pub database_url: Option<String>,

    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

impl AccountCreateArgs {
    /// The settings that these flags stand for.
    pub fn flags(&self) -> Vec<(String, String)> {
        flag("database.url", self.database_url.as_ref()).into_iter().collect()
    }
}

/// Hands one raw mail on standard input to a running service; for the pipe of a mail server.
#[derive(Debug, Clone, Args)]
pub struct MailInArgs {
    /// Mail channel that the mail came in by: accounts/ACCOUNT/channels/CHANNEL
    #[arg(long, value_name = "NAME")]
    pub channel: String,

    /// The running service
    #[command(flatten)]
    pub connect: ConnectArgs,

    /// How long to try before the mail server is asked to deliver again (exit status 75)
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "30s")]
    pub timeout: Duration,
}

/// Plays stored messages through the gRPC API and checks what became of them; exit status 1 when anything is off.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// What to play
    #[command(flatten)]
    pub source: ReplaySource,

    /// A service that runs already [default: one that the replay starts itself]
    #[command(flatten)]
    pub connect: ConnectArgs,

    /// Database of the service that the replay starts itself (setting database.url)
    #[arg(long, value_name = "URL", conflicts_with = "server")]
    pub database_url: Option<String>,

    /// Clients at the same time
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1_000), default_value = "32")]
    pub clients: u16,

    /// How long one message is tried while the service is away or restarts
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "2min")]
    pub patience: Duration,

    /// Route by skills: 12 of them over 60 agents, and every question asks for the one that its topic needs; prints who
    /// got what and why others did not
    #[arg(long, conflicts_with = "mail")]
    pub skills: bool,

    /// Have a customer agent answer: one question in ten also asks for a person or holds a phrase of its triggers, and exactly
    /// those are handed over; prints what became of them
    #[arg(long, conflicts_with_all = ["mail", "skills"])]
    pub customer_agent: bool,

    /// Play only so many messages
    #[arg(long, value_name = "NUMBER")]
    pub limit: Option<usize>,

    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

impl ReplayArgs {
    /// The settings that these flags stand for.
    pub fn flags(&self) -> Vec<(String, String)> {
        flag("database.url", self.database_url.as_ref()).into_iter().collect()
    }
}

/// What a replay plays: exactly one of them.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
pub struct ReplaySource {
    /// CSV file with a column of questions, played as mail, form and chat messages
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// Folder of raw mails (RFC 5322), one per file
    #[arg(long, value_name = "FOLDER")]
    pub mail: Option<PathBuf>,

    /// So many questions of the program's own, always the same, played as those of a file
    #[arg(long, value_name = "NUMBER")]
    pub generate: Option<usize>,
}

fn account(text: &str) -> Result<AccountId, String> {
    AccountId::parse(text).map_err(|error| error.to_string())
}

#[expect(clippy::unnecessary_wraps, reason = "clap's parsers return results")]
fn secret(text: &str) -> Result<Secret, String> {
    Ok(Secret::new(text))
}

fn time(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "write it as a number and a unit, for example 500ms or 30s".to_owned())
}
