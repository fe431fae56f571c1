//! A stream of one's own notifications: the unread ones first, then what changes (contract 2.11, rule 7).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::read::{channels, own};
use crate::domain::ids::UserId;
use crate::domain::names::Name;
use crate::domain::notification::Notification;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::Service;
use crate::service::events::{Follower, StreamEnds, head_of};
use crate::service::grant::Grant;
use crate::storage::read::notifications::{self, Own, Span};

/// Notifications in one answer.
const BATCH: u64 = 100;

/// Where a stream stands, as its token says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchPlace {
    /// Among the unread ones, after this id; changes after this sequence come later.
    #[serde(rename = "u")]
    Unread(Uuid, i64),
    /// Among the changes: after this sequence and id.
    #[serde(rename = "c")]
    Changed(i64, Uuid),
}

/// From where to watch.
#[derive(Debug)]
pub struct WatchNotifications {
    /// Whose: the caller's.
    pub user: UserId,
    /// The place of a token; none begins with the unread ones.
    pub place: Option<WatchPlace>,
    /// How often to say that nothing happened.
    pub progress: Duration,
    /// What ends the stream from outside.
    pub ends: StreamEnds,
}

/// Some notifications, or a sign of progress when there are none.
#[derive(Debug, Clone)]
pub struct Told {
    /// The notifications, with names for those who brought them about.
    pub notifications: Vec<(Notification, String)>,
    /// Unread ones, counted up to 1,000.
    pub unread: u64,
    /// Where the stream stands after them.
    pub place: WatchPlace,
    /// Nothing older waits, now or once before.
    pub caught_up: bool,
    /// The time.
    pub time: Timestamp,
}

/// The stream; nothing is read while nobody asks.
#[derive(Debug)]
pub struct Watch {
    follower: Follower,
    user: UserId,
    place: WatchPlace,
    /// The end of the log when changes were last looked for.
    looked: i64,
    caught_up: bool,
    said_goodbye: bool,
    over: bool,
}

/// Opens a stream.
///
/// # Errors
/// [`Rejection::NotFound`] for somebody else's, [`Rejection::Quota`] when too many watch, and [`Rejection::ResumeToken`]
/// for a place that this log has not reached.
pub async fn open(service: &Service, grant: Grant, asked: WatchNotifications) -> Result<Watch, Rejection> {
    own(&grant, &asked.user, &Name::User(asked.user.clone()))?;
    let seat = service.watches.seat(&grant)?;
    let head = head_of(service, grant.account()?).await?;
    let place = match asked.place {
        Some(WatchPlace::Changed(sequence, _) | WatchPlace::Unread(_, sequence)) if sequence > head.last => {
            return Err(Rejection::ResumeToken);
        }
        Some(place) => place,
        None => WatchPlace::Unread(Uuid::nil(), head.last),
    };
    let follower = Follower::new(service, grant, seat, head, asked.ends, asked.progress);
    let user = asked.user;
    Ok(Watch { follower, user, place, looked: -1, caught_up: false, said_goodbye: false, over: false })
}

impl Watch {
    /// The next answer; after an error nothing comes.
    pub async fn next(&mut self) -> Option<Result<Told, Rejection>> {
        if self.over {
            return None;
        }
        let answer = self.step().await;
        self.over = answer.is_err();
        Some(answer)
    }

    async fn step(&mut self) -> Result<Told, Rejection> {
        if self.said_goodbye {
            return Err(Rejection::Draining);
        }
        loop {
            if self.follower.is_ending() {
                self.said_goodbye = true;
                return self.answer(Vec::new()).await;
            }
            let busy = self.looked < self.follower.end();
            self.follower.judge(busy).await?;
            let found = self.look().await?;
            let first_end = !self.caught_up && self.at_end();
            if !found.is_empty() || first_end || (self.at_end() && self.follower.wait().await?) {
                return self.answer(found).await;
            }
        }
    }

    fn at_end(&self) -> bool {
        matches!(self.place, WatchPlace::Changed(..)) && self.looked >= self.follower.end()
    }

    /// The next batch; none when nothing waits.
    async fn look(&mut self) -> Result<Vec<(Notification, String)>, Rejection> {
        if self.at_end() {
            return Ok(Vec::new());
        }
        let end = self.follower.end();
        let span = match self.place {
            WatchPlace::Unread(after, _) => Span::Unread { after, limit: BATCH },
            WatchPlace::Changed(sequence, after) => Span::Changed { sequence, after, limit: BATCH },
        };
        let found = self.read(span).await?;
        let whole = (found.len() as u64) < BATCH;
        let last = found.last().map(|(told, _)| (told.changed, told.id.0));
        match (&mut self.place, last) {
            (WatchPlace::Unread(_, from), _) if whole => self.place = WatchPlace::Changed(*from, Uuid::max()),
            (WatchPlace::Unread(after, _), Some((_, id))) => *after = id,
            (WatchPlace::Changed(sequence, after), Some((changed, id))) => (*sequence, *after) = (changed, id),
            _ => {}
        }
        if whole && matches!(span, Span::Changed { .. }) {
            self.looked = end;
        }
        Ok(found)
    }

    async fn read(&self, span: Span) -> Result<Vec<(Notification, String)>, Rejection> {
        let (service, grant) = (self.follower.service(), self.follower.grant());
        let channels = channels(service, grant).await?;
        let own =
            Own { account: grant.account()?, user: &self.user, rights: grant.rights(), channels: channels.as_deref() };
        notifications::span(&service.store, own, span).await.map_err(|error| error.rejection())
    }

    async fn answer(&mut self, notifications: Vec<(Notification, String)>) -> Result<Told, Rejection> {
        self.follower.answered();
        self.caught_up |= self.at_end();
        let (service, grant) = (self.follower.service(), self.follower.grant());
        let channels = channels(service, grant).await?;
        let own =
            Own { account: grant.account()?, user: &self.user, rights: grant.rights(), channels: channels.as_deref() };
        let unread = notifications::unread(&service.store, own).await.map_err(|error| error.rejection())?;
        let (place, caught_up, time) = (self.place, self.caught_up, service.clock.now());
        Ok(Told { notifications, unread, place, caught_up, time })
    }
}
