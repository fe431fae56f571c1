//! Resource names: `accounts/{account}/tickets/{ticket}`. One place that writes and reads them.

use super::ids::{
    AccessKeyId, AccountId, ActivityId, AttachmentId, BadId, CallId, ChannelId, CommentId, CompanyId, ContactId,
    ConversationId, CustomerAgentId, DealId, DecisionId, DraftId, HandoffId, MessageId, NotificationId, PipelineId,
    PropertyId, RunId, SkillId, StatusId, TeamId, TextBlockId, ThreadId, TicketNumber, UserId, WorkflowId,
};
use super::view::ViewKey;

/// A name below an account, as the service knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Name {
    /// The account itself.
    Account,
    /// `users/{user}`
    User(UserId),
    /// `teams/{team}`
    Team(TeamId),
    /// `accessKeys/{access_key}`
    AccessKey(AccessKeyId),
    /// `channels/{channel}`
    Channel(ChannelId),
    /// `channels/{channel}/routing`
    ChannelRouting(ChannelId),
    /// `pipelines/{pipeline}`
    Pipeline(PipelineId),
    /// `pipelines/{pipeline}/automation`
    PipelineAutomation(PipelineId),
    /// `pipelines/{pipeline}/statuses/{status}`
    Status(PipelineId, StatusId),
    /// `pipelines/{pipeline}/statuses/{status}/actions/{action}`
    StatusAction(PipelineId, StatusId, String),
    /// `contacts/{contact}`
    Contact(ContactId),
    /// `companies/{company}`
    Company(CompanyId),
    /// `deals/{deal}`
    Deal(DealId),
    /// `activities/{activity}`
    Activity(ActivityId),
    /// `tickets/{ticket}`
    Ticket(TicketNumber),
    /// `tickets/-`: every ticket.
    EveryTicket,
    /// `tickets/{ticket}/routingDecisions/{routing_decision}`
    Decision(TicketNumber, DecisionId),
    /// `conversations/{conversation}`
    Conversation(ConversationId),
    /// `conversations/-`: every conversation.
    EveryConversation,
    /// `conversations/{conversation}/threads/{thread}`
    Thread(ConversationId, ThreadId),
    /// `conversations/{conversation}/messages/{message}`
    Message(ConversationId, MessageId),
    /// `conversations/{conversation}/comments/{comment}`
    Comment(ConversationId, CommentId),
    /// `conversations/{conversation}/drafts/{draft}`
    Draft(ConversationId, DraftId),
    /// `attachments/{attachment}`
    Attachment(AttachmentId),
    /// `textBlocks/{text_block}`
    TextBlock(TextBlockId),
    /// `events/{event}`: its sequence.
    Event(i64),
    /// `users/{user}/notifications/{notification}`
    Notification(UserId, NotificationId),
    /// `users/{user}/notificationSettings`
    NotificationSettings(UserId),
    /// `ticketViews/{ticket_view}`
    TicketView(ViewKey),
    /// `channels/{channel}/routingVersions/{routing_version}`: its number.
    RoutingVersion(ChannelId, i64),
    /// `calls/{call}`
    Call(CallId),
    /// `ticketProperties/{ticket_property}`
    TicketProperty(PropertyId),
    /// `ticketForm`
    TicketForm,
    /// `skills/{skill}`
    Skill(SkillId),
    /// `customerAgents/{customer_agent}`
    CustomerAgent(CustomerAgentId),
    /// `customerAgents/{customer_agent}/handoffPolicy`
    HandoffPolicy(CustomerAgentId),
    /// `handoffs/{handoff}`
    Handoff(HandoffId),
    /// `customerAgents/{customer_agent}/handoffTriggers`
    HandoffTriggers(CustomerAgentId),
    /// `conversations/{conversation}/turns/{turn}`: the message that it is about.
    Turn(ConversationId, MessageId),
    /// `users/{user}/workSchedule`
    WorkSchedule(UserId),
    /// `workflows/{workflow}`
    Workflow(WorkflowId),
    /// `workflows/{workflow}/runs/{run}`
    WorkflowRun(WorkflowId, RunId),
}

impl Name {
    /// The full name in `account`.
    pub fn within(&self, account: &AccountId) -> String {
        let path = self.to_string();
        if path.is_empty() { format!("accounts/{account}") } else { format!("accounts/{account}/{path}") }
    }

    /// Reads a full name: the account, and what it names there.
    ///
    /// # Errors
    /// [`BadId`] for text that is no name of ours.
    pub fn parse(text: &str) -> Result<(AccountId, Self), BadId> {
        let rest = text.strip_prefix("accounts/").ok_or(BadId)?;
        let (account, path) = rest.split_once('/').map_or((rest, None), |(account, path)| (account, Some(path)));
        let name = path.map_or(Ok(Self::Account), Self::parse_path)?;
        Ok((AccountId::parse(account)?, name))
    }

    /// Reads a name relative to its account.
    ///
    /// # Errors
    /// [`BadId`] for text that is no name of ours.
    pub fn parse_path(path: &str) -> Result<Self, BadId> {
        let parts: Vec<&str> = path.split('/').collect();
        Ok(match parts.as_slice() {
            ["users", id] => Self::User(UserId::parse(id)?),
            ["teams", id] => Self::Team(TeamId::parse(id)?),
            ["accessKeys", id] => Self::AccessKey(AccessKeyId::parse(id)?),
            ["channels", id] => Self::Channel(ChannelId::parse(id)?),
            ["channels", id, "routing"] => Self::ChannelRouting(ChannelId::parse(id)?),
            ["pipelines", id] => Self::Pipeline(PipelineId::parse(id)?),
            ["pipelines", id, "automation"] => Self::PipelineAutomation(PipelineId::parse(id)?),
            ["pipelines", id, "statuses", status] => Self::Status(PipelineId::parse(id)?, StatusId::parse(status)?),
            ["pipelines", id, "statuses", status, "actions", action] => {
                // Spelled as an id of a status is.
                let action = StatusId::parse(action)?.to_string();
                Self::StatusAction(PipelineId::parse(id)?, StatusId::parse(status)?, action)
            }
            ["contacts", id] => Self::Contact(ContactId::parse(id)?),
            ["companies", id] => Self::Company(CompanyId::parse(id)?),
            ["deals", id] => Self::Deal(DealId::parse(id)?),
            ["activities", id] => Self::Activity(ActivityId::parse(id)?),
            ["tickets", "-"] => Self::EveryTicket,
            ["tickets", id] => Self::Ticket(TicketNumber::parse(id)?),
            ["tickets", id, "routingDecisions", decision] => {
                Self::Decision(TicketNumber::parse(id)?, DecisionId::parse(decision)?)
            }
            ["conversations", "-"] => Self::EveryConversation,
            ["conversations", id] => Self::Conversation(ConversationId::parse(id)?),
            ["conversations", id, "threads", thread] => {
                Self::Thread(ConversationId::parse(id)?, ThreadId::parse(thread)?)
            }
            ["conversations", id, "messages", message] => {
                Self::Message(ConversationId::parse(id)?, MessageId::parse(message)?)
            }
            ["conversations", id, "comments", comment] => {
                Self::Comment(ConversationId::parse(id)?, CommentId::parse(comment)?)
            }
            ["users", user, "notifications", id] => {
                Self::Notification(UserId::parse(user)?, NotificationId::parse(id)?)
            }
            ["ticketViews", id] => Self::TicketView(ViewKey::parse(id)?),
            ["users", user, "notificationSettings"] => Self::NotificationSettings(UserId::parse(user)?),
            ["conversations", id, "drafts", draft] => Self::Draft(ConversationId::parse(id)?, DraftId::parse(draft)?),
            ["users", user, "workSchedule"] => Self::WorkSchedule(UserId::parse(user)?),
            ["channels", channel, "routingVersions", number] => {
                Self::RoutingVersion(ChannelId::parse(channel)?, TicketNumber::parse(number)?.0)
            }
            ["calls", id] => Self::Call(CallId::parse(id)?),
            ["customerAgents", id] => Self::CustomerAgent(CustomerAgentId::parse(id)?),
            ["customerAgents", id, "handoffPolicy"] => Self::HandoffPolicy(CustomerAgentId::parse(id)?),
            ["handoffs", id] => Self::Handoff(HandoffId::parse(id)?),
            ["customerAgents", id, "handoffTriggers"] => Self::HandoffTriggers(CustomerAgentId::parse(id)?),
            ["conversations", id, "turns", turn] => Self::Turn(ConversationId::parse(id)?, MessageId::parse(turn)?),
            ["skills", id] => Self::Skill(SkillId::parse(id)?),
            ["workflows", id] => Self::Workflow(WorkflowId::parse(id)?),
            ["workflows", id, "runs", run] => Self::WorkflowRun(WorkflowId::parse(id)?, RunId::parse(run)?),
            ["attachments", id] => Self::Attachment(AttachmentId::parse(id)?),
            ["textBlocks", id] => Self::TextBlock(TextBlockId::parse(id)?),
            ["ticketProperties", id] => Self::TicketProperty(PropertyId::parse(id)?),
            ["ticketForm"] => Self::TicketForm,
            ["events", sequence] => Self::Event(TicketNumber::parse(sequence)?.0),
            _ => return Err(BadId),
        })
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account => Ok(()),
            Self::User(id) => write!(f, "users/{id}"),
            Self::Team(id) => write!(f, "teams/{id}"),
            Self::AccessKey(id) => write!(f, "accessKeys/{id}"),
            Self::Channel(id) => write!(f, "channels/{id}"),
            Self::ChannelRouting(id) => write!(f, "channels/{id}/routing"),
            Self::Pipeline(id) => write!(f, "pipelines/{id}"),
            Self::PipelineAutomation(id) => write!(f, "pipelines/{id}/automation"),
            Self::Status(pipeline, id) => write!(f, "pipelines/{pipeline}/statuses/{id}"),
            Self::StatusAction(pipeline, id, action) => {
                write!(f, "pipelines/{pipeline}/statuses/{id}/actions/{action}")
            }
            Self::Contact(id) => write!(f, "contacts/{id}"),
            Self::Company(id) => write!(f, "companies/{id}"),
            Self::Deal(id) => write!(f, "deals/{id}"),
            Self::Activity(id) => write!(f, "activities/{id}"),
            Self::Ticket(number) => write!(f, "tickets/{number}"),
            Self::EveryTicket => f.write_str("tickets/-"),
            Self::Decision(number, id) => write!(f, "tickets/{number}/routingDecisions/{id}"),
            Self::Conversation(id) => write!(f, "conversations/{id}"),
            Self::EveryConversation => f.write_str("conversations/-"),
            Self::Thread(conversation, id) => write!(f, "conversations/{conversation}/threads/{id}"),
            Self::Message(conversation, id) => write!(f, "conversations/{conversation}/messages/{id}"),
            Self::Comment(conversation, id) => write!(f, "conversations/{conversation}/comments/{id}"),
            Self::Draft(conversation, id) => write!(f, "conversations/{conversation}/drafts/{id}"),
            Self::Attachment(id) => write!(f, "attachments/{id}"),
            Self::TextBlock(id) => write!(f, "textBlocks/{id}"),
            Self::Event(sequence) => write!(f, "events/{sequence}"),
            Self::Notification(user, id) => write!(f, "users/{user}/notifications/{id}"),
            Self::NotificationSettings(user) => write!(f, "users/{user}/notificationSettings"),
            Self::WorkSchedule(user) => write!(f, "users/{user}/workSchedule"),
            Self::RoutingVersion(channel, number) => write!(f, "channels/{channel}/routingVersions/{number}"),
            Self::Call(id) => write!(f, "calls/{id}"),
            Self::CustomerAgent(id) => write!(f, "customerAgents/{id}"),
            Self::HandoffPolicy(id) => write!(f, "customerAgents/{id}/handoffPolicy"),
            Self::Handoff(id) => write!(f, "handoffs/{id}"),
            Self::HandoffTriggers(id) => write!(f, "customerAgents/{id}/handoffTriggers"),
            Self::Turn(conversation, id) => write!(f, "conversations/{conversation}/turns/{id}"),
            Self::Skill(id) => write!(f, "skills/{id}"),
            Self::Workflow(id) => write!(f, "workflows/{id}"),
            Self::WorkflowRun(workflow, id) => write!(f, "workflows/{workflow}/runs/{id}"),
            Self::TicketView(key) => write!(f, "ticketViews/{key}"),
            Self::TicketProperty(id) => write!(f, "ticketProperties/{id}"),
            Self::TicketForm => f.write_str("ticketForm"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_as_they_were_written() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        for path in [
            "users/mia".to_owned(),
            "channels/mail/routing".to_owned(),
            "pipelines/support/statuses/new".to_owned(),
            "pipelines/support/automation".to_owned(),
            "pipelines/support/statuses/new/actions/tell".to_owned(),
            "tickets/7".to_owned(),
            format!("tickets/7/routingDecisions/{id}"),
            format!("conversations/{id}/comments/{id}"),
            format!("conversations/{id}/drafts/{id}"),
            format!("attachments/{id}"),
            format!("companies/{id}"),
            format!("deals/{id}"),
            format!("activities/{id}"),
            "textBlocks/hello".to_owned(),
            format!("calls/{id}"),
            "channels/mail/routingVersions/3".to_owned(),
            "customerAgents/ava".to_owned(),
            "customerAgents/ava/handoffPolicy".to_owned(),
            format!("handoffs/{id}"),
            "customerAgents/ava/handoffTriggers".to_owned(),
            format!("conversations/{id}/turns/{id}"),
            "skills/german".to_owned(),
            "users/mia/workSchedule".to_owned(),
            "workflows/hello".to_owned(),
            format!("workflows/hello/runs/{id}"),
            "events/12".to_owned(),
            format!("users/mia/notifications/{id}"),
            "users/mia/notificationSettings".to_owned(),
            "ticketViews/unassigned.red".to_owned(),
            "ticketProperties/order_id".to_owned(),
            "ticketForm".to_owned(),
        ] {
            let full = format!("accounts/acme/{path}");
            let (account, name) = Name::parse(&full).expect("a name");
            assert_eq!(name.within(&account), full);
        }
        for bad in ["", "accounts", "accounts/", "accounts/a/", "accounts/a/tickets/07", "accounts/a/users/A", "x/a"] {
            assert_eq!(Name::parse(bad), Err(BadId), "{bad}");
        }
    }
}
