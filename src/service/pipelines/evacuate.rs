//! Where the tickets of a deleted pipeline or status go: the first 500 in the write that deletes it, the others by a job,
//! 500 at a time (W7). Access, owner, teams and the place among those that wait stay as they are, but for an owner who lost
//! a closed ticket that is open now (A4).

use super::actions::drop_actions;
use super::delete::{Evacuated, need_tickets};
use super::statuses::touch;
use crate::domain::access::Use;
use crate::domain::event::{Actor, EventType, SystemActor};
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::pipeline::{Status, status_like};
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::desk::{Desk, UseCase};
use crate::service::grant::Grant;
use crate::service::tickets::{status_changes, tell_moved};
use crate::service::users::release_reopened;
use crate::service::{Answer, Encoder, Service, WriteCall};
use crate::storage::lane::{Keys, NewJob, StatusPlace, World};

/// The job that goes on where a write left off; the payload is the name of the pipeline or status within the account.
pub const MOVE_TICKETS: &str = "move_tickets";

/// Leaves the rest to a job.
pub(super) fn put_off(desk: &mut Desk<'_, '_>, place: &StatusPlace) {
    let (id, due) = (desk.session.new_id(), desk.session.now());
    let payload = name_of(place).to_string();
    desk.session.world.jobs.push(NewJob { id, kind: MOVE_TICKETS, payload, due });
}

fn name_of((pipeline, status): &StatusPlace) -> Name {
    match status {
        Some(status) => Name::Status(pipeline.clone(), status.clone()),
        None => Name::Pipeline(pipeline.clone()),
    }
}

/// Moves the next tickets; where none is left, the pipeline or status goes.
pub(super) fn evacuate(desk: &mut Desk<'_, '_>, place: &StatusPlace) -> Evacuated {
    let (tickets, pending) = desk.world().tickets_in(place);
    let mut moved = 0;
    for ticket in &tickets {
        if let Some(status) = next_status(desk, ticket) {
            moved += usize::from(desk.reaches(&desk.rights, Use::View, ticket));
            carry(desk, ticket, &status);
        }
    }
    if !pending {
        remove(desk, place);
    }
    Evacuated { moved, pending }
}

/// The status that takes a ticket of a pipeline or status that is being deleted.
fn next_status(desk: &Desk<'_, '_>, ticket: &Ticket) -> Option<Status> {
    let people = desk.world().people();
    let Some(leaving) = &people.pipelines.get(&ticket.pipeline)?.leaving else {
        let to = people.statuses.get(&(ticket.pipeline.clone(), ticket.status.clone()))?.leaving.clone()?;
        return people.statuses.get(&(ticket.pipeline.clone(), to)).cloned();
    };
    let there: Vec<&Status> = people.statuses_of(&leaving.to).collect();
    let mapped = leaving.mapping.get(&ticket.status);
    let mapped = mapped.and_then(|id| there.iter().copied().find(|status| status.id == *id));
    mapped.or_else(|| status_like(&there, ticket.status_category)).cloned()
}

fn carry(desk: &mut Desk<'_, '_>, before: &Ticket, status: &Status) {
    let mut after = before.clone();
    after.relocate(status, desk.closing(&status.pipeline));
    if after.status_category == before.status_category {
        // The work stands where it stood: nobody touched it.
        after.status_change_time = before.status_change_time;
    }
    desk.move_load(Some(before), &after, false);
    desk.save_ticket(after.clone());
    if before.pipeline == after.pipeline {
        let fields = status_changes(desk, before, &after);
        desk.ticket_event(EventType::TicketStatusChanged, after.number, fields);
    } else {
        tell_moved(desk, before, &after);
    }
    if !before.open && after.open {
        release_reopened(desk, after.number);
    }
}

fn remove(desk: &mut Desk<'_, '_>, place: &StatusPlace) {
    let keys: Vec<_> =
        desk.world().people().every_status_of(&place.0).map(|it| (it.pipeline.clone(), it.id.clone())).collect();
    let gone = keys.into_iter().filter(|key| place.1.as_ref().is_none_or(|status| key.1 == *status));
    for key in gone {
        drop_actions(desk, &key);
        desk.session.world.people_mut().statuses.remove(&key);
    }
    let people = desk.session.world.people_mut();
    if place.1.is_none() {
        people.pipelines.remove(&place.0);
    } else {
        touch(desk, &place.0);
    }
    desk.event(EventType::ConfigChanged, &name_of(place), Vec::new());
}

/// Goes on with a deletion; the payload of the job says with which. Returns whether tickets are left.
///
/// # Errors
/// The storage's, and a payload that is none.
pub async fn move_next(service: &Service, account: &AccountId, payload: &str) -> Result<bool, Rejection> {
    let place = match Name::parse_path(payload) {
        Ok(Name::Pipeline(pipeline)) => (pipeline, None),
        Ok(Name::Status(pipeline, status)) => (pipeline, Some(status)),
        _ => return Err(Rejection::Internal("a job without a pipeline or status".to_owned())),
    };
    let grant = Grant::system(account.clone(), MOVE_TICKETS);
    let encoder = Encoder { respond: Box::new(|pending, _| pending), store: Box::new(|_| Vec::new()) };
    match service.write(&grant, WriteCall::default(), MoveNext { place }, encoder).await? {
        Answer::Fresh(pending) => Ok(pending),
        // A job sends no request id, so nothing is kept to be replayed.
        Answer::Replayed(_) => Ok(false),
    }
}

/// The next tickets of a pipeline or status that is being deleted.
#[derive(Debug, Clone)]
struct MoveNext {
    place: StatusPlace,
}

impl UseCase for MoveNext {
    type Outcome = bool;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need_tickets(world, keys, self.place.clone());
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<bool, Rejection> {
        let people = desk.world().people();
        let goes = match &self.place {
            (pipeline, None) => people.pipelines.get(pipeline).is_some_and(|it| it.leaving.is_some()),
            (pipeline, Some(status)) => {
                let found = people.statuses.get(&(pipeline.clone(), status.clone()));
                found.is_some_and(|it| it.leaving.is_some())
            }
        };
        if !goes {
            return Ok(false);
        }
        desk.session.actor = Actor::System(SystemActor::Pipeline);
        Ok(evacuate(desk, &self.place).pending)
    }
}
