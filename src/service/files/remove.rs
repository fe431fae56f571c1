//! Taking files away: rows with the batch, their bytes by a job after it.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{DELETE_BLOBS, FORGET_FILES};
use crate::domain::attachment::{AttachmentState, FileKind};
use crate::domain::event::EventType;
use crate::domain::ids::{AttachmentId, ConversationId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, NewJob, World};

/// Deletes a file of the caller that nothing uses.
#[derive(Debug, Clone)]
pub struct DeleteFile {
    /// Which.
    pub id: AttachmentId,
}

impl UseCase for DeleteFile {
    type Outcome = ();

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.content.attachments.insert(self.id);
        let conversation = world.content.attachments.peek(&self.id).and_then(|file| file.conversation);
        keys.conversations.extend(conversation);
        let ticket = conversation.and_then(|id| world.conversations.peek(&id)).and_then(|found| found.ticket);
        keys.tickets.extend(ticket);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        let name = Name::Attachment(self.id);
        let file = desk.world().content.attachments.get(&self.id).cloned().ok_or_else(|| desk.not_found(&name))?;
        let own = file.creator == desk.session.actor;
        let conversation = file.conversation.and_then(|id| desk.conversation(id).ok());
        if file.state == AttachmentState::Used {
            // Only who may read what has it hears of it.
            let (found, _) = conversation.ok_or_else(|| desk.not_found(&name))?;
            let used_by = match (file.message, file.comment) {
                (Some(id), _) => Name::Message(found.id, id),
                (None, Some(id)) => Name::Comment(found.id, id),
                (None, None) => Name::Conversation(found.id),
            };
            return Err(Rejection::InUse { resource: desk.name(&name), used_by: desk.name(&used_by) });
        }
        if !own {
            return Err(desk.not_found(&name));
        }
        if let (Some(draft), Some(conversation)) = (file.draft, file.conversation) {
            let used_by = desk.name(&Name::Draft(conversation, draft));
            return Err(Rejection::InUse { resource: desk.name(&name), used_by });
        }
        let ticket = file.conversation.and_then(|id| desk.world().conversations.get(&id)).and_then(|it| it.ticket);
        remove(desk, &[self.id]);
        desk.session.record(EventType::AttachmentDeleted, name.to_string(), ticket, Vec::new(), None);
        Ok(())
    }
}

/// Takes files away for the service itself.
#[derive(Debug, Clone)]
pub struct RemoveFiles {
    /// Which.
    pub ids: Vec<AttachmentId>,
    /// Only those that nothing used until their end.
    pub expired: bool,
}

impl UseCase for RemoveFiles {
    type Outcome = ();

    fn needs(&self, _: &World, keys: &mut Keys) {
        keys.content.attachments.extend(self.ids.iter().copied());
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        let now = desk.session.now();
        let over = |id: &AttachmentId| {
            let file = desk.world().content.attachments.get(id);
            file.is_some_and(|file| !self.expired || file.expire_time.is_some_and(|end| end <= now))
        };
        let gone: Vec<AttachmentId> = self.ids.iter().copied().filter(over).collect();
        remove(desk, &gone);
        Ok(())
    }
}

/// Takes loaded files away, and has their bytes deleted once that is stored.
pub(in crate::service) fn remove(desk: &mut Desk<'_, '_>, ids: &[AttachmentId]) {
    let mut blobs = BTreeSet::new();
    for id in ids {
        // The bytes of a part are those of its mail, which goes with it.
        let file = desk.world().content.attachments.get(id).filter(|file| file.kind != FileKind::Part);
        blobs.extend(file.map(|file| file.blob));
        desk.session.world.content.attachments.remove(id);
    }
    if !blobs.is_empty() {
        let blobs: Vec<Uuid> = blobs.into_iter().collect();
        queue(desk, DELETE_BLOBS, serde_json::json!(blobs).to_string());
    }
}

/// Has the files of conversations deleted that go away with the batch.
pub(in crate::service) fn forget_conversations(desk: &mut Desk<'_, '_>, conversations: &[ConversationId]) {
    if !conversations.is_empty() {
        queue(desk, FORGET_FILES, serde_json::json!(conversations).to_string());
    }
}

fn queue(desk: &mut Desk<'_, '_>, kind: &'static str, payload: String) {
    let (id, due) = (desk.session.new_id(), desk.session.now());
    desk.session.world.jobs.push(NewJob { id, kind, payload, due });
}
