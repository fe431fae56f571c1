//! A stream about one conversation: how it is and what was said last, then each message and comment that comes or
//! changes (contract 2.11, rule 7).

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::list::{last_threads, some_threads};
use super::locks::is_locked;
use super::read::{comment, conversation, message};
use super::threads::SeenThread;
use crate::domain::conversation::{Comment, Conversation, Message};
use crate::domain::event::{Event, EventType};
use crate::domain::ids::{CommentId, ConversationId, ThreadId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::Service;
use crate::service::events::{self, Sight, Start, StreamEnds, Subject, Wanted, WatchEvents};
use crate::service::grant::Grant;
use crate::storage::read::feed;

/// Messages and comments in the first answer, and threads.
const LAST: u64 = 50;
/// Bytes of text in one answer (L-02); it holds at least one message or comment.
const ANSWER_BYTES: usize = 1 << 20;

/// Which conversation to watch, and from where.
#[derive(Debug)]
pub struct WatchConversation {
    /// The conversation.
    pub conversation: ConversationId,
    /// The place of a token; none begins with the conversation as it is.
    pub after: Option<i64>,
    /// How often to say that nothing happened.
    pub progress: Duration,
    /// What ends the stream from outside.
    pub ends: StreamEnds,
}

/// What was said, as it is now.
#[derive(Debug)]
pub enum Said {
    /// A message.
    Message(Box<Message>),
    /// A comment.
    Comment(Box<Comment>),
    /// A comment that is no more.
    NoComment(CommentId),
}

/// What was said, with its place in the log.
#[derive(Debug)]
pub struct Item {
    /// What it is.
    pub said: Said,
    /// Sequence of what last happened to it.
    pub sequence: i64,
    /// When that was.
    pub time: Timestamp,
}

/// The conversation with what was said, or a sign of progress without it.
#[derive(Debug, Default)]
pub struct ConversationNews {
    /// The conversation as it is now.
    pub conversation: Option<Conversation>,
    /// Whether nobody may comment in it yet.
    pub comments_locked: bool,
    /// Messages and comments, by sequence.
    pub items: Vec<Item>,
    /// Threads that were begun or changed.
    pub threads: Vec<SeenThread>,
    /// Messages went away: what was told before is void, and this is how it is.
    pub reset: bool,
    /// Everything up to this sequence was delivered or passed over.
    pub upto: i64,
    /// Nothing older waits, now or once before.
    pub caught_up: bool,
}

/// The stream; nothing is read while nobody asks.
#[derive(Debug)]
pub struct ConversationWatch {
    inner: events::Watch,
    id: ConversationId,
    /// Begin with the conversation as it is.
    fresh: bool,
    /// Events that are not told yet, and where the log was read up to.
    waiting: VecDeque<Arc<Event>>,
    read_upto: i64,
    caught_up: bool,
    /// The version that was told last.
    version: i64,
    over: bool,
}

/// Opens a stream.
///
/// # Errors
/// [`Rejection::NotFound`] when the conversation is absent or invisible, [`Rejection::Quota`] when too many watch, and
/// the refusals of the place to begin at.
pub async fn watch(service: &Service, grant: Grant, asked: WatchConversation) -> Result<ConversationWatch, Rejection> {
    let id = asked.conversation;
    let version = conversation(service, &grant, id).await?.version;
    let stream = WatchEvents {
        wanted: Wanted::of_conversation(id),
        start: asked.after.map_or(Start::Now, Start::After),
        progress: asked.progress,
        credential_end: asked.ends.credential,
        ending: asked.ends.stream,
        subject: Some(Subject::Conversation(id)),
        sight: Sight::Stream,
    };
    let inner = events::open(service, grant, stream).await?;
    let (fresh, read_upto) = (asked.after.is_none(), inner.position());
    let waiting = VecDeque::new();
    Ok(ConversationWatch { inner, id, fresh, waiting, read_upto, caught_up: false, version, over: false })
}

impl ConversationWatch {
    /// The next answer; after an error nothing comes.
    pub async fn next(&mut self) -> Option<Result<ConversationNews, Rejection>> {
        if self.over {
            return None;
        }
        let news = self.step().await;
        self.over = news.is_err();
        Some(news)
    }

    async fn step(&mut self) -> Result<ConversationNews, Rejection> {
        loop {
            if self.waiting.is_empty() {
                let Some(delivery) = self.inner.next().await else { return Err(Rejection::Draining) };
                let delivery = delivery?;
                let quiet = delivery.events.is_empty() && !self.fresh;
                (self.read_upto, self.caught_up) = (delivery.upto, delivery.caught_up);
                self.waiting.extend(delivery.events);
                if quiet {
                    return Ok(self.answer(ConversationNews::default()));
                }
            }
            if std::mem::take(&mut self.fresh) {
                // What waits is in it already: it is read after it happened.
                self.waiting.clear();
                let news = self.state(false).await?;
                return Ok(self.answer(news));
            }
            if let Some(news) = self.changes().await? {
                return Ok(self.answer(news));
            }
        }
    }

    fn answer(&self, news: ConversationNews) -> ConversationNews {
        let upto = self.waiting.front().map_or(self.read_upto, |event| event.sequence - 1);
        ConversationNews { upto, caught_up: self.caught_up && self.waiting.is_empty(), ..news }
    }

    /// The conversation as it is, and what was said last.
    async fn state(&mut self, reset: bool) -> Result<ConversationNews, Rejection> {
        let (service, grant) = (self.inner.service(), self.inner.grant());
        let found = conversation(service, grant, self.id).await?;
        let last = feed::last(&service.store, grant.account()?, self.id, LAST).await;
        let (messages, comments) = last.map_err(|error| error.rejection())?;
        let messages = messages.into_iter().map(|it| Item {
            sequence: it.sequence,
            time: it.create_time,
            said: Said::Message(Box::new(it)),
        });
        let comments = comments.into_iter().map(|it| Item {
            sequence: it.sequence,
            time: it.create_time,
            said: Said::Comment(Box::new(it)),
        });
        let mut items: Vec<Item> = messages.chain(comments).collect();
        items.sort_by_key(|item| item.sequence);
        let mut bytes = 0;
        let fits = |item: &&Item| {
            let room = bytes < ANSWER_BYTES;
            bytes += item.said.weight();
            room
        };
        let kept = items.iter().rev().take(usize::try_from(LAST).unwrap_or(usize::MAX)).take_while(fits).count();
        let items = items.split_off(items.len() - kept);
        let threads = last_threads(service, grant, self.id, LAST).await?;
        let comments_locked = is_locked(service, grant, &found).await?;
        self.version = found.version;
        let conversation = Some(found);
        Ok(ConversationNews { conversation, comments_locked, items, threads, reset, ..ConversationNews::default() })
    }

    /// What the waiting events are about, as far as it fits into one answer; none when they change nothing here.
    async fn changes(&mut self) -> Result<Option<ConversationNews>, Rejection> {
        let (service, grant) = (self.inner.service(), self.inner.grant());
        let found = conversation(service, grant, self.id).await?;
        let mut news = ConversationNews::default();
        let mut threads: BTreeSet<ThreadId> = BTreeSet::new();
        let (mut bytes, mut split) = (0, false);
        while bytes < ANSWER_BYTES
            && let Some(event) = self.waiting.pop_front()
        {
            split |= event.kind == EventType::TicketSplit;
            let later = |other: &Arc<Event>| other.resource == event.resource;
            match Name::parse_path(&event.resource) {
                // It is told once, as it is: at its last change.
                Ok(Name::Message(..) | Name::Comment(..)) if self.waiting.iter().any(later) => {}
                Ok(name @ (Name::Message(..) | Name::Comment(..))) => {
                    if let Some(said) = now(service, grant, self.id, &name).await? {
                        bytes += said.weight();
                        news.items.push(Item { said, sequence: event.sequence, time: event.time });
                    }
                }
                Ok(Name::Thread(_, id)) => _ = threads.insert(id),
                _ => {}
            }
        }
        if split && found.version != self.version {
            self.waiting.clear();
            return self.state(true).await.map(Some);
        }
        news.threads = some_threads(service, grant, self.id, threads.into_iter().collect()).await?;
        let changed = found.version != self.version || !news.items.is_empty() || !news.threads.is_empty();
        self.version = found.version;
        if !changed {
            return Ok(None);
        }
        news.comments_locked = is_locked(service, grant, &found).await?;
        news.conversation = Some(found);
        Ok(Some(news))
    }
}

/// A message or comment of the conversation as it is now; none for what is no more there.
async fn now(service: &Service, grant: &Grant, of: ConversationId, name: &Name) -> Result<Option<Said>, Rejection> {
    let (found, gone) = match name {
        Name::Message(_, id) => (message(service, grant, of, *id).await.map(|it| Said::Message(Box::new(it))), None),
        Name::Comment(_, id) => {
            let found = comment(service, grant, of, *id).await;
            (found.map(|it| Said::Comment(Box::new(it))), Some(Said::NoComment(*id)))
        }
        _ => return Ok(None),
    };
    match found {
        Ok(said) => Ok(Some(said)),
        Err(Rejection::NotFound { .. }) => Ok(gone),
        Err(other) => Err(other),
    }
}

impl Said {
    fn weight(&self) -> usize {
        match self {
            Self::Message(message) => 1_024 + message.text.len() + message.html.len(),
            Self::Comment(comment) => 1_024 + comment.text.len() + comment.html.len(),
            Self::NoComment(_) => 64,
        }
    }
}
