//! Versions of the routing of channels.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0017_routing_versions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        // The highest number that was given; never less than the active one.
        add_column(manager, TableSpec::new(backend, "channel").int_or("routing_numbers", 0)).await?;
        let counted = "UPDATE channel SET routing_numbers = routing_version";
        manager.get_connection().execute_unprepared(counted).await?;
        TableSpec::new(backend, "routing_version")
            .text("account_id")
            .text("channel_id")
            .int("number")
            .code("state", &["draft", "active", "retired"])
            .text("routing")
            .text("note")
            .text("author")
            .int("create_time")
            .int_or_null("activate_time")
            .key(&["account_id", "channel_id", "number"])
            .of_account()
            .part_of("channel_id", "channel")
            .create(manager)
            .await
    }
}
