//! Every rejection with its one answer (contract 2.9). Exhaustive: a new rejection does not build until it is here.

use tonic::Status;

use super::contract::validate::{FieldReason, Violation};
use super::pb::v1::ErrorReason as R;
use super::status::Refusal;
use crate::domain::rejection::{FieldFault, Rejection};

/// The refusal of a rejection. An internal one goes to the log with an incident that the caller is told.
pub fn refusal(rejection: Rejection) -> Refusal {
    let text = rejection.to_string();
    let plain = |reason| Refusal::new(reason, text.clone());
    match rejection {
        Rejection::NotFound { resource } => plain(R::ResourceNotFound).with("resource", resource),
        Rejection::AlreadyExists { resource } => plain(R::ResourceAlreadyExists).with("resource", resource),
        Rejection::Duplicate { field, value, existing } => {
            plain(R::DuplicateValue).with("field", field).with("value", value).with("existing", existing)
        }
        Rejection::ReferenceNotFound { field, resource } => {
            plain(R::ReferenceNotFound).with("field", field).with("resource", resource)
        }
        Rejection::Invalid(faults) => plain(R::FieldInvalid).violations(faults.into_iter().map(violation)),
        Rejection::UpdateMask { path } => plain(R::UpdateMaskInvalid).with("path", path),
        Rejection::FieldImmutable { field } => plain(R::FieldImmutable).with("field", field),
        Rejection::NameInvalid { field, value } => {
            plain(R::ResourceNameInvalid).with("field", field).with("value", value)
        }
        Rejection::FilterInvalid { position, detail } => {
            Refusal::new(R::FilterInvalid, format!("{text}: {detail}")).with("position", position)
        }
        Rejection::FilterField { field } => plain(R::FilterFieldUnknown).with("field", field),
        Rejection::OrderBy { field } => plain(R::OrderByInvalid).with("field", field),
        Rejection::PageToken => plain(R::PageTokenInvalid),
        Rejection::ResumeToken => plain(R::ResumeTokenInvalid),
        Rejection::ResumeTokenCompacted { oldest } => plain(R::ResumeTokenCompacted).with("oldestTime", oldest),
        Rejection::EtagMismatch { resource, etag } => {
            plain(R::EtagMismatch).with("resource", resource).with("etag", etag)
        }
        Rejection::RequestIdReused { request_id, method } => {
            plain(R::RequestIdReused).with("requestId", request_id).with("method", method)
        }
        other => standing(other),
    }
}

/// Who asks, and what state forbids.
fn standing(rejection: Rejection) -> Refusal {
    let text = rejection.to_string();
    let plain = |reason| Refusal::new(reason, text.clone());
    match rejection {
        Rejection::AccountSuspended { account } => plain(R::AccountSuspended).with("account", account),
        Rejection::UserDeactivated { user } => plain(R::UserDeactivated).with("user", user),
        Rejection::CredentialInvalid => plain(R::CredentialInvalid),
        Rejection::CallerKind { kind, method } => {
            plain(R::CallerKindNotAllowed).with("callerKind", kind).with("method", method)
        }
        Rejection::StandingTooLow { required, standing, method } => plain(R::StandingTooLow)
            .with("requiredStanding", upper(required.code()))
            .with("standing", upper(standing.code()))
            .with("method", method),
        Rejection::PermissionMissing { permission, resource } => {
            plain(R::PermissionMissing).with("permission", upper(permission.code())).with("resource", resource)
        }
        Rejection::OutOfScope { permission, level, resource } => plain(R::OutOfScope)
            .with("permission", upper(permission.code()))
            .with("level", upper(level.code()))
            .with("resource", resource),
        Rejection::SubscriptionRequired { required, tier, feature } => plain(R::SubscriptionRequired)
            .with("requiredTier", upper(required.code()))
            .with("tier", upper(tier.code()))
            .with("feature", feature),
        Rejection::InUse { resource, used_by } => {
            plain(R::ResourceInUse).with("resource", resource).with("usedBy", used_by)
        }
        Rejection::Quota { quota, limit } => plain(R::QuotaExceeded).with("quota", quota).with("limit", limit),
        Rejection::Transition { resource, from, to } => {
            plain(R::StateTransitionNotAllowed).with("resource", resource).with("from", from).with("to", to)
        }
        Rejection::Deleted { resource } => plain(R::ResourceDeleted).with("resource", resource),
        Rejection::Merged { ticket, merged_into } => {
            plain(R::TicketMerged).with("ticket", ticket).with("mergedInto", merged_into)
        }
        Rejection::StatusMappingMissing { status, pipeline } => {
            plain(R::StatusMappingMissing).with("status", status).with("pipeline", pipeline)
        }
        Rejection::StatusNotInPipeline { status, pipeline } => {
            plain(R::StatusNotInPipeline).with("status", status).with("pipeline", pipeline)
        }
        Rejection::AssigneeNotEligible { user, cause } => {
            plain(R::AssigneeNotEligible).with("user", user).with("cause", cause)
        }
        Rejection::TargetNotRoutable { user, cause } => {
            plain(R::TargetNotRoutable).with("user", user).with("cause", cause)
        }
        Rejection::RoutingOptionNotOffered { channel_kind, option } => {
            plain(R::RoutingOptionNotOffered).with("channelType", upper(channel_kind)).with("option", option)
        }
        Rejection::FormFieldFixed { field } => plain(R::FormFieldFixed).with("field", field),
        Rejection::TicketNotRoutable { ticket, cause } => {
            plain(R::TicketNotRoutable).with("ticket", ticket).with("cause", cause)
        }
        Rejection::CustomerAgentNotLive => plain(R::CustomerAgentNotLive).with("customerAgent", ""),
        Rejection::ChannelDisabled { channel } => plain(R::ChannelDisabled).with("channel", channel),
        Rejection::ChannelCannotSend { channel, cause } => {
            plain(R::ChannelCannotSend).with("channel", channel).with("cause", cause)
        }
        Rejection::CommentsLocked { conversation, cause } => {
            plain(R::CommentsLocked).with("conversation", conversation).with("cause", cause)
        }
        Rejection::ConversationMissing { ticket } => plain(R::ConversationMissing).with("ticket", ticket),
        other => files(other),
    }
}

/// Files.
fn files(rejection: Rejection) -> Refusal {
    let text = rejection.to_string();
    let plain = |reason| Refusal::new(reason, text.clone());
    match rejection {
        Rejection::AttachmentRefused { cause, limit } => {
            plain(R::AttachmentRefused).with("cause", cause).with("limit", limit)
        }
        Rejection::ChecksumMismatch => plain(R::AttachmentChecksumMismatch),
        Rejection::AttachmentLost { attachment } => plain(R::AttachmentLost).with("attachment", attachment),
        Rejection::UploadStalled => plain(R::UploadStalled),
        other => trouble(other),
    }
}

/// Time, load, storage, and mistakes of ours.
fn trouble(rejection: Rejection) -> Refusal {
    let text = rejection.to_string();
    match rejection {
        Rejection::Overloaded => Refusal::new(R::ServerOverloaded, text),
        Rejection::DeadlinePassed => Refusal::new(R::DeadlineTooShort, text),
        Rejection::StorageUnavailable { unknown: false } => Refusal::new(R::StorageUnavailable, text),
        Rejection::StorageUnavailable { unknown: true } => {
            Refusal::new(R::StorageUnavailable, text).with("outcome", "unknown")
        }
        Rejection::StreamTooSlow { lag } => Refusal::new(R::StreamTooSlow, text).with("lag", lag),
        Rejection::Draining => Refusal::new(R::StreamDraining, text),
        Rejection::Internal(inner) => internal(&inner),
        handled => internal(&format!("{handled} has no answer")),
    }
}

/// Logs the inner text under an incident, and tells the caller the incident alone.
fn internal(inner: &str) -> Refusal {
    let incident = crate::ids::Ids::system().uuid(crate::domain::time::Timestamp::from_micros(0));
    tracing::error!(%incident, inner, "internal fault");
    Refusal::internal(incident)
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
