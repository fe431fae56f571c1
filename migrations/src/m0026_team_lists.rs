//! The tickets of a team by how they stand: those that are open and those that nobody has are few, whatever the team once
//! had.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column, col, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0026_team_lists"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let flags = TableSpec::new(backend, "ticket_team").flag_or("open", false).flag_or("free", false);
        add_column(manager, flags).await?;
        let known = "UPDATE ticket_team SET open = t.open, free = t.open AND t.owner_id IS NULL FROM ticket AS t \
                     WHERE t.account_id = ticket_team.account_id AND t.number = ticket_team.number AND t.open";
        manager.get_connection().execute_unprepared(known).await?;
        let by_team = ["account_id", "team_id", "number"];
        index(manager, "ticket_team", "ix_ticket_team_open", &by_team, false, Some(col("open"))).await?;
        index(manager, "ticket_team", "ix_ticket_team_free", &by_team, false, Some(col("free"))).await
    }
}
