//! What became of a reply that the service delivers.

use crate::domain::conversation::{Delivery, Message};
use crate::domain::ids::{ConversationId, MessageId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::desk::{Desk, UseCase};
use crate::service::intake::tell_delivery;
use crate::storage::lane::{Keys, World};

/// Characters of a reason that are kept.
const LONGEST_REASON: usize = 2_000;

/// How a try to deliver ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// The mail server, or the Maildir, has it.
    Taken,
    /// It is tried again, for this reason.
    Again(String),
    /// It is given up, for this reason (C-026).
    Refused(String),
}

/// Writes down how a try ended. One that comes late, after somebody else said what became of the message, changes nothing.
#[derive(Debug, Clone)]
pub struct RecordTry {
    /// The conversation of the message.
    pub conversation: ConversationId,
    /// The message.
    pub message: MessageId,
    /// How it ended.
    pub tried: Tried,
}

impl UseCase for RecordTry {
    type Outcome = ();

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.messages.insert(self.message);
        let conversation = world.messages.peek(&self.message).map_or(self.conversation, |found| found.conversation);
        keys.conversations.insert(conversation);
        keys.tickets.extend(world.conversations.peek(&conversation).and_then(|found| found.ticket));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        let before = desk.world().messages.get(&self.message).cloned();
        let before = before.ok_or_else(|| desk.not_found(&Name::Message(self.conversation, self.message)))?;
        if before.delivery != Delivery::Queued {
            return Ok(());
        }
        let mut after = Message { delivery_time: Some(desk.session.now()), ..before.clone() };
        after.delivery_tries += 1;
        let reason = |text: &String| text.chars().take(LONGEST_REASON).collect();
        (after.delivery, after.delivery_error) = match &self.tried {
            Tried::Taken => (Delivery::Sent, String::new()),
            Tried::Again(why) => (Delivery::Queued, reason(why)),
            Tried::Refused(why) => (Delivery::Failed, reason(why)),
        };
        if after.delivery != before.delivery {
            tell_delivery(desk, &before, &after);
        }
        desk.session.world.messages.put(after.id, after);
        Ok(())
    }
}
