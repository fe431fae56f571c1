//! Telephone calls, and what calling channels have of their own.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column, col, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0011_calls"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        add_column(manager, TableSpec::new(backend, "channel").text_or("calling", "")).await?;
        TableSpec::new(backend, "call")
            .text("account_id")
            .uuid("id")
            .text("channel_id")
            .text("external_id")
            .code("state", &["ringing", "answered", "voicemail", "ended", "missed"])
            .text("facts")
            .int("create_time")
            .int("version")
            .key(&["account_id", "id"])
            .of_account()
            .part_of("channel_id", "channel")
            .create(manager)
            .await?;
        let external = ["account_id", "channel_id", "external_id"];
        index(manager, "call", "ux_call_external", &external, true, None).await?;
        let live = col("state").is_in(["ringing", "answered", "voicemail"]);
        index(manager, "call", "ix_call_live", &["account_id", "id"], false, Some(live)).await
    }
}
