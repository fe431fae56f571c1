//! The way out: messages that wait to be sent on a channel, for its adapter to pull (C3).

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use crate::domain::conversation::Message;
use crate::domain::ids::{AccountId, ChannelId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::events::Seat;
use crate::service::grant::Grant;
use crate::service::{Service, callers};
use crate::storage::{StoreError, read};

/// Messages in one answer.
const BATCH: u64 = 50;
/// How long another replica's messages may wait unseen: its commits give no hint here.
const POLL: Duration = Duration::from_secs(1);
/// Commits of the whole service wake a stream; it looks no more often than this.
const LEAST_PAUSE: Duration = Duration::from_millis(50);
/// How often a stream without messages says that it lives.
const PROGRESS: Duration = Duration::from_secs(15);

/// One answer of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// Messages, each with the reply token of its thread where it is a mail.
    pub messages: Vec<(Message, String)>,
    /// Nothing older waits.
    pub caught_up: bool,
}

/// The waiting messages of one channel, in order, as they come.
#[derive(Debug)]
pub struct Outbound {
    service: Service,
    grant: Grant,
    account: AccountId,
    channel: ChannelId,
    commits: watch::Receiver<u64>,
    /// Sequence of the last message that was given.
    after: i64,
    begun: bool,
    pace: Interval,
    sign: Interval,
    _seat: Seat,
}

impl Outbound {
    /// Messages of `channel` that wait and come after the place `after`.
    ///
    /// # Errors
    /// [`Rejection::NotFound`] for a channel that is not there, [`Rejection::ChannelDisabled`], and [`Rejection::Quota`] when
    /// too many streams are open (L-12).
    pub async fn open(service: &Service, grant: &Grant, channel: ChannelId, after: i64) -> Result<Self, Rejection> {
        let (mut pace, mut sign) = (interval(LEAST_PAUSE), interval(PROGRESS));
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        sign.reset();
        let outbound = Self {
            service: service.clone(),
            grant: grant.clone(),
            account: grant.account()?.clone(),
            channel,
            commits: service.store.commits(),
            after,
            begun: false,
            pace,
            sign,
            _seat: service.watches.seat(grant)?,
        };
        outbound.check().await?;
        Ok(outbound)
    }

    /// Where the stream is: sequence of the last message that was given.
    pub fn place(&self) -> i64 {
        self.after
    }

    /// The moment, for tokens.
    pub fn now(&self) -> Timestamp {
        self.service.clock.now()
    }

    /// The account.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The channel.
    pub fn channel(&self) -> &ChannelId {
        &self.channel
    }

    /// Waits for the next messages; after 15 seconds without any, for nothing.
    ///
    /// # Errors
    /// When the channel was disabled or the caller lost the right to read it.
    pub async fn next(&mut self) -> Result<Pulled, Rejection> {
        let mut due = false;
        loop {
            self.pace.tick().await;
            // Seen before the look, so that a commit during the look wakes the next one.
            self.commits.borrow_and_update();
            self.check().await?;
            let messages = self.look().await?;
            let caught_up = (messages.len() as u64) < BATCH;
            let first = !std::mem::replace(&mut self.begun, true);
            if !messages.is_empty() || first || due {
                self.sign.reset();
                return Ok(Pulled { messages, caught_up });
            }
            due = self.wait().await;
        }
    }

    /// Waits until it is worth looking again, and says whether a sign of life is due.
    async fn wait(&mut self) -> bool {
        tokio::select! {
            _ = self.sign.tick() => true,
            // A commit, the end of the time, and the end of the store all mean: look.
            _ = timeout(POLL, self.commits.changed()) => false,
        }
    }

    /// Whether caller and channel are still as they must be; rights are never remembered (A3).
    async fn check(&self) -> Result<(), Rejection> {
        callers::judge_anew(&self.service, &self.grant).await?;
        let found = read::channels::get(&self.service.store, &self.account, &self.channel).await;
        let name = Name::Channel(self.channel.clone()).within(&self.account);
        match found.map_err(away)? {
            Some(channel) if channel.delivered_by_service() => Err(Rejection::DeliveredByService { channel: name }),
            Some(channel) if channel.enabled => Ok(()),
            Some(_) => Err(Rejection::ChannelDisabled { channel: name }),
            None => Err(Rejection::NotFound { resource: name }),
        }
    }

    async fn look(&mut self) -> Result<Vec<(Message, String)>, Rejection> {
        let store = &self.service.store;
        let queued = read::conversations::queued(store, &self.account, &self.channel, self.after, BATCH).await;
        let queued = queued.map_err(away)?;
        let mails = queued.iter().filter(|message| message.mail_id.is_some()).map(|message| message.thread);
        let tokens = if mails.clone().next().is_some() {
            read::conversations::reply_tokens(store, &self.account, mails).await.map_err(away)?
        } else {
            std::collections::BTreeMap::new()
        };
        self.after = queued.last().map_or(self.after, |message| message.sequence);
        let with_token = |message: Message| {
            let token = tokens.get(&message.thread).cloned().unwrap_or_default();
            (message, token)
        };
        Ok(queued.into_iter().map(with_token).collect())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn away(error: StoreError) -> Rejection {
    error.rejection()
}
