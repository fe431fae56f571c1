//! Who let a ticket go that waits for somebody else now, and these tickets in order, which are few among those that wait.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column, col, index};

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
        add_column(manager, ticket).await?;
        let order = ["account_id", "channel_id", "routing_rule", "waiting_rank", "waiting_since", "number"];
        let let_go = col("waiting_since").is_not_null().and(col("let_go_by").is_not_null());
        index(manager, "ticket", "ix_ticket_let_go", &order, false, Some(let_go)).await
    }
}
