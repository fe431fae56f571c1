//! Customer agents, the access keys of their runtimes, who may edit them, and the credits that their answers cost.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0030_customer_agents"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        TableSpec::new(backend, "customer_agent")
            .text("account_id")
            .text("id")
            .text("display_name")
            .int_or_null("pause_time")
            .int("create_time")
            .int("update_time")
            .int("version")
            .key(&["account_id", "id"])
            .of_account()
            .create(manager)
            .await?;
        add_column(manager, TableSpec::new(backend, "access_key").text_or_null("customer_agent_id")).await?;
        add_column(manager, TableSpec::new(backend, "account_user").flag_or("customer_agent_editor", false)).await?;
        add_column(manager, TableSpec::new(backend, "account").int_or("credits", 10_000)).await?;
        add_column(manager, TableSpec::new(backend, "account_head").int_or("credits_used", 0)).await
    }
}
