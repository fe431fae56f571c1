//! Routing beside targets: capacity, skills, loads per kind of work, tickets that wait in order.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::{TableSpec, add_column, col, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0010_routing"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        people(manager, backend).await?;
        loads(manager, backend).await?;
        let decision = TableSpec::new(backend, "routing_decision").text_or("way", "");
        add_column(manager, decision).await?;
        waiting(manager, backend).await
    }
}

/// What people and teams can do, and the list of what there is to be able to do.
async fn people(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    add_column(manager, TableSpec::new(backend, "account_user").text_or("work", "")).await?;
    add_column(manager, TableSpec::new(backend, "team").text_or("skills", "")).await?;
    TableSpec::new(backend, "skill")
        .text("account_id")
        .text("id")
        .text("display_name")
        .text("category")
        .int("create_time")
        .int("update_time")
        .int("version")
        .key(&["account_id", "id"])
        .of_account()
        .create(manager)
        .await
}

/// Loads by kind of work, counted once from the tickets that are there.
async fn loads(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let load = TableSpec::new(backend, "agent_load").int_or("calling", 0).int_or("messaging", 0);
    add_column(manager, load.int_or_null("last_backlog")).await?;
    for sql in [
        "UPDATE agent_load SET calling = (SELECT count(*) FROM ticket t WHERE t.account_id = agent_load.account_id \
         AND t.owner_id = agent_load.user_id AND t.open AND t.delete_time IS NULL AND t.source = 'calling')",
        "UPDATE agent_load SET messaging = (SELECT count(*) FROM ticket t WHERE t.account_id = agent_load.account_id \
         AND t.owner_id = agent_load.user_id AND t.open AND t.delete_time IS NULL \
         AND t.source IN ('chat', 'whatsapp', 'messenger'))",
    ] {
        manager.get_connection().execute_unprepared(sql).await?;
    }
    Ok(())
}

/// Tickets that wait, by channel, most urgent first, then longest; and those that go back unless somebody touches them.
async fn waiting(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let ticket = TableSpec::new(backend, "ticket").int_or_null("waiting_since").int_or("waiting_rank", 0);
    add_column(manager, ticket.text_or("routing_rule", "").int_or_null("return_time")).await?;
    add_column(manager, TableSpec::new(backend, "account_head").int_or("waiting", 0)).await?;
    let order = ["account_id", "channel_id", "waiting_rank", "waiting_since", "number"];
    let waits = col("waiting_since").is_not_null();
    index(manager, "ticket", "ix_ticket_waiting", &order, false, Some(waits)).await?;
    let returns = ["account_id", "return_time"];
    index(manager, "ticket", "ix_ticket_return", &returns, false, Some(col("return_time").is_not_null())).await
}
