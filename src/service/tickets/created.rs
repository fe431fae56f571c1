//! What a new ticket says: the first entry of its history.

use std::collections::{BTreeMap, BTreeSet};

use super::assign::assignment_changes;
use super::update::changed_fields;
use crate::domain::event::FieldChange;
use crate::domain::names::Name;
use crate::domain::ticket::Ticket;
use crate::service::desk::Desk;

/// Every field of a new ticket that is set, under the names of the contract.
pub fn created_fields(desk: &Desk<'_, '_>, ticket: &Ticket) -> Vec<FieldChange> {
    let nothing = Ticket {
        subject: String::new(),
        description: String::new(),
        priority: None,
        category: String::new(),
        tags: BTreeSet::new(),
        properties: BTreeMap::new(),
        contact: None,
        links: BTreeSet::new(),
        owner: None,
        teams: BTreeSet::new(),
        ..ticket.clone()
    };
    let named = |name: Option<Name>| name.map(|name| desk.name(&name)).unwrap_or_default();
    let status = Name::Status(ticket.pipeline.clone(), ticket.status.clone());
    let place = [
        ("pipeline", named(Some(Name::Pipeline(ticket.pipeline.clone())))),
        ("status", named(Some(status))),
        ("channel", named(ticket.channel.clone().map(Name::Channel))),
        ("split_from", named(ticket.life.split_from.map(Name::Ticket))),
        ("close_time", ticket.close_time.map(|time| time.to_string()).unwrap_or_default()),
    ];
    let said = changed_fields(desk, &nothing, ticket).into_iter();
    let place = place.into_iter().filter_map(|(field, value)| FieldChange::of(field, "", value));
    said.chain(place).chain(assignment_changes(desk, &nothing, ticket)).collect()
}
