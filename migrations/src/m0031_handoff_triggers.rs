//! What hands the conversations of customer agents over.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0031_handoff_triggers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let agent =
            TableSpec::new(backend, "customer_agent").text_or("handoff_triggers", "").int_or("triggers_version", 1);
        add_column(manager, agent.int_or("triggers_update_time", 0)).await
    }
}
