//! Tickets that wait, apart by what they ask for: channel, rule and priority, then longest.

use sea_orm_migration::prelude::*;

use crate::schema::{col, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0039_queue_by_rule"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let order = ["account_id", "channel_id", "routing_rule", "waiting_rank", "waiting_since", "number"];
        let waits = col("waiting_since").is_not_null();
        index(manager, "ticket", "ix_ticket_waiting_rule", &order, false, Some(waits)).await
    }
}
