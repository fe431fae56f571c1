//! Names in requests. The name of the record a call is about is NOT_FOUND in another account; a reference to another
//! record is REFERENCE_NOT_FOUND there (contract 2.2).

use crate::domain::ids::{
    AccessKeyId, AccountId, ActivityId, AttachmentId, CallId, ChannelId, CommentId, CompanyId, ContactId,
    ConversationId, CustomerAgentId, DealId, DraftId, HandoffId, MessageId, NotificationId, PipelineId, PropertyId,
    RunId, SkillId, StatusId, TeamId, TextBlockId, ThreadId, TicketNumber, UserId, WorkflowId,
};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::view::ViewKey;
use crate::service::grant::Grant;
use crate::service::pipelines::ActionKey;

/// The record a call is about, in the caller's account.
///
/// # Errors
/// [`Rejection::NameInvalid`] for no name at all, [`Rejection::NotFound`] for one in another account.
pub fn subject(grant: &Grant, field: &str, text: &str) -> Result<Name, Rejection> {
    let invalid = |_| Rejection::NameInvalid { field: field.to_owned(), value: text.to_owned() };
    let (account, name) = Name::parse(text).map_err(invalid)?;
    if account == *grant.account()? { Ok(name) } else { Err(Rejection::NotFound { resource: text.to_owned() }) }
}

/// The account a call is about: the caller's own.
///
/// # Errors
/// As [`subject`].
pub fn account(grant: &Grant, field: &str, text: &str) -> Result<AccountId, Rejection> {
    match subject(grant, field, text)? {
        Name::Account => Ok(grant.account()?.clone()),
        _ => Err(Rejection::NameInvalid { field: field.to_owned(), value: text.to_owned() }),
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $subject:ident, $reference:ident: $pattern:pat => $value:expr, $kind:ty;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// As [`subject`].
        pub fn $subject(grant: &Grant, field: &str, text: &str) -> Result<$kind, Rejection> {
            match subject(grant, field, text)? {
                $pattern => Ok($value),
                _ => Err(Rejection::NameInvalid { field: field.to_owned(), value: text.to_owned() }),
            }
        }

        /// The same as a reference: empty is none.
        ///
        /// # Errors
        /// [`Rejection::ReferenceNotFound`] for anything that cannot exist in the caller's account.
        pub fn $reference(grant: &Grant, field: &str, text: &str) -> Result<Option<$kind>, Rejection> {
            if text.is_empty() {
                return Ok(None);
            }
            let missing = || Rejection::ReferenceNotFound { field: field.to_owned(), resource: text.to_owned() };
            match Name::parse(text) {
                Ok((account, $pattern)) if account == *grant.account()? => Ok(Some($value)),
                _ => Err(missing()),
            }
        }
    )*};
}

kinds! {
    /// A ticket.
    ticket, ticket_ref: Name::Ticket(number) => number, TicketNumber;
    /// A user.
    user, user_ref: Name::User(id) => id, UserId;
    /// A team.
    team, team_ref: Name::Team(id) => id, TeamId;
    /// An access key.
    access_key, access_key_ref: Name::AccessKey(id) => id, AccessKeyId;
    /// A channel.
    channel, channel_ref: Name::Channel(id) => id, ChannelId;
    /// The routing of a channel.
    channel_routing, channel_routing_ref: Name::ChannelRouting(id) => id, ChannelId;
    /// A pipeline.
    pipeline, pipeline_ref: Name::Pipeline(id) => id, PipelineId;
    /// What happens by itself in a pipeline.
    pipeline_automation, pipeline_automation_ref: Name::PipelineAutomation(id) => id, PipelineId;
    /// A status.
    status, status_ref: Name::Status(pipeline, id) => (pipeline, id), (PipelineId, StatusId);
    /// An action on a status, by its status and its id there.
    status_action, status_action_ref: Name::StatusAction(pipeline, id, action) => ((pipeline, id), action), ActionKey;
    /// A contact.
    contact, contact_ref: Name::Contact(id) => id, ContactId;
    /// A company.
    company, company_ref: Name::Company(id) => id, CompanyId;
    /// A deal.
    deal, deal_ref: Name::Deal(id) => id, DealId;
    /// An activity.
    activity, activity_ref: Name::Activity(id) => id, ActivityId;
    /// A conversation.
    conversation, conversation_ref: Name::Conversation(id) => id, ConversationId;
    /// A thread with its conversation.
    thread, thread_ref: Name::Thread(conversation, id) => (conversation, id), (ConversationId, ThreadId);
    /// A comment with its conversation.
    comment, comment_ref: Name::Comment(conversation, id) => (conversation, id), (ConversationId, CommentId);
    /// A notification with the person it is for.
    notification, notification_ref: Name::Notification(user, id) => (user, id), (UserId, NotificationId);
    /// A view of tickets.
    view, view_ref: Name::TicketView(key) => key, ViewKey;
    /// What a person wants to be told.
    notification_settings, notification_settings_ref: Name::NotificationSettings(user) => user, UserId;
    /// A draft with its conversation.
    draft, draft_ref: Name::Draft(conversation, id) => (conversation, id), (ConversationId, DraftId);
    /// A file.
    attachment, attachment_ref: Name::Attachment(id) => id, AttachmentId;
    /// A property of tickets.
    ticket_property, ticket_property_ref: Name::TicketProperty(id) => id, PropertyId;
    /// The creation form.
    ticket_form, ticket_form_ref: Name::TicketForm => (), ();
    /// A text that replies insert.
    text_block, text_block_ref: Name::TextBlock(id) => id, TextBlockId;
    /// When a person works.
    work_schedule, work_schedule_ref: Name::WorkSchedule(user) => user, UserId;
    /// A version of the routing of a channel, with its number.
    routing_version, routing_version_ref: Name::RoutingVersion(channel, number) => (channel, number), (ChannelId, i64);
    /// A telephone call.
    call, call_ref: Name::Call(id) => id, CallId;
    /// A workflow.
    workflow, workflow_ref: Name::Workflow(id) => id, WorkflowId;
    /// A run with its workflow.
    workflow_run, workflow_run_ref: Name::WorkflowRun(workflow, id) => (workflow, id), (WorkflowId, RunId);
    /// A customer agent.
    customer_agent, customer_agent_ref: Name::CustomerAgent(id) => id, CustomerAgentId;
    /// How a customer agent hands over.
    handoff_policy, handoff_policy_ref: Name::HandoffPolicy(id) => id, CustomerAgentId;
    /// A hand-off.
    handoff, handoff_ref: Name::Handoff(id) => id, HandoffId;
    /// What hands the conversations of a customer agent over.
    handoff_triggers, handoff_triggers_ref: Name::HandoffTriggers(id) => id, CustomerAgentId;
    /// A turn: its conversation and the message that it is about.
    turn, turn_ref: Name::Turn(conversation, id) => (conversation, id), (ConversationId, MessageId);
    /// Something that people can do.
    skill, skill_ref: Name::Skill(id) => id, SkillId;
    /// A message with its conversation.
    message, message_ref: Name::Message(conversation, id) => (conversation, id), (ConversationId, MessageId);
}

/// A reference that must be there.
///
/// # Errors
/// A field fault when it is empty.
pub fn required<T>(field: &str, reference: Option<T>) -> Result<T, Rejection> {
    reference.ok_or_else(|| Rejection::field(field, "REQUIRED", "must be set"))
}

/// References to teams.
///
/// # Errors
/// As a single reference.
pub fn team_refs(grant: &Grant, field: &str, texts: &[String]) -> Result<Vec<TeamId>, Rejection> {
    texts.iter().filter_map(|text| team_ref(grant, field, text).transpose()).collect()
}
