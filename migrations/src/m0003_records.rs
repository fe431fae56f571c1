//! Records around a ticket: companies, deals, activities, and what a ticket is associated with.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::{TableSpec, add_column, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0003_records"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        companies(manager, backend).await?;
        deals(manager, backend).await?;
        activities(manager, backend).await?;
        associations(manager, backend).await
    }
}

/// What most resources carry.
fn stamped(table: TableSpec) -> TableSpec {
    table.int("create_time").int("update_time").int("version")
}

async fn companies(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let company = TableSpec::new(backend, "company")
        .text("account_id")
        .uuid("id")
        .text("display_name")
        .text("name_folded")
        .text("domains")
        .text_or_null("owner_id");
    stamped(company)
        .key(&["account_id", "id"])
        .of_account()
        .belongs("owner_id", "account_user")
        .create(manager)
        .await?;
    let by_name = ["account_id", "name_folded", "id"];
    index(manager, "company", "ix_company_name", &by_name, false, None).await?;
    index(manager, "company", "ix_company_update", &["account_id", "update_time", "id"], false, None).await?;
    TableSpec::new(backend, "company_domain")
        .text("account_id")
        .text("domain")
        .uuid("company_id")
        .key(&["account_id", "domain"])
        .belongs("company_id", "company")
        .create(manager)
        .await?;
    index(manager, "company_domain", "ix_domain_company", &["account_id", "company_id"], false, None).await
}

async fn deals(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let deal = TableSpec::new(backend, "deal")
        .text("account_id")
        .uuid("id")
        .text("display_name")
        .text("name_folded")
        .text("stage")
        .int_or_null("amount_micros")
        .text("currency_code")
        .text_or_null("owner_id");
    stamped(deal).key(&["account_id", "id"]).of_account().belongs("owner_id", "account_user").create(manager).await?;
    index(manager, "deal", "ix_deal_name", &["account_id", "name_folded", "id"], false, None).await?;
    index(manager, "deal", "ix_deal_update", &["account_id", "update_time", "id"], false, None).await
}

async fn activities(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let activity = TableSpec::new(backend, "activity")
        .text("account_id")
        .uuid("id")
        .code("kind", &["call", "meeting", "note", "email", "task"])
        .text("subject")
        .text("text")
        .text("text_folded")
        .text("about")
        .text("creator")
        .int("happen_time");
    stamped(activity).key(&["account_id", "id"]).of_account().create(manager).await?;
    let by_time = ["account_id", "happen_time", "id"];
    index(manager, "activity", "ix_activity_time", &by_time, false, None).await?;
    TableSpec::new(backend, "activity_record")
        .text("account_id")
        .code("kind", &["contact", "company", "deal"])
        .uuid("record_id")
        .uuid("activity_id")
        .key(&["account_id", "kind", "record_id", "activity_id"])
        .belongs("activity_id", "activity")
        .create(manager)
        .await?;
    index(manager, "activity_record", "ix_activity_record", &["account_id", "activity_id"], false, None).await
}

/// The ticket row has the truth about its associations; the table is for searching from the other side.
async fn associations(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    // A deleted contact leaves an empty row, to which what it wrote still points.
    add_column(manager, TableSpec::new(backend, "contact").int_or_null("delete_time")).await?;
    add_column(manager, TableSpec::new(backend, "ticket").text_or("links", "[]")).await?;
    let number = ["account_id", "number"];
    TableSpec::new(backend, "ticket_record")
        .text("account_id")
        .code("kind", &["contact", "company", "deal", "activity"])
        .uuid("record_id")
        .int("number")
        .key(&["account_id", "kind", "record_id", "number"])
        .refers(&number, "ticket", &number)
        .create(manager)
        .await?;
    index(manager, "ticket_record", "ix_ticket_record_number", &number, false, None).await?;
    let known = "INSERT INTO ticket_record (account_id, kind, record_id, number) \
                 SELECT account_id, 'contact', contact_id, number FROM ticket WHERE contact_id IS NOT NULL";
    manager.get_connection().execute_unprepared(known).await.map(drop)
}
