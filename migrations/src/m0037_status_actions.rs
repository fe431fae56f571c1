//! Actions on statuses, emails that are sent automatically, and what an account buys beside its tier.
//!
//! A text that is an email says so in a column of its own: the check of `kind` stays as it is. Every account gets the two
//! ready-made emails.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, add_column, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0037_status_actions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        add_column(manager, TableSpec::new(backend, "account").text_or("add_ons", "[]")).await?;
        let contact = TableSpec::new(backend, "contact").flag_or("marketing", false).int_or_null("mailed_since");
        add_column(manager, contact.int_or("mailed_times", 0)).await?;
        add_column(manager, TableSpec::new(backend, "text_block").text_or("automated", "")).await?;
        add_column(manager, TableSpec::new(backend, "thread").flag_or("mute", false)).await?;
        let place = ["account_id", "pipeline_id", "status_id"];
        let held = Expr::cust("status_id IS NOT NULL");
        index(manager, "workflow", "ux_workflow_status", &place, true, Some(held)).await?;
        for email in [RECEIVED, CLOSED] {
            manager.get_connection().execute_unprepared(email).await?;
        }
        Ok(())
    }
}

const RECEIVED: &str = "INSERT INTO text_block (account_id, id, kind, automated, display_name, name_folded, shortcut, \
     subject, text, html, archived, create_time, update_time, version) SELECT a.id, 'ticket-received', 'template', \
     'transactional', 'Ticket received', 'ticket received', '', 'We received your request: {{ticket.subject}}', \
     'Hello {{contact.first_name | default(\"there\")}},\n\nwe received your request and will come back to you. Its number is \
     {{ticket.number}}.\n\n{{account.name}}', '', FALSE, a.create_time, a.create_time, 1 FROM account a WHERE TRUE \
     ON CONFLICT DO NOTHING";

const CLOSED: &str = "INSERT INTO text_block (account_id, id, kind, automated, display_name, name_folded, shortcut, \
     subject, text, html, archived, create_time, update_time, version) SELECT a.id, 'ticket-closed', 'template', \
     'transactional', 'Ticket closed', 'ticket closed', '', 'Your request is closed: {{ticket.subject}}', \
     'Hello {{contact.first_name | default(\"there\")}},\n\nyour request {{ticket.number}} is closed. If something is left \
     open, answer this email.\n\n{{account.name}}', '', FALSE, a.create_time, a.create_time, 1 FROM account a WHERE TRUE \
     ON CONFLICT DO NOTHING";
