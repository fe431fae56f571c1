//! `helpdesk health`: asks a service whether it is serving, by the health protocol of gRPC. For container probes.

use super::args::{GlobalArgs, HealthArgs};
use super::{CliError, print, runtime};
use crate::client::{CallError, Connection};

/// Exit status 0 when the service says that it is serving, within the time limit.
///
/// # Errors
/// [`CliError`] in every other case.
pub fn run(args: &HealthArgs, global: &GlobalArgs) -> Result<(), CliError> {
    let target = args.connect.target(&global.settings_unchecked(Vec::new())?);
    let serving = runtime()?.block_on(async {
        let connection = Connection::to(&target)?;
        let asked = tokio::time::timeout(args.timeout, connection.is_serving(&args.service)).await;
        asked.unwrap_or_else(|_| Err(CallError::no_answer(args.timeout))).map_err(CliError::from)
    })?;
    if serving { print("serving\n") } else { Err(CliError::failed("not serving")) }
}
