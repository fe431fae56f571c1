//! What names files: messages and comments use them for good, drafts hold them.

use super::FileRules;
use crate::domain::attachment::{AttachmentFile, AttachmentState};
use crate::domain::conversation::Attachment;
use crate::domain::event::Actor;
use crate::domain::ids::{AttachmentId, ChannelId, CommentId, ConversationId, DraftId, MessageId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::desk::Desk;
use crate::storage::lane::Keys;

/// What uses files from now on.
#[derive(Debug, Clone, Copy)]
pub(in crate::service) enum Carrier {
    /// A message.
    Message(MessageId),
    /// A comment.
    Comment(CommentId),
    /// A draft, which may let go of them again.
    Draft(DraftId),
}

/// Files that a request names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedFiles {
    /// Which.
    pub ids: Vec<AttachmentId>,
    /// What holds for them.
    pub rules: FileRules,
}

/// Whose files may be used, and for what.
#[derive(Debug, Clone, Copy)]
pub(in crate::service) struct Owner<'a> {
    /// Who brought them.
    pub creator: &'a Actor,
    /// The channel they were uploaded for.
    pub channel: Option<&'a ChannelId>,
    /// The draft that may hold them.
    pub draft: Option<DraftId>,
}

impl NamedFiles {
    /// Names them as needs.
    pub(in crate::service) fn needs(&self, keys: &mut Keys) {
        keys.content.attachments.extend(self.ids.iter().copied());
    }

    /// The files, which are the owner's and which nothing else uses. `field` is that of the request that names them.
    ///
    /// # Errors
    /// [`Rejection::ReferenceNotFound`] for any other; a field fault for one that is named twice;
    /// [`Rejection::AttachmentRefused`] for too many bytes together.
    pub(in crate::service) fn find(
        &self,
        desk: &Desk<'_, '_>,
        owner: Owner<'_>,
        field: &str,
    ) -> Result<Vec<AttachmentFile>, Rejection> {
        let mut found: Vec<AttachmentFile> = Vec::new();
        for id in &self.ids {
            if found.iter().any(|file| file.id == *id) {
                return Err(Rejection::field(field, "NOT_UNIQUE", "names a file twice"));
            }
            let file = desk.world().content.attachments.get(id).filter(|file| {
                let free = file.state == AttachmentState::Ready && (file.draft.is_none() || file.draft == owner.draft);
                free && file.creator == *owner.creator && file.channel.as_ref() == owner.channel
            });
            let missing = || {
                let resource = desk.name(&Name::Attachment(*id));
                Rejection::ReferenceNotFound { field: field.to_owned(), resource }
            };
            found.push(file.cloned().ok_or_else(missing)?);
        }
        let bytes: u64 = found.iter().map(|file| u64::try_from(file.size_bytes).unwrap_or(0)).sum();
        let limit = self.rules.together;
        if bytes > limit {
            return Err(Rejection::AttachmentRefused { cause: "TOO_LARGE_TOGETHER", limit });
        }
        Ok(found)
    }
}

/// Gives found files to what carries them, in a conversation, and says how it lists them.
pub(in crate::service) fn give(
    desk: &mut Desk<'_, '_>,
    files: Vec<AttachmentFile>,
    conversation: ConversationId,
    carrier: Carrier,
) -> Vec<Attachment> {
    let mut listed = Vec::new();
    for file in files {
        listed.push(file.listed());
        let (mut message, mut comment, mut draft, mut state) = (None, None, None, AttachmentState::Used);
        match carrier {
            Carrier::Message(id) => message = Some(id),
            Carrier::Comment(id) => comment = Some(id),
            Carrier::Draft(id) => (draft, state) = (Some(id), AttachmentState::Ready),
        }
        let conversation = Some(conversation);
        let used = AttachmentFile { conversation, message, comment, draft, state, expire_time: None, ..file };
        desk.session.world.content.attachments.put(used.id, used);
    }
    listed
}

/// Lets go of files that a draft held, but for those in `kept`: they wait anew.
pub(in crate::service) fn let_go(desk: &mut Desk<'_, '_>, held: &[Attachment], kept: &[Attachment], rules: FileRules) {
    let expire_time = Some(desk.session.now().plus(rules.keep));
    let gone = held.iter().filter(|one| !kept.iter().any(|other| other.id == one.id)).filter_map(|one| one.id);
    for id in gone {
        if let Some(file) = desk.world().content.attachments.get(&id).cloned() {
            desk.session.world.content.attachments.put(id, AttachmentFile { draft: None, expire_time, ..file });
        }
    }
}
