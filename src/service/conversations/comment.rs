//! A note among ourselves. It goes nowhere else and touches neither owner nor status (C-034).

use super::locks::{locked_now, needs_of_others};
use super::place::Place;
use crate::domain::access::{Level, Permission};
use crate::domain::conversation::{Attachment, Comment, Conversation};
use crate::domain::event::{Actor, EventType};
use crate::domain::ids::{AttachmentId, CommentId, ConversationId, UserId};
use crate::domain::mention::{MOST_MENTIONS, handles};
use crate::domain::names::Name;
use crate::domain::notification::{NotificationKind, Said};
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::desk::{Desk, UseCase};
use crate::service::files::{Carrier, NamedFiles, Owner, give, remove};
use crate::service::notifications::{Notice, may_see, tell};
use crate::storage::lane::{Keys, World};

/// Writes a comment; everybody who may see the ticket may.
#[derive(Debug, Clone)]
pub struct WriteComment {
    /// Where.
    pub place: Place,
    /// Plain text, cleaned.
    pub text: String,
    /// Cleaned HTML; may be empty.
    pub html: String,
    /// Files.
    pub files: NamedFiles,
}

/// Changes the text of a comment; its author may.
#[derive(Debug, Clone)]
pub struct EditComment {
    /// The conversation in the comment's name.
    pub conversation: ConversationId,
    /// The comment.
    pub comment: CommentId,
    /// Plain text and HTML, cleaned; none leaves both.
    pub body: Option<(String, String)>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

/// Deletes a comment; its author and super admins may.
#[derive(Debug, Clone)]
pub struct DeleteComment {
    /// The conversation in the comment's name.
    pub conversation: ConversationId,
    /// The comment.
    pub comment: CommentId,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

/// A comment, and who was told of being mentioned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commented {
    /// The comment.
    pub comment: Comment,
    /// Mentioned and told.
    pub notified: Vec<UserId>,
    /// Mentioned and not told (C-035).
    pub not_notified: Vec<UserId>,
}

impl UseCase for WriteComment {
    type Outcome = Commented;

    fn needs(&self, world: &World, keys: &mut Keys) {
        self.place.needs(world, keys);
        self.files.needs(keys);
        self.place.peek(world).into_iter().for_each(|id| needs_of_others(world, keys, id));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Commented, Rejection> {
        let (conversation, ticket) = self.place.find(desk)?;
        check_open(desk, &conversation)?;
        let mentions = mentioned(desk, &self.text)?;
        let owner = Owner { creator: &desk.session.actor, channel: None, draft: None };
        let files = self.files.find(desk, owner, "comment.attachments")?;
        let (id, now) = (CommentId(desk.session.new_id()), desk.session.now());
        touch(desk, &conversation, ticket.as_ref(), 1);
        let name = Name::Comment(conversation.id, id).to_string();
        let sequence = desk.session.record(EventType::CommentCreated, name, conversation.ticket, Vec::new(), None);
        let attachments = give(desk, files, conversation.id, Carrier::Comment(id));
        let comment = Comment {
            id,
            conversation: conversation.id,
            author: desk.session.actor.clone(),
            text: self.text.clone(),
            html: self.html.clone(),
            mentions: mentions.clone(),
            attachments,
            create_time: now,
            edit_time: None,
            version: 1,
            sequence,
        };
        desk.session.world.comments.put(id, comment.clone());
        Ok(tell_mentioned(desk, comment, mentions, &conversation, ticket.as_ref()))
    }
}

impl UseCase for EditComment {
    type Outcome = Commented;

    fn needs(&self, world: &World, keys: &mut Keys) {
        needs_of_comment(self.conversation, self.comment, world, keys);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Commented, Rejection> {
        let (before, conversation, ticket) = find(desk, self.conversation, self.comment, self.etag, false)?;
        let unchanged = Commented { comment: before.clone(), notified: Vec::new(), not_notified: Vec::new() };
        let Some((text, html)) = self.body.clone().filter(|(text, html)| *text != before.text || *html != before.html)
        else {
            return Ok(unchanged);
        };
        let mentions = mentioned(desk, &text)?;
        let new = mentions.iter().filter(|user| !before.mentions.contains(user)).cloned().collect();
        touch(desk, &conversation, ticket.as_ref(), 0);
        let name = Name::Comment(conversation.id, before.id).to_string();
        desk.session.record(EventType::CommentUpdated, name, conversation.ticket, Vec::new(), None);
        let (edit_time, version) = (Some(desk.session.now()), before.version + 1);
        let comment = Comment { text, html, mentions, edit_time, version, ..before };
        desk.session.world.comments.put(comment.id, comment.clone());
        Ok(tell_mentioned(desk, comment, new, &conversation, ticket.as_ref()))
    }
}

impl UseCase for DeleteComment {
    type Outcome = ();

    fn needs(&self, world: &World, keys: &mut Keys) {
        needs_of_comment(self.conversation, self.comment, world, keys);
        let found = world.comments.peek(&self.comment).into_iter();
        keys.content.attachments.extend(found.flat_map(|found| files_of(&found.attachments)));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        let (before, conversation, ticket) = find(desk, self.conversation, self.comment, self.etag, true)?;
        touch(desk, &conversation, ticket.as_ref(), -1);
        desk.session.world.comments.remove(&before.id);
        remove(desk, &files_of(&before.attachments).collect::<Vec<_>>());
        let name = Name::Comment(conversation.id, before.id).to_string();
        desk.session.record(EventType::CommentDeleted, name, conversation.ticket, Vec::new(), None);
        Ok(())
    }
}

fn files_of(attachments: &[Attachment]) -> impl Iterator<Item = AttachmentId> {
    attachments.iter().filter_map(|attachment| attachment.id)
}

fn needs_of_comment(conversation: ConversationId, comment: CommentId, world: &World, keys: &mut Keys) {
    keys.comments.insert(comment);
    keys.conversations.insert(conversation);
    keys.tickets.extend(world.conversations.peek(&conversation).and_then(|found| found.ticket));
}

/// A comment that the caller may change: its author, or, to `delete` it, a super admin.
fn find(
    desk: &Desk<'_, '_>,
    conversation: ConversationId,
    id: CommentId,
    etag: Option<i64>,
    delete: bool,
) -> Result<(Comment, Conversation, Option<Ticket>), Rejection> {
    let name = Name::Comment(conversation, id);
    let missing = || desk.not_found(&name);
    let (place, ticket) = desk.conversation(conversation).map_err(|_| missing())?;
    let found = desk.world().comments.get(&id).filter(|comment| comment.conversation == conversation);
    let comment = found.cloned().ok_or_else(missing)?;
    if comment.author != desk.session.actor && !(delete && desk.rights.super_admin) {
        let resource = desk.name(&name);
        return Err(Rejection::OutOfScope { permission: Permission::TicketsEdit, level: Level::Owned, resource });
    }
    desk.same_version(&name, etag, comment.version)?;
    Ok((comment, place, ticket))
}

/// Refuses a comment on a ticket that began with a call and has no outbound mail yet (R-060 to R-062, C-036).
fn check_open(desk: &Desk<'_, '_>, conversation: &Conversation) -> Result<(), Rejection> {
    if !locked_now(desk.world(), conversation) {
        return Ok(());
    }
    let conversation = desk.name(&Name::Conversation(conversation.id));
    Err(Rejection::CommentsLocked { conversation, cause: "NO_OUTBOUND_MAIL" })
}

/// The users that a text mentions; whoever does not exist is refused (C-035).
fn mentioned(desk: &Desk<'_, '_>, text: &str) -> Result<Vec<UserId>, Rejection> {
    let handles = handles(text);
    if handles.len() > MOST_MENTIONS {
        let field = "comment.body";
        return Err(Rejection::field(field, "TOO_MANY", format!("mentions more than {MOST_MENTIONS} users")));
    }
    let user = |handle: String| {
        let id = UserId::stored(handle);
        match desk.world().people().users.get(&id) {
            Some(user) => Ok(user.id.clone()),
            None => Err(Rejection::ReferenceNotFound {
                field: "comment.body".to_owned(),
                resource: desk.name(&Name::User(id)),
            }),
        }
    };
    handles.into_iter().map(user).collect()
}

/// Moves the last activity of ticket and conversation, and nothing else of them (C-034).
fn touch(desk: &mut Desk<'_, '_>, conversation: &Conversation, ticket: Option<&Ticket>, more: i64) {
    if let Some(ticket) = ticket {
        desk.save_ticket(ticket.clone());
    }
    let mut conversation = conversation.clone();
    conversation.comment_count += more;
    conversation.update_time = desk.session.now();
    conversation.version += 1;
    desk.session.world.conversations.put(conversation.id, conversation);
}

fn tell_mentioned(
    desk: &mut Desk<'_, '_>,
    comment: Comment,
    users: Vec<UserId>,
    conversation: &Conversation,
    ticket: Option<&Ticket>,
) -> Commented {
    let notice = Notice {
        kind: NotificationKind::Mentioned,
        ticket,
        conversation: Some(conversation.id),
        about: Some(Said::Comment(comment.id)),
    };
    let author: Actor = comment.author.clone();
    let (mut notified, mut not_notified) = (Vec::new(), Vec::new());
    for user in users {
        let told = may_see(desk.world(), &user, ticket, Some(conversation)) && tell(desk, &user, &author, notice);
        if told { notified.push(user) } else { not_notified.push(user) }
    }
    Commented { comment, notified, not_notified }
}
