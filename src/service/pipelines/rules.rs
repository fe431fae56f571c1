//! What a pipeline asks of whoever changes the status of a ticket by a call. What the service does by itself is free.

use crate::domain::access::Caller;
use crate::domain::names::Name;
use crate::domain::pipeline::{Status, first_status};
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::desk::Desk;
use crate::service::properties::says;

/// Whether the caller may bring the ticket to another status of its pipeline: people who are no super admins follow its
/// transitions.
///
/// # Errors
/// [`Rejection::StatusTransition`].
pub fn may_change(desk: &Desk<'_, '_>, before: &Ticket, status: &Status) -> Result<(), Rejection> {
    if !is_bound(desk) || before.status == status.id {
        return Ok(());
    }
    let lets =
        desk.world().people().pipelines.get(&before.pipeline).is_none_or(|it| it.lets(&before.status, &status.id));
    if lets {
        return Ok(());
    }
    let name = |status| desk.name(&Name::Status(before.pipeline.clone(), status));
    Err(Rejection::StatusTransition { from: name(before.status.clone()), to: name(status.id.clone()) })
}

/// Whether the caller may make a ticket in a status: people who are no super admins begin where the pipeline lets them.
///
/// # Errors
/// [`Rejection::StatusTransition`] from no status.
pub fn may_begin(desk: &Desk<'_, '_>, status: &Status) -> Result<(), Rejection> {
    let pipeline = desk.world().people().pipelines.get(&status.pipeline);
    if !is_bound(desk) || pipeline.is_none_or(|it| it.begins_in(&status.id)) {
        return Ok(());
    }
    let to = desk.name(&Name::Status(status.pipeline.clone(), status.id.clone()));
    Err(Rejection::StatusTransition { from: String::new(), to })
}

/// Whether the caller may bring a ticket of another pipeline into a status: people who are no super admins come in where
/// [`takes_in`] lets them.
///
/// # Errors
/// [`Rejection::StatusTransition`].
pub fn may_come(desk: &Desk<'_, '_>, before: &Ticket, status: &Status) -> Result<(), Rejection> {
    if takes_in(desk, status) {
        return Ok(());
    }
    let from = desk.name(&Name::Status(before.pipeline.clone(), before.status.clone()));
    let to = desk.name(&Name::Status(status.pipeline.clone(), status.id.clone()));
    Err(Rejection::StatusTransition { from, to })
}

/// Whether a status takes in a ticket of another pipeline that the caller brings.
pub fn takes_in(desk: &Desk<'_, '_>, status: &Status) -> bool {
    let people = desk.world().people();
    let pipeline = people.pipelines.get(&status.pipeline).filter(|_| is_bound(desk));
    let first = || first_status(people.statuses_of(&status.pipeline), true).map(|first| &first.id);
    pipeline.is_none_or(|pipeline| pipeline.takes_in(&status.id, first()))
}

/// Whether the limits of pipelines hold for the caller.
fn is_bound(desk: &Desk<'_, '_>) -> bool {
    desk.rights.user.is_some() && !desk.rights.super_admin && desk.includes(Feature::StatusTransitions)
}

/// Whether the ticket says what the status asks for. Properties out of use are not asked for.
///
/// # Errors
/// [`Rejection::StatusFieldsMissing`], which names all that is missing.
pub fn says_enough(desk: &Desk<'_, '_>, ticket: &Ticket, status: &Status) -> Result<(), Rejection> {
    if matches!(desk.grant.caller(), Caller::System(_)) {
        return Ok(());
    }
    let people = desk.world().people();
    let asked = status.required.iter().filter(|field| match field.property() {
        Ok(Some(id)) => people.properties.get(&id).is_some_and(|property| !property.archived),
        Ok(None) => true,
        Err(_) => false,
    });
    let missing: Vec<&str> = asked.filter(|field| !says(ticket, field)).map(|field| field.field.as_str()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let status = desk.name(&Name::Status(status.pipeline.clone(), status.id.clone()));
    Err(Rejection::StatusFieldsMissing { status, fields: missing.join(",") })
}
