//! What happened, in order: the log that streams, history and later automation read.

use serde::{Deserialize, Serialize};

use super::codes::coded;
use super::ids::{AccessKeyId, ContactId, CustomerAgentId, TicketNumber, UserId};
use super::time::Timestamp;

coded! {
    /// The parts of the service that act by themselves.
    SystemActor { Router = "router", Pipeline = "pipeline", Timer = "timer", Operator = "operator", Workflow = "workflow" }
}

/// Who did something. Stored as `kind:id`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Actor {
    /// A person of the account.
    User(UserId),
    /// A machine credential.
    AccessKey(AccessKeyId),
    /// A customer agent, through its runtime.
    CustomerAgent(CustomerAgentId),
    /// A contact.
    Contact(ContactId),
    /// Somebody who wrote in and is not known.
    Visitor,
    /// The service itself.
    System(SystemActor),
}

impl Actor {
    /// The stored form.
    pub fn code(&self) -> String {
        match self {
            Self::User(id) => format!("user:{id}"),
            Self::AccessKey(id) => format!("key:{id}"),
            Self::CustomerAgent(id) => format!("agent:{id}"),
            Self::Contact(id) => format!("contact:{id}"),
            Self::Visitor => "visitor:".to_owned(),
            Self::System(part) => format!("system:{part}"),
        }
    }

    /// What to call an actor whose name is not known.
    pub fn title(&self) -> &'static str {
        match self {
            Self::User(_) => "Somebody",
            Self::AccessKey(_) => "An integration",
            Self::CustomerAgent(_) => "The customer agent",
            Self::Contact(_) => "The contact",
            Self::Visitor => "A visitor",
            Self::System(_) => "The help desk",
        }
    }

    /// Reads the stored form.
    pub fn from_code(code: &str) -> Option<Self> {
        let (kind, id) = code.split_once(':')?;
        match kind {
            "user" => Some(Self::User(UserId::stored(id))),
            "key" => Some(Self::AccessKey(AccessKeyId::stored(id))),
            "agent" => Some(Self::CustomerAgent(CustomerAgentId::stored(id))),
            "contact" => ContactId::parse(id).ok().map(Self::Contact),
            "visitor" => Some(Self::Visitor),
            "system" => SystemActor::from_code(id).map(Self::System),
            _ => None,
        }
    }
}

coded! {
    /// Kinds of event.
    EventType {
        TicketCreated = "ticket.created",
        TicketUpdated = "ticket.updated",
        TicketStatusChanged = "ticket.status_changed",
        TicketAssigned = "ticket.assigned",
        TicketUnassigned = "ticket.unassigned",
        TicketClosed = "ticket.closed",
        TicketReopened = "ticket.reopened",
        TicketMoved = "ticket.moved",
        TicketMerged = "ticket.merged",
        TicketSplit = "ticket.split",
        TicketDeleted = "ticket.deleted",
        TicketUndeleted = "ticket.undeleted",
        TicketExpunged = "ticket.expunged",
        TicketFollowed = "ticket.followed",
        TicketShared = "ticket.shared",
        TicketSpamChanged = "ticket.spam_changed",
        MessageReceived = "message.received",
        MessageSent = "message.sent",
        MessageDeliveryChanged = "message.delivery_changed",
        MessageBounced = "message.bounced",
        CommentCreated = "comment.created",
        CommentUpdated = "comment.updated",
        CommentDeleted = "comment.deleted",
        AttachmentAdded = "attachment.added",
        AttachmentDeleted = "attachment.deleted",
        ConversationStarted = "conversation.started",
        ConversationTied = "conversation.tied",
        ThreadChanged = "thread.changed",
        DraftChanged = "draft.changed",
        RoutingDecided = "routing.decided",
        QueueEntered = "queue.entered",
        CallChanged = "call.changed",
        QueueLeft = "queue.left",
        AvailabilityChanged = "availability.changed",
        PresenceChanged = "presence.changed",
        UserChanged = "user.changed",
        TeamChanged = "team.changed",
        ContactChanged = "contact.changed",
        CompanyChanged = "company.changed",
        DealChanged = "deal.changed",
        ActivityChanged = "activity.changed",
        TicketAssociationsChanged = "ticket.associations_changed",
        VisitorIdentified = "visitor.identified",
        NotificationsChanged = "notifications.changed",
        ConfigChanged = "config.changed",
        PropertyChanged = "property.changed",
        FormChanged = "form.changed",
        TicketAutomationSkipped = "ticket.automation_skipped",
        MailHeld = "mail.held",
        ConversationParked = "conversation.parked",
        ControlChanged = "control.changed",
        HandoffRequested = "handoff.requested",
        HandoffOffered = "handoff.offered",
        HandoffAccepted = "handoff.accepted",
        HandoffReturned = "handoff.returned",
        HandoffCompleted = "handoff.completed",
        HandoffEnded = "handoff.ended",
        HandoffChanged = "handoff.changed",
        TurnChanged = "turn.changed",
        HandoffTriggered = "handoff.triggered",
    }
}

/// One changed field, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Name of the field in the contract.
    #[serde(rename = "f")]
    pub field: String,
    /// Before; empty when it was not set.
    #[serde(rename = "b")]
    pub before: String,
    /// After; empty when it is not set.
    #[serde(rename = "a")]
    pub after: String,
}

impl FieldChange {
    /// A change, or nothing when both sides are the same.
    #[expect(clippy::needless_pass_by_value, reason = "callers hand over what they have: flags, codes, names")]
    pub fn of(field: &str, before: impl ToString, after: impl ToString) -> Option<Self> {
        let (before, after) = (before.to_string(), after.to_string());
        (before != after).then(|| Self { field: field.to_owned(), before, after })
    }
}

/// One thing that happened, written in the transaction of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Grows by one per account, without gap.
    pub sequence: i64,
    /// What happened.
    pub kind: EventType,
    /// The resource, relative to the account: `tickets/7`.
    pub resource: String,
    /// The ticket it belongs to.
    pub ticket: Option<TicketNumber>,
    /// Grows by one per ticket; 0 outside tickets.
    pub ticket_sequence: i64,
    /// Who did it.
    pub actor: Actor,
    /// Sequence of the event the chain began with; its own for the first.
    pub cause_root: i64,
    /// 0 for what a caller did, one more for each automatic step after it.
    pub cause_depth: i64,
    /// Sequence of the event that brought this one about; 0 for the first.
    pub cause_parent: i64,
    /// What changed.
    pub fields: Vec<FieldChange>,
    /// The caller's request id, when it sent one.
    pub request_id: String,
    /// When.
    pub time: Timestamp,
}
