//! Everything a batch knows: loaded rows, and what its operations did to them so far.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use super::automation::Automation;
use super::calls::Calls;
use super::content::Content;
use super::expunge::Expunged;
use super::handoffs::Handoffs;
use super::keys::RequestKey;
use super::people::People;
use super::places::StatusPlace;
use super::records::Records;
use super::table::{Journal, Table};
use super::waiting::Waiting;
use crate::domain::account::Account;
use crate::domain::contact::{Contact, Point};
use crate::domain::conversation::{Comment, Conversation, Message, Thread};
use crate::domain::event::Event;
use crate::domain::ids::{
    ChannelId, CommentId, ContactId, ConversationId, DecisionId, MessageId, NotificationId, PropertyId, TeamId,
    ThreadId, TicketNumber, UserId, ViewId,
};
use crate::domain::notification::Notification;
use crate::domain::presence::Lease;
use crate::domain::routing::{CapacityGroup, Conditions, Demand, Load, Pool, RecordedDecision, RoutingVersion};
use crate::domain::share::Grantee;
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::domain::view::TicketView;

/// Counters of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// Sequence of the last event.
    pub last_event: i64,
    /// Number of the last ticket.
    pub last_ticket: i64,
    /// Grows when people or configuration change.
    pub config_seq: i64,
    /// Grows with each batch that changes loads.
    pub load_seq: i64,
    /// Tickets that wait in order.
    pub waiting: i64,
    /// Credits of customer agents used, ever.
    pub credits_used: i64,
}

/// A mail that we sent: what its Message-ID leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentMail {
    /// Its thread.
    pub thread: ThreadId,
    /// The message.
    pub message: MessageId,
}

/// A stored answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRecord {
    /// What it is found by.
    pub key: RequestKey,
    /// SHA-256 of the request.
    pub hash: Vec<u8>,
    /// The encoded answer.
    pub answer: Vec<u8>,
    /// When it may be forgotten.
    pub expire_time: Timestamp,
}

/// A job to be enqueued with the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Made id.
    pub id: uuid::Uuid,
    /// What to do.
    pub kind: &'static str,
    /// With what: JSON.
    pub payload: String,
    /// When.
    pub due: Timestamp,
}

/// What is worth keeping between the batches of an account.
#[derive(Debug)]
pub struct LaneMemory {
    pub(super) account: Account,
    pub(super) head: Head,
    pub(super) people: People,
    pub(super) loads: Table<UserId, Load>,
    pub(super) pools: HashMap<Demand, Pool>,
    /// Whether limits held when the pools were made.
    pub(super) limited: bool,
    pub(super) conditions: Conditions,
}

/// See the module.
#[derive(Debug)]
pub struct World {
    /// The account.
    pub account: Account,
    /// The moment of the batch (T1).
    pub now: Timestamp,
    /// Counters, as the batch has moved them.
    pub head: Head,
    pub(super) stored_account: Account,
    pub(super) people: People,
    teams_by_user: OnceLock<HashMap<UserId, BTreeSet<TeamId>>>,
    pub(super) loads: Table<UserId, Load>,
    pub(super) pools: HashMap<Demand, Pool>,
    pub(super) limited: bool,
    /// Conditions of rules, read.
    pub conditions: Conditions,
    /// Tickets.
    pub tickets: Table<TicketNumber, Ticket>,
    /// Contacts.
    pub contacts: Table<ContactId, Contact>,
    /// Whose address it is.
    pub points: Table<Point, ContactId>,
    /// Whose browser it is.
    pub cookies: Table<String, ContactId>,
    /// Conversations.
    pub conversations: Table<ConversationId, Conversation>,
    /// Threads.
    pub threads: Table<ThreadId, Thread>,
    /// Threads of a conversation, oldest first.
    pub threads_of: Table<ConversationId, Vec<ThreadId>>,
    /// The open thread of a channel and key.
    pub open_threads: Table<(ChannelId, String), ThreadId>,
    /// The thread of a reply token.
    pub reply_tokens: Table<String, ThreadId>,
    /// The message that we sent with a Message-ID.
    pub mail_ids: Table<String, SentMail>,
    /// Messages.
    pub messages: Table<MessageId, Message>,
    /// The message of a channel's external id.
    pub external_ids: Table<(ChannelId, String), MessageId>,
    /// Numbers of the open tickets of a user.
    pub open_tickets_of: Table<(UserId, TicketNumber), BTreeSet<TicketNumber>>,
    /// A ticket that the database has for a team; see [`World::ticket_of_team`].
    pub(super) ticket_of_team: Table<TeamId, TicketNumber>,
    /// A ticket that the database has with a value of the property; see [`World::ticket_with`].
    pub(super) ticket_with: Table<PropertyId, TicketNumber>,
    /// A conversation that the database has on a channel; see [`World::conversation_of_channel`].
    pub(super) conversation_of_channel: Table<ChannelId, ConversationId>,
    /// The cookies that the database has for a contact; see [`World::is_tracked`].
    pub(super) cookies_of: Table<ContactId, BTreeSet<String>>,
    /// Ids and times of the messages that the database has of a conversation; see [`World::message_times`].
    pub(super) message_times: Table<ConversationId, Vec<(MessageId, Timestamp)>>,
    /// Tickets that the database has in a pipeline or status; see [`World::tickets_in`].
    pub(super) tickets_in: Table<StatusPlace, Vec<TicketNumber>>,
    /// Tickets that the database has merged into one; see [`World::merged_into`].
    pub(super) merged_into: Table<TicketNumber, BTreeSet<TicketNumber>>,
    /// Comments, written by the batch or loaded.
    pub comments: Table<CommentId, Comment>,
    /// Custom views, once any operation needs them.
    pub views: Table<ViewId, TicketView>,
    /// Notifications.
    pub notifications: Table<(UserId, NotificationId), Notification>,
    /// The oldest unread notifications that the database has of a person.
    pub unread_of: Table<UserId, Vec<NotificationId>>,
    /// Drafts, texts and files.
    pub content: Content,
    /// Companies, deals.
    pub records: Records,
    /// Versions of routings.
    pub routing_versions: Table<(ChannelId, i64), RoutingVersion>,
    /// Calls.
    pub calls: Calls,
    /// Leases of presence.
    pub leases: Table<UserId, Lease>,
    /// Whether the leases whose time is over were read.
    pub(super) knows_leases_over: bool,
    /// Runs of workflows.
    pub automation: Box<Automation>,
    /// Hand-offs.
    pub handoffs: Box<Handoffs>,
    /// Decisions made by the batch, and loaded ones.
    pub decisions: Table<DecisionId, RecordedDecision>,
    /// Events written by the batch.
    pub events: Table<i64, Event>,
    /// Stored answers.
    pub requests: Table<RequestKey, RequestRecord>,
    /// Jobs to be enqueued.
    pub jobs: Vec<NewJob>,
    /// Tickets that go away for good, with everything on them.
    pub expunged: Vec<Expunged>,
    pub(super) ids_made: u32,
    pub(super) waiting: Waiting,
    /// Jobs that are to be due at the latest then, by kind.
    pub(super) wakes: BTreeMap<&'static str, (uuid::Uuid, Timestamp)>,
    /// How often the batch took an open ticket from somebody, what was undone included.
    pub(super) freed: u64,
}

/// A place in a world to come back to.
#[derive(Debug)]
pub struct Mark {
    now: Timestamp,
    head: Head,
    account: Account,
    people: Vec<usize>,
    loads: usize,
    tables: Vec<usize>,
    jobs: usize,
    expunged: usize,
    wakes: BTreeMap<&'static str, (uuid::Uuid, Timestamp)>,
}

/// Every table that operations write to, once; people and loads have marks of their own.
macro_rules! tables {
    ($world:ident, $($borrow:tt)+) => {
        vec![
            $($borrow)+ $world.tickets,
            $($borrow)+ $world.contacts,
            $($borrow)+ $world.points,
            $($borrow)+ $world.cookies,
            $($borrow)+ $world.conversations,
            $($borrow)+ $world.threads,
            $($borrow)+ $world.threads_of,
            $($borrow)+ $world.open_threads,
            $($borrow)+ $world.reply_tokens,
            $($borrow)+ $world.mail_ids,
            $($borrow)+ $world.messages,
            $($borrow)+ $world.external_ids,
            $($borrow)+ $world.comments,
            $($borrow)+ $world.decisions,
            $($borrow)+ $world.events,
            $($borrow)+ $world.requests,
            $($borrow)+ $world.notifications,
            $($borrow)+ $world.routing_versions,
            $($borrow)+ $world.calls.calls,
            $($borrow)+ $world.calls.external,
            $($borrow)+ $world.leases,
            $($borrow)+ $world.views,
            $($borrow)+ $world.automation.runs,
            $($borrow)+ $world.automation.revisions,
            $($borrow)+ $world.handoffs.rows,
            $($borrow)+ $world.records.companies,
            $($borrow)+ $world.records.domains,
            $($borrow)+ $world.records.deals,
            $($borrow)+ $world.records.activities,
            $($borrow)+ $world.records.merged,
            $($borrow)+ $world.content.drafts,
            $($borrow)+ $world.content.text_blocks,
            $($borrow)+ $world.content.attachments,
        ]
    };
}

impl World {
    /// A world in which only people and loads are known.
    pub fn new(now: Timestamp, memory: LaneMemory) -> Self {
        let LaneMemory { account, head, people, loads, pools, limited, conditions } = memory;
        Self {
            stored_account: account.clone(),
            account,
            now,
            head,
            people,
            teams_by_user: OnceLock::new(),
            loads,
            pools,
            limited,
            conditions,
            tickets: Table::new("ticket"),
            contacts: Table::new("contact"),
            points: Table::new("contact point"),
            cookies: Table::new("cookie"),
            conversations: Table::new("conversation"),
            threads: Table::new("thread"),
            threads_of: Table::new("threads of conversation"),
            open_threads: Table::new("open thread"),
            reply_tokens: Table::new("reply token"),
            mail_ids: Table::new("mail id"),
            messages: Table::new("message"),
            external_ids: Table::new("external id"),
            open_tickets_of: Table::new("open tickets of user"),
            ticket_of_team: Table::new("ticket of team"),
            ticket_with: Table::new("ticket with property"),
            conversation_of_channel: Table::new("conversation of channel"),
            cookies_of: Table::new("cookies of contact"),
            message_times: Table::new("message times"),
            tickets_in: Table::new("tickets in status"),
            merged_into: Table::new("merged into"),
            comments: Table::new("comment"),
            views: Table::new("ticket view"),
            notifications: Table::new("notification"),
            unread_of: Table::new("unread notifications"),
            routing_versions: Table::new("routing version"),
            calls: Calls::default(),
            content: Content::default(),
            records: Records::default(),
            leases: Table::new("presence lease"),
            knows_leases_over: false,
            automation: Box::default(),
            handoffs: Box::default(),
            decisions: Table::new("decision"),
            events: Table::new("event"),
            requests: Table::new("request"),
            jobs: Vec::new(),
            expunged: Vec::new(),
            // Ids of one millisecond keep the order of the batches too: eight for each event before this one.
            waiting: Waiting::default(),
            wakes: BTreeMap::new(),
            freed: 0,
            ids_made: u32::try_from((head.last_event * 8) & 0x0FFF).unwrap_or(0),
        }
    }

    /// People and configuration.
    pub fn people(&self) -> &People {
        &self.people
    }

    /// People and configuration, to be changed: what was derived from them is forgotten.
    pub fn people_mut(&mut self) -> &mut People {
        self.forget_derived();
        &mut self.people
    }

    fn forget_derived(&mut self) {
        self.teams_by_user = OnceLock::new();
        self.pools.clear();
    }

    /// The teams of a user, main and extra.
    pub fn teams_of(&self, user: &UserId) -> &BTreeSet<TeamId> {
        static NONE: BTreeSet<TeamId> = BTreeSet::new();
        self.teams_by_user.get_or_init(|| self.people.teams_by_user()).get(user).unwrap_or(&NONE)
    }

    /// The load of a user.
    pub fn load(&self, user: &UserId) -> Load {
        self.loads.get(user).copied().unwrap_or_default()
    }

    /// A ticket, open or closed, that is assigned to the team or shared with it. The database's answer counts unless the batch knows better.
    pub fn ticket_of_team(&self, team: &TeamId) -> Option<TicketNumber> {
        let shared = Grantee::Team(team.clone());
        let holds = |ticket: &&Ticket| ticket.teams.contains(team) || ticket.life.share_with(&shared).is_some();
        let known = self.tickets.values().filter(holds).map(|ticket| ticket.number).min();
        let stored = self.ticket_of_team.get(team).copied();
        known.or(stored.filter(|number| !self.tickets.knows(number)))
    }

    /// What the database has there, as far as it is read: for needs.
    pub fn peek_ticket_of_team(&self, team: &TeamId) -> Option<TicketNumber> {
        self.ticket_of_team.peek(team).copied()
    }

    /// Threads of a conversation, those that the batch made among them. Needs `threads_of` the conversation.
    pub fn threads_in(&self, conversation: ConversationId) -> Vec<Thread> {
        let stored = self.threads_of.peek(&conversation).into_iter().flatten();
        let stored = stored.filter_map(|id| self.threads.get(id)).filter(|thread| thread.conversation == conversation);
        let mut threads: Vec<Thread> = stored.cloned().collect();
        let made = self.threads.values().filter(|thread| thread.conversation == conversation);
        threads.extend(made.cloned());
        threads.sort_by_key(|thread| thread.id);
        threads.dedup_by_key(|thread| thread.id);
        threads
    }

    /// A conversation that was held on the channel; conversations stay for good.
    pub fn conversation_of_channel(&self, channel: &ChannelId) -> Option<ConversationId> {
        let known = self.threads.values().find(|thread| thread.channel == *channel);
        known.map(|thread| thread.conversation).or_else(|| self.conversation_of_channel.get(channel).copied())
    }

    /// What the database has there, as far as it is read: for needs.
    pub fn peek_conversation_of_channel(&self, channel: &ChannelId) -> Option<ConversationId> {
        self.conversation_of_channel.peek(channel).copied()
    }

    /// Sets the load of a user, here and in every pool.
    pub fn set_load(&mut self, user: &UserId, load: Load) {
        let before = self.load(user);
        let fewer = CapacityGroup::ALL.iter().any(|group| load.in_group(*group) < before.in_group(*group));
        self.freed += u64::from(fewer);
        self.loads.put(user.clone(), load);
        for pool in self.pools.values_mut() {
            pool.reload(user, load);
        }
    }

    /// Loads that differ from what is stored: user, whether a row is there, the load now.
    pub(super) fn load_changes(&self) -> Vec<(&UserId, bool, Load)> {
        let change = |user| match self.loads.change(user) {
            (stored, Some(now)) if stored != Some(now) => Some((user, stored.is_some(), *now)),
            _ => None,
        };
        self.loads.touched(0).into_iter().filter_map(change).collect()
    }

    /// Moves the counters that tell other replicas what to read again.
    pub(super) fn count_changes(&mut self) {
        self.head.config_seq += i64::from(self.people.changed());
        self.head.load_seq += i64::from(!self.load_changes().is_empty());
    }

    /// Whether the account's state, people or keys are other than what is stored.
    pub(super) fn callers_changed(&self) -> bool {
        self.people.changed() || self.account != self.stored_account
    }

    /// A place to come back to.
    pub fn mark(&self) -> Mark {
        Mark {
            now: self.now,
            head: self.head,
            account: self.account.clone(),
            people: self.people.mark(),
            loads: self.loads.mark(),
            tables: self.tables().into_iter().map(Journal::mark).collect(),
            jobs: self.jobs.len(),
            expunged: self.expunged.len(),
            wakes: self.wakes.clone(),
        }
    }

    /// Undoes everything after `mark`: a rejection, a panic and `validate_only` leave nothing behind (W2, W3).
    pub fn rewind(&mut self, mark: Mark) {
        if self.now != mark.now {
            self.now = mark.now;
            self.pools.clear();
        }
        self.head = mark.head;
        self.account = mark.account;
        if self.people.rewind(&mark.people) {
            self.forget_derived();
        }
        let moved: Vec<UserId> = self.loads.touched(mark.loads).into_iter().cloned().collect();
        self.loads.rewind(mark.loads);
        for user in moved {
            let load = self.load(&user);
            self.pools.values_mut().for_each(|pool| pool.reload(&user, load));
        }
        for (table, mark) in self.tables_mut().into_iter().zip(mark.tables) {
            table.rewind(mark);
        }
        self.jobs.truncate(mark.jobs);
        self.expunged.truncate(mark.expunged);
        self.wakes = mark.wakes;
    }

    /// Lets it be another moment, until the operation is rewound: for what is only tried.
    pub fn pretend_moment(&mut self, moment: Timestamp) {
        if moment < self.now {
            self.pools.clear();
        }
        self.now = moment;
    }

    /// How many rows the batch writes so far, each counted once (W7).
    pub fn written(&self) -> usize {
        let tables: usize = self.tables().into_iter().map(Journal::written).sum();
        tables + self.people.written() + self.loads.written() + self.jobs.len()
    }

    fn tables(&self) -> Vec<&dyn Journal> {
        tables!(self, &)
    }

    fn tables_mut(&mut self) -> Vec<&mut dyn Journal> {
        tables!(self, &mut)
    }

    /// The batch is committed: what is worth keeping for the next one.
    pub fn into_memory(mut self) -> LaneMemory {
        self.people.settle();
        self.loads.settle();
        let Self { account, head, people, loads, pools, limited, conditions, .. } = self;
        LaneMemory { account, head, people, loads, pools, limited, conditions }
    }
}
