//! Which secret signs the webhooks of an account. The secret itself is stored nowhere.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0038_webhooks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let account = TableSpec::new(manager.get_database_backend(), "account").int_or("webhook_generation", 0);
        add_column(manager, account.int_or_null("webhook_rotate_time")).await
    }
}
