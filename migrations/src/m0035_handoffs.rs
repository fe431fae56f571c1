//! Hand-offs, and the open one of a conversation; how customer agents hand over; how often a ticket went back to one lately;
//! threads that rest until the contact writes again.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column, col, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0035_handoffs"
    }
}

const OPEN: [&str; 5] = ["requested", "offered", "accepting", "queued_async", "human_active"];
const OVER: [&str; 6] = ["returned", "completed", "declined", "expired", "cancelled", "failed"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let states = [&OPEN[..], &OVER[..]].concat();
        TableSpec::new(backend, "handoff")
            .text("account_id")
            .uuid("id")
            .uuid("conversation_id")
            .text("source")
            .code("state", &states)
            .code("mode", &["live", "async", "none"])
            .text("reason")
            .text_or_null("user_id")
            .int_or_null("due_time")
            .text("body")
            .int("create_time")
            .int("update_time")
            .int("version")
            .key(&["account_id", "id"])
            .part_of("conversation_id", "conversation")
            .create(manager)
            .await?;
        let open = || col("state").is_in(OPEN);
        // One open hand-off per conversation.
        index(manager, "handoff", "ux_handoff_open", &["account_id", "conversation_id"], true, Some(open())).await?;
        index(manager, "handoff", "ix_handoff_open", &["account_id", "id"], false, Some(open())).await?;
        index(manager, "handoff", "ix_handoff_conversation", &["account_id", "conversation_id", "id"], false, None)
            .await?;
        let due = Some(col("due_time").is_not_null());
        index(manager, "handoff", "ix_handoff_due", &["account_id", "due_time"], false, due).await?;
        add_column(manager, TableSpec::new(backend, "conversation").uuid_or_null("handoff_id")).await?;
        let ticket = TableSpec::new(backend, "ticket").flag_or("handed", false);
        add_column(manager, ticket.int_or_null("returned_since").int_or("returned_times", 0)).await?;
        add_column(manager, TableSpec::new(backend, "thread").flag_or("resting", false)).await?;
        let agent = TableSpec::new(backend, "customer_agent").text_or("handoff_policy", "").int_or("policy_version", 1);
        add_column(manager, agent.int_or_null("policy_update_time")).await
    }
}
