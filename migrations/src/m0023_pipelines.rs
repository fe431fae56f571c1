//! Pipelines that are made, ordered and deleted; what happens by itself in them; the thread that a ticket began with.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0023_pipelines"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let pipeline = TableSpec::new(backend, "pipeline").text_or("transitions", "[]").text_or("leaving", "");
        let pipeline = pipeline.text_or("automation", "").int_or("automation_version", 1);
        add_column(manager, pipeline.int_or("automation_update_time", 0)).await?;
        let status = TableSpec::new(backend, "pipeline_status").text_or("required", "[]").text_or_null("leaving_to");
        add_column(manager, status).await?;
        let ticket = TableSpec::new(backend, "ticket").uuid_or_null("origin_thread_id").flag_or("reopened", false);
        add_column(manager, ticket).await?;
        // Whoever deletes a status or pipeline finds its tickets by it, and so does the foreign key.
        let place = ["account_id", "pipeline_id", "status_id", "number"];
        index(manager, "ticket", "ix_ticket_status", &place, false, None).await?;
        for sql in [
            "UPDATE pipeline SET automation_update_time = create_time",
            // Ids grow with time: the first thread is the one with the smallest.
            "UPDATE ticket SET origin_thread_id = (SELECT th.id FROM thread th JOIN conversation c \
             ON c.account_id = th.account_id AND c.id = th.conversation_id WHERE c.account_id = ticket.account_id \
             AND c.ticket_number = ticket.number ORDER BY th.id LIMIT 1)",
            "UPDATE ticket SET reopened = TRUE WHERE EXISTS (SELECT 1 FROM event e \
             WHERE e.account_id = ticket.account_id AND e.ticket_number = ticket.number AND e.kind = 'ticket.reopened')",
        ] {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}
