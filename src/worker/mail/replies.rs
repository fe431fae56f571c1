//! Delivers replies of mail channels: tried a few times with growing pauses, then given up (L-23, C-026).

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::Post;
use crate::domain::conversation::Message;
use crate::domain::ids::{AccountId, ChannelId};
use crate::domain::rejection::Rejection;
use crate::mailer::SendFault;
use crate::service::grant::Grant;
use crate::service::mail::{ADOPT_MAILS, Adoption, Due, REPLY_MAIL, RecordTry, Tried, WaitingReply, due};
use crate::service::{Encoder, Service, WriteCall};
use crate::storage::jobs::{self, Job};
use crate::storage::read;
use crate::worker::{Handler, JobError, Next};

/// Pauses after the first tries that failed; the last one stays. The second is long enough for a receiver who turns
/// strangers away for some minutes.
const PAUSES: [Duration; 4] =
    [Duration::from_mins(1), Duration::from_mins(15), Duration::from_hours(1), Duration::from_hours(4)];
/// Pauses while nobody can be reached to hand it to, or its channel is off: the shortest and the longest.
const OUT_OF_REACH: [Duration; 2] = [Duration::from_mins(1), Duration::from_mins(15)];
/// Messages that get their jobs in one run.
const CHUNK: u64 = 100;

/// Delivers one reply.
pub(super) struct DeliverReply {
    pub post: Post,
    pub service: Service,
}

impl Handler for DeliverReply {
    fn kind(&self) -> &'static str {
        REPLY_MAIL
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let waiting = WaitingReply::from_payload(&job.payload);
            let waiting = waiting.ok_or_else(|| JobError("the payload cannot be read".to_owned()))?;
            match due(&self.service, &job.account, waiting.message).await.map_err(failed)? {
                Due::Nothing => Ok(Next::Done),
                Due::Later => Ok(again(reach(job, &waiting), &waiting)),
                Due::Broken(reply, why) => self.settle(job, waiting, &reply.message, Err(SendFault::Never(why))).await,
                Due::Letter(reply) => {
                    let sent = self.post.hand_over(&reply.letter()).await;
                    self.settle(job, waiting, &reply.message, sent).await
                }
            }
        }
        .boxed()
    }
}

impl DeliverReply {
    /// Writes down how a try ended, and says what comes next.
    async fn settle(
        &self,
        job: &Job,
        mut waiting: WaitingReply,
        message: &Message,
        sent: Result<(), SendFault>,
    ) -> Result<Next, JobError> {
        let over = job.now.since(waiting.since) >= self.post.give_up;
        waiting.tries += u32::from(matches!(sent, Err(SendFault::Later(_))));
        let (tried, next) = match sent {
            Ok(()) => (Tried::Taken, Next::Done),
            Err(SendFault::Later(why)) if waiting.tries < self.post.tries && !over => {
                (Tried::Again(why), again(pause(waiting.tries), &waiting))
            }
            Err(SendFault::OutOfReach(why)) if !over => (Tried::Again(why), again(reach(job, &waiting), &waiting)),
            Err(fault) => (Tried::Refused(fault.to_string()), Next::Done),
        };
        if tried != Tried::Taken {
            tracing::info!(account = %job.account, message = %message.id, tries = waiting.tries, ?tried, "a reply was not taken");
        }
        let record = RecordTry { conversation: message.conversation, message: message.id, tried };
        record_try(&self.service, &job.account, record).await.map_err(failed)?;
        Ok(next)
    }
}

fn again(after: Duration, waiting: &WaitingReply) -> Next {
    Next::Again { after, payload: waiting.to_payload() }
}

/// Seldomer the longer it waits.
fn reach(job: &Job, waiting: &WaitingReply) -> Duration {
    (job.now.since(waiting.since) / 4).clamp(OUT_OF_REACH[0], OUT_OF_REACH[1])
}

fn pause(tries: u32) -> Duration {
    let index = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX).min(PAUSES.len() - 1);
    PAUSES[index]
}

async fn record_try(service: &Service, account: &AccountId, record: RecordTry) -> Result<(), Rejection> {
    let grant = Grant::system(account.clone(), "mail");
    let encoder = Encoder { respond: Box::new(|(), _| ()), store: Box::new(|()| Vec::new()) };
    match service.write(&grant, WriteCall::default(), record, encoder).await {
        // Purged meanwhile.
        Ok(_) | Err(Rejection::NotFound { .. }) => Ok(()),
        Err(other) => Err(other),
    }
}

fn failed(error: impl std::fmt::Display) -> JobError {
    JobError(error.to_string())
}

/// Gives what waited for an adapter to the service, when its channel is changed so.
pub(super) struct AdoptMails(pub Service);

impl Handler for AdoptMails {
    fn kind(&self) -> &'static str {
        ADOPT_MAILS
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let adoption = Adoption::from_payload(&job.payload);
            let mut adoption = adoption.ok_or_else(|| JobError("the payload cannot be read".to_owned()))?;
            let (store, channel) = (&self.0.store, ChannelId::stored(adoption.channel.clone()));
            let queued = read::conversations::queued(store, &job.account, &channel, adoption.after, CHUNK).await;
            let queued = queued.map_err(failed)?;
            let more = queued.len() as u64 == CHUNK;
            for message in queued.into_iter().filter(|message| message.sequence <= adoption.upto) {
                adoption.after = message.sequence;
                let waiting = WaitingReply { message: message.id.0, since: job.now, tries: 0 };
                let added = jobs::add(store, &job.account, REPLY_MAIL, &waiting.to_payload(), job.now).await;
                added.map_err(failed)?;
            }
            let left = more && adoption.after < adoption.upto;
            Ok(if left { Next::Again { after: Duration::ZERO, payload: adoption.to_payload() } } else { Next::Done })
        }
        .boxed()
    }
}
