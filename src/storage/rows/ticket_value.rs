//! Search structure: tickets by what their properties say.

use crate::domain::filter::fold;
use crate::domain::ids::{AccountId, PropertyId};
use crate::domain::property::PropertyValue;
use sea_orm::entity::prelude::*;

/// A row of `ticket_value`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_value")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The ticket.
    pub number: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The property.
    pub property_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The choice; empty for other kinds.
    pub item: String,
    /// The text folded for search.
    pub text_folded: Option<String>,
    /// Numbers, yes and no, and days, as a number that sorts like them.
    pub scalar: Option<i64>,
}

super::plain_entity!();

/// The rows of a value: several for several choices.
pub fn rows(account: &AccountId, number: i64, property: &PropertyId, value: &PropertyValue) -> Vec<Model> {
    let row = |item: &str, text_folded: Option<String>, scalar: Option<i64>| Model {
        account_id: account.to_string(),
        number,
        property_id: property.to_string(),
        item: item.to_owned(),
        text_folded,
        scalar,
    };
    match value {
        PropertyValue::Text(text) => vec![row("", Some(fold(text)), None)],
        PropertyValue::Number(number) => vec![row("", None, Some(number.rank()))],
        PropertyValue::Boolean(flag) => vec![row("", None, Some(i64::from(*flag)))],
        PropertyValue::Date(day) => vec![row("", None, Some(day.number()))],
        PropertyValue::Choice(_) | PropertyValue::Choices(_) => {
            value.chosen().map(|chosen| row(chosen, None, None)).collect()
        }
    }
}
