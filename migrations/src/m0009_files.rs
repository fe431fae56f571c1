//! Files: their bytes lie in blobs of their own, whole mails among them, and a draft may hold some.

use sea_orm_migration::prelude::*;

use crate::schema::{TableSpec, col, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0009_files"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Nothing ever wrote to the first shape of this table.
        manager.drop_table(Table::drop().table(Alias::new("attachment")).to_owned()).await?;
        attachments(manager).await?;
        let place = ["account_id", "conversation_id", "id"];
        let placed = col("conversation_id").is_not_null();
        index(manager, "attachment", "ix_attachment_place", &place, false, Some(placed)).await?;
        let blob = ["account_id", "blob_id"];
        index(manager, "attachment", "ix_attachment_blob", &blob, false, None).await?;
        let waits = col("expire_time").is_not_null();
        index(manager, "attachment", "ix_attachment_waiting", &["account_id", "creator"], false, Some(waits)).await?;
        let ends = col("expire_time").is_not_null();
        index(manager, "attachment", "ix_attachment_expire", &["account_id", "expire_time"], false, Some(ends)).await
    }
}

/// Without a foreign key to the conversation: bytes lie outside the database, so what a purged conversation leaves is
/// found and deleted by a job.
async fn attachments(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TableSpec::new(manager.get_database_backend(), "attachment")
        .text("account_id")
        .uuid("id")
        .uuid("blob_id")
        .code("kind", &["upload", "part", "raw"])
        .int("part")
        .text("filename")
        .text("mime_type")
        .int("size_bytes")
        .text("sha256")
        .code("state", &["ready", "used"])
        .uuid_or_null("conversation_id")
        .text_or_null("channel_id")
        .uuid_or_null("message_id")
        .uuid_or_null("comment_id")
        .uuid_or_null("draft_id")
        .text("content_id")
        .flag("embedded")
        .text("creator")
        .int("create_time")
        .int_or_null("expire_time")
        .key(&["account_id", "id"])
        .of_account()
        .create(manager)
        .await
}
