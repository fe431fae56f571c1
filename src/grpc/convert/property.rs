//! Properties of tickets, their values and the creation form on the wire.

#![expect(clippy::needless_pass_by_value, reason = "every request is handed over whole, as `Front::write` asks")]

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::ids::{AccountId, PropertyId};
use crate::domain::names::Name;
use crate::domain::property::{Choice, Decimal, Property, PropertyKind, PropertyValue, Values};
use crate::domain::rejection::Rejection;
use crate::domain::ticket_form::{FormField, TicketForm};
use crate::domain::time::Day;
use crate::grpc::convert::user::display_name;
use crate::grpc::convert::{mask, name, timestamp};
use crate::grpc::pb::v1::{self, property_value::Kind};
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;
use crate::service::properties::{Create, Delete, PropertyChanges, Update, UpdateForm, ValueChanges};

/// Paths that an update changes; `type` is among them so that another one can be refused.
const CHANGEABLE: [&str; 5] = ["type", "display_name", "description", "choices", "archived"];
const OUTPUT_ONLY: [&str; 4] = ["name", "create_time", "update_time", "etag"];
const FORM_CHANGEABLE: [&str; 1] = ["fields"];
const FORM_OUTPUT_ONLY: [&str; 3] = ["name", "update_time", "etag"];

/// A property as callers see it.
pub fn property(account: &AccountId, property: &Property) -> v1::TicketProperty {
    let choice = |choice: &Choice| v1::PropertyChoice {
        value: choice.value.clone(),
        display_name: choice.label.clone(),
        archived: choice.archived,
    };
    v1::TicketProperty {
        name: Name::TicketProperty(property.id.clone()).within(account),
        r#type: kind(property.kind).into(),
        display_name: property.display_name.clone(),
        description: property.description.clone(),
        choices: property.choices.iter().map(choice).collect(),
        archived: property.archived,
        create_time: Some(timestamp(property.create_time)),
        update_time: Some(timestamp(property.update_time)),
        etag: etag(property.version),
    }
}

fn kind(kind: PropertyKind) -> v1::PropertyType {
    match kind {
        PropertyKind::Text => v1::PropertyType::Text,
        PropertyKind::Number => v1::PropertyType::Number,
        PropertyKind::Boolean => v1::PropertyType::Boolean,
        PropertyKind::Date => v1::PropertyType::Date,
        PropertyKind::Choice => v1::PropertyType::SingleChoice,
        PropertyKind::Choices => v1::PropertyType::MultipleChoice,
    }
}

fn kind_of(kind: v1::PropertyType) -> Option<PropertyKind> {
    match kind {
        v1::PropertyType::Unspecified => None,
        v1::PropertyType::Text => Some(PropertyKind::Text),
        v1::PropertyType::Number => Some(PropertyKind::Number),
        v1::PropertyType::Boolean => Some(PropertyKind::Boolean),
        v1::PropertyType::Date => Some(PropertyKind::Date),
        v1::PropertyType::SingleChoice => Some(PropertyKind::Choice),
        v1::PropertyType::MultipleChoice => Some(PropertyKind::Choices),
    }
}

fn choices(given: Vec<v1::PropertyChoice>) -> Result<Vec<Choice>, Rejection> {
    let one = |(at, choice): (usize, v1::PropertyChoice)| {
        let label = display_name(&format!("ticket_property.choices[{at}].display_name"), &choice.display_name)?;
        Ok(Choice { value: choice.value, label, archived: choice.archived })
    };
    given.into_iter().enumerate().map(one).collect()
}

/// The use case of a `CreateTicketProperty` request.
///
/// # Errors
/// Fields that break a rule.
pub fn create(grant: &Grant, request: v1::CreateTicketPropertyRequest) -> Result<Create, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let property = name::required("ticket_property", request.ticket_property)?;
    let kind = name::required("ticket_property.type", kind_of(property.r#type()))?;
    let bad = |_| Rejection::field("ticket_property_id", "PATTERN", "is no id of a property");
    let values = PropertyChanges {
        kind: None,
        display_name: Some(display_name("ticket_property.display_name", &property.display_name)?),
        description: Some(property.description.trim().to_owned()),
        choices: Some(choices(property.choices)?),
        archived: Some(property.archived),
    };
    Ok(Create { id: PropertyId::parse(&request.ticket_property_id).map_err(bad)?, kind, values })
}

/// The use case of an `UpdateTicketProperty` request.
///
/// # Errors
/// A bad mask, and fields that break a rule.
pub fn update(grant: &Grant, request: v1::UpdateTicketPropertyRequest) -> Result<Update, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let property = name::required("ticket_property", request.ticket_property)?;
    let id = name::ticket_property(grant, "ticket_property.name", &property.name)?;
    let asked = |path: &str| paths.contains(&path);
    let mut changes = PropertyChanges {
        kind: asked("type").then(|| kind_of(property.r#type())).flatten(),
        description: asked("description").then(|| property.description.trim().to_owned()),
        archived: asked("archived").then_some(property.archived),
        ..PropertyChanges::default()
    };
    if asked("display_name") {
        changes.display_name = Some(display_name("ticket_property.display_name", &property.display_name)?);
    }
    if asked("choices") {
        changes.choices = Some(choices(property.choices)?);
    }
    Ok(Update { property: id, changes, etag: version_of(&property.etag) })
}

/// The use case of a `DeleteTicketProperty` request.
///
/// # Errors
/// A name of anything else.
pub fn delete(grant: &Grant, request: v1::DeleteTicketPropertyRequest) -> Result<Delete, Rejection> {
    let property = name::ticket_property(grant, "name", &request.name)?;
    Ok(Delete { property, etag: version_of(&request.etag) })
}

/// The form as callers see it.
pub fn form(account: &AccountId, form: &TicketForm) -> v1::TicketForm {
    let field = |shown: &FormField| v1::TicketFormField { field: shown.field.clone(), required: shown.required };
    v1::TicketForm {
        name: Name::TicketForm.within(account),
        fields: form.fields.iter().map(field).collect(),
        update_time: form.update_time.map(timestamp),
        etag: etag(form.version),
    }
}

/// The use case of an `UpdateTicketForm` request.
///
/// # Errors
/// A bad mask, or another account's form.
pub fn update_form(grant: &Grant, request: v1::UpdateTicketFormRequest) -> Result<UpdateForm, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &FORM_CHANGEABLE, &FORM_OUTPUT_ONLY)?;
    let form = name::required("ticket_form", request.ticket_form)?;
    name::ticket_form(grant, "ticket_form.name", &form.name)?;
    let fields = form.fields.iter().map(|shown| FormField::new(&shown.field, shown.required)).collect();
    Ok(UpdateForm { fields: (!paths.is_empty()).then_some(fields), etag: version_of(&form.etag) })
}

/// What a ticket says, as callers see it.
pub fn values(values: &Values) -> BTreeMap<String, v1::PropertyValue> {
    values.iter().map(|(id, value)| (id.to_string(), v1::PropertyValue { kind: Some(value_kind(value)) })).collect()
}

/// One value as callers see it.
pub fn value(value: &PropertyValue) -> v1::PropertyValue {
    v1::PropertyValue { kind: Some(value_kind(value)) }
}

fn value_kind(value: &PropertyValue) -> Kind {
    match value {
        PropertyValue::Text(text) => Kind::Text(text.clone()),
        PropertyValue::Number(number) => Kind::Number(number.get()),
        PropertyValue::Boolean(flag) => Kind::Flag(*flag),
        PropertyValue::Date(day) => Kind::Date(day.to_string()),
        PropertyValue::Choice(choice) => Kind::Choice(choice.clone()),
        PropertyValue::Choices(chosen) => Kind::Choices(v1::ChoiceList { values: chosen.iter().cloned().collect() }),
    }
}

/// A value that a caller gave; none for one that is not there. `id` is the property's, for the refusal.
///
/// # Errors
/// A value that is none.
pub fn value_of(id: &str, value: Option<&v1::PropertyValue>) -> Result<Option<PropertyValue>, Rejection> {
    let refused =
        |kind: &str, reason, text: &str| Rejection::field(format!("ticket.properties[\"{id}\"].{kind}"), reason, text);
    let Some(kind) = value.and_then(|value| value.kind.as_ref()) else { return Ok(None) };
    Ok(match kind {
        Kind::Text(text) => (!text.trim().is_empty()).then(|| PropertyValue::Text(text.clone())),
        Kind::Number(number) => {
            let held = Decimal::new(*number).ok_or_else(|| refused("number", "OUT_OF_RANGE", "must be finite"))?;
            Some(PropertyValue::Number(held))
        }
        Kind::Flag(flag) => Some(PropertyValue::Boolean(*flag)),
        Kind::Date(day) => {
            let bad = || refused("date", "PATTERN", "must be a day such as 2026-01-31");
            Some(PropertyValue::Date(Day::parse(day).ok_or_else(bad)?))
        }
        Kind::Choice(choice) => (!choice.is_empty()).then(|| PropertyValue::Choice(choice.clone())),
        Kind::Choices(list) => {
            let chosen: BTreeSet<String> = list.values.iter().cloned().collect();
            (!chosen.is_empty()).then_some(PropertyValue::Choices(chosen))
        }
    })
}

/// Values that a caller gave: all of them with `whole`, else those of `keys`.
///
/// # Errors
/// A value that is none, or a key that cannot be a property's.
pub fn changes(
    given: &BTreeMap<String, v1::PropertyValue>,
    whole: bool,
    keys: &[String],
) -> Result<ValueChanges, Rejection> {
    let mut changes = ValueChanges { whole, ..ValueChanges::default() };
    let all: Vec<&String> = if whole { given.keys().collect() } else { keys.iter().collect() };
    for key in all {
        let bad = |_| {
            if whole {
                Rejection::field(format!("ticket.properties[{key:?}]"), "PATTERN", "is no id of a property")
            } else {
                Rejection::UpdateMask { path: format!("properties.{key}") }
            }
        };
        let id = PropertyId::parse(key).map_err(bad)?;
        changes.given.insert(id, value_of(key, given.get(key))?);
    }
    Ok(changes)
}
