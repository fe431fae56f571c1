//! What an operation must read before it can decide.

use std::collections::BTreeSet;

use super::automation::AutomationKeys;
use super::calls::CallKeys;
use super::content::ContentKeys;
use super::handoffs::HandoffKeys;
use super::places::StatusPlace;
use super::records::RecordKeys;
use super::world::World;
use crate::domain::contact::Point;
use crate::domain::ids::{
    ChannelId, CommentId, ContactId, ConversationId, MessageId, NotificationId, PropertyId, ThreadId, TicketNumber,
    UserId,
};

/// Open tickets of one owner that an operation takes at once (W7).
pub const OWNED_AT_ONCE: usize = 500;

/// The rows that a round of a batch reads: one statement per set, whatever its size (W1).
#[derive(Debug, Default)]
pub struct Keys {
    /// Tickets.
    pub tickets: BTreeSet<TicketNumber>,
    /// Contacts.
    pub contacts: BTreeSet<ContactId>,
    /// Whose address it is.
    pub points: BTreeSet<Point>,
    /// Whose browser it is, by hash.
    pub cookies: BTreeSet<String>,
    /// Conversations.
    pub conversations: BTreeSet<ConversationId>,
    /// Threads.
    pub threads: BTreeSet<ThreadId>,
    /// Threads of a conversation.
    pub threads_of: BTreeSet<ConversationId>,
    /// The open thread of a channel and key.
    pub open_threads: BTreeSet<(ChannelId, String)>,
    /// The mail thread of a reply token.
    pub reply_tokens: BTreeSet<String>,
    /// The message with a mail Message-ID.
    pub mail_ids: BTreeSet<String>,
    /// Messages.
    pub messages: BTreeSet<MessageId>,
    /// The message of a channel's external id.
    pub external_ids: BTreeSet<(ChannelId, String)>,
    /// Open tickets owned by a user, after this number: the next [`OWNED_AT_ONCE`], and one more if there is any.
    pub open_tickets_of: BTreeSet<(crate::domain::ids::UserId, TicketNumber)>,
    /// A ticket that is assigned to a team, if there is any.
    pub ticket_of_team: BTreeSet<crate::domain::ids::TeamId>,
    /// A ticket that has a value of a property, if there is any.
    pub ticket_with: BTreeSet<PropertyId>,
    /// A conversation on a channel, if there is any.
    pub conversation_of_channel: BTreeSet<ChannelId>,
    /// The cookies tied to a contact.
    pub cookies_of: BTreeSet<ContactId>,
    /// Notifications.
    pub notifications: BTreeSet<(UserId, NotificationId)>,
    /// The oldest unread notifications of a person, as many as are marked in one call.
    pub unread_of: BTreeSet<UserId>,
    /// Drafts, texts, files and visitors.
    pub content: ContentKeys,
    /// Companies, deals.
    pub records: RecordKeys,
    /// Runs of workflows.
    pub automation: AutomationKeys,
    /// Hand-offs.
    pub handoffs: HandoffKeys,
    /// Comments.
    pub comments: BTreeSet<CommentId>,
    /// Ids and times of all messages of a conversation.
    pub message_times: BTreeSet<ConversationId>,
    /// Tickets that ended in this one, along every chain of merges.
    pub merged_into: BTreeSet<TicketNumber>,
    /// Tickets in a pipeline, or in one status of it: the next 500 by number.
    pub tickets_in: BTreeSet<StatusPlace>,
    /// Every custom view.
    pub views: bool,
    /// The tickets that wait in order, the first of each channel.
    pub waiting: bool,
    /// Versions of routings.
    pub routing_versions: BTreeSet<(ChannelId, i64)>,
    /// Tickets that still wait where none can wait any more, the first of them.
    pub left_over: bool,
    /// Tickets that are to be taken back by now.
    pub returns: bool,
    /// Calls.
    pub calls: CallKeys,
    /// Leases of presence.
    pub leases: BTreeSet<UserId>,
    /// The leases of presence whose time is over, the first of them.
    pub leases_over: bool,
    /// Stored answers.
    pub requests: BTreeSet<RequestKey>,
}

/// What a stored answer is found by: caller, method, request id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey {
    /// Who asked.
    pub caller: String,
    /// Which method.
    pub method: String,
    /// The id the caller chose.
    pub request_id: String,
}

impl Keys {
    #[must_use]
    /// Drops what the world knows already.
    pub fn without_known(mut self, world: &World) -> Self {
        self.tickets.retain(|key| !world.tickets.knows(key));
        self.contacts.retain(|key| !world.contacts.knows(key));
        self.points.retain(|key| !world.points.knows(key));
        self.cookies.retain(|key| !world.cookies.knows(key));
        self.conversations.retain(|key| !world.conversations.knows(key));
        self.threads.retain(|key| !world.threads.knows(key));
        self.threads_of.retain(|key| !world.threads_of.knows(key));
        self.open_threads.retain(|key| !world.open_threads.knows(key));
        self.reply_tokens.retain(|key| !world.reply_tokens.knows(key));
        self.mail_ids.retain(|key| !world.mail_ids.knows(key));
        self.messages.retain(|key| !world.messages.knows(key));
        self.external_ids.retain(|key| !world.external_ids.knows(key));
        self.open_tickets_of.retain(|key| !world.open_tickets_of.knows(key));
        self.ticket_of_team.retain(|key| !world.ticket_of_team.knows(key));
        self.ticket_with.retain(|key| !world.ticket_with.knows(key));
        self.conversation_of_channel.retain(|key| !world.conversation_of_channel.knows(key));
        self.cookies_of.retain(|key| !world.cookies_of.knows(key));
        self.notifications.retain(|key| !world.notifications.knows(key));
        self.unread_of.retain(|key| !world.unread_of.knows(key));
        self.content = self.content.without_known(&world.content);
        self.records = self.records.without_known(&world.records);
        self.automation = self.automation.without_known(&world.automation);
        self.handoffs = self.handoffs.without_known(&world.handoffs);
        self.comments.retain(|key| !world.comments.knows(key));
        self.message_times.retain(|key| !world.message_times.knows(key));
        self.merged_into.retain(|key| !world.merged_into.knows(key));
        self.tickets_in.retain(|key| !world.tickets_in.knows(key));
        self.views &= !world.views.is_whole();
        self.waiting &= !world.knows_waiting();
        self.routing_versions.retain(|key| !world.routing_versions.knows(key));
        self.left_over &= !world.knows_left_over();
        self.returns &= !world.knows_returns();
        self.calls = self.calls.without_known(&world.calls);
        self.leases.retain(|key| !world.leases.knows(key));
        self.leases_over &= !world.knows_leases_over;
        self.requests.retain(|key| !world.requests.knows(key));
        self
    }

    /// Whether nothing is left to read.
    pub fn is_empty(&self) -> bool {
        self.tickets.is_empty()
            && self.contacts.is_empty()
            && self.points.is_empty()
            && self.cookies.is_empty()
            && self.conversations.is_empty()
            && self.threads.is_empty()
            && self.threads_of.is_empty()
            && self.open_threads.is_empty()
            && self.reply_tokens.is_empty()
            && self.mail_ids.is_empty()
            && self.messages.is_empty()
            && self.external_ids.is_empty()
            && self.open_tickets_of.is_empty()
            && self.ticket_of_team.is_empty()
            && self.ticket_with.is_empty()
            && self.conversation_of_channel.is_empty()
            && self.cookies_of.is_empty()
            && self.notifications.is_empty()
            && self.unread_of.is_empty()
            && self.content.is_empty()
            && self.records.is_empty()
            && self.automation.is_empty()
            && self.handoffs.is_empty()
            && self.comments.is_empty()
            && self.message_times.is_empty()
            && self.merged_into.is_empty()
            && self.tickets_in.is_empty()
            && !self.views
            && !self.waiting
            && self.routing_versions.is_empty()
            && !self.left_over
            && !self.returns
            && self.calls.is_empty()
            && self.leases.is_empty()
            && !self.leases_over
            && self.requests.is_empty()
    }
}
