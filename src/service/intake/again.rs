//! A message that was here already: what the first delivery brought about (T-20).

use super::ingest::{Ingest, Ingested};
use crate::service::desk::Desk;

impl Ingest {
    /// The answer to a message that is stored already, in this batch or before.
    pub(super) fn again(&self, desk: &Desk<'_, '_>) -> Option<Ingested> {
        let world = desk.world();
        let id = world.external_ids.get(&(self.channel.clone(), self.external_id.clone()))?;
        let message = world.messages.get(id)?.clone();
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
}
