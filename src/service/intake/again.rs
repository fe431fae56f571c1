//! A message that was here already: what the first delivery brought about (T-20).

use super::ingest::{Ingest, Ingested};
use crate::domain::conversation::Message;
use crate::service::desk::Desk;
use crate::storage::lane::World;

impl Ingest {
    /// The answer to a message that is stored already, in this batch or before.
    pub(super) fn again(&self, desk: &Desk<'_, '_>) -> Option<Ingested> {
        let world = desk.world();
        let known = world.external_ids.get(&(self.channel.clone(), self.external_id.clone()));
        let message = match known {
            Some(id) => world.messages.get(id)?.clone(),
            None => self.our_own(world)?,
        };
        let conversation = world.conversations.get(&message.conversation)?;
        Some(Ingested {
            ticket: conversation.ticket.and_then(|number| world.tickets.get(&number)).cloned(),
            contact: conversation.contact.and_then(|id| world.contacts.get(&id)).cloned(),
            message,
            ticket_created: false,
            ticket_reopened: false,
            contact_created: false,
            duplicate: true,
            thread_created: false,
            decision: None,
        })
    }

    /// A mail of ours on this channel that came back to it: through a copy to the team address, or a loop (T-24).
    fn our_own(&self, world: &World) -> Option<Message> {
        let mail_id = self.mail.as_ref()?.mail_id.as_ref()?;
        let sent = world.mail_ids.get(mail_id)?;
        world.messages.get(&sent.message).filter(|message| message.channel == self.channel).cloned()
    }
}
