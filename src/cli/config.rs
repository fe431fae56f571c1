//! `helpdesk config`: the resulting settings, or the commented defaults.

use super::args::{ConfigArgs, GlobalArgs};
use super::{CliError, print};
use crate::settings::DEFAULT_TOML;

/// Prints the settings with secrets hidden, then what is wrong with them.
///
/// # Errors
/// [`CliError::Settings`] when they cannot be read or would be refused at the start of the service.
pub fn run(args: &ConfigArgs, global: &GlobalArgs) -> Result<(), CliError> {
    if args.defaults {
        return print(DEFAULT_TOML);
    }
    let settings = global.settings_unchecked(Vec::new())?;
    print(&settings.to_toml())?;
    settings.validate().map_err(CliError::refused)
}
