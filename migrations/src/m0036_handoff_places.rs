//! Places that are held for a conversation for a moment, and how fast hand-offs flow.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column, col, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0036_handoff_places"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let held = TableSpec::new(backend, "conversation").text_or_null("held_user_id").int_or_null("held_until");
        add_column(manager, held).await?;
        let until = Some(col("held_until").is_not_null());
        index(manager, "conversation", "ix_conversation_held", &["account_id", "held_until"], false, until).await?;
        let handed = Some(col("cause").eq("handoff"));
        index(manager, "routing_decision", "ix_decision_handoff", &["account_id", "decide_time"], false, handed).await
    }
}
