//! Making, changing and deleting properties.

use std::collections::BTreeSet;

use crate::domain::event::{EventType, FieldChange};
use crate::domain::filter::parse;
use crate::domain::ids::{PipelineId, PropertyId, StatusId, ViewId};
use crate::domain::names::Name;
use crate::domain::pipeline::Status;
use crate::domain::property::{Choice, MOST, MOST_IN_USE, Property, PropertyKind};
use crate::domain::rejection::Rejection;
use crate::domain::view::{TicketView, ViewKey};
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// New values of a property; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct PropertyChanges {
    /// The kind, which must be the stored one.
    pub kind: Option<PropertyKind>,
    /// The label, not blank.
    pub display_name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What can be chosen, with labels that are not blank.
    pub choices: Option<Vec<Choice>>,
    /// Out of use.
    pub archived: Option<bool>,
}

/// Makes a property.
#[derive(Debug, Clone)]
pub struct Create {
    /// The chosen id.
    pub id: PropertyId,
    /// What its values are.
    pub kind: PropertyKind,
    /// Its values.
    pub values: PropertyChanges,
}

impl UseCase for Create {
    type Outcome = Property;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Property, Rejection> {
        let all = &desk.world().people().properties;
        if all.get(&self.id).is_some() {
            let resource = desk.name(&Name::TicketProperty(self.id.clone()));
            return Err(Rejection::AlreadyExists { resource });
        }
        if all.values().count() >= MOST {
            return Err(Rejection::Quota { quota: "ticket_properties", limit: MOST as u64 });
        }
        let now = desk.session.now();
        let blank = Property {
            id: self.id.clone(),
            kind: self.kind,
            display_name: String::new(),
            description: String::new(),
            choices: Vec::new(),
            archived: true,
            create_time: now,
            update_time: now,
            version: 0,
        };
        let property = self.values.apply(desk, &blank)?;
        Ok(save(desk, property, Vec::new()))
    }
}

/// Changes a property.
#[derive(Debug, Clone)]
pub struct Update {
    /// Which.
    pub property: PropertyId,
    /// What to change.
    pub changes: PropertyChanges,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Update {
    type Outcome = Property;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Property, Rejection> {
        let before = find(desk, &self.property, self.etag)?;
        let after = self.changes.apply(desk, &before)?;
        if after.archived && !before.archived {
            not_on_the_form(desk, &self.property)?;
        }
        let fields = changed_fields(&before, &after);
        Ok(if fields.is_empty() { before } else { save(desk, after, fields) })
    }
}

/// Deletes a property that no ticket has a value of.
#[derive(Debug, Clone)]
pub struct Delete {
    /// Which.
    pub property: PropertyId,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Delete {
    type Outcome = ();

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.ticket_with.insert(self.property.clone());
        keys.tickets.extend(world.peek_ticket_with(&self.property));
        keys.views = true;
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        find(desk, &self.property, self.etag)?;
        not_on_the_form(desk, &self.property)?;
        let name = Name::TicketProperty(self.property.clone());
        if let Some(used_by) = self.used_by(desk) {
            return Err(desk.in_use(&name, &used_by));
        }
        desk.session.world.people_mut().properties.remove(&self.property);
        desk.event(EventType::PropertyChanged, &name, Vec::new());
        Ok(())
    }
}

impl Delete {
    /// What depends on the property: a ticket, a status, a view.
    fn used_by(&self, desk: &Desk<'_, '_>) -> Option<Name> {
        let ticket = desk.world().ticket_with(&self.property).map(Name::Ticket);
        let status = || self.required_by(desk).map(|(pipeline, status)| Name::Status(pipeline, status));
        let view = || self.asked_by(desk).map(|view| Name::TicketView(ViewKey::Custom(view)));
        ticket.or_else(status).or_else(view)
    }

    /// A status that tickets enter only with the property.
    fn required_by(&self, desk: &Desk<'_, '_>) -> Option<(PipelineId, StatusId)> {
        let field = format!("properties.{}", self.property);
        let asks = |status: &&Status| status.required.iter().any(|asked| asked.field == field);
        let statuses = desk.world().people().statuses.values().filter(asks);
        statuses.map(|status| (status.pipeline.clone(), status.id.clone())).min()
    }

    /// A view whose filter or order asks for the property: without it the view would show nothing any more.
    fn asked_by(&self, desk: &Desk<'_, '_>) -> Option<ViewId> {
        let path = format!("properties.{}", self.property);
        let key = format!("properties:{}", self.property);
        let asks = |view: &&TicketView| {
            let ordered = view.order_by.split([',', ' ']).any(|word| word == path);
            ordered || parse(&view.filter).is_ok_and(|expr| expr.names(&path) || expr.to_string().contains(&key))
        };
        desk.world().views.values().filter(asks).map(|view| view.id.clone()).min()
    }
}

fn find(desk: &Desk<'_, '_>, id: &PropertyId, etag: Option<i64>) -> Result<Property, Rejection> {
    let name = Name::TicketProperty(id.clone());
    let found = desk.world().people().properties.get(id).cloned().ok_or_else(|| desk.not_found(&name))?;
    desk.same_version(&name, etag, found.version)?;
    Ok(found)
}

fn not_on_the_form(desk: &Desk<'_, '_>, id: &PropertyId) -> Result<(), Rejection> {
    if !desk.world().people().form().shows(id) {
        return Ok(());
    }
    let resource = desk.name(&Name::TicketProperty(id.clone()));
    Err(Rejection::InUse { resource, used_by: desk.name(&Name::TicketForm) })
}

impl PropertyChanges {
    fn apply(&self, desk: &Desk<'_, '_>, before: &Property) -> Result<Property, Rejection> {
        if self.kind.is_some_and(|kind| kind != before.kind) {
            return Err(Rejection::FieldImmutable { field: "ticket_property.type".to_owned() });
        }
        let mut after = before.clone();
        if let Some(choices) = &self.choices {
            check_choices(before, choices)?;
            after.choices.clone_from(choices);
        }
        after.display_name = self.display_name.clone().unwrap_or(after.display_name);
        after.description = self.description.clone().unwrap_or(after.description);
        after.archived = self.archived.unwrap_or(after.archived);
        let used = desk.world().people().properties.values().filter(|property| !property.archived).count();
        if before.archived && !after.archived && used >= MOST_IN_USE {
            return Err(Rejection::Quota { quota: "ticket_properties_in_use", limit: MOST_IN_USE as u64 });
        }
        Ok(after)
    }
}

fn check_choices(before: &Property, choices: &[Choice]) -> Result<(), Rejection> {
    let refused = |reason, text: String| Err(Rejection::field("ticket_property.choices", reason, text));
    match (before.kind.is_chosen(), choices.is_empty()) {
        (true, true) => return refused("TOO_FEW", "must hold what can be chosen".to_owned()),
        (false, false) => return refused("INCONSISTENT", "are for SINGLE_CHOICE and MULTIPLE_CHOICE".to_owned()),
        _ => {}
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = choices.iter().find(|choice| !seen.insert(&choice.value)) {
        return refused("NOT_UNIQUE", format!("hold {} twice", twice.value));
    }
    match before.choices.iter().find(|had| !seen.contains(&had.value)) {
        Some(gone) => refused("NOT_ALLOWED", format!("lack {}: archive it instead", gone.value)),
        None => Ok(()),
    }
}

fn changed_fields(before: &Property, after: &Property) -> Vec<FieldChange> {
    let choices = |property: &Property| {
        let told = |choice: &Choice| {
            let archived = if choice.archived { " (archived)" } else { "" };
            format!("{}={}{archived}", choice.value, choice.label)
        };
        property.choices.iter().map(told).collect::<Vec<_>>().join(",")
    };
    let changes = [
        FieldChange::of("display_name", &before.display_name, &after.display_name),
        FieldChange::of("description", &before.description, &after.description),
        FieldChange::of("choices", choices(before), choices(after)),
        FieldChange::of("archived", before.archived, after.archived),
    ];
    changes.into_iter().flatten().collect()
}

fn save(desk: &mut Desk<'_, '_>, mut property: Property, fields: Vec<FieldChange>) -> Property {
    property.version += 1;
    property.update_time = desk.session.now();
    desk.session.world.people_mut().properties.put(property.id.clone(), property.clone());
    desk.event(EventType::PropertyChanged, &Name::TicketProperty(property.id.clone()), fields);
    property
}
