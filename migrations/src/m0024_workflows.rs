//! Workflows, what each did at a time, and tickets on their way through them.
//!
//! Millions of runs may wait: they lie in one table and cost nothing until they are due, found through an index over those
//! that wait alone. A ticket counts how often workflows did something to it lately.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0024_workflows"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        TableSpec::new(backend, "workflow")
            .text("account_id")
            .text("id")
            .text("display_name")
            .code("state", &["off", "on"])
            .int("revision")
            .text("definition")
            .text_or_null("pipeline_id")
            .text_or_null("status_id")
            .text("template")
            .int("create_time")
            .int("update_time")
            .int("version")
            .key(&["account_id", "id"])
            .of_account()
            .create(manager)
            .await?;
        TableSpec::new(backend, "workflow_revision")
            .text("account_id")
            .text("workflow_id")
            .int("number")
            .text("definition")
            .int("create_time")
            .key(&["account_id", "workflow_id", "number"])
            .of_account()
            .create(manager)
            .await?;
        TableSpec::new(backend, "workflow_run")
            .text("account_id")
            .uuid("id")
            .text("workflow_id")
            .int("revision")
            .int("ticket_number")
            .code("state", &["waiting", "done", "failed", "cancelled"])
            .text("step")
            .int("due_time")
            .text("cause")
            .int("chain_root")
            .int("chain_depth")
            .int("chain_changes")
            .code("chain_origin", &["ours", "message", "machine"])
            .text("log")
            .int("create_time")
            .int_or_null("end_time")
            .int_or("tries", 0)
            .key(&["account_id", "id"])
            .of_account()
            .create(manager)
            .await?;
        let acted = TableSpec::new(backend, "ticket").int_or_null("acted_since").int_or("acted_times", 0);
        add_column(manager, acted).await?;
        let due = ["account_id", "due_time", "ticket_number", "id"];
        let waits = Expr::cust("state = 'waiting'");
        index(manager, "workflow_run", "ix_workflow_run_due", &due, false, Some(waits)).await?;
        let place = ["account_id", "workflow_id", "ticket_number"];
        index(manager, "workflow_run", "ix_workflow_run_place", &place, false, None).await?;
        let listed = ["account_id", "workflow_id", "id"];
        index(manager, "workflow_run", "ix_workflow_run_list", &listed, false, None).await
    }
}
