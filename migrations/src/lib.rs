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
mod m0011_calls;
mod m0016_release;
mod m0017_routing_versions;
mod m0019_queue_pace;
mod m0020_presence;
mod m0021_automatic_mail;
mod m0022_contact_merges;
mod m0023_pipelines;
mod m0024_workflows;
mod m0026_team_lists;
mod m0029_time_zone;
mod m0030_customer_agents;
mod m0031_handoff_triggers;
mod m0032_turns;
mod m0034_control;
mod m0035_handoffs;
mod m0036_handoff_places;
mod m0037_status_actions;
mod m0038_webhooks;
mod m0039_queue_by_rule;
mod m0040_let_go;
mod m0041_handoff_reach;
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
            Box::new(m0011_calls::Migration),
            Box::new(m0016_release::Migration),
            Box::new(m0017_routing_versions::Migration),
            Box::new(m0019_queue_pace::Migration),
            Box::new(m0020_presence::Migration),
            Box::new(m0021_automatic_mail::Migration),
            Box::new(m0022_contact_merges::Migration),
            Box::new(m0023_pipelines::Migration),
            Box::new(m0024_workflows::Migration),
            Box::new(m0026_team_lists::Migration),
            Box::new(m0029_time_zone::Migration),
            Box::new(m0030_customer_agents::Migration),
            Box::new(m0034_control::Migration),
            Box::new(m0031_handoff_triggers::Migration),
            Box::new(m0032_turns::Migration),
            Box::new(m0035_handoffs::Migration),
            Box::new(m0036_handoff_places::Migration),
            Box::new(m0037_status_actions::Migration),
            Box::new(m0038_webhooks::Migration),
            Box::new(m0039_queue_by_rule::Migration),
            Box::new(m0040_let_go::Migration),
            Box::new(m0041_handoff_reach::Migration),
        ]
    }
}
