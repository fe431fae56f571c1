//! Who let a ticket go that waits for somebody else now.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0040_let_go"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ticket = TableSpec::new(manager.get_database_backend(), "ticket").text_or_null("let_go_by");
        add_column(manager, ticket).await
    }
}
