//! Comments that mention and can be changed, what people are told, and views of tickets.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::{TableSpec, col, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0004_views"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        comments(manager, backend).await?;
        notifications(manager, backend).await?;
        views(manager, backend).await
    }
}

/// Adds a text column with a default.
async fn add_text(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: &'static str,
    default: &str,
) -> Result<(), DbErr> {
    let mut definition = ColumnDef::new(Alias::new(column));
    definition.text().not_null().default(default);
    if manager.get_database_backend() == DbBackend::Postgres {
        definition.extra(r#"COLLATE "C""#);
    }
    add(manager, table, definition).await
}

async fn add(manager: &SchemaManager<'_>, table: &'static str, mut column: ColumnDef) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(Alias::new(table)).add_column(&mut column).to_owned()).await
}

async fn comments(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    add_text(manager, "comment", "mentions", "[]").await?;
    add(manager, "comment", ColumnDef::new(Alias::new("edit_time")).big_integer().to_owned()).await?;
    let version = ColumnDef::new(Alias::new("version")).big_integer().not_null().default(1).to_owned();
    add(manager, "comment", version).await?;
    TableSpec::new(backend, "comment_mention")
        .text("account_id")
        .text("user_id")
        .uuid("comment_id")
        .key(&["account_id", "user_id", "comment_id"])
        .belongs("user_id", "account_user")
        .belongs("comment_id", "comment")
        .create(manager)
        .await?;
    index(manager, "comment_mention", "ix_mention_comment", &["account_id", "comment_id"], false, None).await
}

async fn notifications(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    add_text(manager, "account_user", "notifications", "").await?;
    TableSpec::new(backend, "notification")
        .text("account_id")
        .text("user_id")
        .uuid("id")
        .text("kind")
        .int_or_null("ticket_number")
        .uuid_or_null("conversation_id")
        .text("about")
        .text("actor")
        .flag("listed")
        .flag("read")
        .int_or_null("read_time")
        .int("create_time")
        .int("changed_seq")
        .key(&["account_id", "user_id", "id"])
        .belongs("user_id", "account_user")
        .create(manager)
        .await?;
    let unread = col("read").not().and(col("listed"));
    let of_user = ["account_id", "user_id", "id"];
    index(manager, "notification", "ix_notification_unread", &of_user, false, Some(unread)).await?;
    let changes = ["account_id", "user_id", "changed_seq", "id"];
    index(manager, "notification", "ix_notification_changed", &changes, false, None).await?;
    index(manager, "notification", "ix_notification_time", &["account_id", "create_time"], false, None).await
}

async fn views(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    TableSpec::new(backend, "ticket_view")
        .text("account_id")
        .text("id")
        .text("display_name")
        .text("filter")
        .text("order_by")
        .text("columns")
        .code("scope", &["private", "team", "everyone"])
        .text_or_null("team_id")
        .text_or_null("owner_id")
        .int("create_time")
        .int("update_time")
        .int("version")
        .key(&["account_id", "id"])
        .of_account()
        .belongs("owner_id", "account_user")
        .create(manager)
        .await?;
    // What the default views show, in the order in which they show it (T5).
    let order = ["account_id", "update_time", "number"];
    let unassigned = col("open").and(col("owner_id").is_null());
    index(manager, "ticket", "ix_ticket_unassigned", &order, false, Some(unassigned)).await?;
    index(manager, "ticket", "ix_ticket_closed", &order, false, Some(col("open").not())).await?;
    let by_owner = ["account_id", "owner_id", "update_time", "number"];
    index(manager, "ticket", "ix_ticket_owner_open", &by_owner, false, Some(col("open"))).await
}
