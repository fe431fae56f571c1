//! Whose browser it is.

use sea_orm::entity::prelude::*;

/// A row of `contact_cookie`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_cookie")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// SHA-256 in lower-case hexadecimal.
    pub cookie_hash: String,
    /// The contact.
    pub contact_id: Uuid,
}

super::plain_entity!();
