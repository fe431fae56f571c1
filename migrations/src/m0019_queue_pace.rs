//! How fast a queue flows: the decisions that gave out a ticket that had waited, by channel and time.

use sea_orm_migration::prelude::*;

use crate::schema::{col, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0019_queue_pace"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let order = ["account_id", "channel_id", "decide_time"];
        let served = Some(col("cause").eq("served"));
        index(manager, "routing_decision", "ix_decision_served", &order, false, served).await
    }
}
