//! Turns of customer agents: given with a message of the visitor, answered with a message of the agent, over when somebody
//! else gets control. And what fires meanwhile, with which the conversation is handed over.

use super::late::{RESUME_TURNS, WATCH_TURNS};
use crate::domain::channel::ChannelKind;
use crate::domain::control::Party;
use crate::domain::conversation::{Conversation, Direction, Message};
use crate::domain::customer_agent::{Credits, CustomerAgent, PauseReason};
use crate::domain::event::{Actor, EventType, FieldChange, SystemActor};
use crate::domain::handoff;
use crate::domain::ids::{ConversationId, CustomerAgentId, MessageId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::domain::triggers::{Facts, Fired, fired};
use crate::domain::turns::{Stretch, TurnState};
use crate::mail::quote;
use crate::service::conversations::pass_control;
use crate::service::desk::Desk;
use crate::service::handoffs;
use crate::storage::lane::EffectKind;

/// A conversation with its ticket.
pub type Of = (ConversationId, Option<TicketNumber>);

/// What keeps a customer agent from working now.
pub fn pauses(desk: &Desk<'_, '_>, agent: &CustomerAgent) -> Vec<PauseReason> {
    let world = desk.world();
    let credits = Credits { bought: world.account.credits, used: world.head.credits_used };
    agent.pauses(world.account.tier, credits)
}

/// The customer agent of a field of the request, which must be there and work.
///
/// # Errors
/// [`Rejection::ReferenceNotFound`], [`Rejection::CustomerAgentNotLive`].
pub fn works(desk: &Desk<'_, '_>, id: &CustomerAgentId, field: &str) -> Result<(), Rejection> {
    let agent = desk.world().people().agents.get(id);
    let resource = || desk.name(&Name::CustomerAgent(id.clone()));
    live(desk, agent.ok_or_else(|| Rejection::ReferenceNotFound { field: field.to_owned(), resource: resource() })?)
}

/// Refuses what a customer agent cannot do while it is paused.
///
/// # Errors
/// [`Rejection::CustomerAgentNotLive`].
pub(super) fn live(desk: &Desk<'_, '_>, agent: &CustomerAgent) -> Result<(), Rejection> {
    let cause = match pauses(desk, agent).first() {
        None => return Ok(()),
        Some(PauseReason::ByHand) => "BY_HAND",
        Some(PauseReason::NoCredits) => "NO_CREDITS",
        Some(PauseReason::Subscription) => "SUBSCRIPTION",
    };
    Err(Rejection::CustomerAgentNotLive { agent: desk.name(&Name::CustomerAgent(agent.id.clone())), cause })
}

/// The turns that the customer agent in control has; none where none has.
pub fn owed_turns(conversation: &Conversation) -> Vec<MessageId> {
    conversation.held().map(Stretch::messages).unwrap_or_default()
}

/// Tells what became of turns: because of the caller, or by a part of the service because of what the caller did.
pub fn tell_turns(desk: &mut Desk<'_, '_>, (id, ticket): Of, turns: &[MessageId], now: TurnState, by: Option<&Actor>) {
    for turn in turns {
        let state = FieldChange::of("state", "", now.code().to_uppercase());
        let name = Name::Turn(id, *turn).to_string();
        desk.session.record(EventType::TurnChanged, name, ticket, state.into_iter().collect(), by.cloned());
    }
}

/// Looks at the open turns of customer agents that work again.
pub fn wake_turns(desk: &mut Desk<'_, '_>) {
    let (id, now) = (desk.session.new_id(), desk.session.now());
    desk.session.world.wake(RESUME_TURNS, id, now);
}

/// Looks again at open turns at `due`. Within the very job that looks nothing is asked for: it ends with what is due next.
pub fn look_at(desk: &mut Desk<'_, '_>, due: Timestamp) {
    if desk.grant.method() == WATCH_TURNS {
        return;
    }
    let id = desk.session.new_id();
    desk.session.world.wake(WATCH_TURNS, id, due);
}

/// A message came in. With the first one of a conversation control goes to the customer agent `to`, if there is one; whoever
/// of them has control gets a turn, and what the message says is judged.
pub fn after_inbound(desk: &mut Desk<'_, '_>, message: &Message, to: Option<CustomerAgentId>) {
    if message.by_machine() {
        return;
    }
    let there = |agent: &CustomerAgentId| desk.world().people().agents.get(agent).is_some();
    let (to, router) = (to.filter(there), Actor::System(SystemActor::Router));
    let Some(mut conversation) = desk.world().conversations.get(&message.conversation).cloned() else { return };
    if let Some(agent) = to {
        conversation = pass_control(desk, conversation, Party::Agent(agent), Some(&router));
    }
    give(desk, conversation, message);
}

/// Gives the customer agent in control a turn for a message, and judges what the message says. A mail that follows on too
/// many mails of the agent is no turn: it fires as a loop.
fn give(desk: &mut Desk<'_, '_>, mut conversation: Conversation, message: &Message) {
    let Some((agent, mut stretch)) = held(desk, &conversation) else { return };
    let (id, now, triggers) = (conversation.id, desk.session.now(), &agent.triggers);
    if stretch.mailed_enough(now) && is_mail(desk, message) {
        let looped = Fired { reason: handoff::Reason::Loop, phrases: Vec::new() };
        fire(desk, id, &[looped], SystemActor::Router);
        return;
    }
    let over = stretch.begin(message.id, now, triggers);
    let said = quote::new_text(&message.text, &message.cuts);
    let paused = follow_pause(desk, &agent, &mut stretch);
    let found = fired(triggers, &Facts { said: &said, paused, ..stretch.facts(now) });
    if let Some(due) = stretch.due {
        look_at(desk, due);
    }
    conversation.stretch = Some(Box::new(stretch));
    let of = (id, conversation.ticket);
    desk.session.world.conversations.put(id, conversation);
    let router = SystemActor::Router;
    tell_turns(desk, of, over.as_slice(), TurnState::Ended, Some(&Actor::System(router)));
    tell_turns(desk, of, &[message.id], TurnState::Waiting, Some(&Actor::System(router)));
    fire(desk, id, &found, router);
}

fn is_mail(desk: &Desk<'_, '_>, message: &Message) -> bool {
    let channel = desk.world().people().channels.get(&message.channel);
    channel.is_some_and(|channel| channel.kind == ChannelKind::Email)
}

/// What nobody has answered when a customer agent gets a conversation is its first turn: the last message `last`, where a
/// contact wrote it. It must be at hand.
pub fn give_unanswered(desk: &mut Desk<'_, '_>, id: ConversationId, last: Option<MessageId>) {
    let Some(conversation) = desk.world().conversations.get(&id).cloned() else { return };
    if let Some(message) = unanswered(desk, &conversation, last) {
        give(desk, conversation, &message);
    }
}

/// The same for a customer agent that has a conversation again because no person came: what was written meanwhile, and what
/// handed over, is not judged again. The newest message must be at hand.
pub fn give_unjudged(desk: &mut Desk<'_, '_>, id: ConversationId) {
    let Some(mut conversation) = desk.world().conversations.get(&id).cloned() else { return };
    let Some((agent, mut stretch)) = held(desk, &conversation) else { return };
    let Some(message) = unanswered(desk, &conversation, desk.world().newest_message(id)) else { return };
    stretch.begin(message.id, desk.session.now(), &agent.triggers);
    if let Some(due) = stretch.due {
        look_at(desk, due);
    }
    conversation.stretch = Some(Box::new(stretch));
    let of = (id, conversation.ticket);
    desk.session.world.conversations.put(id, conversation);
    tell_turns(desk, of, &[message.id], TurnState::Waiting, Some(&Actor::System(SystemActor::Router)));
}

/// The last message `last` of a conversation, where a contact wrote it.
fn unanswered(desk: &Desk<'_, '_>, conversation: &Conversation, last: Option<MessageId>) -> Option<Message> {
    let newest = |message: &&Message| conversation.last_message_time == Some(message.create_time);
    let open = |message: &&Message| message.direction == Direction::Inbound && !message.by_machine();
    last.and_then(|message| desk.world().messages.get(&message)).filter(newest).filter(open).cloned()
}

/// Follows with whether an agent works: while it does not, nobody is to take its turns, and afterwards they are to be taken
/// anew. Whether it is paused and hands over for that; where it hands nothing over, that is told once (C-092).
pub(super) fn follow_pause(desk: &Desk<'_, '_>, agent: &CustomerAgent, stretch: &mut Stretch) -> bool {
    if pauses(desk, agent).is_empty() {
        stretch.resume(desk.session.now(), &agent.triggers);
        return false;
    }
    stretch.rest(&agent.triggers);
    !(stretch.told_paused && agent.handoff.policy.process == handoff::Process::None)
}

/// The customer agent in control, with its stretch.
pub(super) fn held(desk: &Desk<'_, '_>, conversation: &Conversation) -> Option<(CustomerAgent, Stretch)> {
    let stretch = conversation.held()?.clone();
    let agent = desk.world().people().agents.get(&stretch.agent).cloned()?;
    Some((agent, stretch))
}

/// A customer agent answers: it works, it pays, and everything said before is answered. Of others nothing is said.
///
/// # Errors
/// [`Rejection::CustomerAgentNotLive`].
pub fn answering(desk: &mut Desk<'_, '_>, conversation: &mut Conversation, text: &str) -> Result<(), Rejection> {
    let Actor::CustomerAgent(_) = desk.session.actor else { return Ok(()) };
    let Some((agent, mut stretch)) = held(desk, conversation) else { return Ok(()) };
    live(desk, &agent)?;
    desk.session.world.head.credits_used += 1;
    if desk.world().head.credits_used >= desk.world().account.credits {
        let now = desk.session.now();
        look_at(desk, now);
    }
    stretch.answer(text);
    conversation.stretch = Some(Box::new(stretch));
    Ok(())
}

/// A message was sent. What a customer agent owed is answered, or ended where control moved with the message.
pub fn after_answer(desk: &mut Desk<'_, '_>, of: Of, message: &Message, owed: &[MessageId], stays: bool) {
    let actor = desk.session.actor.clone();
    if !stays {
        tell_turns(desk, of, owed, TurnState::Ended, Some(&actor));
    } else if let Actor::CustomerAgent(_) = actor {
        tell_turns(desk, of, owed, TurnState::Answered, None);
        let (now, mail) = (desk.session.now(), is_mail(desk, message));
        let Some(mut conversation) = desk.world().conversations.get(&of.0).cloned() else { return };
        let Some((agent, mut stretch)) = held(desk, &conversation) else { return };
        let found = fired(&agent.triggers, &stretch.facts(now));
        if mail {
            stretch.mail(now);
            conversation.stretch = Some(Box::new(stretch));
            desk.session.world.conversations.put(of.0, conversation);
        }
        fire(desk, of.0, &found, SystemActor::Router);
    }
}

/// Hands a conversation over because of what fired; where the process says not to, the agent goes on and it is only told
/// (C-092).
pub fn fire(desk: &mut Desk<'_, '_>, id: ConversationId, found: &[Fired], by: SystemActor) {
    if found.is_empty() {
        return;
    }
    let Some(conversation) = desk.world().conversations.get(&id).cloned() else { return };
    let Some((agent, stretch)) = held(desk, &conversation) else { return };
    let reasons: Vec<_> = found.iter().map(|one| one.reason.code().to_uppercase()).collect();
    let phrases: Vec<&str> = found.iter().flat_map(|one| one.phrases.iter().map(String::as_str)).collect();
    let fields = [FieldChange::of("reasons", "", reasons.join(",")), FieldChange::of("phrases", "", phrases.join(","))];
    let (name, actor) = (Name::Conversation(id).to_string(), Actor::System(by));
    let fields = fields.into_iter().flatten().collect();
    desk.session.record(EventType::HandoffTriggered, name.clone(), conversation.ticket, fields, Some(actor.clone()));
    let cause = Name::HandoffTriggers(agent.id.clone()).to_string();
    desk.session.effect(EffectKind::HandoffTriggered, name, &cause, format!("It fired: {}.", reasons.join(", ")));
    hand_over(desk, id, found);
    goes_on(desk, id, &agent, stretch.epoch, found);
}

/// Where the agent still has control, what fired is counted anew.
fn goes_on(desk: &mut Desk<'_, '_>, id: ConversationId, agent: &CustomerAgent, epoch: i64, found: &[Fired]) {
    let Some(mut conversation) = desk.world().conversations.get(&id).cloned() else { return };
    let Some(mut stretch) = conversation.held().filter(|stretch| stretch.epoch == epoch).cloned() else { return };
    stretch.told(found, desk.session.now(), &agent.triggers);
    if let Some(due) = stretch.due {
        look_at(desk, due);
    }
    conversation.stretch = Some(Box::new(stretch));
    desk.session.world.conversations.put(id, conversation);
}

/// Hands the conversation to people as the policy of the agent says.
fn hand_over(desk: &mut Desk<'_, '_>, id: ConversationId, found: &[Fired]) {
    let now = desk.session.now();
    let mut reasons = Vec::new();
    for one in found {
        let (reason, text) = (one.reason, String::new());
        let fired =
            |trigger: &str| handoff::Fired { reason, text: text.clone(), trigger: trigger.to_owned(), time: now };
        if one.phrases.is_empty() {
            reasons.push(fired(""));
        }
        reasons.extend(one.phrases.iter().map(|phrase| fired(phrase)));
    }
    if let Err(refusal) = handoffs::request(desk, id, reasons, handoff::Context::default()) {
        tracing::warn!(conversation = %id, %refusal, "a conversation cannot be handed over");
    }
}
