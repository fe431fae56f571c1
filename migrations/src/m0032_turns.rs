//! Stretches of conversations that customer agents have: which turns are open, and when something is to be done about them.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column, col, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0032_turns"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let stretch = TableSpec::new(backend, "conversation").text_or("stretch", "").text_or_null("turn_agent_id");
        add_column(manager, stretch.int_or_null("turn_due")).await?;
        let (table, owes) = ("conversation", col("turn_agent_id").is_not_null());
        let columns = ["account_id", "turn_agent_id", "id"];
        index(manager, table, "ix_conversation_turns", &columns, false, Some(owes)).await?;
        let held = Some(col("controller").ne(""));
        let columns = ["account_id", "controller", "id"];
        index(manager, table, "ix_conversation_controller", &columns, false, held).await?;
        let due = col("turn_due").is_not_null();
        index(manager, table, "ix_conversation_turn_due", &["account_id", "turn_due"], false, Some(due)).await
    }
}
