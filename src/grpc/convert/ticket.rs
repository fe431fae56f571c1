//! Tickets on the wire.

use crate::domain::channel::ChannelKind;
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::pipeline::StatusCategory;
use crate::domain::rejection::Rejection;
use crate::domain::routing::UnassignedReason;
use crate::domain::ticket::{Priority, Ticket};
use crate::grpc::convert::{actor, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::desk::etag;
use crate::service::grant::Grant;
use crate::service::tickets::Create;

/// A ticket as callers see it.
pub fn ticket(account: &AccountId, ticket: &Ticket) -> v1::Ticket {
    let full = |name: Name| name.within(account);
    v1::Ticket {
        name: full(Name::Ticket(ticket.number)),
        number: ticket.number.0,
        subject: ticket.subject.clone(),
        description: ticket.description.clone(),
        state: if ticket.open { v1::TicketState::Open } else { v1::TicketState::Closed }.into(),
        pipeline: full(Name::Pipeline(ticket.pipeline.clone())),
        status: full(Name::Status(ticket.pipeline.clone(), ticket.status.clone())),
        status_category: status_category(ticket.status_category).into(),
        priority: ticket.priority.map_or(v1::Priority::Unspecified, priority).into(),
        category: ticket.category.clone(),
        tags: ticket.tags.iter().cloned().collect(),
        contact: ticket.contact.map(|id| full(Name::Contact(id))).unwrap_or_default(),
        owner: ticket.owner.clone().map(|id| full(Name::User(id))).unwrap_or_default(),
        teams: ticket.teams.iter().map(|id| full(Name::Team(id.clone()))).collect(),
        channel: ticket.channel.clone().map(|id| full(Name::Channel(id))).unwrap_or_default(),
        source: ticket.source.map_or(v1::ChannelType::Unspecified, channel_type).into(),
        conversations: ticket.conversations.iter().map(|id| full(Name::Conversation(*id))).collect(),
        times: Some(times(ticket)),
        close_time: ticket.close_time.map(timestamp),
        manual: ticket.manual,
        unassigned_reason: ticket.unassigned_reason.map_or(v1::UnassignedReason::Unspecified, unassigned_reason).into(),
        create_time: Some(timestamp(ticket.create_time)),
        update_time: Some(timestamp(ticket.update_time)),
        etag: etag(ticket.version),
        creator: Some(actor(account, &ticket.creator)),
        sequence: ticket.event_count,
    }
}

fn times(ticket: &Ticket) -> v1::TicketTimes {
    v1::TicketTimes {
        first_assign_time: ticket.first_assign_time.map(timestamp),
        first_reply_time: ticket.first_reply_time.map(timestamp),
        last_contact_message_time: ticket.last_contact_message_time.map(timestamp),
        last_reply_time: ticket.last_reply_time.map(timestamp),
        status_change_time: Some(timestamp(ticket.status_change_time)),
    }
}

/// The use case of a CreateTicket request.
///
/// # Errors
/// References that cannot exist.
pub fn create(grant: &Grant, request: v1::CreateTicketRequest) -> Result<Create, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let ticket = name::required("ticket", request.ticket)?;
    Ok(Create {
        pipeline: name::required("ticket.pipeline", name::pipeline_ref(grant, "ticket.pipeline", &ticket.pipeline)?)?,
        status: name::required("ticket.status", name::status_ref(grant, "ticket.status", &ticket.status)?)?,
        priority: priority_of(ticket.priority()),
        contact: name::contact_ref(grant, "ticket.contact", &ticket.contact)?,
        owner: name::user_ref(grant, "ticket.owner", &ticket.owner)?,
        teams: name::team_refs(grant, "ticket.teams", &ticket.teams)?.into_iter().collect(),
        subject: ticket.subject,
        description: ticket.description,
        category: ticket.category,
        tags: ticket.tags.into_iter().collect(),
    })
}

/// A priority on the wire.
pub fn priority(priority: Priority) -> v1::Priority {
    match priority {
        Priority::Low => v1::Priority::Low,
        Priority::Medium => v1::Priority::Medium,
        Priority::High => v1::Priority::High,
        Priority::Urgent => v1::Priority::Urgent,
    }
}

/// A priority that a caller gave; unspecified is none.
pub fn priority_of(priority: v1::Priority) -> Option<Priority> {
    match priority {
        v1::Priority::Unspecified => None,
        v1::Priority::Low => Some(Priority::Low),
        v1::Priority::Medium => Some(Priority::Medium),
        v1::Priority::High => Some(Priority::High),
        v1::Priority::Urgent => Some(Priority::Urgent),
    }
}

/// A status category on the wire.
pub fn status_category(category: StatusCategory) -> v1::StatusCategory {
    match category {
        StatusCategory::New => v1::StatusCategory::New,
        StatusCategory::WaitingOnContact => v1::StatusCategory::WaitingOnContact,
        StatusCategory::WaitingOnUs => v1::StatusCategory::WaitingOnUs,
        StatusCategory::Closed => v1::StatusCategory::Closed,
    }
}

/// A kind of channel on the wire.
pub fn channel_type(kind: ChannelKind) -> v1::ChannelType {
    match kind {
        ChannelKind::Email => v1::ChannelType::Email,
        ChannelKind::Form => v1::ChannelType::Form,
        ChannelKind::Chat => v1::ChannelType::Chat,
        ChannelKind::Whatsapp => v1::ChannelType::Whatsapp,
        ChannelKind::Messenger => v1::ChannelType::Messenger,
        ChannelKind::Calling => v1::ChannelType::Calling,
        ChannelKind::Api => v1::ChannelType::Api,
    }
}

/// Why a ticket was left unassigned, on the wire.
pub fn unassigned_reason(reason: UnassignedReason) -> v1::UnassignedReason {
    match reason {
        UnassignedReason::Off => v1::UnassignedReason::Off,
        UnassignedReason::NoContact => v1::UnassignedReason::NoContact,
        UnassignedReason::NoOwner => v1::UnassignedReason::NoOwner,
        UnassignedReason::NotTracked => v1::UnassignedReason::NotTracked,
        UnassignedReason::OwnerNotEligible => v1::UnassignedReason::OwnerNotEligible,
        UnassignedReason::OwnerAway => v1::UnassignedReason::OwnerAway,
        UnassignedReason::NobodyEligible => v1::UnassignedReason::NobodyEligible,
        UnassignedReason::NobodyAvailable => v1::UnassignedReason::NobodyAvailable,
    }
}
