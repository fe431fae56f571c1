//! The schema of the help desk: forward-only migrations, the same for SQLite and PostgreSQL.
//!
//! Every key and every foreign key begins with the account, so a tenant filter that was forgotten fails in the
//! database. Text is compared byte by byte on both engines, times are microseconds in UTC, enums are short text
//! with a CHECK. Expand first, contract a release later; a migration that ran is never edited.

mod m0001_foundation;
mod m0002_ticket_life;
mod m0003_records;
mod m0004_views;
mod m0005_content;
mod m0006_mail;
mod m0007_search;
mod m0008_properties;
mod m0009_files;
mod m0010_routing;
mod m0016_release;
mod m0023_pipelines;
mod m0024_workflows;
mod schema;

pub use sea_orm_migration::prelude::MigratorTrait;
use sea_orm_migration::prelude::{MigrationTrait, async_trait};

/// All migrations, in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_foundation::Migration),
            Box::new(m0002_ticket_life::Migration),
            Box::new(m0003_records::Migration),
            Box::new(m0004_views::Migration),
            Box::new(m0005_content::Migration),
            Box::new(m0006_mail::Migration),
            Box::new(m0007_search::Migration),
            Box::new(m0008_properties::Migration),
            Box::new(m0009_files::Migration),
            Box::new(m0010_routing::Migration),
            Box::new(m0016_release::Migration),
            Box::new(m0023_pipelines::Migration),
            Box::new(m0024_workflows::Migration),
        ]
    }
}
