//! The time zone of an account, and the statuses in which tickets of a pipeline may begin.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0029_time_zone"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        add_column(manager, TableSpec::new(backend, "account").text_or("time_zone", "UTC")).await?;
        add_column(manager, TableSpec::new(backend, "pipeline").text_or("beginnings", "[]")).await
    }
}
