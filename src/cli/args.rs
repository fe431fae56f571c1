//! The arguments of all commands.

mod client;
mod service;

use std::path::PathBuf;

use clap::Args;

use crate::settings::{Settings, SettingsError, Sources, load, load_unchecked, self_check};

pub use client::{
    AccountArgs, AccountCommand, AccountCreateArgs, ConnectArgs, HealthArgs, MailInArgs, ReplayArgs, ReplaySource,
    reachable,
};
pub use service::{ConfigArgs, DemoArgs, MigrateArgs, ServeArgs, TokenArgs};

/// Arguments that every command takes.
#[derive(Debug, Clone, Default, Args)]
pub struct GlobalArgs {
    /// Settings file (TOML); its keys win over the defaults
    #[arg(long, value_name = "FILE", env = "HELPDESK_CONFIG", global = true)]
    pub config: Option<PathBuf>,

    /// Set one setting, for example `--set limits.page_max=100`; wins over file and environment
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_and_value, global = true)]
    pub set: Vec<(String, String)>,
}

impl GlobalArgs {
    /// The settings for a command whose own flags also set some keys.
    ///
    /// # Errors
    /// [`SettingsError`] with one line for each finding.
    pub fn settings(&self, own_flags: Vec<(String, String)>) -> Result<Settings, SettingsError> {
        load(&self.sources(own_flags))
    }

    /// As [`GlobalArgs::settings`], for a command that serves: what the settings name on this machine is looked at too.
    ///
    /// # Errors
    /// [`SettingsError`] with one line for each finding.
    pub fn settings_to_serve(&self, own_flags: Vec<(String, String)>) -> Result<Settings, SettingsError> {
        let settings = self.settings(own_flags)?;
        self_check(&settings).map_err(SettingsError::Refused)?;
        Ok(settings)
    }

    /// As [`GlobalArgs::settings`], without judging ranges and safety.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings cannot be read.
    pub fn settings_unchecked(&self, own_flags: Vec<(String, String)>) -> Result<Settings, SettingsError> {
        load_unchecked(&self.sources(own_flags))
    }

    fn sources(&self, own_flags: Vec<(String, String)>) -> Sources {
        let flags = self.set.iter().cloned().chain(own_flags).collect();
        // An empty HELPDESK_CONFIG means none, as in a container whose variable was left blank.
        let file = self.config.clone().filter(|path| !path.as_os_str().is_empty());
        Sources::of_process(file, flags)
    }
}

/// A flag that stands for a setting, when it was given.
fn flag(key: &str, value: Option<&impl ToString>) -> Option<(String, String)> {
    value.map(|value| (key.to_owned(), value.to_string()))
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}
