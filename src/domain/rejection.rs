//! Why an operation was refused: every reason a rule can give, without transport.
//!
//! The edge maps each to one status code and reason of the contract; the map is exhaustive, so a new value here does
//! not build until it has its answer.

use super::access::{Level, Permission, Standing, Tier};
use super::plan::AddOn;

/// One bad field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// Path in the request, lower snake case: `ticket.subject`.
    pub field: String,
    /// Machine reason: `REQUIRED`, `TOO_LONG`.
    pub reason: &'static str,
    /// What is wrong, in words.
    pub description: String,
}

/// A refusal. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Absent, invisible or of another account: one answer (C-004).
    #[error("not found")]
    NotFound {
        /// Resource name as asked for.
        resource: String,
    },
    /// The chosen id is taken.
    #[error("{resource} exists already")]
    AlreadyExists {
        /// Resource name.
        resource: String,
    },
    /// A value that must be unique is taken.
    #[error("{field} is taken")]
    Duplicate {
        /// The field.
        field: &'static str,
        /// The value.
        value: String,
        /// Who has it; empty when the caller may not know.
        existing: String,
    },
    /// A reference to something absent, invisible or foreign.
    #[error("{field} names nothing that exists")]
    ReferenceNotFound {
        /// The field.
        field: String,
        /// Resource name as given.
        resource: String,
    },
    /// Fields that break a rule, all of them.
    #[error("invalid fields")]
    Invalid(Vec<FieldFault>),
    /// A mask path that is unknown, immutable, or missing.
    #[error("the update mask has a path that cannot be updated: {path}")]
    UpdateMask {
        /// The path.
        path: String,
    },
    /// A field that never changes was given another value.
    #[error("{field} cannot be changed here")]
    FieldImmutable {
        /// The field.
        field: String,
    },
    /// Text that is no resource name of the right kind.
    #[error("{field} is no resource name of this kind")]
    NameInvalid {
        /// The field.
        field: String,
        /// The text.
        value: String,
    },
    /// A filter that does not parse or does not fit its fields.
    #[error("the filter is wrong at {position}")]
    FilterInvalid {
        /// Offset in characters.
        position: usize,
        /// What is wrong.
        detail: String,
    },
    /// A filter over a field that the resource does not have.
    #[error("there is no field {field} to filter by")]
    FilterField {
        /// The field.
        field: String,
    },
    /// An order over a field that cannot be ordered by.
    #[error("cannot order by {field}")]
    OrderBy {
        /// The field.
        field: String,
    },
    /// A page token that is altered, expired, or of another list.
    #[error("the page token is not valid for this list")]
    PageToken,
    /// A resume token that is altered or of another account.
    #[error("the resume token is not valid")]
    ResumeToken,
    /// A resume token older than what is kept.
    #[error("events this old are no longer kept")]
    ResumeTokenCompacted {
        /// The oldest moment that is kept.
        oldest: super::time::Timestamp,
    },
    /// A limit on how many there may be.
    #[error("at most {limit} are allowed")]
    Quota {
        /// What is counted.
        quota: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The stored etag is another.
    #[error("{resource} was changed by somebody else")]
    EtagMismatch {
        /// Resource name.
        resource: String,
        /// The etag now.
        etag: String,
    },
    /// The request id was used for another request.
    #[error("the request id was used for another request")]
    RequestIdReused {
        /// The id.
        request_id: String,
        /// The method.
        method: String,
    },
    /// The account is suspended.
    #[error("the account is suspended")]
    AccountSuspended {
        /// Resource name.
        account: String,
    },
    /// The person was deactivated.
    #[error("the user is deactivated")]
    UserDeactivated {
        /// Resource name.
        user: String,
    },
    /// The credential stands for nobody any more.
    #[error("the credential is not valid")]
    CredentialInvalid,
    /// A caller of this kind may not use the method.
    #[error("callers of this kind may not use this method")]
    CallerKind {
        /// The kind.
        kind: &'static str,
        /// The method.
        method: String,
    },
    /// The person's standing is too low.
    #[error("this needs more than the caller's standing")]
    StandingTooLow {
        /// Needed.
        required: Standing,
        /// The caller's.
        standing: Standing,
        /// The method.
        method: String,
    },
    /// A permission is missing.
    #[error("a permission is missing: {permission}")]
    PermissionMissing {
        /// Needed.
        permission: Permission,
        /// On what.
        resource: String,
    },
    /// The record may be seen but not changed (C-004).
    #[error("the record may be viewed but not changed")]
    OutOfScope {
        /// Needed.
        permission: Permission,
        /// The caller's level.
        level: Level,
        /// Resource name.
        resource: String,
    },
    /// The account's tier does not include it (C-006, C-008).
    #[error("this needs the {required} tier")]
    SubscriptionRequired {
        /// Needed.
        required: Tier,
        /// The account's.
        tier: Tier,
        /// What for.
        feature: &'static str,
    },
    /// The account has not bought what it needs beside its tier (C-006).
    #[error("this needs {add_on}")]
    AddOnRequired {
        /// Needed.
        add_on: AddOn,
        /// What for.
        feature: &'static str,
    },
    /// Something depends on it.
    #[error("{resource} is in use")]
    InUse {
        /// Resource name.
        resource: String,
        /// What depends on it; its collection where the caller may not see it.
        used_by: String,
    },
    /// The state does not allow the transition.
    #[error("{resource} cannot go from {from} to {to}")]
    Transition {
        /// Resource name.
        resource: String,
        /// State now.
        from: String,
        /// State wanted.
        to: String,
    },
    /// The record is deleted and can be brought back (C-016).
    #[error("{resource} is deleted")]
    Deleted {
        /// Resource name.
        resource: String,
    },
    /// The ticket went into another one (C-017).
    #[error("{ticket} was merged into {merged_into}")]
    Merged {
        /// Resource name.
        ticket: String,
        /// Resource name.
        merged_into: String,
    },
    /// A given mapping of statuses has no place for this one (C-020).
    #[error("no status of {pipeline} is given for {status}")]
    StatusMappingMissing {
        /// Resource name.
        status: String,
        /// Resource name.
        pipeline: String,
    },
    /// The status belongs to another pipeline.
    #[error("the status belongs to another pipeline")]
    StatusNotInPipeline {
        /// Resource name.
        status: String,
        /// Resource name.
        pipeline: String,
    },
    /// The status asks for what the ticket does not say.
    #[error("{status} asks for {fields}")]
    StatusFieldsMissing {
        /// Resource name.
        status: String,
        /// Fields of the ticket, separated by commas.
        fields: String,
    },
    /// The pipeline does not let this status follow that one.
    #[error("{to} may not follow {from}")]
    StatusTransition {
        /// Resource name.
        from: String,
        /// Resource name.
        to: String,
    },
    /// The ticket does not come into the workflow.
    #[error("the ticket does not come into the workflow: {cause}")]
    NotEnrolled {
        /// Resource name.
        workflow: String,
        /// Machine code.
        cause: &'static str,
    },
    /// Steps of the workflow are placeholders (C-105).
    #[error("steps of {workflow} are placeholders: {steps}")]
    WorkflowIncomplete {
        /// Resource name.
        workflow: String,
        /// Their ids, with commas between.
        steps: String,
    },
    /// A pipeline needs an open and a closed status (C-071).
    #[error("{pipeline} would have no {state} status")]
    PipelineNeedsStatus {
        /// Resource name.
        pipeline: String,
        /// OPEN or CLOSED.
        state: &'static str,
    },
    /// The user cannot be made owner (C-052).
    #[error("{user} cannot own this ticket: {cause}")]
    AssigneeNotEligible {
        /// Resource name.
        user: String,
        /// Machine code.
        cause: &'static str,
    },
    /// The user cannot be a routing target.
    #[error("{user} cannot be a routing target: {cause}")]
    TargetNotRoutable {
        /// Resource name.
        user: String,
        /// Machine code.
        cause: &'static str,
    },
    /// The channel's kind does not offer the routing option.
    #[error("a {channel_kind} channel does not offer {option}")]
    RoutingOptionNotOffered {
        /// Kind of the channel.
        channel_kind: &'static str,
        /// The option.
        option: &'static str,
    },
    /// The creation form always has and requires this field (C-015).
    #[error("the creation form always requires {field}")]
    FormFieldFixed {
        /// The field of the ticket.
        field: &'static str,
    },
    /// The ticket cannot be routed.
    #[error("{ticket} cannot be routed: {cause}")]
    TicketNotRoutable {
        /// Resource name.
        ticket: String,
        /// Machine code.
        cause: &'static str,
    },
    /// The customer agent does not work now, or there is none.
    #[error("the customer agent is not live")]
    CustomerAgentNotLive {
        /// Resource name; empty: the account has none.
        agent: String,
        /// The first reason.
        cause: &'static str,
    },
    /// The hand-off is over, or not so far.
    #[error("the hand-off is {state}")]
    HandoffNotOpen {
        /// Resource name.
        handoff: String,
        /// Its state.
        state: &'static str,
    },
    /// Somebody else has the hand-off, or is asked whether to take it.
    #[error("somebody else has the hand-off")]
    HandoffNotYours {
        /// Resource name.
        handoff: String,
    },
    /// The ticket went to customer agents too often lately (T-52).
    #[error("at most {limit} times an hour")]
    TooManyReturns {
        /// Resource name.
        ticket: String,
        /// How often.
        limit: i64,
    },
    /// The turn was answered, or is nobody's any more.
    #[error("the turn is over")]
    TurnNotOpen {
        /// Resource name.
        turn: String,
    },
    /// Nobody is connected to the ticket yet.
    #[error("the ticket has no conversation yet")]
    ConversationMissing {
        /// Resource name.
        ticket: String,
    },
    /// The channel is disabled.
    #[error("the channel is disabled")]
    ChannelDisabled {
        /// Resource name.
        channel: String,
    },
    /// The service delivers for the channel, not an adapter.
    #[error("the service delivers what is sent on this channel")]
    DeliveredByService {
        /// Resource name.
        channel: String,
    },
    /// The channel cannot send this.
    #[error("the channel cannot send: {cause}")]
    ChannelCannotSend {
        /// Resource name.
        channel: String,
        /// Machine code.
        cause: &'static str,
    },
    /// What the caller knows of control is old.
    #[error("control of the conversation has changed")]
    ControlEpochStale {
        /// Resource name.
        conversation: String,
        /// The present epoch.
        epoch: i64,
        /// Resource name of who has control; empty: nobody.
        controller: String,
    },
    /// Somebody else speaks in the conversation.
    #[error("somebody else has control of the conversation")]
    NotInControl {
        /// Resource name.
        conversation: String,
        /// Resource name of who has control; empty: nobody.
        controller: String,
    },
    /// Comments are not open yet.
    #[error("comments are not open yet: {cause}")]
    CommentsLocked {
        /// Resource name.
        conversation: String,
        /// Machine code.
        cause: &'static str,
    },
    /// A file that is not taken.
    #[error("the file is not taken: {cause}")]
    AttachmentRefused {
        /// Machine code.
        cause: &'static str,
        /// The size that is exceeded, in bytes; else 0.
        limit: u64,
    },
    /// The bytes of an upload are not those that were announced.
    #[error("the bytes have another SHA-256 than was announced")]
    ChecksumMismatch,
    /// The bytes of a file are not where they were kept.
    #[error("the bytes of the file are not there")]
    AttachmentLost {
        /// Resource name.
        attachment: String,
    },
    /// Nothing came for too long on a stream that uploads.
    #[error("nothing came for too long")]
    UploadStalled,
    /// Too much is waiting for this account.
    #[error("the server is overloaded")]
    Overloaded,
    /// The caller's time ran out before the operation began: nothing happened.
    #[error("the deadline passed before the operation began")]
    DeadlinePassed,
    /// The database is away. `unknown`: whether the change was stored cannot be told now.
    #[error("the storage is unavailable")]
    StorageUnavailable {
        /// Whether the outcome is unknown.
        unknown: bool,
    },
    /// A reader of the event log fell behind what is kept.
    #[error("the reader is too slow: {lag} events behind")]
    StreamTooSlow {
        /// Events not yet taken.
        lag: u64,
    },
    /// The service is going down.
    #[error("the server is draining")]
    Draining,
    /// A mistake of ours; the text is for the log only.
    #[error("internal: {0}")]
    Internal(String),
}

impl Rejection {
    /// One bad field.
    pub fn field(field: impl Into<String>, reason: &'static str, description: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldFault { field: field.into(), reason, description: description.into() }])
    }
}
