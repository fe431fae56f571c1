//! Who a ticket belongs to, by hand (R-080, R-081, R-084, R-085; C-043, C-052).

use std::collections::BTreeSet;

use crate::domain::access::{Level, Permission, TicketAccess, Use, user_rights};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{TeamId, TicketNumber, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::domain::user::UserState;
use crate::service::desk::{Desk, UseCase, reaches};
use crate::service::notifications::tell_owner;
use crate::storage::lane::{Keys, World};

/// Assigns to a user, to teams, or to both; teams alone clear the owner (C-043).
#[derive(Debug, Clone)]
pub struct Assign {
    /// The ticket.
    pub ticket: TicketNumber,
    /// The new owner; none leaves it, unless teams are given.
    pub owner: Option<UserId>,
    /// The new teams; empty leaves them.
    pub teams: BTreeSet<TeamId>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Assign {
    type Outcome = Ticket;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.tickets.insert(self.ticket);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Ticket, Rejection> {
        let before = desk.ticket_to_change(self.ticket, Permission::TicketsAssign, self.etag)?;
        check_teams(desk, &self.teams, "teams")?;
        let mut after = before.clone();
        if !self.teams.is_empty() {
            after.teams.clone_from(&self.teams);
            after.owner = None;
        }
        if let Some(owner) = &self.owner {
            after.assign(owner.clone(), desk.session.now());
            check_owner(desk, owner, &after, "owner")?;
        }
        change_assignment(desk, &before, after);
        Ok(desk.saved_ticket(self.ticket))
    }
}

/// Writes a new assignment with its load and its event; nothing when it is the old one.
pub fn change_assignment(desk: &mut Desk<'_, '_>, before: &Ticket, mut after: Ticket) {
    let fields = assignment_changes(desk, before, &after);
    if fields.is_empty() {
        return;
    }
    // Whoever is given to somebody by hand, be it a team, waits no longer.
    after.life.routed.waiting_since = None;
    let given = after.owner.is_some() || (!after.teams.is_empty() && after.teams != before.teams);
    let (number, actor) = (after.number, desk.session.actor.clone());
    desk.move_load(Some(before), &after, false);
    desk.save_ticket(after);
    let kind = if given { EventType::TicketAssigned } else { EventType::TicketUnassigned };
    desk.ticket_event(kind, number, fields);
    let after = desk.saved_ticket(number);
    tell_owner(desk, before.owner.as_ref(), &after, &actor);
}

/// What an assignment changes, as fields of the contract.
pub fn assignment_changes(desk: &Desk<'_, '_>, before: &Ticket, after: &Ticket) -> Vec<FieldChange> {
    let owner = |t: &Ticket| t.owner.clone().map(|id| desk.name(&Name::User(id))).unwrap_or_default();
    let teams = |t: &Ticket| t.teams.iter().map(|id| desk.name(&Name::Team(id.clone()))).collect::<Vec<_>>().join(",");
    let changes =
        [FieldChange::of("owner", owner(before), owner(after)), FieldChange::of("teams", teams(before), teams(after))];
    changes.into_iter().flatten().collect()
}

/// Whether `owner` may be made owner by hand: active, and able to see the ticket once it is theirs (C-052). No seat needed.
pub fn check_owner(desk: &Desk<'_, '_>, owner: &UserId, ticket: &Ticket, field: &str) -> Result<(), Rejection> {
    check_sees(desk, owner, &Ticket { owner: Some(owner.clone()), ..ticket.clone() }, field)
}

/// Whether a person is active and sees the ticket.
pub fn check_sees(desk: &Desk<'_, '_>, person: &UserId, ticket: &Ticket, field: &str) -> Result<(), Rejection> {
    let world = desk.world();
    let name = Name::User(person.clone());
    let missing = || Rejection::ReferenceNotFound { field: field.to_owned(), resource: desk.name(&name) };
    let user = world.people().users.get(person).ok_or_else(missing)?;
    let refused = |cause| Err(Rejection::AssigneeNotEligible { user: desk.name(&name), cause });
    if user.state != UserState::Active {
        return refused("DEACTIVATED");
    }
    match user_rights(&world.account, user, world.teams_of(person).clone()) {
        Ok(rights) if rights.view != TicketAccess::NONE && reaches(world, &rights, Use::View, ticket) => Ok(()),
        Ok(rights) if rights.view.level == Level::None => refused("NO_TICKET_ACCESS"),
        _ => refused("CANNOT_SEE_TICKET"),
    }
}

/// Whether every team exists.
pub fn check_teams(desk: &Desk<'_, '_>, teams: &BTreeSet<TeamId>, field: &str) -> Result<(), Rejection> {
    match teams.iter().find(|id| desk.world().people().teams.get(id).is_none()) {
        Some(id) => {
            let resource = desk.name(&Name::Team(id.clone()));
            Err(Rejection::ReferenceNotFound { field: field.to_owned(), resource })
        }
        None => Ok(()),
    }
}
