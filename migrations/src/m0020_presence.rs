//! Presence by lease: until when a client has said that its person is there.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0020_presence"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TableSpec::new(manager.get_database_backend(), "presence_lease")
            .text("account_id")
            .text("user_id")
            .int("expire_time")
            .key(&["account_id", "user_id"])
            .belongs("user_id", "account_user")
            .create(manager)
            .await?;
        let by_time = ["account_id", "expire_time"];
        index(manager, "presence_lease", "ix_presence_expire", &by_time, false, None).await
    }
}
