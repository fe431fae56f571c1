//! What the runtime of a customer agent says of its turns, and conversations that are given to an agent by hand.

use super::turns::{fire, give_unanswered, held, live, look_at, tell_turns, works};
use crate::domain::access::Permission;
use crate::domain::control::Silence;
use crate::domain::conversation::{Conversation, Message};
use crate::domain::customer_agent::CustomerAgent;
use crate::domain::event::SystemActor;
use crate::domain::ids::{ConversationId, CustomerAgentId, MessageId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::triggers::{Facts, Fired, Signals, fired};
use crate::domain::turns::{Stretch, TurnState};
use crate::service::conversations::{SeenConversation, needs_of_others, needs_to_change, refused, to_change};
use crate::service::desk::{Desk, UseCase};
use crate::service::handoffs::{give_to_agent, need_request};
use crate::storage::lane::{Keys, World};

/// A turn, as a runtime names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnRef {
    /// The conversation.
    pub conversation: ConversationId,
    /// The message.
    pub message: MessageId,
    /// The epoch of control that the runtime knows.
    pub epoch: i64,
}

/// What became of a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    /// The conversation after it.
    pub conversation: Conversation,
    /// What fired.
    pub fired: Vec<Fired>,
}

/// A turn that is open, with whose it is.
struct Open {
    conversation: Conversation,
    agent: CustomerAgent,
    stretch: Stretch,
}

impl TurnRef {
    fn needs(self, world: &World, keys: &mut Keys) {
        needs_to_change(world, keys, self.conversation);
        keys.messages.insert(self.message);
    }

    /// # Errors
    /// [`Rejection::NotFound`], [`Rejection::ControlEpochStale`], [`Rejection::NotInControl`], [`Rejection::TurnNotOpen`].
    fn find(self, desk: &Desk<'_, '_>) -> Result<Open, Rejection> {
        let name = Name::Turn(self.conversation, self.message);
        let (conversation, _) = desk.conversation(self.conversation).map_err(|_| desk.not_found(&name))?;
        let of = |message: &&Message| message.conversation == self.conversation;
        desk.world().messages.get(&self.message).filter(of).ok_or_else(|| desk.not_found(&name))?;
        let silence = |silence| refused(desk, &conversation, silence);
        conversation.control.is_at(Some(self.epoch)).map_err(silence)?;
        let (agent, stretch) = held(desk, &conversation).ok_or_else(|| silence(Silence::NotInControl))?;
        if stretch.turn(self.message).is_none() {
            return Err(Rejection::TurnNotOpen { turn: desk.name(&name) });
        }
        Ok(Open { conversation, agent, stretch })
    }
}

impl Open {
    /// Writes the stretch back, and hands over because of what fires.
    fn done(self, desk: &mut Desk<'_, '_>, signals: Signals) -> Acted {
        let Self { mut conversation, agent, stretch } = self;
        let (id, now) = (conversation.id, desk.session.now());
        if let Some(due) = stretch.due {
            look_at(desk, due);
        }
        let found = fired(&agent.triggers, &Facts { signals, ..stretch.facts(now) });
        conversation.stretch = Some(Box::new(stretch));
        desk.session.world.conversations.put(id, conversation.clone());
        fire(desk, id, &found, SystemActor::Router);
        let conversation = desk.world().conversations.get(&id).cloned().unwrap_or(conversation);
        Acted { conversation, fired: found }
    }
}

/// The runtime takes a turn: from now on it may take its time.
#[derive(Debug, Clone)]
pub struct Acknowledge(pub TurnRef);

impl UseCase for Acknowledge {
    type Outcome = Conversation;

    fn needs(&self, world: &World, keys: &mut Keys) {
        self.0.needs(world, keys);
        need_request(world, keys, self.0.conversation);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Conversation, Rejection> {
        let Open { mut conversation, agent, mut stretch } = self.0.find(desk)?;
        live(desk, &agent)?;
        let (message, now) = (self.0.message, desk.session.now());
        let taken = stretch.turn(message).is_some_and(|turn| turn.taken.is_some());
        stretch.take(message, now, &agent.triggers);
        conversation.stretch = Some(Box::new(stretch));
        desk.session.world.conversations.put(conversation.id, conversation.clone());
        if !taken {
            tell_turns(desk, (conversation.id, conversation.ticket), &[message], TurnState::Taken, None);
        }
        Ok(conversation)
    }
}

/// The runtime could not answer a turn this time.
#[derive(Debug, Clone)]
pub struct Fail(pub TurnRef);

impl UseCase for Fail {
    type Outcome = Acted;

    fn needs(&self, world: &World, keys: &mut Keys) {
        self.0.needs(world, keys);
        need_request(world, keys, self.0.conversation);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Acted, Rejection> {
        let mut open = self.0.find(desk)?;
        open.stretch.fail(self.0.message, desk.session.now(), &open.agent.triggers);
        let of = (open.conversation.id, open.conversation.ticket);
        tell_turns(desk, of, &[self.0.message], TurnState::Failed, None);
        Ok(open.done(desk, Signals::default()))
    }
}

/// The runtime says what it found about a turn (R-211, R-212, C-089).
#[derive(Debug, Clone)]
pub struct Report {
    /// The turn.
    pub turn: TurnRef,
    /// What it found.
    pub signals: Signals,
}

impl UseCase for Report {
    type Outcome = Acted;

    fn needs(&self, world: &World, keys: &mut Keys) {
        self.turn.needs(world, keys);
        need_request(world, keys, self.turn.conversation);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Acted, Rejection> {
        let mut open = self.turn.find(desk)?;
        open.stretch.hear(self.signals, &open.agent.triggers);
        Ok(open.done(desk, self.signals))
    }
}

/// Gives a conversation to a customer agent (C-111).
#[derive(Debug, Clone)]
pub struct Assign {
    /// The conversation.
    pub conversation: ConversationId,
    /// To whom.
    pub agent: CustomerAgentId,
    /// The epoch that the caller last saw.
    pub epoch: Option<i64>,
    /// What the caller last saw of the conversation.
    pub etag: Option<i64>,
    /// Its last message, as it was read before.
    pub last: Option<MessageId>,
}

impl UseCase for Assign {
    type Outcome = SeenConversation;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need_request(world, keys, self.conversation);
        needs_of_others(world, keys, self.conversation);
        keys.messages.extend(self.last);
        let newest = self.last.and_then(|last| world.messages.peek(&last)).map(|last| last.create_time);
        let conversation = world.conversations.peek(&self.conversation);
        if conversation.is_some_and(|found| found.last_message_time != newest) {
            // Something was written since it was read.
            keys.message_times.insert(self.conversation);
        }
        keys.messages.extend(world.newest_message(self.conversation));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<SeenConversation, Rejection> {
        let conversation = to_change(desk, self.conversation, Permission::TicketsAssign, self.etag)?;
        conversation.control.is_at(self.epoch).map_err(|silence| refused(desk, &conversation, silence))?;
        works(desk, &self.agent, "customer_agent")?;
        let before = conversation.control.epoch;
        let given = give_to_agent(desk, conversation, &self.agent)?;
        if given.control.epoch != before {
            let last = desk.world().newest_message(given.id).or(self.last);
            give_unanswered(desk, given.id, last);
        }
        let given = desk.world().conversations.get(&given.id).cloned().unwrap_or(given);
        Ok(SeenConversation::new(desk.world(), given))
    }
}
