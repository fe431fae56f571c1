//! Control of conversations: who speaks, and under which control a message was sent.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0034_control"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let control = TableSpec::new(backend, "conversation").text_or("controller", "").int_or("control_epoch", 1);
        add_column(manager, control.int_or_null("control_time")).await?;
        add_column(manager, TableSpec::new(backend, "message").int_or("control_epoch", 0)).await
    }
}
