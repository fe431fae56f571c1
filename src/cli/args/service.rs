//! Arguments of commands that run the service or work on its files.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::flag;
use crate::domain::ids::{AccountId, UserId};
use crate::settings::units::parse_duration;

/// Runs the service until SIGTERM or Ctrl-C.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeArgs {
    /// Address and port to listen on (setting server.listen)
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,

    /// Database (setting database.url)
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
}

impl ServeArgs {
    /// The settings that these flags stand for.
    pub fn flags(&self) -> Vec<(String, String)> {
        let listen = flag("server.listen", self.listen.as_ref());
        listen.into_iter().chain(flag("database.url", self.database_url.as_ref())).collect()
    }
}

/// Starts the service with a sample account, plays a short day of messages and keeps serving.
#[derive(Debug, Clone, Default, Args)]
pub struct DemoArgs {
    /// Exit after the day instead of serving until Ctrl-C
    #[arg(long)]
    pub once: bool,

    /// The service itself
    #[command(flatten)]
    pub serve: ServeArgs,
}

/// Brings the database's schema up to date and ends.
#[derive(Debug, Clone, Default, Args)]
pub struct MigrateArgs {
    /// Database (setting database.url)
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
}

impl MigrateArgs {
    /// The settings that these flags stand for.
    pub fn flags(&self) -> Vec<(String, String)> {
        flag("database.url", self.database_url.as_ref()).into_iter().collect()
    }
}

/// Prints the resulting settings.
#[derive(Debug, Clone, Default, Args)]
pub struct ConfigArgs {
    /// Print the commented default file instead, to begin a file of your own with
    #[arg(long)]
    pub defaults: bool,
}

/// Makes tokens and key pairs for development.
#[derive(Debug, Clone, Args)]
pub struct TokenArgs {
    /// Account of the user
    #[arg(long, value_name = "ID", value_parser = account, required_unless_present_any = ["operator", "new_key"])]
    pub account: Option<AccountId>,

    /// The user that the token stands for
    #[arg(long, value_name = "ID", value_parser = user, required_unless_present_any = ["operator", "new_key"])]
    pub user: Option<UserId>,

    /// Make an operator token (or key pair) instead; the name goes into logs and events
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "operator",
          conflicts_with_all = ["account", "user"])]
    pub operator: Option<String>,

    /// How long the token is valid; at most `auth.token_max_age`
    #[arg(long, value_name = "TIME", value_parser = life, default_value = "1h")]
    pub life: Duration,

    /// Private key to sign with: Ed25519, PKCS#8 in PEM (settings `auth.signing_key`, `auth.operator_signing_key`)
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,

    /// Name of the key in the key set, for a key that this command did not make
    #[arg(long, value_name = "KID")]
    pub kid: Option<String>,

    /// Make a key pair instead of a token: a private key and the key set that verifies it
    #[arg(long, conflicts_with_all = ["account", "user", "key", "kid", "life"])]
    pub new_key: bool,

    /// Folder of the new key pair [default: `keys` in `data_dir`]
    #[arg(long, value_name = "FOLDER", requires = "new_key", conflicts_with_all = ["account", "user"])]
    pub dir: Option<PathBuf>,
}

fn account(text: &str) -> Result<AccountId, String> {
    AccountId::parse(text).map_err(|error| error.to_string())
}

fn user(text: &str) -> Result<UserId, String> {
    UserId::parse(text).map_err(|error| error.to_string())
}

fn life(text: &str) -> Result<Duration, String> {
    let span = parse_duration(text).ok_or("write it as a number and a unit, for example 30min or 8h")?;
    if span < Duration::from_secs(1) { Err("at least 1s".to_owned()) } else { Ok(span) }
}
