//! A replay through a customer agent: every question is a conversation of its own on a channel that routes to the agent, whose
//! runtime runs beside it. One in ten, as the committed list says, also asks for a person or holds a phrase of the triggers:
//! those are handed over to people, each once, and no others.

mod brain;
mod desk;
mod judge;
mod lists;
mod send;
mod tenth;

pub use judge::Handed;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::questions::Question;
use crate::cli::CliError;
use crate::cli::furnish::Furnisher;
use crate::client::{Connection, Patience, Runtime};

/// Turns that the runtime thinks about at once.
const AT_ONCE: usize = 16;

/// Plays the questions and says what became of them.
///
/// # Errors
/// [`CliError`] when the account cannot be set up, or something is refused.
pub async fn play(
    connections: &[Connection],
    account: &str,
    questions: Vec<Question>,
    (clients, patience): (usize, Duration),
) -> Result<Handed, CliError> {
    let (first, tries) = (connections[0].clone(), Patience::of(patience, 0));
    let desk = Furnisher { connection: first.clone(), account: account.to_owned(), patience: tries };
    let (agent, key) = desk::set_up(&desk).await?;
    let runtime = Runtime::new(first.with_token(&key)?, agent.clone(), Arc::new(brain::Scripted::new()), AT_ONCE);
    let (stop, mut ended, mut follows) = (CancellationToken::new(), runtime.ended(), runtime.follows());
    let plan = Arc::new(tenth::planned(questions));
    let plays = async {
        // What begins and ends before the runtime looks would not be told.
        let looks = tokio::time::timeout(patience, follows.wait_for(|follows| *follows)).await.map(drop);
        let sent = send::send(connections, account, &plan, (clients, tries)).await;
        let all = ended.wait_for(|ended| *ended >= plan.len());
        let waited = tokio::time::timeout(patience, all).await.map(drop);
        stop.cancel();
        let sent = sent?;
        looks.and(waited).map_err(|_| CliError::failed("not every turn was over in time"))?;
        Ok::<_, CliError>(sent)
    };
    let (worked, sent) = tokio::join!(runtime.run(stop.clone()), plays);
    worked?;
    let sent = sent?;
    let lists = super::lists::Lists { connection: first, account: account.to_owned(), patience: tries };
    Ok(judge::judge(&plan, &sent, &lists.handed_over().await?, &lists.talks(desk::CHANNEL).await?, &agent))
}
