//! Replies that are kept and not sent: one per person and thread.

use super::locks::{locked_now, needs_of_others};
use super::place::{Place, may_change};
use super::route::Way;
use crate::domain::access::Permission;
use crate::domain::channel::ChannelKind;
use crate::domain::conversation::Conversation;
use crate::domain::draft::Draft;
use crate::domain::event::EventType;
use crate::domain::ids::{ConversationId, DraftId, TicketNumber, UserId};
use crate::domain::insert::Insert;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::content::{check_inserts, needs_of_inserts};
use crate::service::desk::{Desk, UseCase};
use crate::service::files::{Carrier, FileRules, NamedFiles, Owner, give, let_go};
use crate::storage::lane::{Keys, World};

/// Makes or replaces the caller's draft for a thread. Nothing else changes: no owner, no time, no status.
#[derive(Debug, Clone)]
pub struct SaveDraft {
    /// The conversation.
    pub place: Place,
    /// The thread, or the channel of one that is to begin.
    pub way: Way,
    /// Subject of a mail.
    pub subject: String,
    /// Plain text, cleaned.
    pub text: String,
    /// Cleaned HTML.
    pub html: String,
    /// What is to be inserted when it is sent.
    pub inserts: Vec<Insert>,
    /// Files that go with it.
    pub files: NamedFiles,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for SaveDraft {
    type Outcome = Draft;

    fn needs(&self, world: &World, keys: &mut Keys) {
        self.place.needs(world, keys);
        needs_of_inserts(&self.inserts, keys);
        self.files.needs(keys);
        for conversation in self.place.peek(world) {
            needs_of_held(world, conversation, keys);
            needs_of_others(world, keys, conversation);
        }
        keys.content.drafts_of.extend(self.place.peek(world));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Draft, Rejection> {
        let user = person(desk)?;
        let (conversation, ticket) = self.place.find(desk)?;
        may_change(desk, &conversation, ticket.as_ref(), Permission::TicketsCommunicate)?;
        check_inserts(desk, &self.inserts, "draft.inserts")?;
        let found = self.way.find(desk, &conversation, ["draft.thread", "draft.channel"])?;
        let (thread, channel) = (found.thread(), found.channel());
        let same = |draft: &&Draft| {
            let place = draft.thread == thread && (thread.is_some() || draft.channel == channel.id);
            draft.user == user && place
        };
        let before = desk.world().content.drafts_of(conversation.id).into_iter().find(same).cloned();
        let now = desk.session.now();
        let id = before.as_ref().map_or_else(|| DraftId(desk.session.new_id()), |draft| draft.id);
        let version = before.as_ref().map_or(0, |draft| draft.version);
        desk.same_version(&Name::Draft(conversation.id, id), self.etag, version)?;
        let owner = Owner { creator: &desk.session.actor, channel: None, draft: Some(id) };
        let files = self.files.find(desk, owner, "draft.attachments")?;
        let attachments = give(desk, files, conversation.id, Carrier::Draft(id));
        if let Some(before) = &before {
            let_go(desk, &before.attachments, &attachments, self.files.rules);
        }
        let draft = Draft {
            id,
            conversation: conversation.id,
            user,
            thread,
            channel: channel.id.clone(),
            mail: channel.kind == ChannelKind::Email,
            subject: self.subject.clone(),
            text: self.text.clone(),
            html: self.html.clone(),
            inserts: self.inserts.clone(),
            attachments,
            create_time: before.as_ref().map_or(now, |draft| draft.create_time),
            update_time: now,
            version: version + 1,
        };
        desk.session.world.content.drafts.put(id, draft.clone());
        if before.is_none() {
            tell(desk, &draft, conversation.ticket);
            count_mail(desk, conversation, i64::from(draft.mail));
        }
        Ok(draft)
    }
}

/// Drops a draft of the caller. The outcome says whether comments are closed afterwards.
#[derive(Debug, Clone)]
pub struct DeleteDraft {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Which.
    pub draft: DraftId,
    /// What holds for the files that it lets go of.
    pub rules: FileRules,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for DeleteDraft {
    type Outcome = bool;

    fn needs(&self, world: &World, keys: &mut Keys) {
        Place::Conversation(self.conversation).needs(world, keys);
        needs_of_held(world, self.conversation, keys);
        needs_of_others(world, keys, self.conversation);
        keys.content.drafts_of.insert(self.conversation);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<bool, Rejection> {
        let (user, name) = (person(desk)?, Name::Draft(self.conversation, self.draft));
        let (conversation, _) = desk.conversation(self.conversation).map_err(|_| desk.not_found(&name))?;
        let mine = |draft: &&Draft| draft.id == self.draft && draft.user == user;
        let draft = desk.world().content.drafts_of(self.conversation).into_iter().find(mine).cloned();
        let draft = draft.ok_or_else(|| desk.not_found(&name))?;
        desk.same_version(&name, self.etag, draft.version)?;
        desk.session.world.content.drafts.remove(&self.draft);
        let_go(desk, &draft.attachments, &[], self.rules);
        tell(desk, &draft, conversation.ticket);
        let conversation = count_mail(desk, conversation, -i64::from(draft.mail));
        Ok(locked_now(desk.world(), &conversation))
    }
}

/// The files that the drafts in a conversation hold, as far as these are known.
pub(super) fn needs_of_held(world: &World, conversation: ConversationId, keys: &mut Keys) {
    let drafts = world.content.peek_drafts_of(conversation);
    keys.content.attachments.extend(drafts.flat_map(|draft| draft.attachments.iter().filter_map(|one| one.id)));
}

fn person(desk: &Desk<'_, '_>) -> Result<UserId, Rejection> {
    let method = desk.grant.method().to_owned();
    desk.rights.user.clone().ok_or(Rejection::CallerKind { kind: "ACCESS_KEY", method })
}

fn tell(desk: &mut Desk<'_, '_>, draft: &Draft, ticket: Option<TicketNumber>) {
    let name = Name::Draft(draft.conversation, draft.id).to_string();
    desk.session.record(EventType::DraftChanged, name, ticket, Vec::new(), None);
}

/// Counts mails that wait as drafts; the conversation counts as changed when its comments open or close by it.
fn count_mail(desk: &mut Desk<'_, '_>, mut conversation: Conversation, change: i64) -> Conversation {
    let locked = locked_now(desk.world(), &conversation);
    conversation.outbound_mails += change;
    if locked_now(desk.world(), &conversation) != locked {
        conversation.version += 1;
        conversation.update_time = desk.session.now();
    }
    if change != 0 {
        desk.session.world.conversations.put(conversation.id, conversation.clone());
    }
    conversation
}
