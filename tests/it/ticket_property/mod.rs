//! Properties that an account adds to its tickets, their values, and the creation form.

mod filter;
mod form;
mod order;
mod properties;
mod values;

use helpdesk::grpc::pb::v1::{self, PropertyType, property_value::Kind};
use prost_types::FieldMask;
use tonic::Status;

use crate::support::app;
use crate::support::client::Client;

#[expect(clippy::unnecessary_wraps, reason = "the shape of a field")]
pub fn mask(paths: &[&str]) -> Option<FieldMask> {
    Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() })
}

pub fn name(id: &str) -> String {
    format!("{}/ticketProperties/{id}", app::account())
}

/// A property with these choices; `-` before one means that it is archived.
pub fn property(kind: PropertyType, choices: &[&str]) -> v1::TicketProperty {
    let choice = |written: &&str| {
        let value = written.trim_start_matches('-').to_owned();
        v1::PropertyChoice { display_name: value.to_uppercase(), archived: written.starts_with('-'), value }
    };
    v1::TicketProperty {
        r#type: kind.into(),
        display_name: "A property".to_owned(),
        choices: choices.iter().map(choice).collect(),
        ..v1::TicketProperty::default()
    }
}

pub async fn create(caller: &Client, id: &str, property: v1::TicketProperty) -> Result<v1::TicketProperty, Status> {
    let request = v1::CreateTicketPropertyRequest {
        parent: app::account(),
        ticket_property: Some(property),
        ticket_property_id: id.to_owned(),
        ..Default::default()
    };
    let made = caller.ticket_properties().create_ticket_property(request).await?;
    Ok(made.into_inner().ticket_property.expect("a property"))
}

pub async fn made(caller: &Client, id: &str, kind: PropertyType, choices: &[&str]) -> v1::TicketProperty {
    create(caller, id, property(kind, choices)).await.expect("a property")
}

pub async fn update(
    caller: &Client,
    property: v1::TicketProperty,
    paths: &[&str],
) -> Result<v1::TicketProperty, Status> {
    let request = v1::UpdateTicketPropertyRequest {
        ticket_property: Some(property),
        update_mask: mask(paths),
        ..Default::default()
    };
    let changed = caller.ticket_properties().update_ticket_property(request).await?;
    Ok(changed.into_inner().ticket_property.expect("a property"))
}

pub async fn delete(caller: &Client, id: &str) -> Result<(), Status> {
    let request = v1::DeleteTicketPropertyRequest { name: name(id), ..Default::default() };
    caller.ticket_properties().delete_ticket_property(request).await.map(drop)
}

/// Sets what the creation form shows; a star behind a field means that it is required.
pub async fn show(caller: &Client, fields: &[&str]) -> Result<v1::TicketForm, Status> {
    let field = |written: &&str| v1::TicketFormField {
        field: written.trim_end_matches('*').to_owned(),
        required: written.ends_with('*'),
    };
    let form = v1::TicketForm {
        name: format!("{}/ticketForm", app::account()),
        fields: fields.iter().map(field).collect(),
        ..v1::TicketForm::default()
    };
    let request =
        v1::UpdateTicketFormRequest { ticket_form: Some(form), update_mask: mask(&["fields"]), ..Default::default() };
    let changed = caller.ticket_properties().update_ticket_form(request).await?;
    Ok(changed.into_inner().ticket_form.expect("a form"))
}

pub fn text(text: &str) -> Kind {
    Kind::Text(text.to_owned())
}

pub fn day(day: &str) -> Kind {
    Kind::Date(day.to_owned())
}

pub fn choice(choice: &str) -> Kind {
    Kind::Choice(choice.to_owned())
}

pub fn choices(values: &[&str]) -> Kind {
    Kind::Choices(v1::ChoiceList { values: values.iter().map(|value| (*value).to_owned()).collect() })
}

/// A ticket that says this.
pub fn saying(values: &[(&str, Kind)]) -> v1::Ticket {
    let value = |(id, kind): &(&str, Kind)| ((*id).to_owned(), v1::PropertyValue { kind: Some(kind.clone()) });
    v1::Ticket { properties: values.iter().map(value).collect(), ..app::ticket("One") }
}

pub async fn ticket(caller: &Client, ticket: v1::Ticket) -> Result<v1::Ticket, Status> {
    let request = v1::CreateTicketRequest { parent: app::account(), ticket: Some(ticket), ..Default::default() };
    Ok(caller.tickets().create_ticket(request).await?.into_inner().ticket.expect("a ticket"))
}

pub async fn change(caller: &Client, ticket: v1::Ticket, paths: &[&str]) -> Result<v1::Ticket, Status> {
    let request = v1::UpdateTicketRequest { ticket: Some(ticket), update_mask: mask(paths), ..Default::default() };
    Ok(caller.tickets().update_ticket(request).await?.into_inner().ticket.expect("a ticket"))
}

/// The fields that a refusal finds fault with.
pub fn faults(status: &Status) -> Vec<String> {
    let details = tonic_types::StatusExt::get_details_bad_request(status).expect("field violations");
    details.field_violations.into_iter().map(|violation| violation.field).collect()
}
