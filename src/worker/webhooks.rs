//! Calls of workflows: made, tried again with growing pauses over a day, then given up (L-23).

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Handler, JobError, Next};
use crate::service::Service;
use crate::service::workflows::{CALL_WEBHOOK, NoteCall, WaitingCall, call_letter, note_call};
use crate::storage::jobs::Job;
use crate::webhook::{Fault, WebhookCaller};

/// Pauses after the tries that failed; with the last one a call is given up.
const PAUSES: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(8),
    Duration::from_hours(8),
];

/// Makes one call.
#[derive(Debug)]
pub struct CallWebhook {
    /// Reads and notes.
    pub service: Service,
    /// Makes it.
    pub caller: WebhookCaller,
}

impl Handler for CallWebhook {
    fn kind(&self) -> &'static str {
        CALL_WEBHOOK
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let waiting = WaitingCall::from_payload(&job.payload);
            let mut waiting = waiting.ok_or_else(|| JobError("the payload cannot be read".to_owned()))?;
            let letter = call_letter(&self.service, &job.account, &waiting, job.now).await.map_err(failed)?;
            let sent = match &letter {
                Some(letter) => self.caller.send(letter).await,
                None => Err(Fault::Never("the account has no secret any more".to_owned())),
            };
            let pause = usize::try_from(waiting.tries).ok().and_then(|tries| PAUSES.get(tries)).copied();
            waiting.tries += 1;
            let (outcome, why) = match (sent, pause) {
                (Ok(()), _) => ("DELIVERED", waiting.id.clone()),
                (Err(Fault::Later(why, asked)), Some(pause)) => {
                    tracing::info!(account = %job.account, call = waiting.id, tries = waiting.tries, why, "a webhook is tried again");
                    let after = asked.unwrap_or_default().min(PAUSES[PAUSES.len() - 1]).max(pause);
                    return Ok(Next::Again { after, payload: waiting.to_payload() });
                }
                (Err(fault), _) => ("FAILED", format!("{}: {fault}", waiting.id)),
            };
            let note = NoteCall { run: waiting.run, step: waiting.step.clone(), outcome, why };
            note_call(&self.service, &job.account, note).await.map_err(failed)?;
            Ok(Next::Done)
        }
        .boxed()
    }
}

fn failed(error: impl std::fmt::Display) -> JobError {
    JobError(error.to_string())
}
