//! A runtime of a customer agent: takes the agent's turns as they come and answers them, or says why it cannot. What it
//! thinks is a [`Brain`]'s; everything that the service expects of a runtime happens here.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{CallError, Code, Connection, Patience, until_answered};
use crate::clock::{Clock as _, SystemClock};
use crate::grpc::pb::v1::{
    AcknowledgeTurnRequest, FailTurnRequest, HandoffSignals, Message, ReportSignalsRequest, RichText,
    SendMessageRequest, Turn, TurnState, WatchTurnsRequest, WatchTurnsResponse,
};
use crate::ids::Ids;

/// Time between two tries to open a stream that broke.
const PAUSE: Duration = Duration::from_millis(500);
/// Ended turns that are remembered: the end of one may be told twice, shortly after each other.
const REMEMBERED: usize = 1_000;

/// What a brain makes of a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Thought {
    /// This is the answer.
    Answer(String),
    /// It has none, because of this: what the service hands over for.
    Signal(HandoffSignals),
    /// It could not think this time.
    Fail,
}

/// What thinks for a customer agent. A slow thought is no failure.
pub trait Brain: Send + Sync + 'static {
    /// Thinks about what the contact wrote.
    fn think(&self, turn: &Turn) -> Thought;
}

/// A runtime of one customer agent. Clones work together.
#[derive(Clone)]
pub struct Runtime {
    connection: Connection,
    agent: String,
    brain: Arc<dyn Brain>,
    patience: Patience,
    room: Arc<Semaphore>,
    ids: Arc<Ids>,
    ended: watch::Sender<usize>,
    follows: watch::Sender<bool>,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").field("agent", &self.agent).finish_non_exhaustive()
    }
}

impl Runtime {
    /// A runtime of `agent` (`accounts/../customerAgents/..`), whose access key the connection carries; it thinks about so
    /// many turns at once.
    pub fn new(connection: Connection, agent: String, brain: Arc<dyn Brain>, at_once: usize) -> Self {
        let (patience, room) = (Patience::of(Duration::from_secs(30), 0), Arc::new(Semaphore::new(at_once.max(1))));
        let (ids, ended, follows) = (Arc::new(Ids::system()), watch::Sender::new(0), watch::Sender::new(false));
        Self { connection, agent, brain, patience, room, ids, ended, follows }
    }

    /// How many turns are over, whoever ended them; grows while the runtime works.
    pub fn ended(&self) -> watch::Receiver<usize> {
        self.ended.subscribe()
    }

    /// Whether it has seen what is open: from then on nothing that begins or ends is missed.
    pub fn follows(&self) -> watch::Receiver<bool> {
        self.follows.subscribe()
    }

    /// Works until `stop` is cancelled; a stream that breaks is opened again where it was.
    ///
    /// # Errors
    /// [`CallError`] of a refusal that another try would not change.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), CallError> {
        let mut work = Work::default();
        while !stop.is_cancelled() {
            let followed = stop.run_until_cancelled(self.follow(&mut work)).await;
            match followed {
                Some(Err(error)) if !error.may_pass() && !error.is("SERVER_DRAINING") => return Err(error),
                Some(_) => _ = stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await,
                None => break,
            }
        }
        while work.turns.join_next().await.is_some() {}
        Ok(())
    }

    /// Follows the stream until it ends.
    async fn follow(&self, work: &mut Work) -> Result<(), CallError> {
        let request = WatchTurnsRequest { name: self.agent.clone(), resume_token: work.token.clone() };
        let opened = self.connection.customer_agents().watch_turns(request).await;
        let mut stream = match opened.map_err(CallError::from) {
            Ok(stream) => stream.into_inner(),
            Err(error) => {
                // A token may be too old; the open turns are told anew without one.
                work.token.clear();
                return if error.is("RESUME_TOKEN_COMPACTED") { Ok(()) } else { Err(error) };
            }
        };
        while let Some(news) = stream.message().await.map_err(CallError::from)? {
            self.take_in(work, news);
        }
        Ok(())
    }

    fn take_in(&self, work: &mut Work, news: WatchTurnsResponse) {
        while work.turns.try_join_next().is_some() {}
        work.token = news.resume_token;
        for name in news.ended_turns {
            work.end(name);
        }
        self.ended.send_replace(work.ended);
        if news.caught_up {
            self.follows.send_replace(true);
        }
        for turn in news.turns {
            // Told again it is the same turn, unless it was failed at and is given again.
            if work.begun.get(&turn.name).is_some_and(|failures| turn.failure_count <= *failures) {
                continue;
            }
            work.begun.insert(turn.name.clone(), turn.failure_count);
            let runtime = self.clone();
            work.turns.spawn(async move {
                let told = runtime.work(&turn).await;
                if let Some(error) = told.err().filter(|error| !is_over(error)) {
                    tracing::warn!(turn = turn.name, %error, "a turn went wrong");
                }
            });
        }
    }

    async fn work(&self, turn: &Turn) -> Result<(), CallError> {
        if turn.state() == TurnState::Waiting {
            self.acknowledge(turn).await?;
        }
        // The service knows that we have it; how many are thought about is our own affair.
        let _room = self.room.acquire().await;
        let (brain, about) = (Arc::clone(&self.brain), turn.clone());
        let thought = tokio::task::spawn_blocking(move || brain.think(&about)).await.unwrap_or(Thought::Fail);
        match thought {
            Thought::Answer(text) => self.answer(turn, text).await,
            Thought::Signal(signals) => self.report(turn, signals).await,
            Thought::Fail => self.fail(turn).await,
        }
    }

    async fn acknowledge(&self, turn: &Turn) -> Result<(), CallError> {
        let (name, control_epoch) = (turn.name.clone(), turn.control_epoch);
        let request = AcknowledgeTurnRequest { name, control_epoch, ..AcknowledgeTurnRequest::default() };
        let calls = || self.connection.customer_agents();
        until_answered(self.patience, async || calls().acknowledge_turn(request.clone()).await).await.map(drop)
    }

    async fn answer(&self, turn: &Turn, text: String) -> Result<(), CallError> {
        let message = Message { body: Some(RichText { text, html: String::new() }), ..Message::default() };
        let request = SendMessageRequest {
            parent: turn.conversation.clone(),
            message: Some(message),
            control_epoch: turn.control_epoch,
            request_id: self.request_id(),
            ..SendMessageRequest::default()
        };
        let calls = || self.connection.conversations();
        until_answered(self.patience, async || calls().send_message(request.clone()).await).await.map(drop)
    }

    async fn report(&self, turn: &Turn, signals: HandoffSignals) -> Result<(), CallError> {
        let request = ReportSignalsRequest {
            name: turn.name.clone(),
            control_epoch: turn.control_epoch,
            signals: Some(signals),
            request_id: self.request_id(),
            ..ReportSignalsRequest::default()
        };
        let calls = || self.connection.customer_agents();
        until_answered(self.patience, async || calls().report_signals(request.clone()).await).await.map(drop)
    }

    async fn fail(&self, turn: &Turn) -> Result<(), CallError> {
        let request = FailTurnRequest {
            name: turn.name.clone(),
            control_epoch: turn.control_epoch,
            request_id: self.request_id(),
            ..FailTurnRequest::default()
        };
        let calls = || self.connection.customer_agents();
        until_answered(self.patience, async || calls().fail_turn(request.clone()).await).await.map(drop)
    }

    fn request_id(&self) -> String {
        self.ids.uuid(SystemClock.now()).to_string()
    }
}

/// What a runtime has in hand.
#[derive(Debug, Default)]
struct Work {
    token: String,
    /// Turns that are worked on or done, with how often they had failed.
    begun: HashMap<String, i32>,
    /// How many are over, and the last ones of them.
    ended: usize,
    last_ended: VecDeque<String>,
    turns: JoinSet<()>,
}

impl Work {
    /// A turn is over; counted once, also when it is told again.
    fn end(&mut self, name: String) {
        self.begun.remove(&name);
        if self.last_ended.contains(&name) {
            return;
        }
        self.ended += 1;
        self.last_ended.push_back(name);
        if self.last_ended.len() > REMEMBERED {
            self.last_ended.pop_front();
        }
    }
}

/// Whether a refusal only says that somebody else was faster: a person took over, or one answer did for all.
fn is_over(error: &CallError) -> bool {
    let over = ["CONTROL_EPOCH_STALE", "NOT_IN_CONTROL", "TURN_NOT_OPEN", "CUSTOMER_AGENT_NOT_LIVE"];
    over.iter().any(|reason| error.is(reason)) || error.code == Code::Cancelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_that_is_told_twice_ends_once_and_not_all_are_kept() {
        let mut work = Work::default();
        for turn in 0..2 * REMEMBERED {
            work.begun.insert(turn.to_string(), 0);
            work.end(turn.to_string());
            work.end(turn.to_string());
        }
        assert_eq!((work.ended, work.last_ended.len(), work.begun.len()), (2 * REMEMBERED, REMEMBERED, 0));
    }
}
