//! Pieces of texts in the search index; their words are where only the database looks.

use sea_orm::entity::prelude::*;

/// A row of `search_part`, without what differs between the databases.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_part")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The ticket; 0 for a contact, which belongs to many.
    pub number: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    /// Which kind of text.
    pub field: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The message, comment or contact; nil for the ticket's own texts.
    pub part_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    /// Which piece of the text, from 0.
    pub chunk: i64,
}

super::plain_entity!();
