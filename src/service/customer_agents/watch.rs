//! A stream of the turns of a customer agent: the open ones first, then each that is given, given again or over (contract
//! 2.11, rule 7). The events of the log only say which conversations to look at; what is told is how their turns are now.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::read::get;
use crate::domain::conversation::{Conversation, Message};
use crate::domain::event::{Event, EventType};
use crate::domain::ids::{ConversationId, CustomerAgentId, MessageId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::turns::Turn;
use crate::service::Service;
use crate::service::events::{self, Sight, Start, StreamEnds, Wanted, WatchEvents};
use crate::service::grant::Grant;
use crate::storage::read::turns;

/// Conversations that are read at once.
const BATCH: u64 = 20;
/// Bytes of one answer (L-02); it holds at least one turn.
const ANSWER_BYTES: usize = 1 << 20;
/// So many batches of events that changed nothing here go by without a sign.
const SILENCE: u32 = 16;

/// Where a stream stands, as its token says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TurnPlace {
    /// Among the open turns, after those of this conversation; changes after this sequence come later.
    #[serde(rename = "s")]
    State(Option<ConversationId>, i64),
    /// Among the changes: after this sequence.
    #[serde(rename = "c")]
    Changes(i64),
}

/// What to watch, and from where.
#[derive(Debug)]
pub struct WatchTurns {
    /// Whose turns.
    pub agent: CustomerAgentId,
    /// The place of a token; none begins with the open turns.
    pub place: Option<TurnPlace>,
    /// How often to say that nothing happened.
    pub progress: Duration,
    /// What ends the stream from outside.
    pub ends: StreamEnds,
}

/// An open turn, with its message.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenTurn {
    /// Its conversation.
    pub conversation: Conversation,
    /// The turn.
    pub turn: Turn,
    /// What the visitor wrote.
    pub message: Message,
}

/// Turns that are given, and that are over.
#[derive(Debug)]
pub struct TurnNews {
    /// Open turns, as they are now.
    pub turns: Vec<OpenTurn>,
    /// Turns that are over.
    pub over: Vec<(ConversationId, MessageId)>,
    /// What was told before is void.
    pub reset: bool,
    /// The agent is paused: no turn is given.
    pub paused: bool,
    /// Where the stream stands after it.
    pub place: TurnPlace,
    /// Nothing older waits, now or once before.
    pub caught_up: bool,
    /// Nothing changed.
    pub progress: bool,
}

/// What is still to be told of.
#[derive(Debug)]
enum Item {
    Open(Box<OpenTurn>),
    Over(ConversationId, MessageId),
}

/// The stream; nothing is read while nobody asks.
#[derive(Debug)]
pub struct TurnWatch {
    inner: events::Watch,
    agent: CustomerAgentId,
    /// Where it stands once everything of `waiting` is told.
    phase: TurnPlace,
    /// Where a token of now goes on: behind nothing that is not told.
    told: TurnPlace,
    waiting: VecDeque<Item>,
    /// Turns that this stream has told, and not that they are over.
    open: BTreeSet<(ConversationId, MessageId)>,
    reset: bool,
    paused: bool,
    caught_up: bool,
    silent: u32,
    over: bool,
}

/// Opens a stream.
///
/// # Errors
/// [`Rejection::NotFound`] for another agent's turns, [`Rejection::Quota`] when too many watch, and the refusals of the
/// place to begin at.
pub async fn watch(service: &Service, grant: Grant, asked: WatchTurns) -> Result<TurnWatch, Rejection> {
    let WatchTurns { agent, place, progress, ends } = asked;
    if grant.caller().customer_agent() != Some(&agent) {
        let resource = Name::CustomerAgent(agent).within(grant.account()?);
        return Err(Rejection::NotFound { resource });
    }
    let start = match place {
        None => Start::Now,
        Some(TurnPlace::State(_, after) | TurnPlace::Changes(after)) => Start::After(after),
    };
    let stream = WatchEvents {
        wanted: Wanted::of_kinds([EventType::TurnChanged, EventType::ConfigChanged]),
        start,
        progress,
        credential_end: ends.credential,
        ending: ends.stream,
        subject: None,
        sight: Sight::Reader,
    };
    let inner = events::open(service, grant, stream).await?;
    let phase = place.unwrap_or_else(|| TurnPlace::State(None, inner.position()));
    let (waiting, open, reset, paused) = (VecDeque::new(), BTreeSet::new(), false, false);
    let (told, caught_up, silent, over) = (phase, false, 0, false);
    Ok(TurnWatch { inner, agent, phase, told, waiting, open, reset, paused, caught_up, silent, over })
}

impl TurnWatch {
    /// The next answer; after an error nothing comes.
    pub async fn next(&mut self) -> Option<Result<TurnNews, Rejection>> {
        if self.over {
            return None;
        }
        let news = self.step().await;
        self.over = news.is_err();
        Some(news)
    }

    async fn step(&mut self) -> Result<TurnNews, Rejection> {
        loop {
            if !self.waiting.is_empty() {
                return Ok(self.answer(false));
            }
            if let (TurnPlace::State(after, upto), false) = (self.phase, self.inner.is_ending()) {
                self.inner.judge().await?;
                if self.page(after, upto).await? {
                    return Ok(self.answer(false));
                }
                continue;
            }
            let Some(delivery) = self.inner.next().await else { return Err(Rejection::Draining) };
            let delivery = delivery?;
            let first_end = delivery.caught_up && !self.caught_up;
            if let TurnPlace::Changes(_) = self.phase {
                self.caught_up = delivery.caught_up;
                if delivery.events.iter().any(|event| self.begins_anew(event)) {
                    // The agent was paused, or goes on: the open turns are told as they are after these events.
                    (self.phase, self.reset) = (TurnPlace::State(None, self.inner.position()), true);
                    self.open.clear();
                    continue;
                }
                self.changes(&delivery.events).await?;
                self.phase = TurnPlace::Changes(self.inner.position());
            }
            self.silent += 1;
            if !self.waiting.is_empty() || first_end || delivery.events.is_empty() || self.silent >= SILENCE {
                return Ok(self.answer(true));
            }
        }
    }

    /// Whether an event may have paused the agent, or ended its pause.
    fn begins_anew(&self, event: &Event) -> bool {
        let own = Name::CustomerAgent(self.agent.clone()).to_string();
        event.kind == EventType::ConfigChanged && (event.resource == own || event.resource.is_empty())
    }

    /// The next of the open turns; whether they are all told with it.
    async fn page(&mut self, after: Option<ConversationId>, upto: i64) -> Result<bool, Rejection> {
        let (service, grant) = (self.inner.service(), self.inner.grant());
        self.paused = !get(service, grant, &self.agent).await?.pauses.is_empty();
        let mut page = Vec::new();
        if !self.paused {
            let found = turns::owed(&service.store, grant.account()?, &self.agent, after, BATCH).await;
            page = found.map_err(|error| error.rejection())?;
        }
        let last = page.last().map(|conversation| conversation.id);
        let all = page.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        let wanted = |conversation: &Conversation| conversation.held().map(|it| it.turns.clone()).unwrap_or_default();
        let page = page.into_iter().filter(|conversation| !conversation.archived);
        let open = page.map(|conversation| (wanted(&conversation), conversation)).collect();
        self.read(open).await?;
        self.phase = if all { TurnPlace::Changes(upto) } else { TurnPlace::State(last, upto) };
        self.caught_up |= all && self.inner.has_caught_up();
        Ok(all)
    }

    /// Reads the messages of open turns, to be told.
    async fn read(&mut self, open: Vec<(Vec<Turn>, Conversation)>) -> Result<(), Rejection> {
        let ids: BTreeSet<MessageId> = open.iter().flat_map(|(turns, _)| turns.iter().map(|it| it.message)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let (service, account) = (self.inner.service(), self.inner.grant().account()?);
        let found = turns::messages(&service.store, account, &ids).await.map_err(|error| error.rejection())?;
        let found: BTreeMap<MessageId, Message> = found.into_iter().map(|message| (message.id, message)).collect();
        for (turns, conversation) in open {
            for turn in turns {
                let Some(message) = found.get(&turn.message).cloned() else { continue };
                let conversation = conversation.clone();
                self.waiting.push_back(Item::Open(Box::new(OpenTurn { conversation, turn, message })));
            }
        }
        Ok(())
    }

    /// What became of the turns that these events are about. Of a conversation that another customer agent has by now only
    /// that a turn is over which this stream has told.
    async fn changes(&mut self, events: &[Arc<Event>]) -> Result<(), Rejection> {
        let turn = |event: &Arc<Event>| match Name::parse_path(&event.resource) {
            Ok(Name::Turn(conversation, message)) => Some((conversation, message)),
            _ => None,
        };
        let touched: BTreeSet<(ConversationId, MessageId)> = events.iter().filter_map(turn).collect();
        if touched.is_empty() || self.paused {
            return Ok(());
        }
        let (service, account) = (self.inner.service(), self.inner.grant().account()?);
        let ids = touched.iter().map(|(conversation, _)| *conversation).collect();
        let found = turns::some(&service.store, account, &ids).await.map_err(|error| error.rejection())?;
        let mine = |it: &Conversation| it.stretch.as_ref().is_some_and(|stretch| stretch.agent == self.agent);
        let mut open = Vec::new();
        for conversation in found {
            let (id, mine) = (conversation.id, mine(&conversation));
            let held = conversation.held().filter(|_| mine && !conversation.archived);
            let of = touched.iter().filter(|(conversation, _)| *conversation == id).map(|(_, message)| *message);
            let (mut still, mut over) = (Vec::new(), Vec::new());
            for message in of {
                match held.and_then(|stretch| stretch.turn(message)) {
                    Some(turn) => still.push(turn.clone()),
                    None if mine || self.open.contains(&(id, message)) => over.push(Item::Over(id, message)),
                    None => {}
                }
            }
            self.waiting.extend(over);
            open.push((still, conversation));
        }
        self.read(open).await
    }

    /// As much as fits into one answer; `quiet`: nothing of it is a sign of progress.
    fn answer(&mut self, quiet: bool) -> TurnNews {
        let (mut turns, mut over, mut bytes) = (Vec::new(), Vec::new(), 0);
        while bytes < ANSWER_BYTES
            && let Some(item) = self.waiting.pop_front()
        {
            match item {
                Item::Open(open) => {
                    bytes += 1_024 + open.message.text.len() + open.message.html.len();
                    self.open.insert((open.conversation.id, open.message.id));
                    turns.push(*open);
                }
                Item::Over(conversation, message) => {
                    bytes += 128;
                    self.open.remove(&(conversation, message));
                    over.push((conversation, message));
                }
            }
        }
        let all = self.waiting.is_empty();
        if all {
            self.told = self.phase;
        }
        self.silent = 0;
        let progress = quiet && turns.is_empty() && over.is_empty();
        let (reset, caught_up) = (std::mem::take(&mut self.reset), self.caught_up && all);
        TurnNews { turns, over, reset, paused: self.paused, place: self.told, caught_up, progress }
    }
}
