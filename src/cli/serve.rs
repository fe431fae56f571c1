//! `helpdesk serve`: the service until SIGTERM or Ctrl-C.

use super::args::{GlobalArgs, ServeArgs};
use super::{CliError, runtime};
use crate::app::{self, Surroundings};
use crate::ids::Ids;
use crate::settings::{Mode, Settings};
use crate::telemetry::{self, Identity};

/// Serves.
///
/// # Errors
/// When it cannot start.
pub fn run(args: &ServeArgs, global: &GlobalArgs) -> Result<(), CliError> {
    let settings = global.settings_to_serve(args.flags())?;
    runtime()?.block_on(serve(&settings))
}

async fn serve(settings: &Settings) -> Result<(), CliError> {
    let identity =
        Identity { instance: Ids::system().uuid(app::now()).to_string(), environment: environment(settings) };
    let guard = telemetry::start(&settings.telemetry, &identity).map_err(CliError::failed)?;
    let page = match guard.metrics_page() {
        Some(page) => Some(page.bind().await.map_err(CliError::failed)?),
        None => None,
    };
    let surroundings = Surroundings { meters: guard.meters(), ..Surroundings::default() };
    let running = app::start(settings, surroundings).await.map_err(CliError::failed)?;
    if let Some(page) = page {
        let ending = running.shutdown.hard().clone();
        running.also("metrics page", page.serve(ending));
    }
    running.until_signal().await.map_err(CliError::failed)?;
    guard.shutdown().await;
    Ok(())
}

fn environment(settings: &Settings) -> String {
    match settings.mode {
        Mode::Development => "development".to_owned(),
        Mode::Production => "production".to_owned(),
    }
}
