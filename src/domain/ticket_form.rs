//! What people are asked for when they make a ticket by hand (R-019, R-023, R-024, C-015).

use serde::{Deserialize, Serialize};

use super::ids::{BadId, PropertyId};
use super::time::Timestamp;

/// Fields of a ticket that the form always shows and requires (R-019, C-015).
pub const FIXED: [&str; 3] = ["subject", "pipeline", "status"];
/// Further fields of a ticket that it may show.
pub const OFFERED: [&str; 7] = ["description", "priority", "category", "tags", "contact", "owner", "teams"];
/// What it shows at first beside the fixed ones.
const AT_FIRST: [&str; 5] = ["description", "priority", "category", "contact", "owner"];
const PROPERTIES: &str = "properties.";

/// One field of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormField {
    /// A field of the ticket, or `properties.` with the id of a property.
    #[serde(rename = "f")]
    pub field: String,
    /// No ticket is made by hand without it.
    #[serde(rename = "r")]
    pub required: bool,
}

impl FormField {
    /// A field of the form.
    pub fn new(field: &str, required: bool) -> Self {
        Self { field: field.to_owned(), required }
    }

    /// The property that it shows, if it shows one.
    ///
    /// # Errors
    /// [`BadId`] when the form can show no such field.
    pub fn property(&self) -> Result<Option<PropertyId>, BadId> {
        match self.field.strip_prefix(PROPERTIES) {
            Some(id) => PropertyId::parse(id).map(Some),
            None if FIXED.iter().chain(&OFFERED).any(|known| *known == self.field) => Ok(None),
            None => Err(BadId),
        }
    }
}

/// The form of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketForm {
    /// What is shown, in order.
    pub fields: Vec<FormField>,
    /// When it last changed; none: it is as it was at first.
    pub update_time: Option<Timestamp>,
    /// The etag.
    pub version: i64,
}

impl Default for TicketForm {
    fn default() -> Self {
        let fixed = FIXED.iter().map(|field| FormField::new(field, true));
        let others = AT_FIRST.iter().map(|field| FormField::new(field, false));
        Self { fields: fixed.chain(others).collect(), update_time: None, version: 0 }
    }
}

impl TicketForm {
    /// A fixed field that these fields lack or do not require.
    pub fn without_fixed(fields: &[FormField]) -> Option<&'static str> {
        let is_there = |fixed: &str| fields.iter().any(|shown| shown.field == fixed && shown.required);
        FIXED.into_iter().find(|fixed| !is_there(fixed))
    }

    /// Whether it shows the property.
    pub fn shows(&self, property: &PropertyId) -> bool {
        self.fields.iter().any(|shown| shown.property().is_ok_and(|shown| shown.as_ref() == Some(property)))
    }

    /// As history and events tell it: the fields in order, those that are required with a star.
    pub fn told(&self) -> String {
        let told = |shown: &FormField| format!("{}{}", shown.field, if shown.required { "*" } else { "" });
        self.fields.iter().map(told).collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R-019, C-015.
    #[test]
    fn three_fields_are_always_there_and_always_required() {
        let form = TicketForm::default();
        assert_eq!(TicketForm::without_fixed(&form.fields), None);
        assert_eq!(form.told(), "subject*,pipeline*,status*,description,priority,category,contact,owner");
        let mut lax = form.fields.clone();
        lax[1].required = false;
        assert_eq!(TicketForm::without_fixed(&lax), Some("pipeline"));
        assert_eq!(TicketForm::without_fixed(&form.fields[1..]), Some("subject"));
    }

    #[test]
    fn the_form_shows_known_fields_and_properties() {
        assert_eq!(FormField::new("tags", false).property(), Ok(None));
        assert_eq!(FormField::new("properties.order_id", false).property(), Ok(Some(PropertyId::stored("order_id"))));
        for bad in ["", "source", "properties", "properties.", "properties.Order", "properties.a.b"] {
            assert_eq!(FormField::new(bad, false).property(), Err(BadId), "{bad}");
        }
    }
}
