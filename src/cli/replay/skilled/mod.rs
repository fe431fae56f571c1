//! A replay by skills: what a question is about decides which skill it asks for, and everybody gets only what they can do.

mod desk;
mod intents;
mod judge;
mod lists;

pub use judge::Skilled;

use super::lists::Lists;
use super::plan::{Planned, Way};
use crate::cli::furnish::Furnisher;
use crate::client::{CallError, Connection, Patience};

/// Sets up the desk; returns the names of the agents.
///
/// # Errors
/// [`CallError`] when the credential may not, or the service cannot be reached.
pub async fn set_up(connection: &Connection, account: &str, patience: Patience) -> Result<Vec<String>, CallError> {
    let (connection, account) = (connection.clone(), account.to_owned());
    desk::set_up(&Furnisher { connection, account, patience }).await
}

/// Has every message say in its subject what it is about. Questions without one of the known intents get one.
pub fn by_topic(plan: &mut [Planned]) {
    for (number, planned) in plan.iter_mut().enumerate() {
        let known = intents::skill_of(&planned.question.topic).is_some();
        let intent = if known { planned.question.topic.clone() } else { intents::some(number).to_owned() };
        planned.about = Some(intent);
    }
}

/// What became of it all.
///
/// # Errors
/// The first list that cannot be read.
pub async fn judged(connection: &Connection, account: &str, patience: Patience) -> Result<Skilled, CallError> {
    let lists = Lists { connection: connection.clone(), account: account.to_owned(), patience };
    let mut given = Vec::new();
    for way in Way::ALL {
        given.extend(lists.given(way.channel()).await?);
    }
    Ok(judge::judge(&given, &lists.holders().await?, &lists.decided().await?))
}
