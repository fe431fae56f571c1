//! What tickets say in their properties: set, cleared, checked, asked for.

use std::collections::BTreeMap;

use crate::domain::event::FieldChange;
use crate::domain::ids::PropertyId;
use crate::domain::names::Name;
use crate::domain::property::{PropertyValue, Values};
use crate::domain::rejection::{FieldFault, Rejection};
use crate::domain::ticket::Ticket;
use crate::domain::ticket_form::FormField;
use crate::service::desk::Desk;

/// New values of a ticket's properties.
#[derive(Debug, Clone, Default)]
pub struct ValueChanges {
    /// Clear what is not given.
    pub whole: bool,
    /// By property; none inside clears.
    pub given: BTreeMap<PropertyId, Option<PropertyValue>>,
}

/// The values after the changes.
///
/// # Errors
/// [`Rejection::ReferenceNotFound`] for an unknown property, and a field fault for each value that does not fit.
pub fn apply(desk: &Desk<'_, '_>, before: &Values, changes: &ValueChanges) -> Result<Values, Rejection> {
    let mut after = if changes.whole { Values::new() } else { before.clone() };
    let mut faults = Vec::new();
    for (id, value) in &changes.given {
        let field = format!("ticket.{}", place(id));
        let Some(property) = desk.world().people().properties.get(id) else {
            let resource = desk.name(&Name::TicketProperty(id.clone()));
            return Err(Rejection::ReferenceNotFound { field, resource });
        };
        let Some(value) = value else {
            after.remove(id);
            continue;
        };
        match property.admits(before.get(id), value) {
            Ok(()) => drop(after.insert(id.clone(), value.clone())),
            Err((reason, description)) => faults.push(FieldFault { field, reason, description }),
        }
    }
    if faults.is_empty() { Ok(after) } else { Err(Rejection::Invalid(faults)) }
}

/// A property in the path of a request's field.
fn place(id: &PropertyId) -> String {
    format!("properties[\"{id}\"]")
}

/// What changed, property by property.
pub fn changed(before: &Values, after: &Values) -> Vec<FieldChange> {
    let mut ids: Vec<&PropertyId> = before.keys().chain(after.keys().filter(|id| !before.contains_key(*id))).collect();
    ids.sort();
    let told = |values: &Values, id: &PropertyId| values.get(id).map(PropertyValue::told).unwrap_or_default();
    let change = |id: &PropertyId| FieldChange::of(&format!("properties.{id}"), told(before, id), told(after, id));
    ids.into_iter().filter_map(change).collect()
}

/// Refuses a ticket made by hand without what the creation form requires: each field for itself.
///
/// # Errors
/// A field fault for each one.
pub fn missing(desk: &Desk<'_, '_>, ticket: &Ticket) -> Result<(), Rejection> {
    let form = desk.world().people().form();
    let asked = form.fields.iter().filter(|shown| shown.required && !says(ticket, shown));
    let fault = |shown: &FormField| {
        let path = shown.property().ok().flatten().map_or_else(|| shown.field.clone(), |id| place(&id));
        let description = "must be set: the creation form requires it".to_owned();
        FieldFault { field: format!("ticket.{path}"), reason: "REQUIRED", description }
    };
    let faults: Vec<FieldFault> = asked.map(fault).collect();
    if faults.is_empty() { Ok(()) } else { Err(Rejection::Invalid(faults)) }
}

/// Whether the ticket says something in this field.
pub fn says(ticket: &Ticket, shown: &FormField) -> bool {
    match shown.field.as_str() {
        "description" => !ticket.description.trim().is_empty(),
        "priority" => ticket.priority.is_some(),
        "category" => !ticket.category.trim().is_empty(),
        "tags" => !ticket.tags.is_empty(),
        "contact" => ticket.contact.is_some(),
        "owner" => ticket.owner.is_some(),
        "teams" => !ticket.teams.is_empty(),
        // Subject, pipeline and status are asked for before there is a ticket.
        _ => shown.property().ok().flatten().is_none_or(|id| ticket.properties.contains_key(&id)),
    }
}
