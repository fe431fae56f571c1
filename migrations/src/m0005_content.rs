//! What conversations carry: drafts, files, texts to reuse; who a visitor is; how long a channel may be answered.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::{TableSpec, add_column, col, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0005_content"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        columns(manager, backend).await?;
        drafts(manager, backend).await?;
        attachments(manager, backend).await?;
        text_blocks(manager, backend).await
    }
}

async fn columns(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    // Which conversations one unknown visitor began, tied to a contact or not (C-031, C-032).
    add_column(manager, TableSpec::new(backend, "conversation").text_or("visitor_key", "")).await?;
    add_column(manager, TableSpec::new(backend, "conversation").flag_or("from_call", false)).await?;
    add_column(manager, TableSpec::new(backend, "conversation").int_or("outbound_mails", 0)).await?;
    add_column(manager, TableSpec::new(backend, "thread").int_or_null("last_contact_time")).await?;
    add_column(manager, TableSpec::new(backend, "message").text_or("inserts", "[]")).await?;
    add_column(manager, TableSpec::new(backend, "comment").text_or("attachments", "[]")).await?;
    add_column(manager, TableSpec::new(backend, "channel").int_or_null("reply_window")).await?;
    let visitor = ["account_id", "visitor_key"];
    let known = col("visitor_key").ne("");
    index(manager, "conversation", "ix_conversation_visitor", &visitor, false, Some(known)).await?;
    let contact = ["account_id", "contact_id", "id"];
    let known = col("contact_id").is_not_null();
    index(manager, "conversation", "ix_conversation_contact", &contact, false, Some(known)).await
}

async fn drafts(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    TableSpec::new(backend, "draft")
        .text("account_id")
        .uuid("id")
        .uuid("conversation_id")
        .text("user_id")
        .uuid_or_null("thread_id")
        .text("channel_id")
        .flag("mail")
        .text("subject")
        .text("text")
        .text("html")
        .text("inserts")
        .text("attachments")
        .int("create_time")
        .int("update_time")
        .int("version")
        .key(&["account_id", "id"])
        .part_of("conversation_id", "conversation")
        .part_of("thread_id", "thread")
        .belongs("user_id", "account_user")
        .create(manager)
        .await?;
    // One per user and thread, and one per user and channel where a thread is still to begin.
    let on_thread = ["account_id", "conversation_id", "user_id", "thread_id"];
    let begun = col("thread_id").is_not_null();
    index(manager, "draft", "ux_draft_thread", &on_thread, true, Some(begun)).await?;
    let on_channel = ["account_id", "conversation_id", "user_id", "channel_id"];
    let to_begin = col("thread_id").is_null();
    index(manager, "draft", "ux_draft_channel", &on_channel, true, Some(to_begin)).await?;
    index(manager, "draft", "ix_draft_user", &["account_id", "user_id", "id"], false, None).await
}

/// Without a foreign key to the conversation: bytes lie outside the database, so what a purged conversation leaves is
/// found and deleted by a job.
async fn attachments(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    TableSpec::new(backend, "attachment")
        .text("account_id")
        .uuid("id")
        .text("filename")
        .text("mime_type")
        .int("size_bytes")
        .text("sha256")
        .code("state", &["uploading", "ready", "used"])
        .uuid_or_null("conversation_id")
        .text_or_null("channel_id")
        .uuid_or_null("message_id")
        .uuid_or_null("comment_id")
        .text_or_null("raw_sha256")
        .int("part")
        .text("content_id")
        .flag("embedded")
        .text("creator")
        .int("create_time")
        .int_or_null("expire_time")
        .key(&["account_id", "id"])
        .of_account()
        .create(manager)
        .await?;
    let place = ["account_id", "conversation_id", "id"];
    let placed = col("conversation_id").is_not_null();
    index(manager, "attachment", "ix_attachment_place", &place, false, Some(placed)).await?;
    let ends = col("expire_time").is_not_null();
    index(manager, "attachment", "ix_attachment_expire", &["account_id", "expire_time"], false, Some(ends)).await
}

async fn text_blocks(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    TableSpec::new(backend, "text_block")
        .text("account_id")
        .text("id")
        .code("kind", &["snippet", "template"])
        .text("display_name")
        .text("name_folded")
        .text("shortcut")
        .text("subject")
        .text("text")
        .text("html")
        .flag("archived")
        .int("create_time")
        .int("update_time")
        .int("version")
        .key(&["account_id", "id"])
        .of_account()
        .create(manager)
        .await?;
    let chosen = col("shortcut").ne("");
    index(manager, "text_block", "ux_text_block_shortcut", &["account_id", "shortcut"], true, Some(chosen)).await
}
