//! Tickets on the wire.

#![expect(clippy::needless_pass_by_value, reason = "every request is handed over whole, as `Front::write` asks")]

use crate::domain::channel::ChannelKind;
use crate::domain::ids::AccountId;
use crate::domain::links::{RecordKind, of_kind};
use crate::domain::names::Name;
use crate::domain::pipeline::StatusCategory;
use crate::domain::rejection::Rejection;
use crate::domain::routing::UnassignedReason;
use crate::domain::ticket::{Priority, Ticket};
use crate::domain::time::Timestamp;
use crate::grpc::convert::association::Records;
use crate::grpc::convert::common::{count, moment};
use crate::grpc::convert::ticket_life::area;
use crate::grpc::convert::{actor, mask, name, property, timestamp};
use crate::grpc::pb::v1;
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;
use crate::service::tickets::{Assign, ChangeStatus, Create, Move, TicketChanges, Unassign, Unchanged, Update};

/// A ticket as callers see it.
pub fn ticket(account: &AccountId, ticket: &Ticket) -> v1::Ticket {
    let full = |name: Name| name.within(account);
    let records = |kind| ticket.records_of(kind).map(|record| full(record.name())).collect();
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
        properties: property::values(&ticket.properties),
        contact: ticket.contact.map(|id| full(Name::Contact(id))).unwrap_or_default(),
        contacts: records(RecordKind::Contact),
        companies: records(RecordKind::Company),
        deals: records(RecordKind::Deal),
        activities: records(RecordKind::Activity),
        owner: ticket.owner.clone().map(|id| full(Name::User(id))).unwrap_or_default(),
        teams: ticket.teams.iter().map(|id| full(Name::Team(id.clone()))).collect(),
        channel: ticket.channel.clone().map(|id| full(Name::Channel(id))).unwrap_or_default(),
        source: ticket.source.map_or(v1::ChannelType::Unspecified, channel_type).into(),
        conversations: ticket.conversations.iter().map(|id| full(Name::Conversation(*id))).collect(),
        times: Some(times(ticket)),
        close_time: ticket.close_time.map(timestamp),
        manual: ticket.manual,
        unassigned_reason: ticket.unassigned_reason.map_or(v1::UnassignedReason::Unspecified, unassigned_reason).into(),
        merged_into: ticket.life.merged_into.map(|number| full(Name::Ticket(number))).unwrap_or_default(),
        split_from: ticket.life.split_from.map(|number| full(Name::Ticket(number))).unwrap_or_default(),
        spam_time: ticket.life.spam_time.map(timestamp),
        area: area(ticket.life.area).into(),
        follower_count: count(ticket.life.followers.len()),
        share_count: count(ticket.life.shares.len()),
        delete_time: ticket.life.delete_time.map(timestamp),
        purge_time: ticket.life.purge_time.map(timestamp),
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

/// The use case of a `CreateTicket` request.
///
/// # Errors
/// References that cannot exist.
pub fn create(grant: &Grant, request: v1::CreateTicketRequest) -> Result<Create, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let ticket = name::required("ticket", request.ticket)?;
    let contact = name::contact_ref(grant, "ticket.contact", &ticket.contact)?;
    let given = Records::of(&ticket);
    let first = given.contacts.first().filter(|_| contact.is_none());
    let first = first.map(|name| name::contact_ref(grant, "ticket.contacts", name)).transpose()?.flatten();
    let links = given.parse(grant, "ticket.")?;
    Ok(Create {
        pipeline: name::required("ticket.pipeline", name::pipeline_ref(grant, "ticket.pipeline", &ticket.pipeline)?)?,
        status: name::required("ticket.status", name::status_ref(grant, "ticket.status", &ticket.status)?)?,
        priority: priority_of(ticket.priority()),
        contact: contact.or(first),
        links,
        owner: name::user_ref(grant, "ticket.owner", &ticket.owner)?,
        teams: name::team_refs(grant, "ticket.teams", &ticket.teams)?.into_iter().collect(),
        properties: property::changes(&ticket.properties, true, &[])?,
        subject: ticket.subject,
        description: ticket.description,
        category: ticket.category,
        tags: ticket.tags.into_iter().collect(),
    })
}

/// The use case of an `AssignTicket` request.
///
/// # Errors
/// Neither owner nor teams, or references that cannot exist.
pub fn assign(grant: &Grant, request: v1::AssignTicketRequest) -> Result<Assign, Rejection> {
    let ticket = name::ticket(grant, "name", &request.name)?;
    if request.owner.is_empty() && request.teams.is_empty() {
        return Err(Rejection::field("owner", "REQUIRED", "owner or teams must be set"));
    }
    Ok(Assign {
        ticket,
        owner: name::user_ref(grant, "owner", &request.owner)?,
        teams: name::team_refs(grant, "teams", &request.teams)?.into_iter().collect(),
        etag: version_of(&request.etag),
    })
}

/// The use case of an `UnassignTicket` request.
///
/// # Errors
/// A name of something else.
pub fn unassign(grant: &Grant, request: v1::UnassignTicketRequest) -> Result<Unassign, Rejection> {
    let ticket = name::ticket(grant, "name", &request.name)?;
    Ok(Unassign { ticket, keep_teams: request.keep_teams, etag: version_of(&request.etag) })
}

/// The use case of a `ChangeTicketStatus` request.
///
/// # Errors
/// References that cannot exist, or a time that is none.
pub fn change_status(grant: &Grant, request: v1::ChangeTicketStatusRequest) -> Result<ChangeStatus, Rejection> {
    let ticket = name::ticket(grant, "name", &request.name)?;
    let status = Some(name::required("status", name::status_ref(grant, "status", &request.status)?)?);
    let (close_time, etag) = (close_time(request.close_time)?, version_of(&request.etag));
    Ok(ChangeStatus { ticket, kind: Move::Change, status, close_time, etag })
}

/// The use case of a `CloseTicket` request.
///
/// # Errors
/// As [`change_status`].
pub fn close(grant: &Grant, request: v1::CloseTicketRequest) -> Result<ChangeStatus, Rejection> {
    let ticket = name::ticket(grant, "name", &request.name)?;
    let status = name::status_ref(grant, "status", &request.status)?;
    let (close_time, etag) = (close_time(request.close_time)?, version_of(&request.etag));
    Ok(ChangeStatus { ticket, kind: Move::Close, status, close_time, etag })
}

/// The use case of a `ReopenTicket` request.
///
/// # Errors
/// As [`change_status`].
pub fn reopen(grant: &Grant, request: v1::ReopenTicketRequest) -> Result<ChangeStatus, Rejection> {
    let ticket = name::ticket(grant, "name", &request.name)?;
    let status = name::status_ref(grant, "status", &request.status)?;
    Ok(ChangeStatus { ticket, kind: Move::Reopen, status, close_time: None, etag: version_of(&request.etag) })
}

fn close_time(time: Option<prost_types::Timestamp>) -> Result<Option<Timestamp>, Rejection> {
    let Some(time) = time else { return Ok(None) };
    let moment = moment(&time);
    moment.map(Some).ok_or_else(|| Rejection::field("close_time", "OUT_OF_RANGE", "must lie in the years 1 to 9999"))
}

/// What an update may name: changed here, or refused when another value is given.
const UPDATED: &[&str] = &[
    "subject",
    "description",
    "priority",
    "category",
    "tags",
    "contact",
    "pipeline",
    "status",
    "owner",
    "teams",
    "contacts",
    "companies",
    "deals",
    "activities",
    PROPERTIES,
];
const PROPERTIES: &str = "properties";
const OUTPUT_ONLY: &[&str] = &[
    "name",
    "number",
    "state",
    "status_category",
    "channel",
    "source",
    "conversations",
    "times",
    "close_time",
    "manual",
    "unassigned_reason",
    "merged_into",
    "split_from",
    "spam_time",
    "area",
    "follower_count",
    "share_count",
    "delete_time",
    "purge_time",
    "create_time",
    "update_time",
    "etag",
    "creator",
    "sequence",
];

/// The use case of an `UpdateTicket` request.
///
/// # Errors
/// A bad mask, or references that cannot exist.
pub fn update(grant: &Grant, request: v1::UpdateTicketRequest) -> Result<Update, Rejection> {
    let ticket = name::required("ticket", request.ticket)?;
    let number = name::ticket(grant, "ticket.name", &ticket.name)?;
    let (mask, keys) = mask::paths_and_keys(request.update_mask.as_ref(), PROPERTIES, UPDATED, OUTPUT_ONLY)?;
    let asked = |path: &str| mask.contains(&path);
    let text = |path: &str, value: &str| asked(path).then(|| value.to_owned());
    let mut unchanged = Unchanged::default();
    if asked("pipeline") {
        unchanged.pipeline = name::pipeline_ref(grant, "ticket.pipeline", &ticket.pipeline)?;
    }
    if asked("status") {
        unchanged.status = name::status_ref(grant, "ticket.status", &ticket.status)?;
    }
    if asked("owner") {
        unchanged.owner = Some(name::user_ref(grant, "ticket.owner", &ticket.owner)?);
    }
    if asked("teams") {
        unchanged.teams = Some(name::team_refs(grant, "ticket.teams", &ticket.teams)?.into_iter().collect());
    }
    let given = Records::of(&ticket).only(asked).parse(grant, "ticket.")?;
    let lists = RecordKind::ALL.iter().copied().filter(|kind| asked(kind.field()));
    unchanged.records = lists.map(|kind| (kind, of_kind(&given, kind).collect())).collect();
    let contact =
        if asked("contact") { Some(name::contact_ref(grant, "ticket.contact", &ticket.contact)?) } else { None };
    let changes = TicketChanges {
        subject: text("subject", &ticket.subject),
        description: text("description", &ticket.description),
        priority: asked("priority").then(|| priority_of(ticket.priority())),
        category: text("category", &ticket.category),
        tags: asked("tags").then(|| ticket.tags.iter().cloned().collect()),
        contact,
        properties: property::changes(&ticket.properties, asked(PROPERTIES), &keys)?,
    };
    Ok(Update { ticket: number, changes, unchanged, etag: version_of(&ticket.etag) })
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
        UnassignedReason::AllAtCapacity => v1::UnassignedReason::AllAtCapacity,
        UnassignedReason::NoSkillMatch => v1::UnassignedReason::NoSkillMatch,
        UnassignedReason::Returned => v1::UnassignedReason::Returned,
        UnassignedReason::CustomerAgent => v1::UnassignedReason::CustomerAgent,
    }
}
