//! What an account adds to its tickets: properties, their values, and the creation form.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::{TableSpec, add_column, col, index};

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0008_properties"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        add_column(manager, TableSpec::new(backend, "ticket").text_or("properties", "{}")).await?;
        definitions(manager, backend).await?;
        values(manager, backend).await
    }
}

async fn definitions(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    TableSpec::new(backend, "property")
        .text("account_id")
        .text("id")
        .code("kind", &["text", "number", "boolean", "date", "choice", "choices"])
        .text("display_name")
        .text("description")
        .text("choices")
        .flag("archived")
        .int("create_time")
        .int("update_time")
        .int("version")
        .key(&["account_id", "id"])
        .of_account()
        .create(manager)
        .await?;
    TableSpec::new(backend, "ticket_form")
        .text("account_id")
        .text("fields")
        .int("update_time")
        .int("version")
        .key(&["account_id"])
        .of_account()
        .create(manager)
        .await
}

/// A search structure; the ticket row has the truth. One row per value, several for several choices: the choice in
/// `item`, the folded text, or a number that sorts as the value does.
async fn values(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let number = ["account_id", "number"];
    TableSpec::new(backend, "ticket_value")
        .text("account_id")
        .int("number")
        .text("property_id")
        .text("item")
        .text_or_null("text_folded")
        .int_or_null("scalar")
        .key(&["account_id", "number", "property_id", "item"])
        .refers(&number, "ticket", &number)
        .belongs("property_id", "property")
        .create(manager)
        .await?;
    let by_item = ["account_id", "property_id", "item", "number"];
    index(manager, "ticket_value", "ix_ticket_value_item", &by_item, false, None).await?;
    let by_scalar = ["account_id", "property_id", "scalar", "number"];
    let counted = col("scalar").is_not_null();
    index(manager, "ticket_value", "ix_ticket_value_scalar", &by_scalar, false, Some(counted)).await
}
