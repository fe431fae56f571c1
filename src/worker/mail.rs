//! Jobs that hand mail over.

mod replies;

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Handler, JobError, Next, backoff_within};
use crate::mail::compose::{Outgoing, compose};
use crate::mailer::{Mailer, SendFault};
use crate::service::Service;
use crate::service::mail::{SYSTEM_MAIL, WaitingSystemMail};
use crate::storage::jobs::Job;
use replies::{AdoptMails, DeliverReply};

/// Wait after the first try that failed.
const FIRST_WAIT: Duration = Duration::from_secs(10);
/// Longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// What the jobs that send mail share.
#[derive(Debug, Clone)]
pub struct Post {
    /// Takes the mail.
    pub mailer: Mailer,
    /// Domain of what the service writes in its own name.
    pub from_domain: String,
    /// So long a mail is tried.
    pub give_up: Duration,
    /// So often a reply is tried that a mail server turns down for now.
    pub tries: u32,
}

/// The handlers of mail.
pub fn handlers(post: &Post, service: &Service) -> Vec<Box<dyn Handler>> {
    vec![
        Box::new(SendSystemMail(post.clone())),
        Box::new(DeliverReply { post: post.clone(), service: service.clone() }),
        Box::new(AdoptMails(service.clone())),
    ]
}

impl Post {
    async fn hand_over(&self, letter: &Outgoing) -> Result<(), SendFault> {
        let parcel = compose(letter).map_err(|unwritable| SendFault::Never(unwritable.to_string()))?;
        self.mailer.send(&parcel).await
    }
}

/// When the next try is due after `tries` that failed.
fn wait(tries: u32, job: &Job) -> Duration {
    // Spread by the job itself: a repeated run of the same try waits the same.
    let seed = u64::from_be_bytes(job.id.as_bytes()[8..].try_into().unwrap_or_default());
    backoff_within(FIRST_WAIT, LONGEST_WAIT, tries, seed)
}

/// Sends one mail of the service's own.
#[derive(Debug)]
struct SendSystemMail(Post);

impl Handler for SendSystemMail {
    fn kind(&self) -> &'static str {
        SYSTEM_MAIL
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Next, JobError>> {
        async move {
            let unreadable = || JobError("the payload cannot be read".to_owned());
            let mut waiting = WaitingSystemMail::from_payload(&job.payload).ok_or_else(unreadable)?;
            let sent = self.0.hand_over(&waiting.letter(job, &self.0.from_domain)).await;
            let Err(fault) = sent else { return Ok(Next::Done) };
            let over = job.now.since(waiting.since) >= self.0.give_up;
            if over || matches!(fault, SendFault::Never(_)) {
                tracing::warn!(account = %job.account, %fault, "a notification could not be mailed");
                return Ok(Next::Done);
            }
            waiting.tries += 1;
            tracing::info!(account = %job.account, tries = waiting.tries, %fault, "a notification is tried again");
            Ok(Next::Again { after: wait(waiting.tries, job), payload: waiting.to_payload() })
        }
        .boxed()
    }
}
