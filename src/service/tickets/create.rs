//! A ticket made by hand (R-018 to; C-010, C-011, C-013, C-014). It is never routed by itself.

use std::collections::BTreeSet;

use super::assign::{check_owner, check_teams};
use super::associate::{check_records, need_records, within_limits};
use super::created::created_fields;
use crate::domain::event::EventType;
use crate::domain::ids::{ContactId, PipelineId, StatusId, TeamId, TicketNumber, UserId};
use crate::domain::life::Life;
use crate::domain::links::RecordRef;
use crate::domain::names::Name;
use crate::domain::property::Values;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::{Priority, Ticket, ticket_name};
use crate::service::desk::{Desk, UseCase};
use crate::service::notifications::tell_owner;
use crate::service::pipelines::{may_begin, says_enough};
use crate::service::properties::{self, ValueChanges};
use crate::storage::lane::{Keys, World};

/// Makes a ticket.
#[derive(Debug, Clone)]
pub struct Create {
    /// The ticket name, not yet trimmed.
    pub subject: String,
    /// Longer text.
    pub description: String,
    /// Its pipeline.
    pub pipeline: PipelineId,
    /// Pipeline and id of its status.
    pub status: (PipelineId, StatusId),
    /// How urgent.
    pub priority: Option<Priority>,
    /// Free category.
    pub category: String,
    /// Free tags.
    pub tags: BTreeSet<String>,
    /// What the account's own properties say.
    pub properties: ValueChanges,
    /// The contact it is about.
    pub contact: Option<ContactId>,
    /// What else it is associated with; the contact may be among it.
    pub links: BTreeSet<RecordRef>,
    /// The first owner.
    pub owner: Option<UserId>,
    /// The first assigned teams.
    pub teams: BTreeSet<TeamId>,
}

impl UseCase for Create {
    type Outcome = Ticket;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.contacts.extend(self.contact);
        need_records(keys, self.links.iter());
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Ticket, Rejection> {
        let subject = ticket_name(&self.subject)
            .ok_or_else(|| Rejection::field("ticket.subject", "REQUIRED", "must not be blank"))?;
        let mut ticket = self.new_ticket(desk, subject)?;
        if let Some(owner) = &self.owner {
            check_owner(desk, owner, &ticket, "ticket.owner")?;
            ticket.assign(owner.clone(), desk.session.now());
        }
        properties::missing(desk, &ticket)?;
        if let Some(status) = desk.world().people().statuses.get(&self.status) {
            may_begin(desk, status)?;
            says_enough(desk, &ticket, status)?;
        }
        let number = ticket.number;
        desk.session.world.head.last_ticket = number.0;
        desk.move_load(None, &ticket, false);
        desk.save_ticket(ticket.clone());
        let said = created_fields(desk, &ticket);
        desk.ticket_event(EventType::TicketCreated, number, said);
        let actor = desk.session.actor.clone();
        tell_owner(desk, None, &ticket, &actor);
        Ok(desk.saved_ticket(number))
    }
}

impl Create {
    fn new_ticket(&self, desk: &Desk<'_, '_>, subject: String) -> Result<Ticket, Rejection> {
        let people = desk.world().people();
        let missing = |field: &str, name: &Name| Rejection::ReferenceNotFound {
            field: field.to_owned(),
            resource: desk.name(name),
        };
        if people.pipeline_to_enter(&self.pipeline).is_none() {
            return Err(missing("ticket.pipeline", &Name::Pipeline(self.pipeline.clone())));
        }
        let status_name = Name::Status(self.status.0.clone(), self.status.1.clone());
        let status = people.status_to_enter(&self.status).ok_or_else(|| missing("ticket.status", &status_name))?;
        if status.pipeline != self.pipeline {
            let pipeline = desk.name(&Name::Pipeline(self.pipeline.clone()));
            return Err(Rejection::StatusNotInPipeline { status: desk.name(&status_name), pipeline });
        }
        check_records(desk, "ticket.", self.links.iter())?;
        if let Some(contact) = self.contact.filter(|id| desk.world().contacts.get(id).is_none()) {
            return Err(missing("ticket.contact", &Name::Contact(contact)));
        }
        check_teams(desk, &self.teams, "ticket.teams")?;
        let now = desk.world().now;
        let mut ticket = Ticket {
            number: TicketNumber(desk.world().head.last_ticket + 1),
            subject,
            description: self.description.clone(),
            pipeline: self.pipeline.clone(),
            status: status.id.clone(),
            status_category: status.category,
            open: status.is_open(),
            priority: self.priority,
            category: self.category.clone(),
            tags: self.tags.clone(),
            properties: properties::apply(desk, &Values::new(), &self.properties)?,
            contact: self.contact,
            links: BTreeSet::new(),
            owner: None,
            teams: self.teams.clone(),
            channel: None,
            source: None,
            conversations: Vec::new(),
            manual: true,
            unassigned_reason: None,
            creator: desk.session.actor.clone(),
            close_time: (!status.is_open() && desk.closing(&self.pipeline).sets_time).then_some(now),
            first_assign_time: None,
            first_reply_time: None,
            last_reply_time: None,
            last_contact_message_time: None,
            status_change_time: now,
            create_time: now,
            update_time: now,
            life: Life::default(),
            event_count: 0,
            version: 0,
        };
        for record in &self.links {
            ticket.associate(*record);
        }
        within_limits(&ticket)?;
        Ok(ticket)
    }
}
