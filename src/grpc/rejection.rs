//! Every rejection with its one answer (contract 2.9). Exhaustive: a new rejection does not build until it is here.

use tonic::Status;

use super::contract::validate::{FieldReason, Violation};
use super::pb::v1::ErrorReason as R;
use super::status::Refusal;
use crate::domain::rejection::{FieldFault, Rejection};

/// One line for every rejection: its reason, and the facts that go with it.
macro_rules! answers {
    ($(
        $rejection:ident $(($inner:pat))? $({ $($field:ident $(: $held:pat)?),* })? => $reason:ident {
            $($key:literal: $value:expr),*
        };
    )*) => {
        /// Reason and facts of a rejection. The match is exhaustive.
        fn answer(rejection: Rejection, text: String) -> Refusal {
            match rejection {
                $(Rejection::$rejection $(($inner))? $({ $($field $(: $held)?),* })? => {
                    Refusal::new(R::$reason, text)$(.with($key, $value))*
                })*
            }
        }
    };
}

answers! {
    NotFound { resource } => ResourceNotFound { "resource": resource };
    AlreadyExists { resource } => ResourceAlreadyExists { "resource": resource };
    Duplicate { field, value, existing } => DuplicateValue { "field": field, "value": value, "existing": existing };
    ReferenceNotFound { field, resource } => ReferenceNotFound { "field": field, "resource": resource };
    Invalid(_) => FieldInvalid {};
    UpdateMask { path } => UpdateMaskInvalid { "path": path };
    FieldImmutable { field } => FieldImmutable { "field": field };
    NameInvalid { field, value } => ResourceNameInvalid { "field": field, "value": value };
    FilterInvalid { position, detail: _ } => FilterInvalid { "position": position };
    FilterField { field } => FilterFieldUnknown { "field": field };
    OrderBy { field } => OrderByInvalid { "field": field };
    PageToken => PageTokenInvalid {};
    ResumeToken => ResumeTokenInvalid {};
    ResumeTokenCompacted { oldest } => ResumeTokenCompacted { "oldestTime": oldest };
    EtagMismatch { resource, etag } => EtagMismatch { "resource": resource, "etag": etag };
    RequestIdReused { request_id, method } => RequestIdReused { "requestId": request_id, "method": method };
    AccountSuspended { account } => AccountSuspended { "account": account };
    UserDeactivated { user } => UserDeactivated { "user": user };
    CredentialInvalid => CredentialInvalid {};
    CallerKind { kind, method } => CallerKindNotAllowed { "callerKind": kind, "method": method };
    StandingTooLow { required, standing, method } => StandingTooLow {
        "requiredStanding": upper(required.code()), "standing": upper(standing.code()), "method": method
    };
    PermissionMissing { permission, resource } => PermissionMissing {
        "permission": upper(permission.code()), "resource": resource
    };
    OutOfScope { permission, level, resource } => OutOfScope {
        "permission": upper(permission.code()), "level": upper(level.code()), "resource": resource
    };
    SubscriptionRequired { required, tier, feature } => SubscriptionRequired {
        "requiredTier": upper(required.code()), "tier": upper(tier.code()), "feature": feature
    };
    AddOnRequired { add_on, feature } => AddOnRequired { "addOn": upper(add_on.code()), "feature": feature };
    InUse { resource, used_by } => ResourceInUse { "resource": resource, "usedBy": used_by };
    Quota { quota, limit } => QuotaExceeded { "quota": quota, "limit": limit };
    Transition { resource, from, to } => StateTransitionNotAllowed { "resource": resource, "from": from, "to": to };
    Deleted { resource } => ResourceDeleted { "resource": resource };
    Merged { ticket, merged_into } => TicketMerged { "ticket": ticket, "mergedInto": merged_into };
    StatusMappingMissing { status, pipeline } => StatusMappingMissing { "status": status, "pipeline": pipeline };
    StatusNotInPipeline { status, pipeline } => StatusNotInPipeline { "status": status, "pipeline": pipeline };
    StatusFieldsMissing { status, fields } => StatusFieldsMissing { "status": status, "fields": fields };
    StatusTransition { from, to } => StatusTransitionNotAllowed { "from": from, "to": to };
    NotEnrolled { workflow, cause } => WorkflowNotEnrolled { "workflow": workflow, "cause": cause };
    WorkflowIncomplete { workflow, steps } => WorkflowIncomplete { "workflow": workflow, "steps": steps };
    PipelineNeedsStatus { pipeline, state } => PipelineNeedsStatus { "pipeline": pipeline, "state": state };
    AssigneeNotEligible { user, cause } => AssigneeNotEligible { "user": user, "cause": cause };
    TargetNotRoutable { user, cause } => TargetNotRoutable { "user": user, "cause": cause };
    RoutingOptionNotOffered { channel_kind, option } => RoutingOptionNotOffered {
        "channelType": upper(channel_kind), "option": option
    };
    TicketNotRoutable { ticket, cause } => TicketNotRoutable { "ticket": ticket, "cause": cause };
    CustomerAgentNotLive { agent, cause } => CustomerAgentNotLive { "customerAgent": agent, "cause": cause };
    HandoffNotOpen { handoff, state } => HandoffNotOpen { "handoff": handoff, "state": upper(state) };
    HandoffNotYours { handoff } => HandoffNotYours { "handoff": handoff };
    TooManyReturns { ticket, limit } => TooManyReturns { "ticket": ticket, "limit": limit };
    TurnNotOpen { turn } => TurnNotOpen { "turn": turn };
    FormFieldFixed { field } => FormFieldFixed { "field": field };
    ChannelDisabled { channel } => ChannelDisabled { "channel": channel };
    DeliveredByService { channel } => DeliveredByService { "channel": channel };
    ChannelCannotSend { channel, cause } => ChannelCannotSend { "channel": channel, "cause": cause };
    ControlEpochStale { conversation, epoch, controller } => ControlEpochStale {
        "conversation": conversation, "epoch": epoch, "controller": controller
    };
    NotInControl { conversation, controller } => NotInControl {
        "conversation": conversation, "controller": controller
    };
    CommentsLocked { conversation, cause } => CommentsLocked { "conversation": conversation, "cause": cause };
    ConversationMissing { ticket } => ConversationMissing { "ticket": ticket };
    AttachmentRefused { cause, limit } => AttachmentRefused { "cause": cause, "limit": limit };
    ChecksumMismatch => AttachmentChecksumMismatch {};
    AttachmentLost { attachment } => AttachmentLost { "attachment": attachment };
    UploadStalled => UploadStalled {};
    Overloaded => ServerOverloaded {};
    DeadlinePassed => DeadlineTooShort {};
    StorageUnavailable { unknown: false } => StorageUnavailable {};
    StorageUnavailable { unknown: true } => StorageUnavailable { "outcome": "unknown" };
    StreamTooSlow { lag } => StreamTooSlow { "lag": lag };
    Draining => StreamDraining {};
    Internal(inner) => InternalFault { "incident": incident(&inner) };
}

/// The refusal of a rejection. An internal one goes to the log with an incident that the caller is told.
pub fn refusal(rejection: Rejection) -> Refusal {
    let text = rejection.to_string();
    match rejection {
        Rejection::Invalid(faults) => Refusal::new(R::FieldInvalid, text).violations(faults.into_iter().map(violation)),
        Rejection::FilterInvalid { position, detail } => {
            Refusal::new(R::FilterInvalid, format!("{text}: {detail}")).with("position", position)
        }
        Rejection::Internal(inner) => Refusal::internal(incident(&inner)),
        other => answer(other, text),
    }
}

/// Logs the inner text under an incident, which is all that the caller is told.
fn incident(inner: &str) -> String {
    let incident = crate::ids::Ids::system().uuid(crate::domain::time::Timestamp::from_micros(0));
    tracing::error!(%incident, inner, "internal fault");
    incident.to_string()
}

fn violation(fault: FieldFault) -> Violation {
    Violation { field: fault.field, reason: FieldReason::from_name(fault.reason), description: fault.description }
}

fn upper(code: &str) -> String {
    code.to_uppercase()
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        refusal(rejection)
    }
}

impl From<Rejection> for Status {
    fn from(rejection: Rejection) -> Self {
        refusal(rejection).into()
    }
}
