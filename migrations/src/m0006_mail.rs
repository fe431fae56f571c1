//! Mail: what was found about a sender, what of a text is new, reports matched back, and who delivers a channel's replies.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::{TableSpec, add_column, col, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0006_mail"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        messages(manager, backend).await?;
        // Channels that were here have an adapter that delivers for them.
        add_column(manager, TableSpec::new(backend, "channel").text_or("delivered_by", "adapter")).await?;
        add_column(manager, TableSpec::new(backend, "channel").flag_or("plain_reply_to", false)).await
    }
}

async fn messages(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    add_column(manager, TableSpec::new(backend, "message").flag_or("list", false)).await?;
    add_column(manager, TableSpec::new(backend, "message").text_or_null("sender_check")).await?;
    add_column(manager, TableSpec::new(backend, "message").text_or("cuts", "[]")).await?;
    add_column(manager, TableSpec::new(backend, "message").uuid_or_null("bounce_of")).await?;
    add_column(manager, TableSpec::new(backend, "message").int_or_null("delivery_time")).await?;
    add_column(manager, TableSpec::new(backend, "message").int_or("delivery_tries", 0)).await?;
    // The mails of a thread in order: what a reply refers to.
    let thread = ["account_id", "thread_id", "sequence"];
    let mail = col("mail_id").is_not_null();
    index(manager, "message", "ix_message_thread_mail", &thread, false, Some(mail)).await
}
