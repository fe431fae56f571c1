//! Changing the creation form (R-023, R-024, C-015).

use std::collections::BTreeSet;

use crate::domain::event::{EventType, FieldChange};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::ticket_form::{FormField, TicketForm};
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Changes what the form shows and requires.
#[derive(Debug, Clone)]
pub struct UpdateForm {
    /// What it shows, in order.
    pub fields: Option<Vec<FormField>>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for UpdateForm {
    type Outcome = TicketForm;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<TicketForm, Rejection> {
        let before = desk.world().people().form();
        desk.same_version(&Name::TicketForm, self.etag, before.version)?;
        let fields = self.fields.clone().unwrap_or_else(|| before.fields.clone());
        check(desk, &before, &fields)?;
        let mut after = TicketForm { fields, ..before.clone() };
        let Some(change) = FieldChange::of("fields", before.told(), after.told()) else { return Ok(before) };
        after.version += 1;
        after.update_time = Some(desk.session.now());
        desk.session.world.people_mut().forms.put((), after.clone());
        desk.event(EventType::FormChanged, &Name::TicketForm, vec![change]);
        Ok(after)
    }
}

fn check(desk: &Desk<'_, '_>, before: &TicketForm, fields: &[FormField]) -> Result<(), Rejection> {
    let mut seen = BTreeSet::new();
    for (at, shown) in fields.iter().enumerate() {
        let path = format!("ticket_form.fields[{at}].field");
        if !seen.insert(&shown.field) {
            return Err(Rejection::field(path, "NOT_UNIQUE", "is on the form already"));
        }
        let none = |_| Rejection::field(path.clone(), "NOT_ALLOWED", "is no field that the form can show");
        let Some(id) = shown.property().map_err(none)? else { continue };
        let found = desk.world().people().properties.get(&id);
        if !found.is_some_and(|property| !property.archived || before.shows(&id)) {
            let resource = desk.name(&Name::TicketProperty(id));
            return Err(Rejection::ReferenceNotFound { field: path, resource });
        }
    }
    TicketForm::without_fixed(fields).map_or(Ok(()), |field| Err(Rejection::FormFieldFixed { field }))
}
