//! The search index over tickets: which words stand where, and how far an account's events have been read into it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::{TableSpec, index};

const FIELDS: &[&str] = &["subject", "contact", "description", "message", "comment"];

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0007_search"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        // The slot stands before each word of the account, so that one index serves all accounts and mixes none.
        TableSpec::new(backend, "search_head")
            .text("account_id")
            .int("slot")
            .int("indexed")
            .key(&["account_id"])
            .of_account()
            .create(manager)
            .await?;
        index(manager, "search_head", "ux_search_slot", &["slot"], true, None).await?;
        parts(manager, backend).await
    }
}

/// A piece of a text. No foreign key to what it came from: what is gone leaves the index a moment later.
async fn parts(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let part = TableSpec::new(backend, "search_part")
        .text("account_id")
        .int("number")
        .code("field", FIELDS)
        .uuid("part_id")
        .int("chunk");
    // On SQLite the row of the word index; PostgreSQL has the words in the row itself.
    let part = if backend == DbBackend::Sqlite { part.int("doc") } else { part };
    part.key(&["account_id", "number", "field", "part_id", "chunk"]).of_account().create(manager).await?;
    let words: &[&str] = if backend == DbBackend::Sqlite {
        &[
            "CREATE UNIQUE INDEX ux_search_doc ON search_part (doc)",
            "CREATE VIRTUAL TABLE search_words USING \
             fts5(words, content = '', contentless_delete = 1, tokenize = 'ascii')",
        ]
    } else {
        &[
            "ALTER TABLE search_part ADD COLUMN words tsvector NOT NULL",
            "CREATE INDEX ix_search_words ON search_part USING gin (words)",
        ]
    };
    for sql in words {
        manager.get_connection().execute_unprepared(sql).await?;
    }
    Ok(())
}
