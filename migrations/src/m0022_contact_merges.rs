//! Contacts that became one with another, how many tickets they opened lately (L-27), and lists of contacts by name.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0022_contact_merges"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let contact = TableSpec::new(backend, "contact").uuid_or_null("merged_into");
        add_column(manager, contact.int_or_null("opened_since").int_or("opened_tickets", 0)).await?;
        let by_name = ["account_id", "name_folded", "id"];
        index(manager, "contact", "ix_contact_name", &by_name, false, None).await
    }
}
