//! A note among ourselves. It goes nowhere else and touches neither owner nor status (C-034).

use crate::domain::conversation::Comment;
use crate::domain::event::EventType;
use crate::domain::ids::{CommentId, ConversationId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Writes a comment; everybody who may see the ticket may.
#[derive(Debug, Clone)]
pub struct WriteComment {
    /// The conversation.
    pub conversation: ConversationId,
    /// Plain text, cleaned.
    pub text: String,
    /// Cleaned HTML; may be empty.
    pub html: String,
}

impl UseCase for WriteComment {
    type Outcome = Comment;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.conversations.insert(self.conversation);
        keys.tickets.extend(world.conversations.peek(&self.conversation).and_then(|found| found.ticket));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Comment, Rejection> {
        let (mut conversation, ticket) = desk.conversation(self.conversation)?;
        let (id, now) = (CommentId(desk.session.new_id()), desk.session.now());
        if let Some(ticket) = ticket {
            // Only the last activity moves.
            desk.save_ticket(ticket);
        }
        conversation.comment_count += 1;
        conversation.update_time = now;
        conversation.version += 1;
        let name = Name::Comment(self.conversation, id).to_string();
        let sequence = desk.session.record(EventType::CommentCreated, name, conversation.ticket, Vec::new(), None);
        let comment = Comment {
            id,
            conversation: self.conversation,
            author: desk.session.actor.clone(),
            text: self.text.clone(),
            html: self.html.clone(),
            attachments: Vec::new(),
            create_time: now,
            sequence,
        };
        desk.session.world.conversations.put(self.conversation, conversation);
        desk.session.world.comments.put(id, comment.clone());
        Ok(comment)
    }
}
