//! To which customer agent a hand-off went back, and as what kind of work a held place counts.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0041_handoff_reach"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        add_column(manager, TableSpec::new(backend, "handoff").text_or_null("returned_to")).await?;
        add_column(manager, TableSpec::new(backend, "conversation").text_or_null("held_group")).await
    }
}
