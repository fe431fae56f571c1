//! Who speaks in a conversation: taking control, giving it up, and what sending does to it.

use super::locks::{SeenConversation, needs_of_others};
use super::place::{may_change, needs_of};
use crate::domain::access::Permission;
use crate::domain::control::{Control, Party, Silence, Speaker};
use crate::domain::conversation::Conversation;
use crate::domain::event::{Actor, EventType, FieldChange};
use crate::domain::ids::{ConversationId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::turns::TurnState;
use crate::service::customer_agents::{owed_turns, tell_turns};
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{EffectKind, Keys, World};

/// What somebody who sends a message knows of control, and wants of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Speaking {
    /// The epoch that the sender last saw.
    pub epoch: Option<i64>,
    /// A person takes control with the message.
    pub take: bool,
}

impl Speaking {
    /// Gives control to whom it belongs once the caller has spoken; the conversation is not written yet, and nobody is told.
    ///
    /// # Errors
    /// [`Rejection::ControlEpochStale`], [`Rejection::NotInControl`]; a field fault for a machine that takes control.
    pub(super) fn speak(self, desk: &Desk<'_, '_>, conversation: &mut Conversation) -> Result<(), Rejection> {
        let speaker = match &desk.session.actor {
            Actor::User(user) => Speaker::User(user.clone()),
            Actor::CustomerAgent(agent) => Speaker::Agent(agent.clone()),
            _ => Speaker::Machine,
        };
        if self.take && !matches!(speaker, Speaker::User(_)) {
            return Err(Rejection::field("take_control", "INCONSISTENT", "only a person takes control"));
        }
        let next = conversation.control.after_speaking(&speaker, self.epoch, self.take);
        let next = next.map_err(|silence| refused(desk, conversation, silence))?;
        conversation.pass(next, desk.session.now());
        Ok(())
    }
}

/// The refusal of somebody who may not speak.
pub fn refused(desk: &Desk<'_, '_>, conversation: &Conversation, silence: Silence) -> Rejection {
    let controller = party_name(desk, &conversation.control.party);
    let epoch = conversation.control.epoch;
    let conversation = desk.name(&Name::Conversation(conversation.id));
    match silence {
        Silence::Stale => Rejection::ControlEpochStale { conversation, epoch, controller },
        Silence::NotInControl => Rejection::NotInControl { conversation, controller },
    }
}

fn party_name(desk: &Desk<'_, '_>, party: &Party) -> String {
    match party {
        Party::Nobody => String::new(),
        held => format!("accounts/{}/{}", desk.world().account.id, held.path()),
    }
}

/// Tells that control has moved; nothing when it has not. `by` is whoever brought that about without asking for it.
pub(super) fn tell_control(
    desk: &mut Desk<'_, '_>,
    (conversation, ticket): (ConversationId, Option<TicketNumber>),
    (before, after): (&Control, &Control),
    by: Option<Actor>,
) {
    if before.epoch == after.epoch {
        return;
    }
    let changes = [
        FieldChange::of("controller", party_name(desk, &before.party), party_name(desk, &after.party)),
        FieldChange::of("control_epoch", before.epoch, after.epoch),
    ];
    let name = Name::Conversation(conversation).to_string();
    let aside = by.is_some();
    let fields = changes.into_iter().flatten().collect();
    desk.session.record(EventType::ControlChanged, name.clone(), ticket, fields, by);
    if aside {
        let party = if after.party == Party::Nobody { "Nobody".to_owned() } else { after.party.path() };
        desk.session.effect(EffectKind::ControlMoved, name, "", format!("{party} has control now."));
    }
}

/// Gives control to a party, writes the conversation, and tells it: `by` the caller, or by a part of the service because
/// of what the caller did. The conversation as it is then.
pub fn pass_control(
    desk: &mut Desk<'_, '_>,
    conversation: Conversation,
    to: Party,
    by: Option<&Actor>,
) -> Conversation {
    let (before, mut after) = (conversation.control.clone(), conversation);
    let (now, owed) = (desk.session.now(), owed_turns(&after));
    if after.pass(to, now) {
        after.update_time = now;
        after.version += 1;
        desk.session.world.conversations.put(after.id, after.clone());
        tell_control(desk, (after.id, after.ticket), (&before, &after.control), by.cloned());
        tell_turns(desk, (after.id, after.ticket), &owed, TurnState::Ended, by);
    }
    after
}

/// Takes control of a conversation.
#[derive(Debug, Clone)]
pub struct TakeControl {
    /// Which.
    pub conversation: ConversationId,
    /// The epoch that the caller last saw.
    pub epoch: Option<i64>,
    /// What the caller last saw of the conversation.
    pub etag: Option<i64>,
}

impl UseCase for TakeControl {
    type Outcome = SeenConversation;

    fn needs(&self, world: &World, keys: &mut Keys) {
        needs_of(world, keys, self.conversation);
        needs_of_others(world, keys, self.conversation);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<SeenConversation, Rejection> {
        let conversation = found(desk, self.conversation, self.etag)?;
        conversation.control.is_at(self.epoch).map_err(|silence| refused(desk, &conversation, silence))?;
        let Actor::User(user) = desk.session.actor.clone() else {
            return Err(refused(desk, &conversation, Silence::NotInControl));
        };
        let conversation = pass_control(desk, conversation, Party::User(user), None);
        Ok(SeenConversation::new(desk.world(), conversation))
    }
}

/// Gives up control of a conversation.
#[derive(Debug, Clone)]
pub struct ReleaseControl {
    /// Which.
    pub conversation: ConversationId,
    /// The epoch that the caller last saw.
    pub epoch: Option<i64>,
    /// What the caller last saw of the conversation.
    pub etag: Option<i64>,
}

impl UseCase for ReleaseControl {
    type Outcome = SeenConversation;

    fn needs(&self, world: &World, keys: &mut Keys) {
        needs_of(world, keys, self.conversation);
        needs_of_others(world, keys, self.conversation);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<SeenConversation, Rejection> {
        let conversation = found(desk, self.conversation, self.etag)?;
        conversation.control.is_at(self.epoch).map_err(|silence| refused(desk, &conversation, silence))?;
        let mine = match (&conversation.control.party, &desk.session.actor) {
            (Party::Nobody, _) => true,
            (Party::User(holder), Actor::User(caller)) => holder == caller,
            _ => false,
        };
        if !mine {
            return Err(refused(desk, &conversation, Silence::NotInControl));
        }
        let conversation = pass_control(desk, conversation, Party::Nobody, None);
        Ok(SeenConversation::new(desk.world(), conversation))
    }
}

/// A conversation that the caller may write in.
fn found(desk: &Desk<'_, '_>, id: ConversationId, etag: Option<i64>) -> Result<Conversation, Rejection> {
    to_change(desk, id, Permission::TicketsCommunicate, etag)
}

/// A conversation whose control the caller may move, still as it was when the caller looked.
///
/// # Errors
/// [`Rejection::NotFound`], [`Rejection::OutOfScope`], [`Rejection::EtagMismatch`].
pub fn to_change(
    desk: &Desk<'_, '_>,
    id: ConversationId,
    permission: Permission,
    etag: Option<i64>,
) -> Result<Conversation, Rejection> {
    let (conversation, ticket) = desk.conversation(id)?;
    may_change(desk, &conversation, ticket.as_ref(), permission)?;
    desk.same_version(&Name::Conversation(id), etag, conversation.version)?;
    Ok(conversation)
}
