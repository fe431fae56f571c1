//! Whose address it is: one contact per address and account.

use sea_orm::entity::prelude::*;

/// A row of `contact_point`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_point")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// Kind.
    pub kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// In the compared form.
    pub value: String,
    /// The contact.
    pub contact_id: Uuid,
}

super::plain_entity!();
