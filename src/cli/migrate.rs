//! `helpdesk migrate`: the schema of the database, brought up to date.

use super::args::{GlobalArgs, MigrateArgs};
use super::{CliError, print, runtime};

/// Migrates; replicas that start at once take turns.
///
/// # Errors
/// When the database cannot be reached or a migration fails.
pub fn run(args: &MigrateArgs, global: &GlobalArgs) -> Result<(), CliError> {
    let settings = global.settings(args.flags())?;
    runtime()?.block_on(crate::storage::migrate(settings.database.url.expose())).map_err(CliError::failed)?;
    print("the schema is up to date\n")
}
