//! How often what came in on a ticket brought about mail lately (T-24).

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0021_automatic_mail"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let ticket = TableSpec::new(backend, "ticket").int_or_null("mailed_since").int_or("mailed_times", 0);
        add_column(manager, ticket).await
    }
}
