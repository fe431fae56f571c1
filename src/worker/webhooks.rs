//! Calls of workflows: made, tried again with growing pauses over a day, then given up (L-23).

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Handler, JobError, Next};
use crate::domain::time::Timestamp;
use crate::service::Service;
use crate::service::workflows::{CALL_WEBHOOK, NoteCall, WaitingCall, call_letter, note_call};
use crate::storage::jobs::Job;
use crate::webhook::{Fault, WebhookCaller};

/// Pauses before the tries that follow the first: ten, all within [`ENOUGH`] (C-109).
const PAUSES: [Duration; 10] = [
    Duration::from_secs(5),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(15),
    Duration::from_mins(30),
    Duration::from_hours(1),
    Duration::from_hours(2),
    Duration::from_hours(4),
    Duration::from_hours(6),
    Duration::from_hours(10),
];
/// So long after its first try a call is tried.
const ENOUGH: Duration = Duration::from_hours(24);
/// After this a call comes back that had no turn.
const SOON: Duration = Duration::from_secs(2);

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
            let lease = job.lease_until.since(job.now);
            let sent = match &letter {
                Some(letter) => self.caller.send(&job.account, letter, lease).await,
                None => Err(Fault::Never("the account has no secret any more".to_owned())),
            };
            let again = count(&mut waiting, &sent, job.now);
            let (outcome, why) = match (sent, again) {
                (Ok(()), _) => ("DELIVERED", waiting.id.clone()),
                (Err(why), Some(after)) => {
                    tracing::info!(account = %job.account, call = waiting.id, tries = waiting.tries, %why, "a webhook is tried again");
                    return Ok(Next::Again { after, payload: waiting.to_payload() });
                }
                (Err(fault), None) => ("FAILED", format!("{}: {fault}", waiting.id)),
            };
            let note = NoteCall { run: waiting.run, step: waiting.step.clone(), outcome, why };
            note_call(&self.service, &job.account, note).await.map_err(failed)?;
            Ok(Next::Done)
        }
        .boxed()
    }
}

/// Counts a try, and says after how long the next one is; none: it is over. A call that was not sent was not tried.
fn count(waiting: &mut WaitingCall, sent: &Result<(), Fault>, now: Timestamp) -> Option<Duration> {
    if matches!(sent, Err(Fault::NotSent)) {
        return Some(SOON);
    }
    let (since, tries) = (*waiting.since.get_or_insert(now), waiting.tries);
    waiting.tries += 1;
    match sent {
        Err(Fault::Later(_, asked)) => pause(tries, now.since(since), *asked),
        _ => None,
    }
}

/// How long to wait for the next try after so many before this one, the first of them so long ago. What the receiver asks
/// for counts as far as it leads to a try within [`ENOUGH`]. None: the call is given up.
fn pause(tries: u32, gone: Duration, asked: Option<Duration>) -> Option<Duration> {
    let usual = usize::try_from(tries).ok().and_then(|tries| PAUSES.get(tries)).copied()?;
    let left = ENOUGH.checked_sub(gone)?;
    let asked = asked.filter(|asked| *asked <= left).unwrap_or_default();
    Some(usual.max(asked)).filter(|pause| *pause <= left)
}

fn failed(error: impl std::fmt::Display) -> JobError {
    JobError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_tried_ten_times_more_and_never_after_a_day() {
        let (mut gone, mut tries) = (Duration::ZERO, 0);
        while let Some(wait) = pause(tries, gone, None) {
            gone += wait;
            tries += 1;
        }
        assert!(tries == 10 && gone <= ENOUGH && PAUSES.is_sorted(), "{tries} tries in {gone:?}");
    }

    #[test]
    fn a_call_that_had_no_turn_was_not_tried() {
        let new = WaitingCall {
            url: String::new(),
            id: "id".to_owned(),
            body: String::new(),
            run: uuid::Uuid::nil(),
            step: "s1".to_owned(),
            tries: 0,
            since: None,
        };
        let (mut waiting, at) = (new.clone(), |seconds: i64| Timestamp::from_micros(seconds * 1_000_000));
        for seconds in 1..=20 {
            assert_eq!(count(&mut waiting, &Err(Fault::NotSent), at(seconds)), Some(SOON));
        }
        assert_eq!(waiting, new, "neither a try nor the beginning of its day");
        let later = Err(Fault::Later("busy".to_owned(), None));
        assert_eq!(count(&mut waiting, &later, at(21)), Some(PAUSES[0]));
        assert_eq!((waiting.tries, waiting.since), (1, Some(at(21))));
        assert_eq!(count(&mut waiting, &Err(Fault::NotSent), at(22)), Some(SOON));
        assert_eq!(count(&mut waiting, &later, at(24)), Some(PAUSES[1]));
        assert_eq!(count(&mut waiting, &Ok(()), at(84)), None);
        assert_eq!((waiting.tries, waiting.since), (3, Some(at(21))));
    }

    #[test]
    fn what_a_receiver_asks_for_counts_within_the_day() {
        let hours = Duration::from_hours;
        assert_eq!(pause(0, Duration::ZERO, Some(hours(3))), Some(hours(3)));
        assert_eq!(pause(9, Duration::ZERO, Some(hours(3))), Some(hours(10)), "never sooner than usual");
        assert_eq!(pause(5, hours(22), Some(hours(3))), Some(hours(1)), "never beyond it");
        assert_eq!(pause(6, hours(23), None), None);
        assert_eq!(pause(0, hours(25), None), None);
    }
}
