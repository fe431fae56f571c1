//! Events on the wire.

use std::collections::BTreeSet;

use crate::domain::event::{Event, EventType, FieldChange};
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::convert::{actor, common, timestamp};
use crate::grpc::pb::v1;
use crate::grpc::sealing::{ResumePoint, Sealer};
use crate::service::Service;
use crate::service::events::{Origins, Start, Wanted};
use crate::service::grant::Grant;

/// An event as callers see it; its resume token is left out.
pub fn event(account: &AccountId, event: &Event, origins: &Origins) -> v1::Event {
    let full = |path: &str| format!("accounts/{account}/{path}");
    let sequence = |sequence: i64| Name::Event(sequence).within(account);
    let ticket = event.ticket.map(|number| Name::Ticket(number).within(account)).unwrap_or_default();
    let resource = if event.resource.is_empty() { Name::Account.within(account) } else { full(&event.resource) };
    let ordering_key = if ticket.is_empty() { resource.clone() } else { ticket.clone() };
    let origin = if event.cause_depth == 0 { Some(&event.actor) } else { origins.get(&event.cause_root) };
    v1::Event {
        name: sequence(event.sequence),
        r#type: kind(event.kind).into(),
        resource,
        event_time: Some(timestamp(event.time)),
        sequence: event.sequence,
        ordering_key,
        ordering_sequence: event.ticket_sequence,
        actor: Some(actor(account, &event.actor)),
        cause_chain: Some(v1::CauseChain {
            root: sequence(event.cause_root),
            depth: i32::try_from(event.cause_depth).unwrap_or(i32::MAX),
            parent_event: if event.cause_parent == 0 { String::new() } else { sequence(event.cause_parent) },
            actor: origin.map(|origin| actor(account, origin)),
        }),
        fields: event.fields.iter().map(field).collect(),
        resume_token: String::new(),
        request_id: event.request_id.clone(),
        ticket,
    }
}

/// An event with the token to go on after it.
pub fn resumable(sealer: &Sealer, account: &AccountId, one: &Event, origins: &Origins) -> v1::Event {
    let point = ResumePoint { sequence: one.sequence, time: one.time };
    v1::Event { resume_token: sealer.resume(account, point), ..event(account, one, origins) }
}

fn field(change: &FieldChange) -> v1::FieldChange {
    v1::FieldChange { field: change.field.clone(), before: change.before.clone(), after: change.after.clone() }
}

/// Pairs of the domain's types and the contract's, both ways.
macro_rules! kinds {
    ($($kind:ident),* $(,)?) => {
        fn kind(kind: EventType) -> v1::EventType {
            match kind { $(EventType::$kind => v1::EventType::$kind),* }
        }

        fn kind_of(kind: v1::EventType) -> Option<EventType> {
            match kind { $(v1::EventType::$kind => Some(EventType::$kind),)* v1::EventType::Unspecified => None }
        }
    };
}

kinds! {
    TicketCreated,
    TicketUpdated,
    TicketStatusChanged,
    TicketAssigned,
    TicketUnassigned,
    TicketClosed,
    TicketReopened,
    TicketMoved,
    TicketMerged,
    TicketSplit,
    TicketDeleted,
    TicketUndeleted,
    TicketExpunged,
    TicketFollowed,
    TicketShared,
    TicketSpamChanged,
    MessageReceived,
    MessageSent,
    MessageDeliveryChanged,
    MessageBounced,
    CommentCreated,
    CommentUpdated,
    CommentDeleted,
    AttachmentAdded,
    AttachmentDeleted,
    ConversationStarted,
    ConversationTied,
    ThreadChanged,
    DraftChanged,
    RoutingDecided,
    QueueEntered,
    CallChanged,
    QueueLeft,
    AvailabilityChanged,
    PresenceChanged,
    UserChanged,
    TeamChanged,
    ContactChanged,
    CompanyChanged,
    DealChanged,
    ActivityChanged,
    TicketAssociationsChanged,
    VisitorIdentified,
    NotificationsChanged,
    ConfigChanged,
    PropertyChanged,
    FormChanged,
    TicketAutomationSkipped,
    MailHeld,
    ConversationParked,
    ControlChanged,
    HandoffRequested,
    HandoffOffered,
    HandoffAccepted,
    HandoffReturned,
    HandoffCompleted,
    HandoffEnded,
    HandoffChanged,
    TurnChanged,
    HandoffTriggered,
}

/// Which events are asked for; unset is all.
///
/// # Errors
/// Those of the filter language.
pub fn wanted(service: &Service, grant: &Grant, filter: Option<&v1::EventFilter>) -> Result<Wanted, Rejection> {
    let kinds: BTreeSet<EventType> = filter.into_iter().flat_map(v1::EventFilter::types).filter_map(kind_of).collect();
    Wanted::new(service, grant, kinds, filter.map_or("", |filter| &filter.filter))
}

/// A fixed place; unsaid is now.
pub fn start_point(point: i32) -> Start {
    match v1::StartPoint::try_from(point) {
        Ok(v1::StartPoint::Oldest) => Start::Oldest,
        _ => Start::Now,
    }
}

/// The first event at or after a time.
///
/// # Errors
/// A field fault for a time outside the years 1 to 9999.
pub fn start_time(field: &str, time: &prost_types::Timestamp) -> Result<Start, Rejection> {
    let bad = || Rejection::field(field, "OUT_OF_RANGE", "must lie in the years 1 to 9999");
    common::moment(time).map(Start::At).ok_or_else(bad)
}

/// The place of a resume token.
///
/// # Errors
/// [`Rejection::ResumeToken`] for one that is altered or of another account.
pub fn resume(sealer: &Sealer, account: &AccountId, token: &str) -> Result<Start, Rejection> {
    let point = sealer.open_resume(account, token).ok_or(Rejection::ResumeToken)?;
    Ok(Start::After(point.sequence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_event_has_its_value_in_the_contract() {
        for one in EventType::ALL {
            assert_eq!(kind_of(kind(*one)), Some(*one));
        }
    }
}
