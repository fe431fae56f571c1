//! The life of a ticket: merged, split, deleted, spam, moved, followed, shared.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::{TableSpec, col, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0002_ticket_life"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        new_columns(manager, backend).await?;
        lists(manager, backend).await?;
        threads(manager).await
    }
}

/// Columns of tables that may have rows: each has a default.
async fn new_columns(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let text = if backend == DbBackend::Postgres { r#"TEXT COLLATE "C""# } else { "TEXT" };
    let columns = [
        ("ticket", "merged_into", "BIGINT".to_owned()),
        ("ticket", "split_from", "BIGINT".to_owned()),
        ("ticket", "delete_time", "BIGINT".to_owned()),
        ("ticket", "purge_time", "BIGINT".to_owned()),
        ("ticket", "spam_time", "BIGINT".to_owned()),
        ("ticket", "area", format!("{text} NOT NULL DEFAULT 'help_desk' CHECK (area IN ('help_desk', 'inbox'))")),
        ("ticket", "followers", format!("{text} NOT NULL DEFAULT '{{}}'")),
        ("ticket", "shares", format!("{text} NOT NULL DEFAULT '[]'")),
        ("conversation", "archived", "BOOLEAN NOT NULL DEFAULT FALSE".to_owned()),
        ("thread", "archived", "BOOLEAN NOT NULL DEFAULT FALSE".to_owned()),
        (
            "account_user",
            "delete_level",
            format!("{text} NOT NULL DEFAULT 'none' CHECK (delete_level IN ('none', 'owned', 'team', 'all'))"),
        ),
        ("account_user", "delete_unassigned", "BOOLEAN NOT NULL DEFAULT FALSE".to_owned()),
    ];
    for (table, column, shape) in columns {
        let sql = format!("ALTER TABLE {table} ADD COLUMN {column} {shape}");
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    index(manager, "conversation", "ix_conversation_archived", &["account_id", "id"], false, Some(col("archived")))
        .await?;
    let merged = ["account_id", "merged_into"];
    index(manager, "ticket", "ix_ticket_merged", &merged, false, Some(col("merged_into").is_not_null())).await
}

/// Search structures over the lists of a ticket; the ticket row has the truth.
async fn lists(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let number = ["account_id", "number"];
    TableSpec::new(backend, "ticket_follower")
        .text("account_id")
        .text("user_id")
        .int("number")
        .key(&["account_id", "user_id", "number"])
        .belongs("user_id", "account_user")
        .refers(&number, "ticket", &number)
        .create(manager)
        .await?;
    index(manager, "ticket_follower", "ix_ticket_follower_number", &number, false, None).await?;
    TableSpec::new(backend, "ticket_share")
        .text("account_id")
        .code("kind", &["user", "team"])
        .text("grantee_id")
        .int("number")
        .code("level", &["view", "edit"])
        .key(&["account_id", "kind", "grantee_id", "number"])
        .refers(&number, "ticket", &number)
        .create(manager)
        .await?;
    index(manager, "ticket_share", "ix_ticket_share_number", &number, false, None).await
}

/// An archived thread leaves its key to the next one.
async fn threads(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager.drop_index(Index::drop().name("ux_thread_open").table(Alias::new("thread")).to_owned()).await?;
    let open = col("open").and(col("key").ne("")).and(col("archived").not());
    index(manager, "thread", "ux_thread_open", &["account_id", "channel_id", "key"], true, Some(open)).await
}
